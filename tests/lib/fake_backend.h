/* fake_backend - a lease backend in memory, whose answers and whose slowness a test decides.
 *
 * A BerthFakeBackend is a store, and what is kept in it over close and open; the role is opened
 * with one as its `conf`. A batch waits until berth_fake_backend_finish; then its units end as
 * `answers` say, by default OK. What is OK is kept. */
#pragma once

#include <berth/lease.h>

typedef struct BerthFakeBackend {
    GHashTable *leases; /* BerthAddr -> BerthLease, owning its bytes */
    GQueue batches;     /* handed over and not yet done */
    GArray *answers;    /* of BerthCommitResult, for the next units in their order; then OK */
    GArray *unread;     /* of BerthAddr: what load has not handed over yet; NULL: not begun */
    unsigned commits, most_in_flight;
    bool is_open;
} BerthFakeBackend;

extern const BerthLeaseBackend berth_fake_backend; /* max_in_flight is 2 */

BerthFakeBackend *berth_fake_backend_new(void);
void berth_fake_backend_free(BerthFakeBackend *fake);
/* The next unit, and the one after it with the next call, ends so. */
void berth_fake_backend_answer(BerthFakeBackend *fake, BerthCommitResult result);
/* Ends all batches that are there now; their number. */
unsigned berth_fake_backend_finish(BerthFakeBackend *fake);
