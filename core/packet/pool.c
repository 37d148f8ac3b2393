/* pool - making, ending and reusing packets. At most BERTH_PACKETS_MAX are in work; their number is
 * what bounds the memory that peers can make the server use. */
#include "core/packet/hosts.h"
#include "core/packet/runner.h"

static void on_wake(void *data)
{
    berth_runner_run_resumed(data);
}

static void packet_free(BerthPacket *pkt)
{
    berth_timer_free(pkt->deadline);
    berth_arena_clear(&pkt->arena);
    g_free(pkt);
}

static BerthPacket *pop(BerthPacketPool *pool)
{
    BerthPacket *pkt = pool->first;

    if (!pkt)
        return NULL;
    pool->first = pkt->next;
    pool->n--;
    pool->least = MIN(pool->least, pool->n);
    pkt->next = NULL;
    return pkt;
}

static void push(BerthPacketPool *pool, BerthPacket *pkt)
{
    pkt->next = pool->first;
    pool->first = pkt;
    pool->n++;
}

/* A burst's packets go back to the system when nothing like it has come again for a while. */
static void trim(BerthPacketPool *pool)
{
    for (unsigned surplus = pool->least; surplus > BERTH_PACKETS_KEPT; surplus--)
        packet_free(pop(pool));
    pool->least = pool->n;
}

static void on_trim(void *data)
{
    BerthRunner *runner = data;

    trim(&runner->pools[0]);
    trim(&runner->pools[1]);
    berth_world_timer_set(runner->world, runner->trim, BERTH_PACKETS_TRIM_USEC);
}

static void clear_pool(BerthPacketPool *pool)
{
    BerthPacket *pkt;

    while ((pkt = pop(pool)))
        packet_free(pkt);
}

BerthRunner *berth_runner_new(BerthWorld *world)
{
    BerthRunner *runner = g_new0(BerthRunner, 1);

    runner->world = world;
    runner->places = g_new0(BerthPlace, BERTH_PACKETS_MAX);
    runner->free_places = g_new(uint16_t, BERTH_PACKETS_MAX);
    for (unsigned i = 0; i < BERTH_PACKETS_MAX; i++)
        runner->free_places[i] = (uint16_t)(BERTH_PACKETS_MAX - 1 - i);
    runner->wake = berth_world_timer(world, on_wake, runner);
    runner->trim = berth_world_timer(world, on_trim, runner);
    berth_world_timer_set(world, runner->trim, BERTH_PACKETS_TRIM_USEC);
    runner->claims = g_new0(BerthPacket *, BERTH_PACKETS_MAX);
    world->ops->random(world, &runner->seed, sizeof(runner->seed));
    return runner;
}

void berth_runner_free(BerthRunner *runner)
{
    if (!runner)
        return;
    memset(runner->claims, 0, BERTH_PACKETS_MAX * sizeof(BerthPacket *));
    for (unsigned i = 0; i < BERTH_PACKETS_MAX; i++)
        if (runner->places[i].pkt)
            berth_runner_end(runner, runner->places[i].pkt);
    clear_pool(&runner->pools[0]);
    clear_pool(&runner->pools[1]);
    g_free(runner->claims);
    berth_timer_free(runner->wake);
    berth_timer_free(runner->trim);
    g_free(runner->free_places);
    g_free(runner->places);
    g_free(runner);
}

static BerthPacketPool *pool_of(BerthRunner *runner, const BerthEnv *env)
{
    return &runner->pools[env->family == 6];
}

static BerthPacket *take(BerthRunner *runner, BerthEnv *env)
{
    BerthPacket *pkt = pop(pool_of(runner, env));

    if (pkt) {
        pkt->env = env;
    } else {
        pkt = g_new0(BerthPacket, 1);
        pkt->env = env;
        berth_arena_init(&pkt->arena, BERTH_PACKET_ARENA);
        berth_park_init(pkt);
    }
    pkt->slot = runner->free_places[BERTH_PACKETS_MAX - 1 - runner->in_work++];
    runner->places[pkt->slot].pkt = pkt;
    return pkt;
}

/* What outlives a packet in the pool is its arena's first block and its timer. */
static void put_back(BerthRunner *runner, BerthPacket *pkt)
{
    BerthPacketPool *pool = pool_of(runner, pkt->env);
    bool is6 = pkt->env->family == 6;
    BerthArena arena;
    BerthTimer *deadline = pkt->deadline;

    runner->places[pkt->slot].pkt = NULL;
    runner->free_places[BERTH_PACKETS_MAX - runner->in_work--] = (uint16_t)pkt->slot;
    berth_arena_reset(&pkt->arena);
    arena = pkt->arena;
    memset(pkt, 0, offsetof(BerthPacket, iface));
    if (is6)
        berth_packet6_clear(pkt);
    else
        berth_packet4_clear(pkt);
    pkt->arena = arena;
    pkt->deadline = deadline;
    push(pool, pkt);
}

void berth_runner_end(BerthRunner *runner, BerthPacket *pkt)
{
    if (pkt->drop != BERTH_DROP_NONE) {
        berth_drop_count(pkt->env, pkt->drop);
        berth_drops_report(pkt, pkt->drop);
    }
    for (const BerthAtEnd *at = pkt->at_end; at; at = at->next)
        at->call(at->data);
    berth_unit_abandon(g_steal_pointer(&pkt->unit));
    berth_park_cancel(runner, pkt);
    berth_claim_release(runner, pkt);
    berth_packet_drop_hosts(pkt);
    berth_conf_unref(pkt->conf);
    put_back(runner, pkt);
}

/* Of the places for addresses most interfaces need two. */
static void copy_iface(BerthIface *to, const BerthIface *from)
{
    memcpy(to, from, offsetof(BerthIface, addrs));
    memcpy(to->addrs, from->addrs, from->n_addrs * sizeof(*from->addrs));
    memcpy(to->prefix_lens, from->prefix_lens, from->n_addrs * sizeof(*from->prefix_lens));
}

BerthPacket *berth_runner_packet(BerthEnv *env, BerthConf *conf, const BerthIface *iface,
                                 const BerthDatagram *in)
{
    BerthRunner *runner = env->runner;
    BerthPacket *pkt;

    if (runner->in_work >= BERTH_PACKETS_MAX) {
        berth_drop_count(env, BERTH_DROP_TOO_MANY_PACKETS);
        return NULL;
    }
    pkt = take(runner, env);
    pkt->conf = berth_conf_ref(conf);
    copy_iface(&pkt->iface, iface);
    pkt->in = *in;
    pkt->in.data = berth_arena_copy(&pkt->arena, in->data);
    pkt->received_usec = berth_world_turn_usec(runner->world);
    if (in->data.len == 0 || pkt->in.data.data)
        return pkt;
    pkt->in.data.len = 0;
    pkt->drop = BERTH_DROP_MEMORY;
    berth_runner_end(runner, pkt);
    return NULL;
}

unsigned berth_runner_in_work(const BerthRunner *runner)
{
    return runner->in_work;
}

unsigned berth_runner_parked(const BerthRunner *runner)
{
    return runner->parked;
}
