/* contract - what every lease backend must do, checked by the same rows for each.
 *
 * A backend's program fills a BerthContract and returns berth_contract_main from its main. The
 * place is what outlives opening and closing (a folder, a data set); a store is what ops->open
 * returns. */
#pragma once

#include <berth/lease.h>

typedef struct BerthContract {
    const char *name;
    const BerthLeaseBackend *ops;
    void *(*make)(int family); /* an empty place */
    void (*destroy)(void *place);
    /* ops->open; NULL with `error`. */
    void *(*open)(void *place, GError **error);
    void (*close)(void *place, void *store); /* ops->close */
    /* Lets everything happen that is under way: jobs, idle calls, timers that are due. */
    void (*settle)(void *place);
    /* The power fails: the store is gone without ops->close, what was not durable is lost. NULL: it
     * cannot. Never while a batch is under way. */
    void (*crash)(void *place, void *store);
    /* From now on (or no longer) nothing can be written. NULL: it cannot. */
    void (*break_down)(void *place, bool broken);
} BerthContract;

/* Runs all rows for leases of IPv4, then for addresses and prefixes of IPv6. */
int berth_contract_main(const BerthContract *contract, int argc, char **argv);
