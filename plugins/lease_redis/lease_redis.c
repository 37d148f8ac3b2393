/* lease_redis - keeps leases in Redis, for one server or several: the role, its parameters, a
 * command. README.md tells how; store.h which room does what. */
#include "lease_redis.h"

#include "store.h"

static const BerthLeaseBackend backend = {
    .size = sizeof(BerthLeaseBackend),
    .max_in_flight = STORE_IN_FLIGHT,
    .open = store_open,
    .close = store_close,
    .load = store_load,
    .commit = store_commit,
    .health = store_health,
    .status = store_status,
    .import = store_import,
    .fill = store_fill,
    .data_set = store_data_set,
    .supersede = store_supersede,
};

static const char *const durability_words[] = {"master", "replicas", NULL};
static const char *const loss_words[] = {"drop", "renew-known", NULL};

/* clang-format off */
static const BerthConfItem conf[] = {
    {"type", BERTH_STRING(Conf, type), "redis", "this backend"},
    BERTH_REDIS_ITEMS(Conf, redis),
    {"durability", BERTH_WORD(Conf, durability), "master",
     "who must have a lease before its client is told: the master, or replicas too",
     0, 0, 0, durability_words},
    {"replicas", BERTH_INT(Conf, replicas), "1", "how many of them, for durability = replicas",
     0, 1, 100},
    {"wait-timeout", BERTH_INT(Conf, wait_ms), "500", "milliseconds to wait for them",
     0, 1, 60000},
    {"on-backend-loss", BERTH_WORD(Conf, on_loss), "drop",
     "while Redis is away: answer nobody, or confirm what remains of known leases",
     0, 0, 0, loss_words},
    {"server-name", BERTH_STRING(Conf, server_name), NULL,
     "of this server among those that share the store, for people; its identifier by default",
     0, 1, 63},
    {"state-file", BERTH_STRING(Conf, state_file), NULL,
     "this server's identifier and the data sets it has seen, in the data directory; lease-redis4.state or lease-redis6.state by default"},
    {"guard-time", BERTH_INT(Conf, guard_sec), "60",
     "seconds after another master in which servers tell what they know before unknown clients are served",
     0, 1, 3600},
    {"expiry-grace", BERTH_INT(Conf, grace_sec), "300",
     "seconds after its end until a lease is given to others; more than the servers' clocks are apart",
     0, 0, 86400},
    {"expiry-grace-foreign", BERTH_INT(Conf, foreign_extra_sec), "60",
     "further seconds where another server gave it", 0, 0, 86400},
    {"server-timeout", BERTH_INT(Conf, server_timeout_sec), "10",
     "seconds without a heartbeat after which a server counts as gone", 0, 3, 3600},
    {"stream-length", BERTH_INT(Conf, stream_length), "10000",
     "changes, gathered in batches, that Redis keeps for servers that are behind", 0, 100, 10000000},
    {"load-balance", BERTH_BOOL(Conf, load_balance), "false",
     "new clients are answered by one of the servers, chosen by RFC 3074"},
    {"load-balance-delay", BERTH_INT(Conf, balance_delay_sec), "3",
     "seconds after which any server answers", 0, 0, 3600},
    {0},
};

static const BerthRole roles[] = {
    BERTH_LEASE_BACKEND("redis", &backend, conf, Conf),
    {0},
};
/* clang-format on */

/* An operator has looked, and says that the Redis that is held back is the right one. */
static void lease_redis_accept(BerthCommand *command, const void *conf_data, void *data)
{
    const Run *run = data;
    int family = berth_command_family(command);
    bool done = false;

    (void)conf_data;
    for (GList *l = run->stores.head; l; l = l->next)
        if (((Store *)l->data)->family == family)
            done |= guard_accept(l->data);
    berth_command_done(command, done ? BERTH_RESULT_OK : BERTH_RESULT_EMPTY, "%s",
                       done ? "accepted" : "no lease store waits for that");
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_EARLY, balance_on_receive4),
    BERTH_ON_PACKET("pkt6_receive", BERTH_EARLY, balance_on_receive6),
    BERTH_ON_COMMAND("lease-redis-accept", lease_redis_accept),
    {0},
};

static void stop(void *data)
{
    Run *run = data;

    state_forget(&run->states);
}

BERTH_PLUGIN(.name = "lease_redis", .about = "leases in Redis, shared by several servers",
             .run_size = sizeof(Run), .stop = stop, .hooks = hooks, .roles = roles);
