/* contract - what every lease backend must do, checked by the same rows for each.
 *
 * A backend's program fills a BerthContract and returns berth_contract_main from its main. The
 * store is the place that outlives opening and closing (a folder, a data set); a run is what the
 * role's functions take. */
#pragma once

#include <berth/lease.h>

typedef struct BerthContract {
    const char *name;
    const BerthLeaseBackend *ops;
    void *(*make)(void); /* an empty store */
    void (*destroy)(void *store);
    /* A new run on the store, opened by ops->open; NULL with `error`. */
    void *(*open)(void *store, GError **error);
    void (*close)(void *store, void *run); /* ops->close, and the run is gone */
    /* Lets everything happen that is under way: jobs, idle calls, timers that are due. */
    void (*settle)(void *store);
    /* The power fails: the run is gone without ops->close, what was not durable is lost. NULL: this
     * store cannot. Never while a batch is under way. */
    void (*crash)(void *store, void *run);
    /* From now on (or no longer) nothing can be written. NULL: this store cannot. */
    void (*break_down)(void *store, bool broken);
} BerthContract;

int berth_contract_main(const BerthContract *contract, int argc, char **argv);
