/* scripts - the Lua scripts, made of scripts/ by embed.sh, and the keys that they are called with.
 * What each wants and answers stands in its file. */
#pragma once

#include "plugins/common/call.h"

/* Of a CallPlace. */
typedef enum PlaceKey {
    KEY_LEASES,
    KEY_BINDINGS,
    KEY_META,
    KEY_LOG,
    KEY_SERVERS,
    KEY_ASSERTED,
    KEYS,
} PlaceKey;

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

/* Both. */
extern const CallKind lease_redis_kind;

/* Of mark.lua, which notes `word` of the data set in this epoch; more arguments may follow. */
Call *mark_new(const CallPlace *place, const char *data_set, uint64_t epoch, const char *owner,
               const char *word);
