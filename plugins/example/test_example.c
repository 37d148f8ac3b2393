/* test_example - what example does to packets, and what its configuration may say. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

static const char *plugin_file(void)
{
    return getenv("BERTH_PLUGIN");
}

static void test_packets(void)
{
    static const struct {
        const char *name, *parameters, *class;
        BerthType4 type;
        unsigned counted;
    } rows[] = {
        {"a DISCOVER", NULL, "discovering", BERTH_DHCPDISCOVER, 1},
        {"a REQUEST", NULL, NULL, BERTH_DHCPREQUEST, 0},
        {"a class of the site", "{\"class\": \"new\"}", "new", BERTH_DHCPDISCOVER, 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        BerthHarness *harness = berth_harness_new(plugin_file(), rows[i].parameters, &error);
        BerthPacket *pkt;

        berth_row("%s", rows[i].name);
        CHECK_TEXT(error ? error->message : "", "");
        if (!CHECK(harness != NULL))
            continue;
        pkt = berth_harness_message(harness, rows[i].type, NULL);
        CHECK_INT(berth_harness_run(harness, "pkt4_receive", pkt, NULL), BERTH_CONTINUE);
        CHECK_TEXT(berth_packet_class(pkt, 0), rows[i].class);
        CHECK_INT(berth_harness_counter(harness, "example-discovers"), rows[i].counted);
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

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        BerthHarness *harness = berth_harness_new(plugin_file(), rows[i].parameters, &error);

        berth_row("%s", rows[i].parameters);
        CHECK(harness == NULL);
        CHECK_HAS(error ? error->message : "", rows[i].error);
        berth_harness_free(harness);
    }
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
