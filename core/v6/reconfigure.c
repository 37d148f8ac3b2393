/* reconfigure - see reconfigure.h. */
#include "core/v6/reconfigure.h"

#include "core/v6/steps6.h"
#include <errno.h>

#define PACE 64 /* messages ... */
#define PACE_USEC (INT64_C(100) * 1000)
#define WALK 1000 /* leases of a turn */

/* ---- the message ---- */

int v6_reconfigure_write(const V6Ask *ask, const V6Reach *reach, BerthArena *arena, BerthWriter *w)
{
    static const uint8_t zeros[BERTH_RKAP_KEY];
    uint8_t auth[BERTH_RKAP_AUTH], digest[BERTH_RKAP_KEY], type = (uint8_t)ask->type, bytes[512];
    BerthWriter alone = berth_writer(bytes, sizeof(bytes));
    /* Section 18.3.11: these, and no other options. */
    const BerthOption6 options[] = {
        {.code = BERTH_D6O_SERVERID, .value = ask->server_id},
        {.code = BERTH_D6O_CLIENTID, .value = ask->client_id},
        {.code = BERTH_D6O_RECONF_MSG, .value = {&type, 1}},
        {.code = BERTH_D6O_AUTH, .value = {auth, sizeof(auth)}},
    };
    BERTH_UNCLEARED BerthMsg6 msg, way;
    BerthMsg6Left left;

    berth_msg6_clear(&msg);
    berth_msg6_clear(&way);
    msg.type = BERTH_RECONFIGURE; /* and the transaction id is 0 */
    berth_rkap_write(auth, ask->replay, BERTH_RKAP_SIGNS, zeros);
    if (berth_msg6_write(&msg, options, G_N_ELEMENTS(options), NULL, &alone, &left) < 0)
        return -ENOSPC;
    /* RFC 9915 section 20.4.1: over the whole message. */
    berth_rkap_digest(berth_writer_bytes(&alone), reach->key, digest);
    berth_rkap_write(auth, ask->replay, BERTH_RKAP_SIGNS, digest);
    if (reach->relays.len > 0 && berth_msg6_parse(&way, reach->relays, arena) != BERTH_PARSE6_OK)
        return -EINVAL;
    return berth_msg6_write(&msg, options, G_N_ELEMENTS(options), &way, w, &left);
}

/* ---- who is asked ---- */

typedef struct Asked {
    GList link;
    GBytes *duid;
    BerthAddr addr; /* of the lease that says how; ::, where it has none: `stateless` does */
    BerthType6 type;
    unsigned n_sent; /* also the number of its queue */
    int64_t due_usec;
} Asked;

struct V6Reconfigure {
    BerthEnv *env;
    GHashTable *by_duid;
    GQueue queues[V6_REC_MAX_RC + 1];
    BerthTimer *timer;
    uint64_t replay; /* the last one */
    V6Stateless *stateless;
    BerthArena arena;

    bool is_walking;
    GHashTable *subnets; /* NULL: all */
    BerthType6 walk_type;
    uint32_t iter;
};

static void asked_free(void *data)
{
    Asked *asked = data;

    g_bytes_unref(asked->duid);
    g_free(asked);
}

static void forget(V6Reconfigure *reconfigure, Asked *asked)
{
    g_queue_unlink(&reconfigure->queues[asked->n_sent], &asked->link);
    g_hash_table_remove(reconfigure->by_duid, asked->duid);
}

/* At the end of the queue of its number of tries. */
static void enqueue(V6Reconfigure *reconfigure, Asked *asked)
{
    int64_t wait = asked->n_sent ? (int64_t)V6_REC_TIMEOUT_SEC << (asked->n_sent - 1) : 0;

    asked->due_usec = berth_world_boot_usec(reconfigure->env->world) + wait * G_USEC_PER_SEC;
    g_queue_push_tail_link(&reconfigure->queues[asked->n_sent], &asked->link);
}

static Asked *find(const V6Reconfigure *reconfigure, BerthBytes duid)
{
    g_autoptr(GBytes) key = g_bytes_new_static(duid.data, duid.len);

    return g_hash_table_lookup(reconfigure->by_duid, key);
}

static void soon(V6Reconfigure *reconfigure)
{
    berth_world_timer_set(reconfigure->env->world, reconfigure->timer, 0);
}

static bool can_reach(V6Reconfigure *reconfigure, const BerthLease *lease, V6Reach *ret)
{
    berth_arena_reset(&reconfigure->arena);
    return lease->context.len > 0 &&
           berth_lease_is_valid(lease, berth_leases_now(reconfigure->env->leases)) &&
           v6_reach_read(lease->context, &reconfigure->arena, ret);
}

/* Not yet asked since: it stands in the first queue already, or does from now on. */
static void ask_anew(V6Reconfigure *reconfigure, Asked *asked)
{
    g_queue_unlink(&reconfigure->queues[asked->n_sent], &asked->link);
    asked->n_sent = 0;
    enqueue(reconfigure, asked);
}

static int ask(V6Reconfigure *reconfigure, BerthBytes duid, BerthAddr addr, BerthType6 type)
{
    Asked *asked;

    if (g_hash_table_size(reconfigure->by_duid) >= V6_ASKED_MAX)
        return -ENOSPC;
    asked = g_new0(Asked, 1);
    asked->link.data = asked;
    asked->duid = g_bytes_new(duid.data, duid.len);
    asked->addr = addr;
    asked->type = type;
    g_hash_table_insert(reconfigure->by_duid, asked->duid, asked);
    enqueue(reconfigure, asked);
    soon(reconfigure);
    return 1;
}

/* Also when it is being asked already. */
static int ask_again(V6Reconfigure *reconfigure, BerthBytes duid, BerthAddr addr, BerthType6 type)
{
    Asked *asked = find(reconfigure, duid);

    if (!asked)
        return ask(reconfigure, duid, addr, type);
    asked->addr = addr;
    asked->type = type;
    ask_anew(reconfigure, asked);
    soon(reconfigure);
    return 1;
}

int v6_reconfigure_lease(V6Reconfigure *reconfigure, const BerthLease *lease, BerthType6 type)
{
    V6Reach reach;

    if (!can_reach(reconfigure, lease, &reach))
        return 0;
    return ask_again(reconfigure, lease->client_id, lease->addr, type);
}

int v6_reconfigure_client(V6Reconfigure *reconfigure, const BerthFamilyConf *conf, BerthBytes duid,
                          BerthType6 type)
{
    BerthLease lease;
    V6Reach reach;

    for (size_t i = 0; i < conf->n_subnets; i++) {
        uint32_t iter = 0;

        while (berth_leases_of_duid(reconfigure->env->leases, conf->subnets[i].id, duid, &iter,
                                    &lease)) {
            int r = v6_reconfigure_lease(reconfigure, &lease, type);

            if (r != 0)
                return r;
        }
    }
    if (!v6_stateless_find(reconfigure->stateless, duid, &reach))
        return 0;
    return ask_again(reconfigure, duid, BERTH_ADDR6_ANY, BERTH_INFORMATION_REQUEST);
}

V6Stateless *v6_reconfigure_stateless(V6Reconfigure *reconfigure)
{
    return reconfigure->stateless;
}

void v6_reconfigure_heard(V6Reconfigure *reconfigure, BerthBytes duid, BerthType6 type)
{
    Asked *asked;

    if (!reconfigure || g_hash_table_size(reconfigure->by_duid) == 0 ||
        (type != BERTH_RENEW && type != BERTH_REBIND && type != BERTH_INFORMATION_REQUEST))
        return;
    asked = find(reconfigure, duid);
    if (asked)
        forget(reconfigure, asked);
}

/* ---- all of some subnets ---- */

static bool is_meant(const V6Reconfigure *reconfigure, const BerthLease *lease)
{
    return !reconfigure->subnets ||
           g_hash_table_contains(reconfigure->subnets, GUINT_TO_POINTER(lease->subnet_id));
}

static void end_walk(V6Reconfigure *reconfigure)
{
    reconfigure->is_walking = false;
    g_clear_pointer(&reconfigure->subnets, g_hash_table_unref);
}

/* 1: it is asked; 0: passed over; -1: there is none left. */
static int ask_next_lease(V6Reconfigure *reconfigure)
{
    const BerthTable *table = berth_leases_table(reconfigure->env->leases);
    BerthLease lease;
    V6Reach reach;

    if (!berth_table_next(table, &reconfigure->iter, &lease))
        return -1;
    return is_meant(reconfigure, &lease) && can_reach(reconfigure, &lease, &reach) &&
           !find(reconfigure, lease.client_id) &&
           ask(reconfigure, lease.client_id, lease.addr, reconfigure->walk_type) == 1;
}

static int ask_next_stateless(V6Reconfigure *reconfigure)
{
    BerthBytes duid;

    if (!v6_stateless_next_marked(reconfigure->stateless, &duid))
        return -1;
    return !find(reconfigure, duid) &&
           ask(reconfigure, duid, BERTH_ADDR6_ANY, BERTH_INFORMATION_REQUEST) == 1;
}

/* As far as there is room; how many were begun. */
static unsigned walk_some(V6Reconfigure *reconfigure)
{
    unsigned n = 0;

    for (int i = 0; i < WALK && g_hash_table_size(reconfigure->by_duid) < V6_ASKED_MAX; i++) {
        int r = ask_next_lease(reconfigure);

        if (r < 0)
            r = ask_next_stateless(reconfigure);
        if (r < 0) {
            end_walk(reconfigure);
            break;
        }
        n += (unsigned)r;
    }
    return n;
}

static void join(GHashTable *all, GHashTable *more)
{
    GHashTableIter iter;
    void *id;

    g_hash_table_iter_init(&iter, more);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        g_hash_table_add(all, id);
}

unsigned v6_reconfigure_subnets(V6Reconfigure *reconfigure, GHashTable *subnets, BerthType6 type,
                                bool *ret_more)
{
    unsigned n;

    v6_stateless_mark(reconfigure->stateless, subnets);
    if (reconfigure->is_walking && !reconfigure->subnets)
        g_clear_pointer(&subnets, g_hash_table_unref);
    else if (reconfigure->is_walking && subnets)
        join(subnets, reconfigure->subnets);
    g_clear_pointer(&reconfigure->subnets, g_hash_table_unref);
    reconfigure->subnets = subnets;
    reconfigure->walk_type = type;
    reconfigure->iter = 0;
    reconfigure->is_walking = true;
    n = walk_some(reconfigure);
    *ret_more = reconfigure->is_walking;
    soon(reconfigure);
    return n;
}

/* ---- asking ---- */

static int transmit(V6Reconfigure *reconfigure, const Asked *asked, const V6Reach *reach)
{
    BerthEnv *env = reconfigure->env;
    gsize len;
    const uint8_t *duid = g_bytes_get_data(asked->duid, &len);
    const V6Ask what = {env->duid, {duid, len}, asked->type, v6_reconfigure_replay(reconfigure)};
    int ifindex = berth_net_find(env->net, reach->interface);
    uint8_t buffer[512 + V6_RELAYS_MAX];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));
    int r =
        env->duid.len == 0 ? -EAGAIN : v6_reconfigure_write(&what, reach, &reconfigure->arena, &w);

    if (r < 0)
        return r;
    return berth_env_send(env, ifindex,
                          &(BerthDatagram){.dst = reach->peer,
                                           .dst_port = reach->port,
                                           .src_port = BERTH_PORT6_SERVER,
                                           .data = berth_writer_bytes(&w)});
}

static void say(const V6Reconfigure *reconfigure, const Asked *asked, const V6Reach *reach, int r)
{
    char label[BERTH_DUID_TEXT], peer[BERTH_ADDR_TEXT];
    gsize len;
    const uint8_t *duid = g_bytes_get_data(asked->duid, &len);

    berth_duid_text((BerthBytes){duid, len}, label, sizeof(label));
    if (r < 0)
        berth_log_to(reconfigure->env->log, BERTH_WARN, "packets", "DHCP6_RECONFIGURE_SEND_FAIL",
                     "duid=[%s]: RECONFIGURE can't be sent on interface %s: %s", label,
                     reach->interface, g_strerror(-r));
    else
        berth_log_to(reconfigure->env->log, BERTH_INFO, "packets", "DHCP6_RECONFIGURE_SEND",
                     "duid=[%s]: RECONFIGURE for %s sent to %s on interface %s, try %u of %d",
                     label, berth_type6_name(asked->type), berth_addr_text(reach->peer, peer),
                     reach->interface, asked->n_sent + 1, V6_REC_MAX_RC);
}

/* RFC 9915 section 20.4: never to a client that does not accept it, or no more. */
static bool still_accepts(V6Reconfigure *reconfigure, const Asked *asked, V6Reach *ret)
{
    BerthBytes duid;
    BerthLease lease;

    duid.data = g_bytes_get_data(asked->duid, &duid.len);
    if (berth_addr_is_any(asked->addr))
        return v6_stateless_find(reconfigure->stateless, duid, ret);
    return berth_table_get(berth_leases_table(reconfigure->env->leases), asked->addr, &lease) &&
           can_reach(reconfigure, &lease, ret) && find(reconfigure, lease.client_id) == asked;
}

/* Its turn: asked once more, or given up. */
static void take_turn(V6Reconfigure *reconfigure, Asked *asked)
{
    BerthEnv *env = reconfigure->env;
    V6Reach reach;
    int r;

    if (asked->n_sent == V6_REC_MAX_RC || !still_accepts(reconfigure, asked, &reach)) {
        forget(reconfigure, asked);
        return;
    }
    r = transmit(reconfigure, asked, &reach);
    say(reconfigure, asked, &reach, r);
    if (r == 0) {
        v6_count(env, V6_SENT);
        v6_count(env, V6_RECONFIGURE_SENT);
    }
    g_queue_unlink(&reconfigure->queues[asked->n_sent], &asked->link);
    asked->n_sent++;
    enqueue(reconfigure, asked);
}

static int64_t next_due(V6Reconfigure *reconfigure)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i <= V6_REC_MAX_RC; i++) {
        const Asked *first = g_queue_peek_head(&reconfigure->queues[i]);

        if (first)
            due = MIN(due, first->due_usec);
    }
    return due;
}

static void set_timer(V6Reconfigure *reconfigure, int64_t now, bool is_paced)
{
    bool has_room = g_hash_table_size(reconfigure->by_duid) < V6_ASKED_MAX;
    int64_t due = next_due(reconfigure);

    if (reconfigure->is_walking && has_room)
        due = now;
    if (due == INT64_MAX)
        return;
    berth_world_timer_set(reconfigure->env->world, reconfigure->timer,
                          MAX(due - now, is_paced ? PACE_USEC : 0));
}

static void on_timer(void *data)
{
    V6Reconfigure *reconfigure = data;
    int64_t now = berth_world_boot_usec(reconfigure->env->world);
    unsigned n = 0;

    for (int i = 0; i <= V6_REC_MAX_RC; i++) {
        GQueue *queue = &reconfigure->queues[i];
        Asked *first;

        while (n < PACE && (first = g_queue_peek_head(queue)) && first->due_usec <= now) {
            take_turn(reconfigure, first);
            n++;
        }
    }
    if (reconfigure->is_walking)
        walk_some(reconfigure);
    set_timer(reconfigure, now, n > 0 || reconfigure->is_walking);
}

/* ---- life ---- */

uint64_t v6_reconfigure_replay(V6Reconfigure *reconfigure)
{
    BerthWorld *world = reconfigure->env->world;

    reconfigure->replay =
        MAX(reconfigure->replay + 1, (uint64_t)MAX(world->ops->wall_usec(world), 0));
    return reconfigure->replay;
}

V6Reconfigure *v6_reconfigure_new(BerthEnv *env)
{
    V6Reconfigure *reconfigure = g_new0(V6Reconfigure, 1);

    reconfigure->env = env;
    reconfigure->by_duid = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, asked_free);
    reconfigure->timer = berth_world_timer(env->world, on_timer, reconfigure);
    reconfigure->stateless = v6_stateless_new(env->world);
    berth_arena_init(&reconfigure->arena, BERTH_PACKET_ARENA);
    return reconfigure;
}

void v6_reconfigure_free(V6Reconfigure *reconfigure)
{
    if (!reconfigure)
        return;
    end_walk(reconfigure);
    berth_timer_free(reconfigure->timer);
    g_hash_table_unref(reconfigure->by_duid);
    v6_stateless_free(reconfigure->stateless);
    berth_arena_clear(&reconfigure->arena);
    g_free(reconfigure);
}
