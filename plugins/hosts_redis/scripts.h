/* scripts - the Lua scripts, made of scripts/ by plugins/common/embed.sh, and the keys that they
 * are called with. What each wants and answers stands in its file. */
#pragma once

#include "plugins/common/call.h"

/* Of a CallPlace. */
typedef enum PlaceKey {
    KEY_HOSTS,
    KEY_INDEX,
    KEY_CLAIMS,
    KEY_META,
    KEY_LOG,
    KEYS,
} PlaceKey;

typedef enum ScriptName {
    SCRIPT_CHANGE,
    SCRIPT_CREATE,
    SCRIPT_LOOK,
    SCRIPTS,
} ScriptName;

extern const char *const hosts_redis_scripts[SCRIPTS];
