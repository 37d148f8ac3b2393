/* follow - who is told of every change of a lease. See leases_i.h. */
#include "core/lease/leases_i.h"

typedef struct Follower {
    BerthOnLeaseChange call; /* NULL: has stopped; the place is free */
    void *data;
} Follower;

void berth_follow_init(BerthLeases *leases)
{
    leases->followers = g_array_new(FALSE, FALSE, sizeof(Follower));
}

void berth_follow_clear(BerthLeases *leases)
{
    g_array_unref(leases->followers);
}

static Follower *find(const BerthLeases *leases, BerthOnLeaseChange call, const void *data)
{
    for (unsigned i = 0; i < leases->followers->len; i++) {
        Follower *follower = &g_array_index(leases->followers, Follower, i);

        if (follower->call == call && follower->data == data)
            return follower;
    }
    return NULL;
}

void berth_leases_follow(BerthLeases *leases, BerthOnLeaseChange call, void *data)
{
    Follower follower = {call, data}, *place = find(leases, NULL, NULL);

    if (place)
        *place = follower;
    else
        g_array_append_val(leases->followers, follower);
}

void berth_leases_unfollow(BerthLeases *leases, BerthOnLeaseChange call, void *data)
{
    Follower *follower = find(leases, call, data);

    if (follower)
        *follower = (Follower){NULL, NULL};
}

void berth_follow_tell(BerthLeases *leases, const BerthLease *before, const BerthLease *after)
{
    for (unsigned i = 0; i < leases->followers->len; i++) {
        /* A copy: a call may add others and so move the array. */
        Follower follower = g_array_index(leases->followers, Follower, i);

        if (follower.call)
            follower.call(follower.data, before, after);
    }
}
