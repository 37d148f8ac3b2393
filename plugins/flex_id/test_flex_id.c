/* test_flex_id - what flex_id makes of a message and of its reply, in both families. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

#define DUID "00030001aabbccddeeff"
#define EXPR4 "\"identifier-expression\": \"option[60].hex\""
#define EXPR6 "\"identifier-expression\": \"option[15].hex\""
#define REPLACE "\"replace-client-id\": true"

typedef struct Row {
    int family;
    const char *name, *parameters, *options;
    const char *id;    /* in the query behind pkt4_receive, hex; NULL: none */
    const char *reply; /* in the reply behind pkt4_send, likewise */
} Row;

static BerthPacket *message(BerthHarness *harness, const Row *row)
{
    return row->family == 6 ? berth_harness_message6(harness, BERTH_REQUEST, row->options)
                            : berth_harness_message(harness, BERTH_DHCPREQUEST, row->options);
}

static bool query_id(const Row *row, const BerthPacket *pkt, BerthBytes *ret)
{
    return row->family == 6 ? berth_query6_get(pkt, BERTH_D6O_CLIENTID, 0, ret)
                            : berth_query4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, ret);
}

static bool reply_id(const Row *row, const BerthPacket *pkt, BerthBytes *ret)
{
    return row->family == 6 ? berth_reply6_get(pkt, BERTH_D6O_CLIENTID, 0, ret)
                            : berth_reply4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, ret);
}

/* As the server's steps echo what the query has by now. */
static void add_reply(const Row *row, BerthPacket *pkt)
{
    BerthBytes id;

    berth_harness_add_reply(pkt, row->family == 6 ? BERTH_REPLY : BERTH_DHCPACK);
    if (!query_id(row, pkt, &id))
        return;
    if (row->family == 6)
        berth_reply6_set(pkt, BERTH_D6O_CLIENTID, id);
    else
        berth_reply4_set(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, id);
}

static void check_hex(bool has, BerthBytes got, const char *want)
{
    char text[256];

    CHECK_TEXT(has ? berth_hex_text(got, 0, text, sizeof(text)) : NULL, want);
}

static void check_row(const Row *row)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness =
        berth_harness_new_for(getenv("BERTH_PLUGIN"), row->family, row->parameters, &error);
    const char *receive = row->family == 6 ? "pkt6_receive" : "pkt4_receive";
    const char *send = row->family == 6 ? "pkt6_send" : "pkt4_send";
    BerthBytes got = {0};
    BerthPacket *pkt;
    bool has;

    berth_row("DHCPv%d: %s", row->family, row->name);
    CHECK_TEXT(error ? error->message : "", "");
    if (!CHECK(harness != NULL))
        return;
    pkt = message(harness, row);
    CHECK_INT(berth_harness_run(harness, receive, pkt, NULL), BERTH_CONTINUE);
    has = query_id(row, pkt, &got);
    check_hex(has, got, row->id);
    if (row->family == 6)
        check_hex(true, berth_query6_duid(pkt), row->id);
    add_reply(row, pkt);
    CHECK_INT(berth_harness_run(harness, send, pkt, NULL), BERTH_CONTINUE);
    has = reply_id(row, pkt, &got);
    check_hex(has, got, row->reply);
    berth_harness_free(harness);
}

static void test_identifiers(void)
{
    /* clang-format off */
    static const Row rows[] = {
        {4, "not replaced", "{" EXPR4 "}", "3c 01 61 3d 03 001122", "001122", "001122"},
        {6, "not replaced", "{" EXPR6 "}", "000f 0003 000161", DUID, DUID},
        {4, "replaced", "{" EXPR4 "," REPLACE "}", "3c 01 61 3d 03 001122", "0061", "001122"},
        {6, "replaced", "{" EXPR6 "," REPLACE "}", "000f 0003 000161", "0000000161", DUID},
        {4, "the client has none", "{" EXPR4 "," REPLACE "}", "3c 01 61", "0061", NULL},
        {4, "the expression gives nothing", "{" EXPR4 "," REPLACE "}", "3d 03 001122", "001122", "001122"},
        {6, "the expression gives nothing", "{" EXPR6 "," REPLACE "}", NULL, DUID, DUID},
        {4, "RFC 4361", "{" EXPR4 "," REPLACE ", \"cid-as-rfc4361-duid\": true}", "3c 01 61", "ff0000000061", NULL},
        {4, "no expression", "{" REPLACE "}", "3d 03 001122", "001122", "001122"},
        {6, "no expression", "{" REPLACE "}", NULL, DUID, DUID},
        {4, "an empty one", "{\"identifier-expression\": \"\"," REPLACE "}", "3d 03 001122", "001122", "001122"},
        {4, "no parameters", NULL, "3d 03 001122", "001122", "001122"},
        {6, "longer than a DUID may be", "{\"identifier-expression\": \"concat(option[15].hex, option[15].hex)\"," REPLACE "}",
         "000f 0041 "
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 00",
         DUID, DUID},
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_row(&rows[i]);
}

/* An IAID as the query has it behind pkt6_receive, and as the reply has it. */
static void test_iaids(void)
{
    static const char na5[] = "0003 000c 00000005 00000000 00000000";
    static const char pd6[] = "0019 000c 00000006 00000000 00000000";
    static const struct {
        const char *name, *parameters, *first, *second;
        uint16_t code;
        unsigned iaid;
    } rows[] = {
        {"the only IA_NA", "{\"ignore-iaid\": true}", na5, pd6, BERTH_D6O_IA_NA, 0},
        {"the only IA_PD", "{\"ignore-iaid\": true}", na5, pd6, BERTH_D6O_IA_PD, 0},
        {"one of two", "{\"ignore-iaid\": true}", na5, na5, BERTH_D6O_IA_NA, 5},
        {"not ignored", "{\"ignore-iaid\": false}", na5, pd6, BERTH_D6O_IA_NA, 5},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *options = g_strconcat(rows[i].first, " ", rows[i].second, NULL);
        BerthHarness *harness =
            berth_harness_new_for(getenv("BERTH_PLUGIN"), 6, rows[i].parameters, NULL);
        BerthPacket *pkt = berth_harness_message6(harness, BERTH_REQUEST, options);
        BerthBytes ia, came;

        berth_row("%s", rows[i].name);
        CHECK(berth_query6_get(pkt, rows[i].code, 0, &came));
        berth_harness_run(harness, "pkt6_receive", pkt, NULL);
        CHECK(berth_query6_get(pkt, rows[i].code, 0, &ia));
        CHECK_INT(ia.data[3], rows[i].iaid);
        berth_harness_add_reply(pkt, BERTH_REPLY);
        berth_reply6_set(pkt, rows[i].code, ia);
        berth_harness_run(harness, "pkt6_send", pkt, NULL);
        CHECK(berth_reply6_get(pkt, rows[i].code, 0, &ia));
        CHECK_BYTES(ia, came);
        berth_harness_free(harness);
    }
}

static void test_refused(void)
{
    static const struct {
        int family;
        const char *parameters, *error;
    } rows[] = {
        {4, "{\"identifier-expression\": \"option[60\"}", "identifier-expression"},
        {4, "{\"identifier-expression\": \"option[60].exists\"}", "identifier-expression"},
        {6, "{\"identifier-expression\": \"pkt4.mac\"}", "identifier-expression"},
        {4, "{\"identifier-expression\": 5}", "identifier-expression"},
        {4, "{\"replace-client-id\": \"yes\"}", "replace-client-id"},
        {4, "{\"replace-clientid\": true}", "replace-client-id"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        berth_harness_check_refused_for(getenv("BERTH_PLUGIN"), rows[i].family, rows[i].parameters,
                                        rows[i].error);
}

static void test_warns(void)
{
    BerthHarness *harness =
        berth_harness_new_for(getenv("BERTH_PLUGIN"), 6, "{\"ignore-iaid\": true}", NULL);

    CHECK_HAS(berth_harness_log(harness), "WARN flex-id-hooks FLEX_ID_IGNORE_IAID_ENABLED");
    berth_harness_free(harness);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"identifiers", test_identifiers},
        {"iaids", test_iaids},
        {"refused", test_refused},
        {"warns", test_warns},
        {0},
    };

    return berth_tests_main("flex_id", tests, argc, argv);
}
