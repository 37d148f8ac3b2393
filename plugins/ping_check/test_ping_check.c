/* test_ping_check - when an address is asked, how often, and what the offer's fate is. What the
 * server then does with an address that is in use is in tests/v4/ping.txt. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

#define ADDR "192.0.2.10"

static const char *plugin_file(void)
{
    return getenv("BERTH_PLUGIN");
}

static BerthHarness *harness_with(const char *parameters)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new(plugin_file(), parameters, &error);

    CHECK_TEXT(error ? error->message : "", "");
    return harness;
}

static BerthPacket *offer(BerthHarness *harness, BerthLease **ret_lease)
{
    BerthPacket *pkt = berth_harness_message(harness, BERTH_DHCPDISCOVER, NULL);
    BerthLease *lease = berth_harness_add_lease(pkt, BERTH_ACT_OFFER);
    BerthAddr addr = {{0}};

    CHECK_INT(berth_addr_parse(ADDR, &addr), 0);
    berth_lease_set_addr(lease, addr, 32);
    berth_lease_set_subnet(lease, 1, 0);
    berth_lease_set_hwaddr(lease, berth_query4_hwaddr(pkt));
    *ret_lease = lease;
    return pkt;
}

static void test_asking(void)
{
    static const struct {
        const char *row, *parameters;
        unsigned msec, asked; /* until it is resumed; requests by then */
    } rows[] = {
        {"once", NULL, 100, 1},
        {"three times", "{\"min-ping-requests\": 3}", 300, 3},
        {"patiently", "{\"reply-timeout\": 2000}", 2000, 1},
        {"threads make no difference", "{\"ping-channel-threads\": 4}", 100, 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthHarness *harness = harness_with(rows[i].parameters);
        BerthLease *lease;
        BerthPacket *pkt = offer(harness, &lease);
        BerthVerdict verdict = BERTH_DROP;

        berth_row("%s", rows[i].row);
        CHECK_INT(berth_harness_run(harness, "lease4_offer", pkt, lease), BERTH_PARK);
        berth_harness_pass(harness, rows[i].msec - 1);
        CHECK(!berth_harness_resumed(harness, pkt, &verdict));
        CHECK_INT(berth_harness_asked(harness, ADDR), rows[i].asked);
        berth_harness_pass(harness, 1);
        CHECK(berth_harness_resumed(harness, pkt, &verdict));
        CHECK_INT(verdict, BERTH_CONTINUE);
        CHECK_HAS(berth_harness_log(harness), "PING_CHECK_MGR_LEASE_FREE_TO_USE address " ADDR);
        for (unsigned n = 1; n <= rows[i].asked; n++) {
            g_autofree char *said = g_strdup_printf(
                "PING_CHECK_CHANNEL_ECHO_REQUEST_SENT to address %s, id 1, sequence %u\n", ADDR, n);

            CHECK_HAS(berth_harness_log(harness), said);
        }
        berth_harness_free(harness);
    }
}

static void test_answered(void)
{
    BerthHarness *harness = harness_with("{\"min-ping-requests\": 3}");
    BerthLease *lease;
    BerthPacket *pkt = offer(harness, &lease), *other;
    BerthVerdict verdict = BERTH_DROP;

    CHECK_INT(berth_harness_run(harness, "lease4_offer", pkt, lease), BERTH_PARK);
    berth_row("another packet about the same address");
    other = offer(harness, &lease);
    CHECK_INT(berth_harness_run(harness, "lease4_offer", other, lease), BERTH_DROP);
    CHECK_HAS(berth_harness_log(harness), "PING_CHECK_DUPLICATE_CHECK");
    berth_row("the second request is answered");
    berth_harness_host(harness, ADDR, true);
    berth_harness_pass(harness, 101);
    CHECK(berth_harness_resumed(harness, pkt, &verdict));
    CHECK_INT(verdict, BERTH_CONTINUE);
    CHECK_INT(berth_harness_asked(harness, ADDR), 2);
    CHECK_HAS(berth_harness_log(harness), "PING_CHECK_MGR_RECEIVED_ECHO_REPLY from " ADDR);
    CHECK(!strstr(berth_harness_log(harness), "PING_CHECK_MGR_LEASE_FREE_TO_USE"));
    berth_row("the server ends while one is asked");
    other = offer(harness, &lease);
    CHECK_INT(berth_harness_run(harness, "lease4_offer", other, lease), BERTH_PARK);
    berth_harness_free(harness);
}

static void test_off(void)
{
    BerthHarness *harness = harness_with("{\"enable-ping-check\": false}");
    BerthLease *lease;
    BerthPacket *pkt = offer(harness, &lease);

    CHECK_INT(berth_harness_run(harness, "lease4_offer", pkt, lease), BERTH_CONTINUE);
    CHECK_INT(berth_harness_asked(harness, ADDR), 0);
    berth_harness_free(harness);
}

static void test_refused(void)
{
    static const struct {
        const char *parameters, *error;
    } rows[] = {
        {"{\"min-ping-requests\": 0}", "min-ping-requests"},
        {"{\"reply-timeout\": 0}", "reply-timeout"},
        {"{\"ping-cltt-secs\": -1}", "ping-cltt-secs"},
        {"{\"ping-channel-threads\": -1}", "ping-channel-threads"},
        {"{\"enable-ping-chek\": true}", "did you mean \"enable-ping-check\"?"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        berth_harness_check_refused(plugin_file(), rows[i].parameters, rows[i].error);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"asking", test_asking},
        {"answered", test_answered},
        {"off", test_off},
        {"refused", test_refused},
        {0},
    };

    return berth_tests_main("ping_check", tests, argc, argv);
}
