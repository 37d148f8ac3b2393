/* scripts - the Lua scripts, made of scripts/ by embed.sh. What each wants and answers stands in
 * its file. */
#pragma once

typedef enum ScriptName {
    SCRIPT_COMMIT,
    SCRIPT_CREATE,
    SCRIPT_EMPTY,
    SCRIPT_EPOCH,
    SCRIPT_LOOK,
    SCRIPT_MARK,
    SCRIPT_REASSERT,
    SCRIPTS,
} ScriptName;

extern const char *const lease_redis_scripts[SCRIPTS];
