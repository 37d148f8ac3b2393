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

    /* Of a store that several servers share; NULL: there is one writer. `settle` lets them all go
     * on, until each has been told everything. */
    void *(*open_other)(void *place, GError **error); /* another server's */
    /* The next batch of this store ends UNKNOWN, and was written or not. NULL: it cannot. */
    void (*lose_answer)(void *place, void *store, bool is_written);
    /* This store misses what is changed until it was settled, and finds out then. NULL: it cannot.
     */
    void (*miss)(void *place, void *store);
} BerthContract;

/* Runs all rows for leases of IPv4, then for addresses and prefixes of IPv6. */
int berth_contract_main(const BerthContract *contract, int argc, char **argv);
