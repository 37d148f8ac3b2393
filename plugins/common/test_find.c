/* test_find - where the master is, with Sentinels and nodes that err, lie, or say nothing
 * (HI-167, HI-168). */
#include "cluster.h"
#include "redis.h"
#include "tests/lib/fake_server.h"
#include "tests/lib/rows.h"

#define MSEC INT64_C(1000)
#define ASKED 3   /* Sentinels or nodes that are asked, at ports 1, 2, 3 */
#define SERVERS 2 /* at ports 11 and 12 */

/* What each says; NULL: refuses to talk, "": never says anything. */
typedef struct Row {
    const char *name;
    const char *asked[ASKED];
    const char *servers[SERVERS]; /* to ROLE */
    const char *peer;             /* where we are in the end; "": nowhere */
    const char *why;              /* then */
} Row;

typedef struct Site {
    BerthServer *server;
    BerthFakeWorld *world;
    BerthFakeStreams *streams;
    BerthRedis *redis;
    GPtrArray *peers; /* of BerthFakeClient */
    struct Place_ {
        struct Site *site;
        const char *says;
        BerthFakeClient *last;
    } asked[ASKED], servers[SERVERS];
    GString *told;
    unsigned questions;
} Site;

/* ---- answers ---- */

#define ADDR(port) "*2\r\n$9\r\n127.0.0.1\r\n$2\r\n" port "\r\n"
#define EPOCH(epoch) "*4\r\n$4\r\nname\r\n$1\r\nm\r\n$12\r\nconfig-epoch\r\n$1\r\n" epoch "\r\n"
#define NAMES(port, epoch) ADDR(port) EPOCH(epoch)
#define UNKNOWN "*-1\r\n-ERR No such master with that name\r\n"
#define MASTER "*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n"
#define REPLICA "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:11\r\n$9\r\nconnected\r\n:1\r\n"

static const Row sentinel_rows[] = {
    {"all of one mind",
     {NAMES("11", "1"), NAMES("11", "1"), NAMES("11", "1")},
     {MASTER, REPLICA},
     "tcp:127.0.0.1:11",
     NULL},
    {"a majority is enough",
     {NAMES("11", "1"), NAMES("11", "1"), ""},
     {MASTER, NULL},
     "tcp:127.0.0.1:11",
     NULL},
    {"two are away", {NULL, NULL, NAMES("12", "1")}, {REPLICA, MASTER}, "tcp:127.0.0.1:12", NULL},
    {"of two masters the later",
     {NAMES("11", "1"), NAMES("12", "2"), NAMES("11", "1")},
     {MASTER, MASTER},
     "tcp:127.0.0.1:12",
     NULL},
    {"a liar with a high epoch",
     {NAMES("11", "1"), NAMES("12", "9"), NAMES("11", "1")},
     {MASTER, REPLICA},
     "tcp:127.0.0.1:11",
     NULL},
    {"a liar to a dead one",
     {NAMES("11", "1"), NAMES("12", "9"), NAMES("11", "1")},
     {MASTER, NULL},
     "tcp:127.0.0.1:11",
     NULL},
    {"one epoch, more voices",
     {NAMES("11", "1"), NAMES("12", "1"), NAMES("12", "1")},
     {MASTER, MASTER},
     "tcp:127.0.0.1:12",
     NULL},
    {"one does not know the name",
     {UNKNOWN, NAMES("11", "1"), NAMES("11", "1")},
     {MASTER, NULL},
     "tcp:127.0.0.1:11",
     NULL},
    {"nobody knows the name",
     {UNKNOWN, UNKNOWN, UNKNOWN},
     {MASTER, MASTER},
     "",
     "knows no master of that name"},
    {"a replica is named",
     {NAMES("11", "1"), NAMES("11", "1"), NAMES("11", "1")},
     {REPLICA, MASTER},
     "",
     "named by Sentinels, but no master"},
    {"a port 0",
     {ADDR("00") EPOCH("1"), ADDR("00") EPOCH("1"), ADDR("00") EPOCH("1")},
     {MASTER, MASTER},
     "",
     "names a master without an address"},
    {"a path for an address",
     {"*2\r\n$4\r\n/tmp\r\n$2\r\n11\r\n" EPOCH("1"), "*2\r\n$0\r\n\r\n$2\r\n11\r\n" EPOCH("1"),
      "*2\r\n:1\r\n:2\r\n" EPOCH("1")},
     {MASTER, MASTER},
     "",
     "names a master without an address"},
    {"the wrong types",
     {":1\r\n:2\r\n", "+OK\r\n+OK\r\n", "*0\r\n*0\r\n"},
     {MASTER, MASTER},
     "",
     "names a master without an address"},
    {"no epoch",
     {ADDR("11") "-NOPERM no\r\n", ADDR("12") EPOCH("0"), NULL},
     {MASTER, MASTER},
     "tcp:127.0.0.1:12",
     NULL},
    {"they want a log-in",
     {"-NOAUTH x\r\n-NOAUTH x\r\n", "-NOAUTH x\r\n-NOAUTH x\r\n", "-NOAUTH x\r\n-NOAUTH x\r\n"},
     {MASTER, MASTER},
     "",
     "NOAUTH x"},
    {"nobody is there", {NULL, NULL, NULL}, {MASTER, MASTER}, "", "Connection refused"},
    {"nobody says anything", {"", "", ""}, {MASTER, MASTER}, "", "no reply in time"},
    {"ROLE says nonsense",
     {NAMES("11", "1"), NAMES("11", "1"), NULL},
     {"$-1\r\n", NULL},
     "",
     "named by Sentinels, but no master"},
};

/* Our slot, that of {berth}. */
#define SLOT 10131
#define NODE(port) "*3\r\n$9\r\n127.0.0.1\r\n:" port "\r\n$2\r\nid\r\n"
#define SLOTS(from, to, node) "*1\r\n*3\r\n:" from "\r\n:" to "\r\n" node

static const Row cluster_rows[] = {
    {"one has it all",
     {SLOTS("0", "16383", NODE("11")), NULL, NULL},
     {"", ""},
     "tcp:127.0.0.1:11",
     NULL},
    {"the others don't know",
     {NULL, "-ERR no cluster\r\n", SLOTS("10131", "10131", NODE("12"))},
     {"", ""},
     "tcp:127.0.0.1:12",
     NULL},
    {"uncovered",
     {SLOTS("0", "10130", NODE("11")), NULL, NULL},
     {"", ""},
     "",
     "Connection refused"},
    {"an empty host is the one that was asked",
     {SLOTS("0", "16383", "*2\r\n$0\r\n\r\n:11\r\n"), NULL, NULL},
     {"", ""},
     "tcp:127.0.0.1:11",
     NULL},
    {"a nil host too",
     {SLOTS("0", "16383", "*2\r\n$-1\r\n:12\r\n"), NULL, NULL},
     {"", ""},
     "tcp:127.0.0.1:12",
     NULL},
    {"a host that it does not know",
     {SLOTS("0", "16383", "*2\r\n$1\r\n?\r\n:12\r\n"), "", ""},
     {"", ""},
     "",
     "no reply in time"},
    {"port 0", {SLOTS("0", "16383", NODE("0")), "", ""}, {"", ""}, "", "no reply in time"},
    {"the wrong types",
     {"*1\r\n:5\r\n", ":1\r\n", "*1\r\n*3\r\n:0\r\n+x\r\n:5\r\n"},
     {"", ""},
     "",
     "slot 10131 is served by nobody"},
    {"a node that is away",
     {SLOTS("0", "16383", NODE("11")), NULL, NULL},
     {NULL, ""},
     "",
     "tcp:127.0.0.1:11: Connection refused"},
};

/* ---- the site ---- */

static void on_opened(void *data, BerthFakeClient *peer)
{
    struct Place_ *place = data;

    g_ptr_array_add(place->site->peers, peer);
    place->last = peer;
    if (place >= place->site->asked && place < place->site->asked + ASKED)
        place->site->questions++;
    if (place->says && *place->says)
        berth_fake_client_send(peer, berth_bytes(place->says));
    /* To CLIENT SETNAME, if it was asked. */
    if (strstr(berth_fake_client_got(peer), "SETNAME"))
        berth_fake_client_send(peer, berth_bytes("+OK\r\n"));
}

static void serve(Site *site, struct Place_ *place, unsigned port, const char *says)
{
    g_autofree char *address = g_strdup_printf("tcp:127.0.0.1:%u", port);

    place->site = site;
    place->says = says;
    if (says)
        berth_fake_streams_serve(site->streams, address, on_opened, place);
    else
        berth_fake_streams_unserve(site->streams, address);
}

static void on_down(void *data, const char *why)
{
    g_string_assign(((Site *)data)->told, why);
}

static void on_answer(void *data, const BerthRedisAnswer *answer)
{
    char text[100];

    g_string_append_printf(((Site *)data)->told, "%d %s\n", answer->outcome,
                           berth_redis_text(answer, text, sizeof(text)));
}

static void site_init(Site *site, const Row *row)
{
    *site = (Site){.server = berth_fake_server_new(NULL), .told = g_string_new(NULL)};
    site->world = berth_fake_server_world(site->server);
    site->streams = berth_fake_server_streams(site->server);
    site->peers = g_ptr_array_new_with_free_func((GDestroyNotify)berth_fake_client_free);
    for (unsigned i = 0; i < ASKED; i++)
        serve(site, &site->asked[i], 1 + i, row->asked[i]);
    for (unsigned i = 0; i < SERVERS; i++)
        serve(site, &site->servers[i], 11 + i, row->servers[i]);
}

static void site_open(Site *site, bool cluster)
{
    static const char *const sentinels[] = {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"};
    BerthRedisParams params = {.host = "127.0.0.1",
                               .port = 1,
                               .key_prefix = "berth",
                               .connect_timeout_sec = 1,
                               .command_timeout_sec = 1,
                               .reconnect_wait_ms = 100,
                               .reconnect_wait_max_ms = 1000,
                               .master_name = "m"};
    BerthRedisOwner owner = {.name = "t", .slot_key = "{berth}", .down = on_down};

    params.cluster = cluster;
    if (cluster)
        params.nodes = (BerthList){&sentinels[1], 2};
    else
        params.sentinels = (BerthList){sentinels, 3};
    site->redis = berth_redis_new(site->server, &params, &owner, site);
    berth_fake_world_pass(site->world, 1010 * MSEC);
}

static void site_clear(Site *site)
{
    berth_redis_free(site->redis);
    CHECK_INT(berth_fake_streams_open(site->streams), 0);
    g_ptr_array_unref(site->peers);
    berth_fake_server_free(site->server);
    g_string_free(site->told, TRUE);
}

static void check_row(const Row *row, bool cluster)
{
    Site site;

    berth_row("%s", row->name);
    site_init(&site, row);
    site_open(&site, cluster);
    CHECK_INT(berth_redis_is_up(site.redis), *row->peer != 0);
    if (*row->peer)
        CHECK_TEXT(berth_redis_peer(site.redis), row->peer);
    else
        CHECK_HAS(site.told->str, row->why);
    site_clear(&site);
}

static void test_sentinels(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(sentinel_rows); i++)
        check_row(&sentinel_rows[i], false);
}

static void test_nodes(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cluster_rows); i++)
        check_row(&cluster_rows[i], true);
}

/* ---- while it is up ---- */

static void say_all(Site *site, const char *says)
{
    for (unsigned i = 0; i < ASKED; i++)
        site->asked[i].says = says;
}

static void test_watch(void)
{
    Site site;

    site_init(&site, &sentinel_rows[0]);
    site_open(&site, false);
    CHECK_TEXT(berth_redis_peer(site.redis), "tcp:127.0.0.1:11");
    /* A storm of names, none of which is a master: we stay, and they are asked no more often. */
    site.questions = 0;
    for (unsigned i = 0; i < 10; i++) {
        say_all(&site, i % 2 ? NAMES("12", "5") : NAMES("13", "6"));
        berth_fake_world_pass(site.world, 1000 * MSEC);
    }
    CHECK(berth_redis_is_up(site.redis));
    CHECK(site.questions > 10 && site.questions <= 40);
    CHECK_TEXT(site.told->str, "");
    /* It is one now; the old one does not know yet. */
    site.servers[1].says = MASTER;
    say_all(&site, NAMES("12", "7"));
    berth_fake_world_pass(site.world, 4000 * MSEC);
    CHECK_TEXT(site.told->str, "the Sentinels name another master");
    CHECK_TEXT(berth_redis_peer(site.redis), "tcp:127.0.0.1:12");
    CHECK(berth_redis_is_up(site.redis));
    site_clear(&site);
}

static void answer(Site *site, unsigned i, const char *text)
{
    berth_fake_client_send(site->servers[i].last, berth_bytes(text));
    berth_fake_world_pass(site->world, 1000 * MSEC);
}

/* Two nodes that send a command to each other: it ends with the error, and so does nothing else. */
static void test_moved_in_circles(void)
{
    Site site;

    site_init(&site, &cluster_rows[0]);
    site_open(&site, true);
    berth_redis_command(site.redis,
                        &(BerthRedisCommand){.args = (BerthBytes[]){berth_bytes("INCR")},
                                             .n = 1,
                                             .timeout_ms = 60000,
                                             .answered = on_answer,
                                             .data = &site});
    for (unsigned i = 0; i < 5; i++)
        answer(&site, i % 2,
               i % 2 ? "-MOVED 10131 127.0.0.1:11\r\n" : "-MOVED 10131 127.0.0.1:12\r\n");
    g_string_truncate(site.told, 0);
    answer(&site, 1, "-MOVED 10131 127.0.0.1:11\r\n");
    CHECK_TEXT(site.told->str, "0 MOVED 10131 127.0.0.1:11\n");
    CHECK(berth_redis_is_up(site.redis));
    site_clear(&site);
}

/* Of another slot, or without a place: the owner's. */
static void test_not_followed(void)
{
    static const char *const replies[] = {"MOVED 1 127.0.0.1:12",
                                          "MOVED 10131 127.0.0.1:0",
                                          "MOVED 10131 127.0.0.1",
                                          "MOVED 10131 /tmp:12",
                                          "MOVED",
                                          "ASK 10131 ?:12",
                                          "ASK 99999 127.0.0.1:12"};

    for (unsigned i = 0; i < G_N_ELEMENTS(replies); i++) {
        g_autofree char *reply = g_strdup_printf("-%s\r\n", replies[i]);
        g_autofree char *told = g_strdup_printf("0 %s\n", replies[i]);
        Site site;

        berth_row("%s", replies[i]);
        site_init(&site, &cluster_rows[0]);
        site_open(&site, true);
        berth_redis_call(site.redis, on_answer, &site, "INCR");
        answer(&site, 0, reply);
        CHECK_TEXT(site.told->str, told);
        CHECK(berth_redis_is_up(site.redis));
        site_clear(&site);
    }
}

/* The node that a command was sent aside to is silent, or away. */
static void test_aside(void)
{
    Site site;

    site_init(&site, &cluster_rows[0]);
    site_open(&site, true);
    berth_redis_call(site.redis, on_answer, &site, "INCR a");
    answer(&site, 0, "-ASK 10131 127.0.0.1:12\r\n");
    CHECK_HAS(berth_fake_client_got(site.servers[1].last), "$6\r\nASKING\r\n");
    CHECK_TEXT(site.told->str, "2 no reply\n");
    serve(&site, &site.servers[1], 12, NULL);
    g_string_truncate(site.told, 0);
    berth_redis_call(site.redis, on_answer, &site, "INCR a");
    answer(&site, 0, "-ASK 10131 127.0.0.1:12\r\n");
    CHECK_TEXT(site.told->str, "1 not sent\n");
    CHECK(berth_redis_is_up(site.redis));
    site_clear(&site);
}

static void test_slots(void)
{
    static const struct {
        const char *key;
        unsigned slot;
    } slots[] = {{"123456789", 12739}, {"{berth}", SLOT},      {"berth", SLOT},
                 {"{berth}:a", SLOT},  {"x{berth}y{z}", SLOT}, {"", 0}};

    for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++) {
        berth_row("%s", slots[i].key);
        CHECK_INT(cluster_slot(berth_bytes(slots[i].key)), slots[i].slot);
    }
    berth_row("braces with nothing between are no tag");
    CHECK(cluster_slot(berth_bytes("{}berth")) != SLOT);
    CHECK(cluster_slot(berth_bytes("{berth")) != SLOT);
}

static const BerthTest tests[] = {
    {"sentinels", test_sentinels},
    {"nodes", test_nodes},
    {"watch", test_watch},
    {"moved in circles", test_moved_in_circles},
    {"not followed", test_not_followed},
    {"aside", test_aside},
    {"slots", test_slots},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("find", tests, argc, argv);
}
