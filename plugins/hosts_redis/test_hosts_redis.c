/* test_hosts_redis - the plugin as it is loaded, with a Redis that is not there. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

#define NOWHERE "\"type\": \"redis\", \"unix-socket\": \"/nonexistent/redis.sock\""

static BerthHarness *open_with(const char *globals4)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness =
        berth_harness_new_with(getenv("BERTH_PLUGIN"), NULL, globals4, NULL, &error);

    CHECK_TEXT(error ? error->message : "", "");
    return harness;
}

static BerthVerdict receive(BerthHarness *harness)
{
    BerthPacket *pkt = berth_harness_message(harness, BERTH_DHCPDISCOVER, NULL);

    return berth_harness_run(harness, "pkt4_receive", pkt, NULL);
}

static void test_start(void)
{
    BerthHarness *harness = open_with("\"hosts-database\": {" NOWHERE "}");
    BerthPacket *pkt;

    berth_row("nobody is answered before the reservations were read");
    CHECK_INT(receive(harness), BERTH_DROP);
    berth_harness_pass(harness, 10000);
    CHECK_INT(receive(harness), BERTH_DROP);
    berth_row("the other family does not wait for it");
    pkt = berth_harness_message6(harness, BERTH_SOLICIT, NULL);
    CHECK_INT(berth_harness_run(harness, "pkt6_receive", pkt, NULL), BERTH_CONTINUE);
    CHECK_HAS(berth_harness_command(harness, "{\"command\": \"hosts-redis-status\"}"),
              "\"phase\": \"away\"");
    CHECK_HAS(berth_harness_command(harness, "{\"command\": \"hosts-redis-accept\"}"),
              "no host database waits");
    CHECK_HAS(berth_harness_command(
                  harness, "{\"command\": \"hosts-redis-status\", \"service\": [\"dhcp6\"]}"),
              "\"result\": 3");
    berth_harness_free(harness);
    berth_row("but where that is not wanted");
    harness = open_with("\"hosts-databases\": [{" NOWHERE ", \"wait-at-start\": false}]");
    CHECK_INT(receive(harness), BERTH_CONTINUE);
    berth_harness_free(harness);
    berth_row("an empty list is none");
    harness = open_with("\"hosts-databases\": []");
    CHECK_INT(receive(harness), BERTH_CONTINUE);
    berth_harness_free(harness);
}

typedef struct Wrong {
    const char *name, *globals, *want;
} Wrong;

static const Wrong wrongs[] = {
    {"another database", "\"hosts-database\": {\"type\": \"mysql\"}", "there is no type 'mysql'"},
    {"two", "\"hosts-databases\": [{" NOWHERE "}, {" NOWHERE "}]", "there can be one in Dhcp4"},
    {"both spellings", "\"hosts-database\": {" NOWHERE "}, \"hosts-databases\": [{" NOWHERE "}]",
     "there can be one in Dhcp4"},
    {"no type", "\"hosts-database\": {}", "type"},
    {"a key that is none", "\"hosts-database\": {" NOWHERE ", \"prot\": 1}",
     "did you mean \"port\"?"},
    {"two ways", "\"hosts-database\": {" NOWHERE ", \"cluster\": true}", "exclude each other"},
    {0},
};

static void test_wrong(void)
{
    for (const Wrong *row = wrongs; row->name; row++) {
        g_autoptr(GError) error = NULL;

        berth_row("%s", row->name);
        CHECK(berth_harness_new_with(getenv("BERTH_PLUGIN"), NULL, row->globals, NULL, &error) ==
              NULL);
        CHECK_HAS(error ? error->message : "", row->want);
    }
}

static const BerthTest tests[] = {{"start", test_start}, {"wrong", test_wrong}, {0}};

int main(int argc, char **argv)
{
    return berth_tests_main("hosts_redis", tests, argc, argv);
}
