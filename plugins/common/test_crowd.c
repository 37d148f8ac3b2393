/* test_crowd - many connections lose one Redis at once, and do not come back at once. */
#include "redis.h"
#include "tests/lib/fake_server.h"
#include "tests/lib/rows.h"

#define MSEC INT64_C(1000)
#define ADDRESS "tcp:127.0.0.1:6379"

#define CROWD 50
#define CROWD_MSEC 2500
#define WAIT_MS 100
#define WAIT_MAX_MS 1000

typedef struct Crowd {
    BerthServer *server;
    BerthFakeStreams *streams;
    BerthRedis *all[CROWD];
    GPtrArray *peers;          /* of BerthFakeClient, that are connected */
    unsigned greeted;          /* of them */
    unsigned came[CROWD_MSEC]; /* how many in each millisecond since `since` */
    int64_t since;
} Crowd;

static void on_crowd_peer(void *data, BerthFakeClient *peer)
{
    Crowd *crowd = data;
    int64_t msec = (berth_server_boot_usec(crowd->server) - crowd->since) / MSEC;

    g_ptr_array_add(crowd->peers, peer);
    crowd->came[CLAMP(msec, 0, CROWD_MSEC - 1)]++;
}

static void crowd_pass(Crowd *crowd, unsigned msec)
{
    for (unsigned i = 0; i < msec; i++) {
        berth_fake_world_pass(berth_fake_server_world(crowd->server), MSEC);
        for (; crowd->greeted < crowd->peers->len; crowd->greeted++)
            berth_fake_client_send(crowd->peers->pdata[crowd->greeted], berth_bytes("+OK\r\n"));
    }
}

static unsigned crowd_up(const Crowd *crowd)
{
    unsigned n = 0;

    for (unsigned i = 0; i < CROWD; i++)
        n += berth_redis_is_up(crowd->all[i]);
    return n;
}

static void crowd_serve(Crowd *crowd)
{
    memset(crowd->came, 0, sizeof(crowd->came));
    crowd->since = berth_server_boot_usec(crowd->server);
    berth_fake_streams_serve(crowd->streams, ADDRESS, on_crowd_peer, crowd);
}

/* All connections end in the same millisecond, and for so long nobody listens. */
static void crowd_restart(Crowd *crowd, unsigned msec)
{
    berth_fake_streams_unserve(crowd->streams, ADDRESS);
    g_ptr_array_set_size(crowd->peers, 0);
    crowd->greeted = 0;
    crowd_pass(crowd, msec);
    CHECK_INT(crowd_up(crowd), 0);
    crowd_serve(crowd);
}

/* The most that came within so many milliseconds. */
static unsigned crowd_most(const Crowd *crowd, unsigned msec)
{
    unsigned now = 0, most = 0;

    for (unsigned i = 0; i < CROWD_MSEC; i++) {
        now += crowd->came[i] - (i >= msec ? crowd->came[i - msec] : 0);
        most = MAX(most, now);
    }
    return most;
}

static void test_crowd(void)
{
    BerthRedisParams params = {.host = "127.0.0.1",
                               .port = 6379,
                               .key_prefix = "berth",
                               .connect_timeout_sec = 2,
                               .command_timeout_sec = 1,
                               .reconnect_wait_ms = WAIT_MS,
                               .reconnect_wait_max_ms = WAIT_MAX_MS};
    BerthRedisOwner owner = {.name = "crowd", .limits = {.commands = 4, .command_bytes = 1000}};
    Crowd crowd = {.server = berth_fake_server_new(NULL),
                   .peers = g_ptr_array_new_with_free_func((GDestroyNotify)berth_fake_client_free)};

    crowd.streams = berth_fake_server_streams(crowd.server);
    crowd_serve(&crowd);
    for (unsigned i = 0; i < CROWD; i++)
        crowd.all[i] = berth_redis_new(crowd.server, &params, &owner, NULL);
    crowd_pass(&crowd, 10);
    CHECK_INT(crowd_up(&crowd), CROWD);
    /* Away for a moment, and for as long as makes them wait longest. */
    for (unsigned away = 20; away <= 5020; away += 5000) {
        unsigned longest = away == 20 ? WAIT_MS : WAIT_MAX_MS;

        berth_row("HI-171: away for %u ms", away);
        crowd_restart(&crowd, away);
        crowd_pass(&crowd, CROWD_MSEC);
        CHECK_INT(crowd_up(&crowd), CROWD);
        CHECK_INT(crowd_most(&crowd, longest + 2), CROWD);
        /* Evenly there would be five in a twentieth of the longest wait, whose upper half is by
         * chance. */
        CHECK(crowd_most(&crowd, longest / 20) <= CROWD / 3);
    }
    for (unsigned i = 0; i < CROWD; i++)
        berth_redis_free(crowd.all[i]);
    g_ptr_array_unref(crowd.peers);
    berth_fake_server_free(crowd.server);
}

static const BerthTest tests[] = {{"crowd", test_crowd}, {0}};

int main(int argc, char **argv)
{
    return berth_tests_main("crowd", tests, argc, argv);
}
