/* test_bootp - which requests bootp takes for its own, and what it does to replies; the whole way
 * of such a packet is in tests/v4/bootp.txt. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

#define HEAD                                                                      \
    "01010600 01020304 00000000 00000000 00000000 00000000 00000000 aabbccddeeff" \
    "00000000000000000000"

/* Header fields up to sname, sname and file, and what stands behind them. */
static BerthPacket *request(BerthHarness *harness, const char *sname, const char *rest)
{
    GString *text = g_string_new(HEAD);
    BerthPacket *pkt;

    g_string_append(text, sname);
    for (size_t i = strlen(sname); i < (size_t)2 * (64 + 128); i++)
        g_string_append_c(text, '0');
    g_string_append(text, rest);
    pkt = berth_harness_packet(harness, text->str);
    g_string_free(text, TRUE);
    return pkt;
}

static BerthHarness *harness_new(const char *parameters)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new(getenv("BERTH_PLUGIN"), parameters, &error);

    CHECK_TEXT(error ? error->message : "", "");
    return harness;
}

static void test_recognized(void)
{
    static const struct {
        const char *name, *parameters, *sname, *rest;
        BerthVerdict verdict;
        unsigned type; /* after it */
        bool is_bootp;
    } rows[] = {
        {"RFC 1497", NULL, "", "63825363 ff", BERTH_CONTINUE, 3, true},
        {"with an option", NULL, "", "63825363 0c0161 ff", BERTH_CONTINUE, 3, true},
        {"without END", NULL, "", "63825363 0c0161 0000", BERTH_CONTINUE, 3, true},
        {"RFC 951: no cookie", NULL, "", "00000000 00000000", BERTH_CONTINUE, 3, true},
        {"RFC 951: nothing at all", NULL, "", "", BERTH_CONTINUE, 3, true},
        {"broken options", NULL, "", "63825363 0cff61", BERTH_CONTINUE, 0, false},
        {"DHCP", NULL, "", "63825363 350101 ff", BERTH_CONTINUE, 1, false},
        {"DHCP without END is not made whole", NULL, "", "63825363 350101", BERTH_CONTINUE, 0,
         false},
        {"any name", NULL, "61", "63825363 ff", BERTH_CONTINUE, 3, true},
        {"our name", "{\"server-name\": \"a\"}", "61", "63825363 ff", BERTH_CONTINUE, 3, true},
        {"no name", "{\"server-name\": \"a\"}", "", "63825363 ff", BERTH_CONTINUE, 3, true},
        {"another", "{\"server-name\": \"a\"}", "6162", "63825363 ff", BERTH_DROP, 0, false},
        {"another is DHCP's business", "{\"server-name\": \"a\"}", "62", "63825363 350101 ff",
         BERTH_CONTINUE, 1, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthHarness *harness = harness_new(rows[i].parameters);
        BerthPacket *pkt;

        berth_row("%s", rows[i].name);
        pkt = request(harness, rows[i].sname, rows[i].rest);
        CHECK_INT(berth_harness_run(harness, "buffer4_receive", pkt, NULL), rows[i].verdict);
        CHECK_INT(berth_query4_type(pkt), rows[i].type);
        CHECK_INT(berth_packet_has_class(pkt, "BOOTP"), rows[i].is_bootp);
        berth_harness_free(harness);
    }
}

static void test_short(void)
{
    BerthHarness *harness = harness_new(NULL);
    BerthPacket *pkt = berth_harness_packet(harness, "010106");

    CHECK_INT(berth_harness_run(harness, "buffer4_receive", pkt, NULL), BERTH_CONTINUE);
    CHECK(!berth_packet_has_class(pkt, "BOOTP"));
    CHECK_BYTES(berth_query_bytes(pkt), ((BerthBytes){(const uint8_t *)"\1\1\6", 3}));
    berth_harness_free(harness);
}

/* A reply with options 3, 51 and 61 after pkt4_send. */
static void test_reply(void)
{
    static const struct {
        const char *name, *rest;
        unsigned type, verdict;
        bool has_routers, has_lifetime;
    } rows[] = {
        {"BOOTP", "63825363 ff", BERTH_DHCPACK, BERTH_CONTINUE, true, false},
        {"BOOTP and NAK", "63825363 ff", BERTH_DHCPNAK, BERTH_DROP, true, true},
        {"DHCP", "63825363 350103 ff", BERTH_DHCPACK, BERTH_CONTINUE, true, true},
        {"DHCP and NAK", "63825363 350103 ff", BERTH_DHCPNAK, BERTH_CONTINUE, true, true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthHarness *harness = harness_new(NULL);
        BerthPacket *pkt = request(harness, "", rows[i].rest);
        BerthBytes value;

        berth_row("%s", rows[i].name);
        berth_harness_run(harness, "buffer4_receive", pkt, NULL);
        berth_harness_add_reply(pkt, rows[i].type);
        berth_reply4_set(pkt, BERTH_DHO_ROUTERS, berth_bytes("1234"));
        berth_reply4_set(pkt, BERTH_DHO_DHCP_LEASE_TIME, berth_bytes("1234"));
        berth_reply4_set(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, berth_bytes("1234"));
        CHECK_INT(berth_harness_run(harness, "pkt4_send", pkt, NULL), rows[i].verdict);
        CHECK_INT(berth_reply4_get(pkt, BERTH_DHO_ROUTERS, &value), rows[i].has_routers);
        CHECK_INT(berth_reply4_get(pkt, BERTH_DHO_DHCP_LEASE_TIME, &value), rows[i].has_lifetime);
        CHECK_INT(berth_reply4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &value),
                  rows[i].has_lifetime);
        CHECK_INT(berth_reply4_type(pkt) == 0, !rows[i].has_lifetime);
        berth_harness_free(harness);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *parameters, *error;
    } rows[] = {
        {"{\"max-reply\": 299}", "max-reply"},
        {"{\"max-reply\": 1473}", "max-reply"},
        {"{\"servername\": \"a\"}", "server-name"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        berth_row("%s", rows[i].parameters);
        CHECK(berth_harness_new(getenv("BERTH_PLUGIN"), rows[i].parameters, &error) == NULL);
        CHECK_HAS(error ? error->message : "", rows[i].error);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"recognized", test_recognized},
        {"short", test_short},
        {"reply", test_reply},
        {"refused", test_refused},
        {0},
    };

    return berth_tests_main("bootp", tests, argc, argv);
}
