/* test_flex_option - what acts do to options, in both families, and what the configuration may say.
 */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <stdlib.h>

typedef struct Row {
    const char *name;
    const char *entry;  /* of options */
    const char *query;  /* options in hex, as the family writes them */
    unsigned code;      /* of the option that is looked at */
    const char *before; /* its bytes in the reply, hex; NULL: it has none */
    const char *after;  /* likewise */
} Row;

static BerthHarness *harness_new(int family, const char *entry)
{
    g_autofree char *parameters = g_strdup_printf("{\"options\": [%s]}", entry);
    g_autoptr(GError) error = NULL;
    BerthHarness *harness =
        berth_harness_new_for(getenv("BERTH_PLUGIN"), family, parameters, &error);

    CHECK_TEXT(error ? error->message : "", "");
    return harness;
}

static BerthBytes hex_bytes(const char *hex, uint8_t *room, size_t size)
{
    int len = berth_hex_parse(hex, room, size);

    return (BerthBytes){room, len < 0 ? 0 : (size_t)len};
}

static void set_reply(int family, BerthPacket *pkt, unsigned code, const char *hex)
{
    uint8_t room[64];

    if (family == 6)
        berth_reply6_set(pkt, (uint16_t)code, hex_bytes(hex, room, sizeof(room)));
    else
        berth_reply4_set(pkt, (uint8_t)code, hex_bytes(hex, room, sizeof(room)));
}

static bool get_reply(int family, BerthPacket *pkt, unsigned code, BerthBytes *ret)
{
    return family == 6 ? berth_reply6_get(pkt, (uint16_t)code, 0, ret)
                       : berth_reply4_get(pkt, (uint8_t)code, ret);
}

static BerthPacket *message(BerthHarness *harness, int family, const char *options)
{
    BerthPacket *pkt = family == 6 ? berth_harness_message6(harness, BERTH_SOLICIT, options)
                                   : berth_harness_message(harness, BERTH_DHCPDISCOVER, options);

    berth_packet_add_class(pkt, "in");
    return pkt;
}

static const char *send_point(int family)
{
    return family == 6 ? "pkt6_send" : "pkt4_send";
}

static void check_row(int family, const Row *row)
{
    BerthHarness *harness = harness_new(family, row->entry);
    char text[2 * 64 + 1] = "";
    BerthPacket *pkt;
    BerthBytes got;

    berth_row("DHCPv%d: %s", family, row->name);
    if (!CHECK(harness != NULL))
        return;
    pkt = message(harness, family, row->query);
    berth_harness_add_reply(pkt, family == 6 ? BERTH_ADVERTISE : BERTH_DHCPOFFER);
    if (row->before)
        set_reply(family, pkt, row->code, row->before);
    CHECK_INT(berth_harness_run(harness, send_point(family), pkt, NULL), BERTH_CONTINUE);
    if (get_reply(family, pkt, row->code, &got))
        CHECK_TEXT(berth_hex_text(got, 0, text, sizeof(text)), row->after);
    else
        CHECK_TEXT(NULL, row->after);
    berth_harness_free(harness);
}

/* In both families: options 12 and 67 there, and 60 and 67 here, are about texts. */
/* clang-format off */
static const Row rows_of_both[] = {
    {"add", "{\"code\": 224, \"add\": \"'ab'\"}", NULL, 224, NULL, "6162"},
    {"add where it is already", "{\"code\": 224, \"add\": \"'ab'\"}", NULL, 224, "00", "00"},
    {"add nothing", "{\"code\": 224, \"add\": \"''\"}", NULL, 224, NULL, NULL},
    {"add what is not there", "{\"code\": 224, \"add\": \"option[225].hex\"}", NULL, 224, NULL, NULL},
    {"supersede", "{\"code\": 224, \"supersede\": \"0x0102\"}", NULL, 224, "00", "0102"},
    {"supersede what is not there", "{\"code\": 224, \"supersede\": \"0x0102\"}", NULL, 224, NULL, "0102"},
    {"supersede by nothing", "{\"code\": 224, \"supersede\": \"''\"}", NULL, 224, "00", "00"},
    {"remove", "{\"code\": 224, \"remove\": \"member('in')\"}", NULL, 224, "00", NULL},
    {"do not remove", "{\"code\": 224, \"remove\": \"not member('in')\"}", NULL, 224, "00", "00"},
    {"remove what is not there", "{\"code\": 224, \"remove\": \"member('in')\"}", NULL, 224, NULL, NULL},
    {"for a class", "{\"code\": 224, \"add\": \"'a'\", \"client-class\": \"in\"}", NULL, 224, NULL, "61"},
    {"for another class", "{\"code\": 224, \"add\": \"'a'\", \"client-class\": \"out\"}", NULL, 224, NULL, NULL},
    {"for no class", "{\"code\": 224, \"add\": \"'a'\", \"client-class\": \"\"}", NULL, 224, NULL, "61"},
    {"with a comment", "{\"code\": 224, \"add\": \"'a'\", \"comment\": \"why\"}", NULL, 224, NULL, "61"},
    {"one after another", "{\"code\": 224, \"supersede\": \"'a'\"}, {\"code\": 224, \"remove\": \"member('in')\"},"
     " {\"code\": 224, \"add\": \"'b'\"}", NULL, 224, "00", "62"},
    {"by the order of codes", "{\"code\": 225, \"add\": \"'b'\", \"source\": \"response\"},"
     " {\"code\": 224, \"add\": \"option[225].hex\", \"source\": \"response\"}", NULL, 224, NULL, NULL},
    {"what the reply has", "{\"code\": 225, \"add\": \"option[224].hex\", \"source\": \"response\"},"
     " {\"code\": 224, \"add\": \"'b'\"}", NULL, 225, NULL, "62"},
    {"a condition about the reply", "{\"code\": 224, \"remove\": \"option[224].hex == 'a'\","
     " \"source\": \"response\"}", NULL, 224, "61", NULL},
    {"a class of the query, asked of the reply", "{\"code\": 224, \"add\": \"ifelse(member('in'), 'a', 'b')\","
     " \"source\": \"response\"}", NULL, 224, NULL, "61"},
};

static const Row rows4[] = {
    {"by name", "{\"name\": \"boot-file-name\", \"add\": \"concat(option[host-name].text, '.boot')\"}", "0c 02 6162", 67, NULL, "61622e626f6f74"},
    {"by name and code", "{\"name\": \"boot-file-name\", \"code\": 67, \"add\": \"'a'\"}", NULL, 67, NULL, "61"},
    {"csv-format", "{\"code\": 5, \"supersede\": \"'192.0.2.1, 192.0.2.2'\", \"csv-format\": true}", NULL, 5, NULL, "c0000201c0000202"},
    {"csv-format of the wrong text", "{\"code\": 5, \"supersede\": \"'here'\", \"csv-format\": true}", NULL, 5, "c0000201", "c0000201"},
    {"a name in wire form", "{\"name\": \"domain-search\", \"add\": \"'a.b'\", \"csv-format\": true}", NULL, 119, NULL, "0161016200"},
    {"remove, as asked", "{\"code\": 5, \"remove\": \"option[host-name].exists\"}", "0c 01 61", 5, "c0000201", NULL},
    {"inside, made", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"add\": \"'foobar'\"}]}", NULL, 43, NULL, "0106666f6f626172"},
    {"inside, not made", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"add\": \"'a'\", \"container-add\": false}]}", NULL, 43, NULL, NULL},
    {"inside, added by its code", "{\"code\": 43, \"sub-options\": [{\"code\": 2, \"add\": \"'b'\"}]}", NULL, 43, "010161030163", "010161020162030163"},
    {"inside, there already", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"add\": \"'b'\"}]}", NULL, 43, "010161", "010161"},
    {"inside, superseded", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"supersede\": \"'b'\"}]}", NULL, 43, "010161020163", "010162020163"},
    {"inside, removed", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"remove\": \"member('in')\"}]}", NULL, 43, "010161020163", "020163"},
    {"inside, the last one removed", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"remove\": \"member('in')\"}]}", NULL, 43, "010161", NULL},
    {"inside, an empty container stays", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"remove\": \"member('in')\", \"container-remove\": false}]}", NULL, 43, "010161", ""},
    {"inside, several", "{\"code\": 43, \"sub-options\": [{\"code\": 2, \"add\": \"'b'\"}, {\"code\": 1, \"add\": \"'a'\"}]}", NULL, 43, NULL, "010161020162"},
    {"inside, for a class", "{\"code\": 43, \"sub-options\": [{\"code\": 1, \"add\": \"'a'\", \"client-class\": \"out\"}]}", NULL, 43, NULL, NULL},
    {"inside, the container for a class", "{\"code\": 43, \"client-class\": \"out\", \"sub-options\": [{\"code\": 1, \"add\": \"'a'\"}]}", NULL, 43, NULL, NULL},
    {"inside, by name", "{\"name\": \"dhcp-agent-options\", \"sub-options\": [{\"name\": \"circuit-id\", \"add\": \"'a'\"}]}", NULL, 82, NULL, "010161"},
    {"a vendor's, made", "{\"code\": 125, \"sub-options\": [{\"code\": 2, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 125, NULL, "0000118b03020161"},
    {"a vendor's, added", "{\"code\": 125, \"sub-options\": [{\"code\": 2, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 125, "0000118b03010162", "0000118b06010162020161"},
    {"a vendor's, another follows", "{\"code\": 125, \"sub-options\": [{\"code\": 2, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 125, "0000118b000000000900", "0000118b030201610000000900"},
    {"another vendor's", "{\"code\": 125, \"sub-options\": [{\"code\": 2, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 125, "0000000900", "0000000900"},
    {"a vendor's, csv-format by name", "{\"code\": 125, \"sub-options\": [{\"name\": \"tftp-servers\", \"space\": \"vendor-4491\", \"add\": \"'192.0.2.1'\", \"csv-format\": true}]}", NULL, 125, NULL, "0000118b060204c0000201"},
};

static const Row rows6[] = {
    {"a code above 255", "{\"code\": 500, \"add\": \"'a'\"}", NULL, 500, NULL, "61"},
    {"csv-format", "{\"code\": 31, \"add\": \"ifelse(option[39].exists, '3000::1', '3000::2')\", \"csv-format\": true}", "0027 0001 00", 31, NULL, "30000000000000000000000000000001"},
    {"by name", "{\"name\": \"dns-servers\", \"supersede\": \"'2001:db8::1'\", \"csv-format\": true}", NULL, 23, "00", "20010db8000000000000000000000001"},
    {"a vendor's, made", "{\"code\": 17, \"sub-options\": [{\"code\": 32, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 17, NULL, "0000118b0020000161"},
    {"a vendor's, added by its code", "{\"name\": \"vendor-opts\", \"sub-options\": [{\"code\": 32, \"space\": \"vendor-4491\", \"add\": \"'a'\"}]}", NULL, 17, "0000118b0021000162", "0000118b00200001610021000162"},
    {"a vendor's, removed with its container", "{\"code\": 17, \"sub-options\": [{\"code\": 33, \"space\": \"vendor-4491\", \"remove\": \"member('in')\"}]}", NULL, 17, "0000118b0021000162", NULL},
    {"another vendor's", "{\"code\": 17, \"sub-options\": [{\"code\": 33, \"space\": \"vendor-4491\", \"remove\": \"member('in')\"}]}", NULL, 17, "000000090021000162", "000000090021000162"},
    {"inside an IA", "{\"code\": 3, \"sub-options\": [{\"code\": 13, \"add\": \"0x0000\"}]}", NULL, 3, "000000010000000200000003", "000000010000000200000003000d00020000"},
};

/* clang-format on */

static void test_both(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows_of_both); i++) {
        check_row(4, &rows_of_both[i]);
        check_row(6, &rows_of_both[i]);
    }
}

static void test_v4(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows4); i++)
        check_row(4, &rows4[i]);
}

static void test_v6(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows6); i++)
        check_row(6, &rows6[i]);
}

/* Before anybody else sees it. */
static void test_query(void)
{
    static const char entry[] = "{\"code\": 60, \"supersede\": \"concat('x', option[60].hex)\","
                                " \"destination\": \"query\"}";
    BerthHarness *harness = harness_new(4, entry);
    BerthPacket *pkt = message(harness, 4, "3c 01 61");
    BerthBytes got;

    CHECK_INT(berth_harness_run(harness, "pkt4_receive", pkt, NULL), BERTH_CONTINUE);
    CHECK(berth_query4_get(pkt, 60, &got));
    CHECK_BYTES(got, berth_bytes("xa"));
    berth_harness_free(harness);
    harness =
        harness_new(6, "{\"code\": 16, \"remove\": \"member('in')\", \"destination\": \"query\"},"
                       " {\"code\": 15, \"add\": \"'u'\", \"destination\": \"query\"}");
    pkt = message(harness, 6, "0010 0004 00000009");
    CHECK_INT(berth_harness_run(harness, "pkt6_receive", pkt, NULL), BERTH_CONTINUE);
    CHECK(!berth_query6_get(pkt, 16, 0, &got));
    CHECK(berth_query6_get(pkt, 15, 0, &got));
    CHECK_BYTES(got, berth_bytes("u"));
    berth_harness_free(harness);
}

static void test_log(void)
{
    BerthHarness *harness =
        harness_new(4, "{\"code\": 224, \"add\": \"'a'\"},"
                       " {\"code\": 5, \"add\": \"'b'\", \"csv-format\": true}");
    BerthPacket *pkt = message(harness, 4, NULL);

    berth_harness_add_reply(pkt, BERTH_DHCPOFFER);
    berth_harness_run(harness, "pkt4_send", pkt, NULL);
    CHECK_HAS(berth_harness_log(harness), "ERROR flex-option-hooks FLEX_OPTION_PROCESS_ERROR");
    berth_harness_free(harness);
    harness = harness_new(4, "{\"code\": 224, \"add\": \"'a'\"}");
    pkt = message(harness, 4, NULL);
    berth_harness_add_reply(pkt, BERTH_DHCPOFFER);
    berth_harness_run(harness, "pkt4_send", pkt, NULL);
    CHECK_HAS(berth_harness_log(harness),
              "FLEX_OPTION_PROCESS_ADD Added the option code 224 with value 'a'");
    berth_harness_free(harness);
}

static void test_refused(void)
{
    static const struct {
        int family;
        const char *parameters, *error;
    } rows[] = {
        /* clang-format off */
        {4, "{}", "options"},
        {4, "{\"options\": [{\"add\": \"'a'\"}]}", "'code' or 'name' must be specified"},
        {4, "{\"options\": [{\"code\": 0, \"add\": \"'a'\"}]}", "reserved for PAD"},
        {4, "{\"options\": [{\"code\": 255, \"add\": \"'a'\"}]}", "reserved for END"},
        {4, "{\"options\": [{\"code\": 256, \"add\": \"'a'\"}]}", "not in [0..255]"},
        {6, "{\"options\": [{\"code\": 0, \"add\": \"'a'\"}]}", "reserved"},
        {4, "{\"options\": [{\"name\": \"foo\", \"add\": \"'a'\"}]}", "no known 'foo' option"},
        {4, "{\"options\": [{\"name\": \"host-name\", \"code\": 13, \"add\": \"'a'\"}]}", "is defined as code: 12, not the specified code: 13"},
        {4, "{\"options\": [{\"code\": 12}]}", "no action"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"'a'\", \"remove\": \"member('in')\"}]}", "multiple actions"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"\"}]}", "'add' must not be empty"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"member('in')\"}]}", "can't parse add expression"},
        {4, "{\"options\": [{\"code\": 12, \"remove\": \"'a'\"}]}", "can't parse remove expression"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"'a'\", \"colour\": 1}]}", "unknown key"},
        {4, "{\"options\": [{\"code\": 250, \"add\": \"'a'\", \"csv-format\": true}]}", "csv-format"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"'a'\", \"source\": \"response\", \"destination\": \"query\"}]}", "requires source 'query'"},
        {4, "{\"options\": [{\"code\": 12, \"add\": \"'a'\", \"source\": \"reply\"}]}", "source"},
        {4, "{\"options\": [{\"code\": 43, \"add\": \"'a'\", \"sub-options\": [{\"code\": 1, \"add\": \"'a'\"}]}]}", "incompatible in the same entry"},
        {4, "{\"options\": [{\"code\": 12, \"sub-options\": [{\"code\": 1, \"add\": \"'a'\"}]}]}", "container does not encapsulate a space"},
        {4, "{\"options\": [{\"code\": 250, \"sub-options\": [{\"code\": 1, \"add\": \"'a'\"}]}]}", "container is not defined"},
        {4, "{\"options\": [{\"code\": 43, \"sub-options\": [{\"code\": 1, \"add\": \"'a'\"}, {\"code\": 1, \"add\": \"'b'\"}]}]}", "was already specified"},
        {4, "{\"options\": [{\"code\": 43, \"sub-options\": [{\"code\": 1}]}]}", "no action"},
        {6, "{\"options\": [{\"code\": 12, \"add\": \"pkt4.mac\"}]}", "can't parse add expression"},
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        berth_harness_check_refused_for(getenv("BERTH_PLUGIN"), rows[i].family, rows[i].parameters,
                                        rows[i].error);
}

/* Named beside both maps, it serves both, and each reads its expressions. */
static void test_split(void)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness;

    CHECK(berth_harness_new(getenv("BERTH_PLUGIN"),
                            "{\"options\": [{\"code\": 12, \"add\": \"pkt4.mac\"}]}",
                            &error) == NULL);
    CHECK_HAS(error ? error->message : "", "pkt4");
    harness = harness_new(6, "{\"code\": 224, \"add\": \"'a'\"}");
    if (CHECK(harness != NULL)) {
        BerthPacket *pkt = message(harness, 4, NULL);
        BerthBytes got;

        berth_harness_add_reply(pkt, BERTH_DHCPOFFER);
        berth_harness_run(harness, "pkt4_send", pkt, NULL);
        CHECK(!berth_reply4_get(pkt, 224, &got));
    }
    berth_harness_free(harness);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"both", test_both},   {"v4", test_v4},
        {"v6", test_v6},       {"query", test_query},
        {"log", test_log},     {"refused", test_refused},
        {"split", test_split}, {0},
    };

    return berth_tests_main("flex_option", tests, argc, argv);
}
