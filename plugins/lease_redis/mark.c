/* mark - the keys by name, and a call of mark.lua: see scripts.h. */
#include "scripts.h"

static const char *const key_names[KEYS] = {"leases", "bindings", "meta",
                                            "log",    "servers",  "asserted"};

const CallKind lease_redis_kind = {key_names, KEYS, lease_redis_scripts, SCRIPTS};

Call *mark_new(const CallPlace *place, const char *data_set, uint64_t epoch, const char *owner,
               const char *word)
{
    Call *call = call_new(place, SCRIPT_MARK);

    call_add_text(call, data_set);
    call_add_number(call, epoch);
    call_add_text(call, owner);
    call_add_text(call, word);
    return call;
}
