/* explain - what the tables know of a key: berthd --explain KEY.
 *
 * KEY is a name ("valid-lifetime"), the end of a path ("pools.pool", "Dhcp6.subnet6.id"), a
 * plugin's own ("lease_redis.host"), or a plugin, of which all keys are listed. */
#pragma once

#include "core/server/library.h"

/* Appends what is known. 0, or -ENOENT with a text that names what may have been meant. */
int berth_explain(const char *key, const BerthLibraryPlaces *places, GString *ret, GError **error);
