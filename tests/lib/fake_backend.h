/* fake_backend - a lease backend in memory, whose answers and whose slowness a test decides.
 *
 * A BerthFakeBackend is a server's store, and what is kept in it over close and open; the role is
 * opened with one as its `conf`. A batch waits until berth_fake_backend_finish; then its units end
 * as `answers` say, by default OK. What is OK is kept. So does a call of supersede wait.
 *
 * Several of them share one data set (berth_fake_backend_beside): then each change is checked, has
 * a revision, and comes to all of them, its writer included, by berth_fake_backend_follow. */
#pragma once

#include "tests/lib/fake_data.h"
#include <berth/lease.h>

typedef struct BerthFakeBackend {
    BerthFakeData *data;
    GHashTable *leases; /* of `data` */
    GQueue batches;     /* handed over and not yet done */
    GArray *answers;    /* of BerthCommitResult, for the next units in their order; then OK */
    GArray *unread;     /* of BerthAddr: what load has not handed over yet; NULL: not begun */
    unsigned commits, most_in_flight;
    bool is_open;
    const char *down; /* why it is down; NULL: it is up */
    bool waits;       /* `load` and `fill` say that there is nothing to be had now */
    const char *refuses_fill, *refuses_supersede; /* why; NULL: it does not */

    /* a shared store */
    GQueue stream;        /* of BerthFakeKept: what it has not been told yet */
    BerthLeaseSink sink;  /* of the last load or fill; or set by the test */
    BerthShare share;     /* what it announces */
    GArray *unknown;      /* of BerthAddr: to be read again */
    bool unknown_written; /* what is said to be UNKNOWN is written */
    bool echoes_first;    /* what is written is told before the unit has its result */
    void (*superseded)(void *data, const GError *error);
    void *superseded_data;
    char *superseded_by;
} BerthFakeBackend;

extern const BerthLeaseBackend berth_fake_backend; /* max_in_flight is 2 */

BerthFakeBackend *berth_fake_backend_new(void);
/* Another server's, of the same data; from now on they are shared. */
BerthFakeBackend *berth_fake_backend_beside(BerthFakeBackend *fake);
void berth_fake_backend_free(BerthFakeBackend *fake);
/* The next unit, and the one after it with the next call, ends so. */
void berth_fake_backend_answer(BerthFakeBackend *fake, BerthCommitResult result);
/* Ends all batches that are there now; their number. */
unsigned berth_fake_backend_finish(BerthFakeBackend *fake);

/* ---- a shared store, told by its sink ---- */

void berth_fake_backend_announce(BerthFakeBackend *fake); /* `share` */
/* Tells all changes that it has not told yet; how many. */
unsigned berth_fake_backend_follow(BerthFakeBackend *fake);
/* Reads again what ended UNKNOWN; how many addresses. */
unsigned berth_fake_backend_reread(BerthFakeBackend *fake);
/* It has missed all that it has not told, and asks for a reload. */
void berth_fake_backend_miss(BerthFakeBackend *fake);
/* Another master: a new epoch; what it lost is for the test to take out of the data before. */
void berth_fake_backend_fail_over(BerthFakeBackend *fake);
/* What `load` of one that `waits` was waiting for is there. */
void berth_fake_backend_ready(BerthFakeBackend *fake);
