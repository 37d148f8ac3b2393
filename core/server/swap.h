/* swap - a family goes over to another lease store while the server serves: what handover.h does,
 * with stores out of a configuration, and what is told of it.
 *
 * A new configuration is about to come into force and names another store. It is opened and filled,
 * and when it is the one in use, the configuration follows in the same turn (reload.h). */
#pragma once

#include "core/conf/conf.h"

typedef struct BerthSwap BerthSwap;
struct BerthFamily;

typedef struct BerthSwapEvents {
    /* The store is open and was empty: leases are being copied. */
    void (*began)(void *data);
    /* NULL: the new store is in use. Otherwise why not, and the old one is. */
    void (*ended)(void *data, const char *why);
    void *data;
} BerthSwapEvents;

BerthSwap *berth_swap_new(struct BerthFamily *family);
/* With the family, whose store is closed; tells nobody. NULL is fine. */
void berth_swap_free(BerthSwap *swap);

/* `conf` is prepared, and its plugins are started; it is pinned until the end. False with errors:
 * nothing has begun. */
bool berth_swap_begin(BerthSwap *swap, BerthConf *conf, const BerthSwapEvents *events,
                      BerthErrors *errors);
bool berth_swap_is_running(const BerthSwap *swap);
/* Gives up; `ended` is called soon. False: none runs, or it is too late. */
bool berth_swap_abort(BerthSwap *swap, const char *why);

/* Members of an open object: the one that runs, and the last one. */
void berth_swap_write(const BerthSwap *swap, BerthJson *json);

/* The commands lease-backend-set, lease-backend-status, lease-backend-abort. */
void berth_swap_command_set(BerthCommand *command, const void *conf, void *run);
void berth_swap_command_status(BerthCommand *command, const void *conf, void *run);
void berth_swap_command_abort(BerthCommand *command, const void *conf, void *run);
