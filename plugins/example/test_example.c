/* test_example - what example does to packets, and what its configuration may say. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

static const char *plugin_file(void)
{
    return getenv("BERTH_PLUGIN");
}

typedef struct Row {
    const char *name, *parameters, *class;
    int family;
    unsigned type, discovers, solicits;
} Row;

static BerthPacket *message(BerthHarness *harness, const Row *row)
{
    return row->family == 6 ? berth_harness_message6(harness, (BerthType6)row->type, NULL)
                            : berth_harness_message(harness, (BerthType4)row->type, NULL);
}

static void check_row(BerthHarness *harness, const Row *row)
{
    BerthPacket *pkt = message(harness, row);
    const char *point = row->family == 6 ? "pkt6_receive" : "pkt4_receive";

    CHECK_INT(berth_harness_run(harness, point, pkt, NULL), BERTH_CONTINUE);
    CHECK_TEXT(berth_packet_class(pkt, 0), row->class);
    CHECK_INT(berth_harness_counter_in(harness, 4, "example-discovers"), row->discovers);
    CHECK_INT(berth_harness_counter_in(harness, 6, "example-solicits"), row->solicits);
}

static void test_packets(void)
{
    static const Row rows[] = {
        {"a DISCOVER", NULL, "discovering", 4, BERTH_DHCPDISCOVER, 1, 0},
        {"a REQUEST of DHCPv4", NULL, NULL, 4, BERTH_DHCPREQUEST, 0, 0},
        {"a SOLICIT", NULL, "discovering", 6, BERTH_SOLICIT, 0, 1},
        {"a REQUEST of DHCPv6", NULL, NULL, 6, BERTH_REQUEST, 0, 0},
        {"a class of the site", "{\"class\": \"new\"}", "new", 4, BERTH_DHCPDISCOVER, 1, 0},
        {"the same for DHCPv6", "{\"class\": \"new\"}", "new", 6, BERTH_SOLICIT, 0, 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        BerthHarness *harness = berth_harness_new(plugin_file(), rows[i].parameters, &error);

        berth_row("%s", rows[i].name);
        CHECK_TEXT(error ? error->message : "", "");
        if (CHECK(harness != NULL))
            check_row(harness, &rows[i]);
        berth_harness_free(harness);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *parameters, *error;
    } rows[] = {
        {"{\"klass\": \"new\"}", "did you mean \"class\"?"},
        {"{\"class\": 7}", "class"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        berth_harness_check_refused(plugin_file(), rows[i].parameters, rows[i].error);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"packets", test_packets},
        {"refused", test_refused},
        {0},
    };

    return berth_tests_main("example", tests, argc, argv);
}
