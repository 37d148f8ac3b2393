/* kept_lease - see kept_lease.h. */
#include "tests/lib/kept_lease.h"

static BerthBytes keep(BerthBytes bytes)
{
    return (BerthBytes){bytes.len ? g_memdup2(bytes.data, bytes.len) : NULL, bytes.len};
}

BerthLease kept_lease(const BerthLease *lease)
{
    BerthLease kept = *lease;

    kept.client_id = keep(lease->client_id);
    kept.hostname = keep(lease->hostname);
    kept.context = keep(lease->context);
    return kept;
}

void kept_lease_clear(BerthLease *lease)
{
    g_free((void *)lease->client_id.data);
    g_free((void *)lease->hostname.data);
    g_free((void *)lease->context.data);
}
