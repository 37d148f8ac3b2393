/* test_several - several servers: followers, stripes, guard time, clients that are shared out; and
 * Redis with replicas, Sentinels, as a cluster. */
#include "test_site.h"
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <signal.h>

static bool is_refused(void *data)
{
    char why[STORE_TEXT];

    return store_health(((const Machine *)data)->store, why, sizeof(why)) == BERTH_HEALTH_DOWN;
}

static bool has_reloaded(void *data)
{
    return strstr(((const Machine *)data)->log->str, "LEASE_REDIS_RELOAD") != NULL;
}

static void test_behind(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);

    berth_row("a follower falls behind what is kept");
    g_free(commit_all(a, 1, 20, 'a'));
    bench_settle(bench);
    b->holds_ears = true;
    g_free(commit_all(a, 100, 20, 'a'));
    check_commit(a, 1, 0, "o");
    proc_tell(&redis, "XTRIM {t:4}:log MAXLEN 0");
    check_commit(a, 2, 0, "o");
    b->holds_ears = false;
    machine_set_fault(b, LINE_GOOD);
    machine_cut(b);
    CHECK(bench_until(bench, has_reloaded, b));
    CHECK_HAS(b->log->str, "entries of the log are missing");
    check_same(bench);
    bench_free(bench);
}

/* The log may overtake what was asked on the other connection. */
static void test_overtaken(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);

    berth_row("what the log brings before the answer comes is no sign of a loss");
    check_commit(a, 1, 'a', "o");
    bench_settle(bench);
    a->holds_replies = true;
    guard_look(a->store);
    bench_pass(bench, 50);
    check_commit(b, 2, 'b', "o");
    bench_pass(bench, 50);
    check_table(a, "1a 2b");
    a->holds_replies = false;
    machine_set_fault(a, LINE_GOOD);
    check_same(bench);
    CHECK_INT(a->store->epoch, 1);
    bench_free(bench);
}

/* ---- several ---- */

static bool is_alone(void *data)
{
    return ((const Machine *)data)->store->share.stripes == 1;
}

static bool are_two(void *data)
{
    return ((const Machine *)data)->store->share.stripes == 2;
}

static void test_members(void)
{
    Bench *bench = bench_new(&redis, 4);
    Machine *a, *b;

    bench->conf.server_timeout_sec = 3;
    a = bench_server(bench);
    b = bench_server(bench);
    berth_row("each has its stripe");
    CHECK(bench_until(bench, are_two, a));
    CHECK(bench_until(bench, are_two, b));
    CHECK_INT(a->store->share.stripe + b->store->share.stripe, 1);
    CHECK_INT(a->store->share.grace_sec, 300);
    berth_row("one is gone");
    machine_set_fault(b, LINE_DOWN);
    CHECK(bench_until(bench, is_alone, a));
    machine_set_fault(b, LINE_GOOD);
    CHECK(bench_until(bench, are_two, a));
    bench_free(bench);
}

static bool is_guarded(void *data)
{
    return ((const Machine *)data)->store->share.only_known;
}

static bool is_unguarded(void *data)
{
    return !is_guarded(data);
}

static void test_guard(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);

    berth_row("until the other has told what it knows");
    CHECK(bench_until(bench, are_two, a));
    CHECK(!is_guarded(a));
    machine_set_fault(b, LINE_HELD);
    proc_tell(&redis, "HSET {t:4}:meta master another");
    guard_look(a->store);
    CHECK(bench_until(bench, is_guarded, a));
    check_health(a, BERTH_HEALTH_DEGRADED, "guard");
    berth_row("or the guard time is over");
    CHECK(bench_until(bench, is_unguarded, a));
    machine_set_fault(b, LINE_GOOD);
    check_same(bench);
    berth_row("also by a server that starts then");
    machine_set_fault(b, LINE_HELD);
    proc_tell(&redis, "HSET {t:4}:meta master another");
    machine_restart(a);
    await(a);
    CHECK(is_guarded(a));
    machine_set_fault(b, LINE_GOOD);
    CHECK(bench_until(bench, is_unguarded, a));
    check_same(bench);
    bench_free(bench);
}

static void test_loss_policy(void)
{
    Bench *bench = bench_new(&redis, 4);
    Machine *a;

    berth_row("renew-known");
    bench->conf.on_loss = ON_LOSS_RENEW_KNOWN;
    a = bench_server(bench);
    await(a);
    CHECK(!a->store->share.confirms_known);
    machine_set_fault(a, LINE_DOWN);
    CHECK(bench_until(bench, is_refused, a));
    CHECK(a->store->share.confirms_known);
    machine_set_fault(a, LINE_GOOD);
    await(a);
    CHECK(!a->store->share.confirms_known);
    bench_free(bench);
}

static bool has_twin(void *data)
{
    return strstr(((const Machine *)data)->log->str, "LEASE_REDIS_TWIN") != NULL;
}

/* Redis has a heartbeat of another run of this server. */
static void claim(const Machine *machine, unsigned beat)
{
    g_autofree char *record = g_strdup_printf("%u 1 00000000000000aa 0 copy", beat);

    proc_tell(&redis, "HSET {t:4}:servers %s %s", machine->store->self, record);
}

static void test_twin(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("a server that is started anew is no twin of what it was");
    machine_restart(a);
    await(a);
    for (int i = 0; i < 4; i++) {
        guard_look(a->store);
        bench_settle(bench);
    }
    CHECK(!has_twin(a));
    berth_row("nor is what it was when an older Redis was saved");
    for (unsigned beat = 7; beat < 9; beat++) {
        claim(a, beat);
        guard_look(a->store);
        bench_settle(bench);
        proc_tell(&redis, "HSET {t:4}:meta master another");
        guard_look(a->store);
        bench_settle(bench);
    }
    await(a);
    CHECK(!has_twin(a));
    berth_row("a copy of this server's data directory is in use elsewhere");
    claim(a, 1);
    guard_look(a->store);
    bench_settle(bench);
    claim(a, 2);
    guard_look(a->store);
    CHECK(bench_until(bench, has_twin, a));
    CHECK_INT(a->store->share.stripes, 1);
    bench_free(bench);
}

static void on_given_up(void *data, const GError *error)
{
    bool *is_given_up = data;

    CHECK(!error);
    *is_given_up = true;
}

static bool is_true(void *data)
{
    return *(const bool *)data;
}

static void test_given_up(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);
    bool is_given_up = false;

    berth_row("what this server has given up itself is no news to it");
    store_supersede(a->store, "another", on_given_up, &is_given_up);
    CHECK(bench_until(bench, is_true, &is_given_up));
    guard_look(a->store);
    bench_settle(bench);
    CHECK(!strstr(a->log->str, "LEASE_REDIS_DOWN"));
    bench_free(bench);
}

/* ---- Sentinels, and a cluster ---- */

/* Not over the test's line: Sentinels name ports. */
static Machine *server_by_sentinel(Bench *bench, const char *const *sentinel)
{
    bench->conf.redis.sentinels = (BerthList){sentinel, 1};
    bench->conf.redis.master_name = "t";
    return bench_server(bench);
}

static void test_sentinel(void)
{
    Bench *bench = bench_new(&redis, 4);
    TestRedis *replica = test_redis_new_replica(redis.redis, "appendonly yes\n"),
              *sentinel = test_redis_new_sentinel(redis.redis, "t");
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", test_redis_port(sentinel));
    const char *sentinels[] = {at};
    Machine *a, *b;

    berth_row("the master dies, and a replica takes over");
    a = server_by_sentinel(bench, sentinels);
    b = server_by_sentinel(bench, sentinels);
    await(a);
    await(b);
    g_free(commit_all(a, 1, 50, 'a'));
    bench_settle(bench);
    CHECK(test_redis_await(redis.redis, "INFO replication", "state=online"));
    CHECK(test_redis_await(sentinel, "SENTINEL replicas t", "slave"));
    CHECK(test_redis_await(replica, "HLEN {t:4}:leases", "50"));
    proc_kill(&redis);
    CHECK(test_redis_await(replica, "INFO replication", "role:master"));
    bench_pass(bench, 100);
    await(a);
    await(b);
    CHECK_INT(a->store->epoch, 2);
    check_commit(a, 60, 'a', "o");
    check_commit(b, 1, 'b', "o");
    CHECK(test_redis_await(replica, "HLEN {t:4}:leases", "51"));
    berth_row("HI-166: the old one comes back, with old data, and thinks it is the master");
    proc_restart(&redis);
    CHECK_HAS(test_redis_say(redis.redis, "INFO replication"), "role:master");
    machine_restart(b);
    await(b);
    CHECK_INT(b->store->epoch, 2);
    check_commit(b, 61, 'a', "o");
    check_commit(a, 62, 'a', "o");
    CHECK(test_redis_await(replica, "HLEN {t:4}:leases", "53"));
    CHECK_TEXT(test_redis_say(redis.redis, "HLEN {t:4}:leases"), "50");
    bench_free(bench);
    test_redis_free(sentinel);
    test_redis_free(replica);
    proc_tell(&redis, "REPLICAOF NO ONE");
}

static void test_cluster(void)
{
    TestRedis *node = test_redis_new(TEST_REDIS_NODE, "appendonly yes\n");
    Bench *bench = bench_new(&redis, 4);
    Machine *a, *b;

    berth_row("all of it is in one slot");
    test_redis_say(node, "CLUSTER ADDSLOTSRANGE 0 16383");
    CHECK(test_redis_await(node, "CLUSTER INFO", "cluster_state:ok"));
    bench->conf.redis.cluster = true;
    bench->conf.redis.host = "127.0.0.1";
    bench->conf.redis.port = test_redis_port(node);
    a = bench_server(bench);
    b = bench_server(bench);
    await(a);
    await(b);
    check_commit(a, 1, 'a', "o");
    check_commit(a, 2, 'a', "o");
    check_commit(a, 1, 0, "o");
    CHECK(test_redis_await(node, "HLEN {t:4}:leases", "1"));
    CHECK(bench_until(bench, are_two, a));
    check_commit(b, 3, 'b', "o");
    bench_free(bench);
    test_redis_free(node);
}

/* ---- durability ---- */

static bool has_settled(void *data)
{
    return g_hash_table_size(((const Machine *)data)->store->unsure) == 0;
}

static void test_replicas(void)
{
    Bench *bench = bench_new(&redis, 4);
    g_autofree char *more =
        g_strdup_printf("replicaof 127.0.0.1 %u\n", test_redis_port(redis.redis));
    TestRedis *replica;
    Machine *a;

    bench->conf.durability = DURABILITY_REPLICAS;
    bench->conf.wait_ms = 1000;
    a = bench_server(bench);
    await(a);
    berth_row("HI-164: WAIT says fewer");
    check_health(a, BERTH_HEALTH_DEGRADED, "0 replicas");
    check_commit(a, 1, 'a', "u");
    bench_pass(bench, 100);
    check_table(a, "1a");
    berth_row("what no replica has may be gone again: it is not settled");
    guard_look(a->store);
    bench_pass(bench, 1500); /* It waits for replicas, and there are none. */
    check_commit(a, 1, 'a', "b");
    berth_row("a replica has it");
    replica = test_redis_new(TEST_REDIS_SERVER, more);
    CHECK(test_redis_await(redis.redis, "INFO replication", "state=online"));
    check_commit(a, 2, 'a', "o");
    CHECK_TEXT(test_redis_say(replica, "HLEN {t:4}:leases"), "2");
    CHECK(bench_until(bench, has_settled, a));
    check_commit(a, 1, 'a', "o");
    berth_row("scripts are flushed meanwhile");
    proc_tell(&redis, "SCRIPT FLUSH");
    check_commit(a, 3, 'a', "o");
    berth_row("it hangs");
    test_redis_signal(replica, SIGSTOP);
    check_commit(a, 4, 'a', "u");
    test_redis_signal(replica, SIGCONT);
    CHECK(bench_until(bench, has_settled, a));
    check_same(bench);
    test_redis_free(replica);
    bench_free(bench);
}

/* As the manual says. */
static void test_rights(void)
{
    Bench *bench = bench_new(&redis, 4);
    Machine *a;

    berth_row("a user with no more rights than needed");
    proc_tell(&redis, "ACL SETUSER t reset on >p ~{t:*}:* &* +eval +evalsha +script|load +info "
                      "+hscan +hmget +hdel +xread +wait +client|setname +select +role +ping +hget "
                      "+hset +hlen +hgetall +exists +unlink +xadd +xrevrange +time");
    bench->conf.redis.user = "t";
    bench->conf.redis.password = "p";
    a = bench_server(bench);
    bench_server(bench);
    await(a);
    check_commit(a, 1, 'a', "o");
    check_commit(a, 1, 0, "o");
    check_commit(a, 2, 'a', "o");
    proc_tell(&redis, "HSET {t:4}:meta master another");
    guard_look(a->store);
    check_same(bench);
    bench_free(bench);
    proc_tell(&redis, "ACL DELUSER t");
}

/* ---- RFC 3074 ---- */

static void test_balance(void)
{
    unsigned shares[3] = {0};

    berth_row("each client has one server");
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t id[6] = {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
        unsigned mine = 0;

        for (unsigned stripe = 0; stripe < 3; stripe++) {
            bool is_mine = balance_is_mine((BerthBytes){id, sizeof(id)}, stripe, 3);

            mine += is_mine;
            shares[stripe] += is_mine;
        }
        CHECK_INT(mine, 1);
    }
    for (unsigned stripe = 0; stripe < 3; stripe++)
        CHECK(shares[stripe] > 800 && shares[stripe] < 1200);
    berth_row("one server has all");
    CHECK(balance_is_mine(berth_bytes("abc"), 0, 1));
    /* RFC 3074 section 6 by hand: T[3] = 215, ... from the last byte to the first. */
    berth_row("the hash");
    CHECK(balance_is_mine((BerthBytes){(const uint8_t *)"\0", 1}, 175, 256));
    CHECK(balance_is_mine((BerthBytes){(const uint8_t *)"\1", 1}, 251, 256));
}

typedef struct Wait {
    const char *name;
    bool balances;
    unsigned secs; /* that the client has waited */
    unsigned type4;
    unsigned answered; /* by how many of three servers */
} Wait;

static const Wait waits[] = {
    {"a new client", true, 0, BERTH_DHCPDISCOVER, 1},
    {"... that has waited as long as it should", true, 3, BERTH_DHCPDISCOVER, 1},
    {"... and longer", true, 4, BERTH_DHCPDISCOVER, 3},
    {"a client that asks for its lease", true, 0, BERTH_DHCPREQUEST, 3},
    {"where nothing is shared out", false, 0, BERTH_DHCPDISCOVER, 3},
    {0},
};

static unsigned answering(const Wait *row, BerthPacket *pkt, int family)
{
    Store store = {.family = family, .phase = PHASE_SERVING};
    unsigned n = 0;
    Run run;

    g_queue_init(&run.stores);
    g_queue_push_tail(&run.stores, &store);
    store.conf.load_balance = row->balances;
    store.conf.balance_delay_sec = 3;
    store.members.stripes = 3;
    for (store.members.stripe = 0; store.members.stripe < 3; store.members.stripe++)
        /* cppcheck-suppress uninitvar */
        n += (family == 4 ? balance_on_receive4 : balance_on_receive6)(pkt, NULL, &run) ==
             BERTH_CONTINUE;
    g_queue_clear(&run.stores);
    return n;
}

static void test_waiting(void)
{
    BerthHarness *harness = berth_harness_new(g_getenv("BERTH_PLUGIN"), NULL, NULL);

    for (const Wait *row = waits; row->name; row++) {
        g_autofree char *elapsed = g_strdup_printf("0008 0002 %04x", row->secs * 100);
        BerthPacket *pkt = berth_harness_message(harness, (BerthType4)row->type4, NULL);

        berth_row("%s", row->name);
        pkt->v4.query.secs = (uint16_t)row->secs;
        CHECK_INT(answering(row, pkt, 4), row->answered);
        pkt = berth_harness_message6(
            harness, row->type4 == BERTH_DHCPDISCOVER ? BERTH_SOLICIT : BERTH_RENEW, elapsed);
        CHECK_INT(answering(row, pkt, 6), row->answered);
    }
    berth_harness_free(harness);
}

static const BerthTest tests[] = {
    {"waiting", test_waiting},   {"overtaken", test_overtaken},
    {"behind", test_behind},     {"members", test_members},
    {"twin", test_twin},         {"given up", test_given_up},
    {"sentinel", test_sentinel}, {"cluster", test_cluster},
    {"guard", test_guard},       {"loss", test_loss_policy},
    {"replicas", test_replicas}, {"rights", test_rights},
    {"balance", test_balance},   {0},
};

static int run(int argc, char **argv)
{
    int r;

    proc_init(&redis, BENCH_REDIS);
    r = berth_tests_main("lease_redis_several", tests, argc, argv);
    proc_clear(&redis);
    return r;
}

int main(int argc, char **argv)
{
    return proc_tests_main("lease_redis_several", run, argc, argv);
}
