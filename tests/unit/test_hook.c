/* test_hook - points, gathering, order, verdicts, the cursor, statistics. No packet is needed: the
 * mechanism never looks at its subjects. */
#include "hooks/hook.h"
#include "hooks/near.h"
#include "tests/lib/rows.h"
#include <errno.h>

/* What a run did: each callout appends its letter and answers what its configuration says. */
typedef struct Letter {
    char letter;
    BerthVerdict verdict;
} Letter;

static BerthVerdict on_packet(BerthPacket *pkt, const void *conf, void *run)
{
    const Letter *letter = conf;

    (void)pkt;
    g_string_append_c(run, letter->letter);
    return letter->verdict;
}

static BerthVerdict on_lease(BerthPacket *pkt, BerthLease *lease, const void *conf, void *run)
{
    (void)lease;
    return on_packet(pkt, conf, run);
}

static BerthVerdict on_server(BerthServer *server, const void *conf, void *run)
{
    (void)server;
    return on_packet(NULL, conf, run);
}

static void on_command(BerthCommand *command, const void *conf, void *run)
{
    (void)command;
    on_packet(NULL, conf, run);
}

static void add(BerthCallouts *callouts, const BerthHook *hooks, const Letter *letter, GString *out)
{
    BerthPlugin plugin = {.hook_size = sizeof(BerthHook), .name = "letters", .hooks = hooks};

    CHECK_INT(berth_callouts_add(callouts, &plugin, letter, out, NULL, NULL), 0);
}

static void test_points(void)
{
    static const struct {
        const char *name, *suggestion;
        BerthPoint point;
    } rows[] = {
        {"pkt4_receive", "pkt4_receive", BERTH_POINT_pkt4_receive},
        {"pkt4_recieve", "pkt4_receive", BERTH_POINT_NONE},
        {"lease4_slect", "lease4_select", BERTH_POINT_NONE},
        {"leases4_commited", "leases4_committed", BERTH_POINT_NONE},
        {"pkt_receive", "pkt4_receive", BERTH_POINT_NONE},
        {"something_else", NULL, BERTH_POINT_NONE},
        {"", NULL, BERTH_POINT_NONE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("'%s'", rows[i].name);
        CHECK_INT(berth_point_find(rows[i].name), rows[i].point);
        CHECK_TEXT(berth_point_suggest(rows[i].name), rows[i].suggestion);
    }
    berth_row("info");
    CHECK_TEXT(berth_point_info(BERTH_POINT_lease4_release)->name, "lease4_release");
    CHECK(!berth_point_info(BERTH_POINT_buffer4_send)->may_park);
    CHECK(berth_point_info(BERTH_POINT_NONE) == NULL);
}

static void test_near(void)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } rows[] = {
        {"", "", 0},        {"abc", "abc", 0}, {"abc", "", 3},   {"abc", "acb", 1},
        {"abc", "abcd", 1}, {"abc", "xbc", 1}, {"ca", "abc", 3}, {"timer", "tiemr", 1},
    };
    char long_word[200];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("'%s' '%s'", rows[i].a, rows[i].b);
        CHECK_INT(berth_near_distance(rows[i].a, rows[i].b), rows[i].distance);
        CHECK_INT(berth_near_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
    berth_row("longer than the rows");
    memset(long_word, 'x', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = 0;
    CHECK_INT(berth_near_distance(long_word, ""), 63);
}

static void test_refused(void)
{
    static const struct {
        const char *name, *message;
        BerthHook hook;
    } rows[] = {
        {"misspelt", "did you mean 'pkt4_receive'?",
         BERTH_ON_PACKET("pkt4_recieve", BERTH_NORMAL, on_packet)},
        {"unknown", "no hook point 'elsewhere'",
         BERTH_ON_PACKET("elsewhere", BERTH_NORMAL, on_packet)},
        {"a lease macro at a packet point", "takes BERTH_ON_PACKET, not BERTH_ON_LEASE",
         BERTH_ON_LEASE("pkt4_send", BERTH_NORMAL, on_lease)},
        {"a packet macro at a server point", "takes BERTH_ON_SERVER, not BERTH_ON_PACKET",
         BERTH_ON_PACKET("dhcp4_srv_configured", BERTH_NORMAL, on_packet)},
        {"no callout", "is NULL", BERTH_ON_PACKET("pkt4_send", BERTH_NORMAL, NULL)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthHook hooks[] = {BERTH_ON_PACKET("pkt4_receive", 0, on_packet), rows[i].hook, {0}};
        BerthPlugin plugin = {.hook_size = sizeof(BerthHook), .name = "bad", .hooks = hooks};
        BerthCallouts *callouts = berth_callouts_new();
        g_autoptr(GError) error = NULL;
        size_t n;

        berth_row("%s", rows[i].name);
        CHECK_INT(berth_callouts_add(callouts, &plugin, NULL, NULL, NULL, &error), -EINVAL);
        CHECK_HAS(error ? error->message : NULL, rows[i].message);
        berth_callouts_freeze(callouts);
        berth_callouts_at(callouts, BERTH_POINT_pkt4_receive, &n);
        CHECK_INT(n, 0);
        berth_callouts_free(callouts);
    }
}

static void test_order(void)
{
    static const Letter a = {'a', BERTH_CONTINUE}, b = {'b', BERTH_CONTINUE},
                        c = {'c', BERTH_CONTINUE};
    static const BerthHook first[] = {BERTH_ON_PACKET("pkt4_send", BERTH_LATE, on_packet),
                                      BERTH_ON_COMMAND("a-command", on_command),
                                      {0}},
                           second[] = {BERTH_ON_PACKET("pkt4_send", BERTH_EARLY, on_packet),
                                       BERTH_ON_PACKET("pkt4_receive", 0, on_packet),
                                       {0}},
                           third[] = {BERTH_ON_PACKET("pkt4_send", BERTH_LATE, on_packet), {0}};
    BerthCallouts *callouts = berth_callouts_new();
    GString *out = g_string_new(NULL);
    unsigned cursor = 0;
    size_t n;

    add(callouts, first, &a, out);
    add(callouts, second, &b, out);
    add(callouts, third, &c, out);
    berth_callouts_freeze(callouts);
    CHECK_INT(berth_callouts_run(callouts, BERTH_POINT_pkt4_send, NULL, NULL, &cursor),
              BERTH_CONTINUE);
    CHECK_TEXT(out->str, "bac");
    CHECK_INT(cursor, 3);
    CHECK_TEXT(berth_callouts_at(callouts, BERTH_POINT_pkt4_receive, &n)->plugin, "letters");
    CHECK_INT(n, 1);
    cursor = 0;
    CHECK_INT(berth_callouts_run(callouts, BERTH_POINT_lease4_offer, NULL, NULL, &cursor),
              BERTH_CONTINUE);
    CHECK_INT(cursor, 0);
    berth_callouts_free(callouts);
    g_string_free(out, TRUE);
}

static void test_verdicts(void)
{
    static const struct {
        const char *name;
        BerthPoint point;
        BerthVerdict said, want;
        const char *ran;
        unsigned cursor;
    } rows[] = {
        {"continue", BERTH_POINT_pkt4_receive, BERTH_CONTINUE, BERTH_CONTINUE, "xz", 2},
        {"skip stops", BERTH_POINT_pkt4_receive, BERTH_SKIP, BERTH_SKIP, "x", 1},
        {"drop stops", BERTH_POINT_pkt4_receive, BERTH_DROP, BERTH_DROP, "x", 1},
        {"park stops", BERTH_POINT_pkt4_receive, BERTH_PARK, BERTH_PARK, "x", 1},
        {"skip where it is ignored", BERTH_POINT_leases4_committed, BERTH_SKIP, BERTH_CONTINUE,
         "xz", 2},
        {"park where none may", BERTH_POINT_buffer4_send, BERTH_PARK, BERTH_CONTINUE, "xz", 2},
        {"no verdict at all", BERTH_POINT_pkt4_receive, (BerthVerdict)77, BERTH_CONTINUE, "xz", 2},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Letter x = {'x', rows[i].said}, z = {'z', BERTH_CONTINUE};
        BerthHook hooks[] = {BERTH_ON_PACKET("pkt4_receive", 0, on_packet),
                             BERTH_ON_PACKET("leases4_committed", 0, on_packet),
                             BERTH_ON_PACKET("buffer4_send", 0, on_packet),
                             {0}};
        BerthCallouts *callouts = berth_callouts_new();
        GString *out = g_string_new(NULL);
        unsigned cursor = 0;

        berth_row("%s", rows[i].name);
        add(callouts, hooks, &x, out);
        add(callouts, hooks, &z, out);
        berth_callouts_freeze(callouts);
        CHECK_INT(berth_callouts_run(callouts, rows[i].point, NULL, NULL, &cursor), rows[i].want);
        CHECK_TEXT(out->str, rows[i].ran);
        CHECK_INT(cursor, rows[i].cursor);
        berth_callouts_run(callouts, rows[i].point, NULL, NULL, &cursor);
        CHECK_TEXT(out->str, "xz");
        berth_callouts_free(callouts);
        g_string_free(out, TRUE);
    }
}

static void test_subjects(void)
{
    static const Letter p = {'p', BERTH_DROP};
    static const BerthHook hooks[] = {BERTH_ON_LEASE("lease4_expire", 0, on_lease),
                                      BERTH_ON_SERVER("dhcp4_srv_configured", 0, on_server),
                                      {0}};
    BerthCallouts *callouts = berth_callouts_new();
    GString *out = g_string_new(NULL);
    const char *plugin = NULL;
    unsigned cursor = 0;

    add(callouts, hooks, &p, out);
    berth_callouts_freeze(callouts);
    CHECK_INT(berth_callouts_run(callouts, BERTH_POINT_lease4_expire, NULL, NULL, &cursor),
              BERTH_DROP);
    CHECK_INT(berth_callouts_run_server(callouts, BERTH_POINT_dhcp4_srv_configured, NULL, &plugin),
              BERTH_DROP);
    CHECK_TEXT(plugin, "letters");
    CHECK_TEXT(out->str, "pp");
    berth_callouts_free(callouts);
    g_string_free(out, TRUE);
}

static int64_t tick(void *data)
{
    int64_t *now = data;

    return *now += 5;
}

static void test_statistics(void)
{
    static const Letter x = {'x', BERTH_DROP};
    static const BerthHook hooks[] = {BERTH_ON_COMMAND("a-command", on_command),
                                      BERTH_ON_PACKET("pkt4_receive", 0, on_packet),
                                      {0}};
    BerthPlugin plugin = {.hook_size = sizeof(BerthHook), .name = "counted", .hooks = hooks};
    BerthCalloutStats stats[2] = {{0}};
    BerthCallouts *callouts = berth_callouts_new();
    GString *out = g_string_new(NULL);
    int64_t now = 0;

    berth_callouts_set_clock(callouts, tick, &now);
    CHECK_INT(berth_callouts_add(callouts, &plugin, &x, out, stats, NULL), 0);
    berth_callouts_freeze(callouts);
    for (int i = 0; i < 2 * BERTH_CALLOUT_SAMPLE; i++) {
        unsigned cursor = 0;

        berth_callouts_run(callouts, BERTH_POINT_pkt4_receive, NULL, NULL, &cursor);
    }
    CHECK_INT(stats[1].calls, 2 * BERTH_CALLOUT_SAMPLE);
    CHECK_INT(stats[1].drops, 2 * BERTH_CALLOUT_SAMPLE);
    CHECK_INT(stats[1].sampled, 2);
    CHECK_INT(stats[1].sampled_nsec, 2 * 5000);
    CHECK_INT(stats[0].calls, 0);
    berth_callouts_free(callouts);
    g_string_free(out, TRUE);
}

/* Elements of a plugin that was built against a later 1.x. */
typedef struct LaterHook {
    BerthHook hook;
    void *later[3];
} LaterHook;

static void test_grown(void)
{
    static const LaterHook hooks[] = {
        {BERTH_ON_PACKET("pkt4_send", 0, on_packet), {NULL}},
        {BERTH_ON_PACKET("pkt4_receive", 0, on_packet), {NULL}},
        {{0}, {NULL}},
    };
    BerthPlugin plugin = {.hook_size = sizeof(LaterHook), .hooks = &hooks[0].hook};
    BerthHook hook;

    CHECK(berth_plugin_hook(&plugin, 1, &hook));
    CHECK_TEXT(hook.name, "pkt4_receive");
    CHECK(!berth_plugin_hook(&plugin, 2, &hook));
    plugin.hooks = NULL;
    CHECK(!berth_plugin_hook(&plugin, 0, &hook));
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"points", test_points},         {"near", test_near},         {"refused", test_refused},
        {"order", test_order},           {"verdicts", test_verdicts}, {"subjects", test_subjects},
        {"statistics", test_statistics}, {"grown", test_grown},       {0},
    };

    return berth_tests_main("hook", tests, argc, argv);
}
