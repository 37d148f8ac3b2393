/* follow - what is stored from now on, by whom ever: the log, as its tail tells of it. See store.h.
 *
 * Each entry tells the counter of its first change and how many there are, so one that is missing,
 * because the log was trimmed while we were away or is another one, shows in the next. Then the
 * store is read anew; no attempt is made to find out what is missing. An entry that never comes
 * shows in the counter that the beat sees (follow_check). */
#include "entry.h"
#include "store.h"

/* The log may have come further than we have for so long. */
#define BEHIND_USEC (INT64_C(10) * G_USEC_PER_SEC)

void follow_stop(Store *store)
{
    store->follow.is_wanted = false;
    store->follow.behind_usec = 0;
    tail_stop(store->follow.tail);
}

void follow_start(Store *store, const char *id, uint64_t counter)
{
    follow_stop(store);
    store->follow.counter = counter;
    tail_place(store->follow.tail, id, berth_redis_peer(store->redis));
}

void follow_go(Store *store)
{
    store->follow.is_wanted = true;
    tail_go(store->follow.tail);
}

void follow_gap(Store *store, const char *why)
{
    BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_RELOAD",
              "%s: all leases are read anew", why);
    follow_stop(store);
    tail_refuse(store->follow.tail, why);
    load_reset(store);
    store->sink->reload(store->sink->data);
}

/* ---- what an entry holds ---- */

static void take_change(Store *store, BerthBytes key, BerthBytes value, BerthLease *lease)
{
    BerthAddr addr;

    if (!codec_addr(key, store->family, &addr) || !store_read_change(store, value, addr, lease))
        return;
    store_saw(store, codec_revision(value));
    if (berth_lease_is_foreign(lease) || berth_lease_valid_sec(lease) == 0)
        store_note(store, key, value, false);
    store->sink->changed(store->sink->data, lease);
}

static void take_changes(Store *store, BerthBytes changes)
{
    BerthLease *lease = berth_lease_new();
    BerthBytes key, value;

    while (entry_next(&changes, &key, &value))
        take_change(store, key, value, lease);
    berth_lease_free(lease);
}

static void on_entry(void *data, const char *id, const redisReply *fields)
{
    Store *store = data;
    Follow *follow = &store->follow;
    Entry what;

    (void)id;
    if (!entry_read(fields, &what)) {
        follow_gap(store, "an entry of the log is none of ours");
        return;
    }
    if (what.first < 0) {
        guard_look(store); /* Another epoch, or it was superseded. */
        return;
    }
    if (follow->counter == FOLLOW_ANY)
        follow->counter = (uint64_t)what.first - 1;
    if ((uint64_t)what.first != follow->counter + 1) {
        follow_gap(store, "entries of the log are missing");
        return;
    }
    if (!entry_is_whole(&what)) {
        follow_gap(store, "an entry of the log is damaged");
        return;
    }
    follow->counter += (uint64_t)what.n;
    take_changes(store, what.changes);
}

static void on_failed(void *data, const char *why)
{
    follow_gap(data, why);
}

Tail *follow_new(Store *store, const BerthRedisParams *params, const char *name)
{
    const TailOwner owner = {.name = name,
                             .slot_key = store->place.slot,
                             .key = store->place.keys[KEY_LOG],
                             .entry = on_entry,
                             .failed = on_failed};

    return tail_new(store->server, params, &owner, store);
}

void follow_check(Store *store, uint64_t counter, const char *last_id)
{
    Follow *follow = &store->follow;
    int64_t now = berth_server_boot_usec(store->server);

    if (!follow->is_wanted || follow->counter == FOLLOW_ANY)
        return;
    if (counter > follow->counter && !tail_is_after(last_id, tail_id(follow->tail))) {
        follow_gap(store, "the log was trimmed");
    } else if (follow->behind_usec == 0 || follow->counter >= follow->behind) {
        follow->behind = counter;
        follow->behind_usec = now;
    } else if (now - follow->behind_usec > BEHIND_USEC) {
        follow_gap(store, "the log has gone on without us");
    }
}
