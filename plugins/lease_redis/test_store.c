/* test_store - what happens to Redis, to the line, and to servers: each is followed by a change
 * that works, and servers that know the same as Redis does. */
#include "lease_redis.h"
#include "test_site.h"
#include "tests/lib/rows.h"
#include <signal.h>

/* ---- HI-162, HI-164: what Redis may say ---- */

typedef struct Saying {
    const char *name, *word, *answer, *results;
} Saying;

/* clang-format off */
#define COMMIT "commit" /* It stands in the arguments of the script. */
static const Saying sayings[] = {
    {"HI-162: nil to a commit",                 COMMIT, "$-1\r\n", "u"},
    {"HI-162: a number to a commit",            COMMIT, ":1\r\n", "u"},
    {"HI-162: an empty list to a commit",       COMMIT, "*0\r\n", "u"},
    {"HI-162: too few units",                   COMMIT, "*2\r\n$2\r\nOK\r\n:1\r\n", "u"},
    {"HI-162: too many units",                  COMMIT, "*4\r\n$2\r\nOK\r\n:1\r\n:1\r\n:2\r\n", "u"},
    {"HI-162: a text in place of a unit",       COMMIT, "*3\r\n$2\r\nOK\r\n:1\r\n$1\r\n1\r\n", "u"},
    {"HI-162: an empty list of winners",        COMMIT, "*3\r\n$2\r\nOK\r\n:1\r\n*0\r\n", "u"},
    {"HI-162: winners without a revision",      COMMIT, "*3\r\n$2\r\nOK\r\n:1\r\n*2\r\n$4\r\naaaa\r\n$0\r\n\r\n", "u"},
    {"HI-162: an epoch that is none",           COMMIT, "*3\r\n$2\r\nOK\r\n:70000\r\n:1\r\n", "u"},
    {"HI-162: two replies",                     COMMIT, "$-1\r\n$-1\r\n", "u"},
    {"HI-162: a map",                           COMMIT, "%1\r\n+a\r\n+b\r\n", "u"},
    {"HI-162: no RESP at all",                  COMMIT, "HTTP/1.1 400 Bad Request\r\n\r\n", "u"},
    {"HI-162: another word",                    COMMIT, "*1\r\n$4\r\nWHAT\r\n", "u"},
    {"HI-162: nil to INFO",                     "INFO", "$-1\r\n", "ofu"},
    {"HI-162: a list to INFO, its end missing", "INFO", "*2\r\n$1\r\na\r\n", "ofu"},
    {"HI-162: nil to XREAD",                    "XREAD", "*-1\r\n", "o"},
    {"HI-162: a number to XREAD",               "XREAD", ":5\r\n", "o"},
    {"HI-162: entries without fields",          "XREAD", "*1\r\n*2\r\n$1\r\na\r\n*1\r\n*1\r\n$3\r\n9-9\r\n", "o"},
    {"HI-162: an entry that is damaged",        "XREAD", "*1\r\n*2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n9-9\r\n*4\r\n$1\r\nc\r\n$1\r\n3\r\n$1\r\nb\r\n$3\r\nxyz\r\n", "o"},
    {"HI-162: an entry that leaves some out",   "XREAD", "*1\r\n*2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n9-9\r\n*4\r\n$1\r\nc\r\n$2\r\n99\r\n$1\r\nb\r\n$0\r\n\r\n", "o"},
    {"HI-164: LOADING",     COMMIT, "-LOADING Redis is loading the dataset in memory\r\n", "f"},
    {"HI-164: READONLY",    COMMIT, "-READONLY You can't write against a read only replica.\r\n", "f"},
    {"HI-164: MASTERDOWN",  COMMIT, "-MASTERDOWN Link with MASTER is down\r\n", "f"},
    {"HI-164: NOREPLICAS",  COMMIT, "-NOREPLICAS Not enough good replicas to write.\r\n", "f"},
    {"HI-164: MISCONF",     COMMIT, "-MISCONF Redis is configured to save RDB snapshots\r\n", "f"},
    {"HI-164: OOM",         COMMIT, "-OOM command not allowed when used memory > 'maxmemory'.\r\n", "f"},
    {"HI-164: BUSY",        COMMIT, "-BUSY Redis is busy running a script.\r\n", "f"},
    {"HI-164: NOSCRIPT",    COMMIT, "-NOSCRIPT No matching script.\r\n", "o"},
    {"HI-164: NOAUTH",      COMMIT, "-NOAUTH Authentication required.\r\n", "f"},
    {"HI-164: NOPERM",      COMMIT, "-NOPERM this user has no permissions\r\n", "f"},
    {"HI-164: WRONGTYPE",   COMMIT, "-WRONGTYPE Operation against a key\r\n", "f"},
    {"HI-164: EXECABORT",   COMMIT, "-EXECABORT Transaction discarded\r\n", "f"},
    {"HI-164: MOVED",       COMMIT, "-MOVED 1 127.0.0.1:1\r\n", "f"},
    {"HI-164: ASK",         COMMIT, "-ASK 1 127.0.0.1:1\r\n", "f"},
    {"HI-164: TRYAGAIN",    COMMIT, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n", "f"},
    {"HI-164: CLUSTERDOWN", COMMIT, "-CLUSTERDOWN Hash slot not served\r\n", "f"},
    {"HI-164: CROSSSLOT",   COMMIT, "-CROSSSLOT Keys in request don't hash to the same slot\r\n", "f"},
    {"HI-164: a script that broke", COMMIT, "-ERR user_script:1: Script attempted\r\n", "u"},
    {"HI-164: a word of tomorrow", COMMIT, "-QUANTUM undecided\r\n", "u"},
    {0},
};
/* clang-format on */

static bool is_said(void *data)
{
    return ((const Machine *)data)->fault == LINE_GOOD;
}

static void test_sayings(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0);

    for (const Saying *row = sayings; row->name; row++) {
        unsigned octet = (unsigned)(row - sayings) + 1;

        berth_row("%s", row->name);
        machine_set_answer(a, row->word, row->answer);
        if (strcmp(row->word, "INFO") == 0)
            guard_look(a->store);
        if (strcmp(row->word, COMMIT) != 0)
            CHECK(bench_until(bench, is_said, a));
        check_commit(a, octet, 'a', row->results);
        await(a);
        bench_settle(bench);
        check_commit(a, octet, 'a', "o");
    }
    check_same(bench);
    bench_free(bench);
}

/* ---- HI-163: the line ---- */

static void test_line(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0);

    berth_row("HI-163: cut before the request");
    machine_set_fault(a, LINE_CUT_REQUEST);
    check_commit(a, 1, 'a', "u");
    await(a);
    bench_settle(bench);
    check_table(a, "");
    berth_row("HI-163: cut in the middle of the reply");
    machine_set_fault(a, LINE_CUT_REPLY);
    check_commit(a, 2, 'a', "u");
    await(a);
    bench_settle(bench);
    check_table(a, "2a");
    check_table(machine_at(bench, 1), "2a");
    CHECK_INT(recent_count(a->store->recent), 1);
    berth_row("what was read again may be used again");
    check_commit(a, 1, 'a', "o");
    check_commit(a, 2, 'a', "o");
    berth_row("HI-163: silent, and then it comes after all");
    machine_set_fault(a, LINE_HELD);
    check_commit(a, 3, 'a', "u");
    check_health(a, BERTH_HEALTH_DOWN, "");
    check_commit(a, 4, 'a', "bf");
    machine_set_fault(a, LINE_GOOD);
    check_same(bench);
    berth_row("down, and nobody waits for it");
    machine_set_fault(a, LINE_DOWN);
    bench_pass(bench, 20);
    check_commit(a, 5, 'a', "f");
    machine_set_fault(a, LINE_GOOD);
    check_same(bench);
    bench_free(bench);
}

/* ---- Redis itself ---- */

static void test_stopped(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0);

    berth_row("SIGSTOP, longer than a command may take");
    check_commit(a, 1, 'a', "o");
    test_redis_signal(redis.redis, SIGSTOP);
    check_commit(a, 2, 'a', "u");
    check_commit(machine_at(bench, 1), 3, 'b', "uf");
    test_redis_signal(redis.redis, SIGCONT);
    check_same(bench);
    bench_free(bench);
}

static void test_killed(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0);
    g_autofree char *before = NULL;
    unsigned epoch = a->store->epoch;

    berth_row("kill -9, and started with what is in its file");
    g_free(commit_all(a, 1, 100, 'a'));
    bench_settle(bench);
    before = table_of(a);
    proc_kill(&redis);
    bench_pass(bench, 50);
    check_commit(a, 200, 'a', "fu");
    check_health(a, BERTH_HEALTH_DOWN, "");
    check_table(a, before);
    proc_restart(&redis);
    await(a);
    await(machine_at(bench, 1));
    bench_settle(bench);
    check_table(a, before);
    CHECK_INT(a->store->epoch, epoch + 1);
    CHECK_INT(machine_at(bench, 1)->store->epoch, epoch + 1);
    check_same(bench);
    bench_free(bench);
}

static void test_scripts_flushed(void)
{
    Bench *bench = bench_of(1);

    for (int i = 0; i < 5; i++) {
        g_autofree char *got = NULL;

        berth_row("scripts are flushed, %d", i);
        proc_tell(&redis, "SCRIPT FLUSH");
        got = commit_all(machine_at(bench, 0), 1 + 20 * (unsigned)i, 20, 'a');
        CHECK_TEXT(got, "oooooooooooooooooooo");
    }
    check_same(bench);
    bench_free(bench);
}

static bool has_forgotten(void *data)
{
    (void)data;
    return number_of("EXISTS", KEY_ASSERTED, "") == 0;
}

/* HI-165, HI-169: everything is gone while it is served from memory. */
static void test_flushed(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);
    g_autofree char *before = NULL;

    berth_row("HI-165: FLUSHALL while serving");
    g_free(commit_all(a, 1, 100, 'a'));
    g_free(commit_all(b, 101, 100, 'b'));
    bench_settle(bench);
    before = table_of(a);
    proc_tell(&redis, "FLUSHALL");
    check_commit(a, 210, 'a', "f");
    check_same(bench);
    CHECK_HAS(a->log->str, "LEASE_REDIS_MENDED");
    CHECK_INT(number_of("EXISTS", KEY_ASSERTED, ""), 1);
    check_commit(a, 240, 0, "o");
    check_commit(a, 241, 0, "o");
    bench_settle(bench);
    check_table(a, before);
    check_table(b, before);
    berth_row("what was kept for others that write back is forgotten after the guard time");
    CHECK(bench_until(bench, has_forgotten, NULL));
    bench_free(bench);
}

/* ---- HI-166: a fail-over that has lost its end ---- */

static const PlaceKey kept[] = {KEY_LEASES, KEY_BINDINGS, KEY_META, KEY_LOG};

static void dump(const Machine *machine, redisReply *ret[4])
{
    for (unsigned i = 0; i < 4; i++)
        ret[i] = proc_do(&redis, "DUMP %s", machine->store->place.keys[kept[i]]);
}

/* All at once, as a replica takes over. */
static void restore(const Machine *machine, redisReply *from[4])
{
    proc_tell(&redis, "MULTI");
    for (unsigned i = 0; i < 4; i++) {
        proc_tell(&redis, "RESTORE %s 0 %b REPLACE", machine->store->place.keys[kept[i]],
                  from[i]->str, from[i]->len);
        freeReplyObject(from[i]);
    }
    proc_tell(&redis, "EXEC");
}

static bool is_in_second_epoch(void *data)
{
    return ((const Machine *)data)->store->epoch == 2;
}

static void check_lost_end(unsigned n, bool with_restart)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);
    g_autofree char *before = NULL;
    redisReply *old[4];

    g_free(commit_all(a, 1, 20, 'a'));
    bench_settle(bench);
    dump(a, old);
    g_free(commit_all(a, 1000, n, 'a'));
    check_commit(b, 1, 'a', "o");
    check_commit(b, 2, 0, "o");
    check_commit(b, 3, 'c', "o");
    bench_settle(bench);
    before = table_of(a);
    restore(a, old);
    if (with_restart)
        machine_restart(a);
    guard_look(b->store);
    /* One that has not heard of it yet seems to serve as before. */
    for (unsigned i = 0; i < 2; i++) {
        CHECK(bench_until(bench, is_in_second_epoch, machine_at(bench, i)));
        await(machine_at(bench, i));
    }
    bench_settle(bench);
    check_table(b, before);
    check_table(a, before);
    CHECK_INT(a->store->epoch, 2);
    check_same(bench);
    bench_free(bench);
}

static void test_lost_end(void)
{
    static const unsigned ends[] = {1, 10, 1000};

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        berth_row("HI-166: the last %u acknowledged writes are lost", ends[i]);
        check_lost_end(ends[i], false);
        berth_row("HI-166: ... and the server that acknowledged them is started anew");
        check_lost_end(ends[i], true);
    }
}

/* A journal tells what was acknowledged, and not what others have removed since. */
static void test_not_lost(void)
{
    Bench *bench = bench_of(2);
    Machine *a = machine_at(bench, 0), *b = machine_at(bench, 1);

    berth_row("another master that has lost nothing, and a journal that knows less");
    check_commit(a, 1, 'a', "o");
    check_commit(a, 2, 'a', "o");
    bench_settle(bench);
    check_commit(b, 1, 0, "o");
    bench_settle(bench);
    machine_set_fault(a, LINE_DOWN);
    proc_tell(&redis, "HSET {t:4}:meta master another");
    guard_look(b->store);
    CHECK(bench_until(bench, is_in_second_epoch, b));
    machine_restart(a);
    await(a);
    bench_settle(bench);
    check_table(a, "2a");
    check_same(bench);
    bench_free(bench);
}

/* A client must not be told no because Redis has forgotten it. */
static void test_past(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);
    redisReply *old[4];

    berth_row("what is there is older than what is known: the store has lost its end");
    check_commit(a, 1, 'a', "o");
    dump(a, old);
    check_commit(a, 1, 'a', "o");
    check_commit(a, 2, 'a', "o");
    restore(a, old);
    check_commit(a, 1, 'a', "f");
    bench_settle(bench);
    await(a);
    check_commit(a, 1, 'a', "o");
    berth_row("... or nothing is there");
    dump(a, old);
    check_commit(a, 3, 'a', "o");
    restore(a, old);
    check_commit(a, 3, 'a', "f");
    check_same(bench);
    check_table(a, "1a 2a 3a 240z");
    bench_free(bench);
}

/* Of redis_i.h, which has a Place of its own: as when Sentinels name another master. */
void redis_go(BerthRedis *redis, const char *why);

/* What is proposed while a connection is being left must not be the first at another master. */
static void test_unseen(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("nothing is committed before it was looked which master it is");
    guard_look(a->store);
    redis_go(a->store->redis, "the master is elsewhere");
    proc_tell(&redis, "HSET {t:4}:meta master another");
    check_commit(a, 1, 'a', "f");
    CHECK(bench_until(bench, is_in_second_epoch, a));
    check_same(bench);
    bench_free(bench);
}

/* A server that never saw an epoch may have given its number again. */
static void test_epoch_twice(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("an epoch below the one that is known");
    check_commit(a, 1, 'a', "o");
    proc_tell(&redis, "HSET {t:4}:meta epoch 7 counter 50");
    guard_look(a->store);
    check_same(bench);
    CHECK_INT(a->store->epoch, 7);
    check_commit(a, 2, 'a', "o");
    proc_tell(&redis, "HSET {t:4}:meta epoch 3 counter 900");
    guard_look(a->store);
    bench_settle(bench);
    check_same(bench);
    CHECK_INT(a->store->epoch, 8);
    berth_row("the same one, with less in it");
    proc_tell(&redis, "HSET {t:4}:meta counter 899");
    guard_look(a->store);
    bench_settle(bench);
    check_same(bench);
    CHECK_INT(a->store->epoch, 9);
    bench_free(bench);
}

/* ---- at start ---- */

static bool is_held(void *data)
{
    return ((const Machine *)data)->store->phase == PHASE_HELD;
}

static void check_held(Machine *machine, const char *why)
{
    CHECK(bench_until(machine->bench, is_held, machine));
    check_health(machine, BERTH_HEALTH_DOWN, why);
    CHECK(!machine->family->ready);
}

static void test_start(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    g_free(commit_all(a, 1, 10, 'a'));
    berth_row("HI-169: Redis is empty at the server's start, until the guard time is over");
    proc_tell(&redis, "FLUSHALL");
    machine_restart(a);
    check_held(a, "Redis is empty");
    await(a);
    CHECK_INT(stored(), 10);
    check_same(bench);
    berth_row("HI-169: ... or an operator says so");
    proc_tell(&redis, "FLUSHALL");
    machine_restart(a);
    check_held(a, "lease-redis-accept");
    CHECK(guard_accept(a->store));
    await(a);
    check_same(bench);
    berth_row("another data set");
    proc_tell(&redis, "HSET {t:4}:meta data-set 00000000-0000-4000-8000-000000000000");
    machine_restart(a);
    check_held(a, "data set 00000000-0000-4000-8000-000000000000");
    CHECK(guard_accept(a->store));
    check_same(bench);
    berth_row("another data set while serving, which time does not make the right one");
    proc_tell(&redis, "HSET {t:4}:meta data-set 00000000-0000-4000-8000-000000000001");
    guard_look(a->store);
    CHECK(bench_until(bench, is_held, a));
    bench_pass(bench, 2500);
    CHECK_INT(a->store->phase, PHASE_HELD);
    check_commit(a, 230, 'a', "f");
    CHECK(guard_accept(a->store));
    check_same(bench);
    bench_free(bench);
}

/* Refused for good: the load fails. */
static void test_refused(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("another schema");
    proc_tell(&redis, "HSET {t:4}:meta schema 2");
    machine_restart(a);
    check_held(a, "schema");
    CHECK(a->store->is_final);
    berth_row("HI-165: another product's keys");
    proc_tell(&redis, "DEL {t:4}:meta");
    machine_restart(a);
    check_held(a, "not Berth's");
    CHECK(a->store->is_final);
    CHECK_INT(number_of("EXISTS", KEY_META, ""), 0);
    bench_free(bench);
}

/* ---- how Redis is set up ---- */

static bool is_refused(void *data)
{
    char why[STORE_TEXT];

    return store_health(((const Machine *)data)->store, why, sizeof(why)) == BERTH_HEALTH_DOWN;
}

static void test_setup(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("HI-169: keys may vanish");
    proc_tell(&redis, "CONFIG SET maxmemory 1gb maxmemory-policy allkeys-lru");
    guard_look(a->store);
    CHECK(bench_until(bench, is_refused, a));
    check_health(a, BERTH_HEALTH_DOWN, "allkeys-lru");
    check_commit(a, 1, 'a', "f");
    proc_tell(&redis, "CONFIG SET maxmemory-policy noeviction maxmemory 0");
    await(a);
    check_commit(a, 1, 'a', "o");
    berth_row("HI-169: nothing is written to disk");
    proc_tell(&redis, "CONFIG SET appendonly no");
    guard_look(a->store);
    bench_settle(bench);
    check_health(a, BERTH_HEALTH_DEGRADED, "appendonly");
    proc_tell(&redis, "CONFIG SET appendonly yes");
    berth_row("a replica");
    proc_tell(&redis, "REPLICAOF 127.0.0.1 1");
    guard_look(a->store);
    CHECK(bench_until(bench, is_refused, a));
    check_health(a, BERTH_HEALTH_DOWN, "replica");
    proc_tell(&redis, "REPLICAOF NO ONE");
    await(a);
    check_same(bench);
    bench_free(bench);
}

/* HI-170: no clock but the servers' own says when a lease ends. */
static void test_clock(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);

    berth_row("HI-170: no key has a time of its own");
    check_commit(a, 1, 'a', "o");
    for (unsigned i = 0; i <= KEY_SERVERS; i++)
        CHECK_INT(number_of("TTL", (PlaceKey)i, ""), -1);
    berth_row("HI-170: another server's clock is off");
    proc_tell(&redis, "HSET {t:4}:servers 0000000000000001 %s", "1 1 00 1000 the other one");
    guard_look(a->store);
    bench_settle(bench);
    check_health(a, BERTH_HEALTH_DEGRADED, "the other one");
    check_commit(a, 2, 'a', "o");
    bench_free(bench);
}

static void test_damaged(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);
    static const char key[] = {10, 0, 0, 1};
    /* Removals, which have no checksum: of the last epoch, and of the last counter of this one. */
    static const char ends[][9] = {
        {'\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', 32},
        {0, 1, '\x7f', '\xff', '\xff', '\xff', '\xff', '\xff', 32},
    };

    berth_row("HI-165: garbage is told of, skipped, and overwritten");
    proc_tell(&redis, "HSET {t:4}:leases %b garbage", key, sizeof(key));
    check_commit(a, 2, 'a', "o");
    machine_restart(a);
    await(a);
    check_table(a, "2a");
    CHECK_HAS(a->log->str, "LEASE_REDIS_DAMAGED");
    check_commit(a, 1, 'b', "o");
    check_same(bench);
    berth_row("HI-165: it is met by a change first");
    proc_tell(&redis, "HSET {t:4}:leases %b xy", key, sizeof(key));
    check_commit(a, 1, 'c', "c");
    check_commit(a, 1, 'c', "o");
    berth_row("HI-165: what would be the end of all epochs");
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        proc_tell(&redis, "HSET {t:4}:leases %b %b", key, sizeof(key), ends[i], sizeof(ends[i]));
        machine_restart(a);
        await(a);
        check_commit(a, 3, 'a', "o");
        guard_look(a->store);
        bench_settle(bench);
        CHECK_INT(a->store->epoch, 1);
        check_health(a, BERTH_HEALTH_UP, "");
        check_commit(a, 1, 'd', "o");
        check_commit(a, 1, 0, "o");
        check_commit(a, 3, 0, "o");
    }
    berth_row("HI-165: fields that are no addresses");
    proc_tell(&redis, "HSET {t:4}:leases theirs 1");
    machine_restart(a);
    await(a);
    CHECK_HAS(a->log->str, "is no address");
    check_commit(a, 7, 'a', "o");
    bench_free(bench);
}

/* ---- a swap from Redis to Redis ---- */

typedef struct Filling {
    Store *store;
    BerthLeaseSink sink;
    const char *data_set;
} Filling;

static void nothing(void *data)
{
    (void)data;
}

static void no_share(void *data, const BerthShare *share)
{
    (void)data;
    (void)share;
}

static bool is_filled(void *data)
{
    Filling *filling = data;

    return store_fill(filling->store, filling->data_set, &filling->sink, NULL) == BERTH_LOAD_DONE;
}

/* Another store of the same server, under another prefix; it is left when it has begun. */
static void fill_other(Machine *machine)
{
    char data_set[STATE_ID_LEN + 1];
    Conf conf = machine->bench->conf;
    Filling filling = {.data_set = data_set,
                       .sink = {.ready = nothing, .reload = nothing, .share = no_share}};
    void *store = NULL;

    g_strlcpy(data_set, machine->store->data_set, sizeof(data_set));
    conf.redis.key_prefix = "other";
    conf.redis.unix_socket = machine->address + strlen("unix:");
    CHECK_INT(
        store_open(&machine->run, machine->server, machine->bench->family, &conf, &store, NULL), 0);
    filling.store = store;
    CHECK(bench_until(machine->bench, is_filled, &filling));
    guard_look(machine->store);
    bench_pass(machine->bench, 100);
    store_close(store);
}

/* Both have one data set, and the server remembers one thing of it. */
static void test_fill_other(void)
{
    Bench *bench = bench_of(1);
    Machine *a = machine_at(bench, 0);
    g_autofree char *before = NULL;
    redisReply *old[4];

    check_commit(a, 1, 'a', "o");
    for (unsigned i = 1; i <= 3; i++) {
        berth_row("a store that is filled, for the %u. time, says nothing of the one in use", i);
        fill_other(a);
        proc_tell(&redis, "HSET {other:4}:meta filling swap:another");
        guard_look(a->store);
        bench_settle(bench);
        CHECK_INT(a->store->epoch, 1);
        check_health(a, BERTH_HEALTH_UP, "");
        check_commit(a, 1 + i, 'a', "o");
    }
    berth_row("begun before Redis was started anew, and not gone on with");
    fill_other(a);
    proc_tell(&redis, "HSET {other:4}:meta master another");
    fill_other(a);
    CHECK(strcmp(test_redis_say(redis.redis, "HGET {other:4}:meta master"), "another") != 0);
    berth_row("and leaves it what it has acknowledged");
    dump(a, old);
    check_commit(a, 20, 'a', "o");
    before = table_of(a);
    fill_other(a);
    restore(a, old);
    proc_tell(&redis, "HSET {t:4}:meta master another");
    machine_restart(a);
    await(a);
    bench_settle(bench);
    check_table(a, before);
    check_same(bench);
    bench_free(bench);
}

static const BerthTest tests[] = {
    {"fill_other", test_fill_other},
    {"sayings", test_sayings},
    {"line", test_line},
    {"stopped", test_stopped},
    {"killed", test_killed},
    {"scripts", test_scripts_flushed},
    {"flushed", test_flushed},
    {"lost_end", test_lost_end},
    {"not_lost", test_not_lost},
    {"past", test_past},
    {"unseen", test_unseen},
    {"epoch_twice", test_epoch_twice},
    {"start", test_start},
    {"refused", test_refused},
    {"setup", test_setup},
    {"clock", test_clock},
    {"damaged", test_damaged},
    {0},
};

static int run(int argc, char **argv)
{
    int r;

    proc_init(&redis, BENCH_REDIS);
    r = berth_tests_main("lease_redis_store", tests, argc, argv);
    proc_clear(&redis);
    return r;
}

int main(int argc, char **argv)
{
    return proc_tests_main("lease_redis_store", run, argc, argv);
}
