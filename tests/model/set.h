/* set - a data set as a whole: its name, and whether it was given up or is being filled by a swap.
 * What create.lua, empty.lua and mark.lua of plugins/lease_redis do. */
#pragma once

#include "tests/model/store.h"

/* Its name; one is given to a store that has none. */
const char *model_set_name(ModelStore *store);
/* Empties it for a swap by this server, if it has no name, or is this set and was given up or half
 * filled. False: it stays. */
bool model_set_fill(ModelStore *store, const char *name, unsigned server);
/* Given up in favour of `by`; NULL: all is there that this server was to fill in. */
void model_set_mark(ModelStore *store, const char *by);
/* Why nobody may start with it, to be g_free'd; NULL: one may. */
char *model_set_why(const ModelStore *store);
/* Whether this server may not commit. A commit of who fills it ends that. */
bool model_set_refuses(ModelStore *store, unsigned server);
