/* test_lease_redis - the plugin as it is loaded: without a store it does nothing to packets. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

static void test_loaded(void)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new(getenv("BERTH_PLUGIN"), NULL, &error);
    BerthPacket *pkt;

    CHECK_TEXT(error ? error->message : "", "");
    berth_row("clients are not shared out");
    pkt = berth_harness_message(harness, BERTH_DHCPDISCOVER, NULL);
    CHECK_INT(berth_harness_run(harness, "pkt4_receive", pkt, NULL), BERTH_CONTINUE);
    pkt = berth_harness_message6(harness, BERTH_SOLICIT, NULL);
    CHECK_INT(berth_harness_run(harness, "pkt6_receive", pkt, NULL), BERTH_CONTINUE);
    berth_row("nothing waits for an operator");
    CHECK_HAS(berth_harness_command(harness, "{\"command\": \"lease-redis-accept\"}"),
              "no lease store waits");
    berth_harness_free(harness);
}

static const BerthTest tests[] = {{"loaded", test_loaded}, {0}};

int main(int argc, char **argv)
{
    return berth_tests_main("lease_redis", tests, argc, argv);
}
