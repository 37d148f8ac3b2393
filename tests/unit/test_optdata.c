/* test_optdata - option-data and option-def: errors, bytes, sub-options in their containers, and
 * which scope's option a client gets. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define OPTIONS(list) CONFS_IF ", \"option-data\": [" list "]"
#define DEFS(defs, list) CONFS_IF ", \"option-def\": [" defs "], \"option-data\": [" list "]"
#define AT "f:1: Dhcp4.option-data[0]: "
#define DEF_AT "f:1: Dhcp4.option-def[0]: "

static const ConfsRow errors[] = {
    {"neither name nor code", OPTIONS("{\"data\": \"1\"}"), AT "name or code is missing"},
    {"name misspelt", OPTIONS("{\"name\": \"domain-name-server\", \"data\": \"192.0.2.1\"}"),
     AT "no option \"domain-name-server\" in space dhcp4; did you mean \"domain-name-servers\"?"},
    {"own name misspelt", DEFS("{\"name\": \"site-token\", \"code\": 230, \"type\": \"string\"}", "{\"name\": \"site-tokem\", \"data\": \"x\"}"),
     AT "no option \"site-tokem\" in space dhcp4; did you mean \"site-token\"?"},
    {"name unknown", OPTIONS("{\"name\": \"zzz\", \"data\": \"1\"}"), AT "no option \"zzz\" in space dhcp4; define it in option-def"},
    {"name and code differ", OPTIONS("{\"name\": \"routers\", \"code\": 6, \"data\": \"192.0.2.1\"}"),
     AT "code 6 is \"domain-name-servers\", not \"routers\"; keep name or code"},
    {"no definition", OPTIONS("{\"code\": 230, \"csv-format\": true, \"data\": \"1\"}"),
     AT "option 230 of space dhcp4 has no definition; define it in option-def, or give its bytes in hex with csv-format false"},
    {"code 256", OPTIONS("{\"code\": 256, \"data\": \"1\"}"), "f:1: Dhcp4.option-data[0].code: 256 is not in the range 0 to 255"},
    {"code 255", OPTIONS("{\"code\": 255, \"data\": \"1\"}"), AT "no option of space dhcp4 has the code 255"},
    {"code 0", OPTIONS("{\"code\": 0, \"data\": \"1\"}"), AT "no option of space dhcp4 has the code 0"},
    {"no data of a text in hex", OPTIONS("{\"name\": \"domain-name\", \"csv-format\": false}"), AT "data is missing"},
    {"no data without a definition", OPTIONS("{\"code\": 230, \"csv-format\": true}"),
     AT "option 230 of space dhcp4 has no definition; define it in option-def, or give its bytes in hex with csv-format false"},
    {"vendor options of nobody", OPTIONS("{\"name\": \"vivso-suboptions\"}"), AT "data is missing"},
    {"vendor options of half a number", OPTIONS("{\"name\": \"vivso-suboptions\", \"csv-format\": false, \"data\": \"0009\"}"),
     AT "data is 2 bytes; it begins with an enterprise number of 4"},
    {"no data", OPTIONS("{\"name\": \"routers\"}"), AT "data is missing"},
    {"HI-094: a wrong type", OPTIONS("{\"name\": \"boot-size\", \"data\": \"big\"}"),
     AT "data: field 1 (uint16): \"big\" is not a whole number from 0 to 65535"},
    {"HI-094: hex that is none", OPTIONS("{\"code\": 230, \"csv-format\": false, \"data\": \"0xabg\"}"),
     AT "data: \"0xabg\" is neither hex (0xabcd, abcd, ab:cd, ab cd) nor 'text' in single quotes"},
    {"HI-094: an empty array", OPTIONS("{\"name\": \"routers\", \"data\": \" , \"}"),
     AT "data: 0 fields given, expected at least 1 (ipv4-address, …); a comma inside a field is written \"\\\\,\""},
    {"hex of a wrong length", OPTIONS("{\"name\": \"time-offset\", \"csv-format\": false, \"data\": \"0102\"}"),
     AT "data is 2 bytes; option \"time-offset\" has exactly 4"},
    {"a sub-option for a class",
     OPTIONS("{\"code\": 1, \"space\": \"vendor-encapsulated-options-space\", \"csv-format\": false, \"data\": \"01\", \"client-classes\": [\"a\"]}"),
     AT "client-classes is not for sub-options; tag the option that holds them, or make them options of a class"},
    {"a relay's sub-option", OPTIONS("{\"name\": \"circuit-id\", \"space\": \"dhcp-agent-options-space\", \"csv-format\": false, \"data\": \"01\"}"),
     AT "option 82 \"dhcp-agent-options\" is the relay's and cannot be configured"},
    {"options that hold each other",
     DEFS("{\"name\": \"a\", \"code\": 230, \"type\": \"empty\", \"encapsulate\": \"s1\"},"
          "{\"name\": \"b\", \"code\": 1, \"type\": \"empty\", \"space\": \"s1\", \"encapsulate\": \"s2\"},"
          "{\"name\": \"c\", \"code\": 1, \"type\": \"empty\", \"space\": \"s2\", \"encapsulate\": \"s1\"}",
          "{\"name\": \"b\", \"space\": \"s1\"}, {\"name\": \"c\", \"space\": \"s2\"}"),
     AT "its sub-options hold each other, or are nested deeper than 8"},
    {"standard option redefined", DEFS("{\"name\": \"x\", \"code\": 6, \"type\": \"string\"}", ""),
     DEF_AT "code 6 is the standard option \"domain-name-servers\" and cannot be redefined"},
    {"standard name redefined", DEFS("{\"name\": \"routers\", \"code\": 230, \"type\": \"string\"}", ""),
     DEF_AT "\"routers\" is the standard option 3 and cannot be redefined"},
    {"defined twice", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"string\"}, {\"name\": \"y\", \"code\": 230, \"type\": \"string\"}", ""),
     "f:1: Dhcp4.option-def[1]: code 230 \"x\" of space dhcp4 is defined above already"},
    {"type", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"strin\"}", ""),
     DEF_AT "type: \"strin\" is no type; there are binary, boolean, empty, fqdn, ipv4-address, ipv6-address, ipv6-prefix, "
     "psid, string, tuple, uint8, uint16, uint32, int8, int16, int32 and record"},
    {"type internal", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"internal\"}", ""),
     DEF_AT "type: \"internal\" is no type; there are binary, boolean, empty, fqdn, ipv4-address, ipv6-address, ipv6-prefix, "
     "psid, string, tuple, uint8, uint16, uint32, int8, int16, int32 and record"},
    {"record of one", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"record\", \"record-types\": \"uint8\"}", ""),
     DEF_AT "type record needs at least two record-types"},
    {"string inside a record", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"record\", \"record-types\": \"string, uint8\"}", ""),
     DEF_AT "record-types: string can only be the last field of a record"},
    {"record-types without a record", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"uint8\", \"record-types\": \"uint8\"}", ""),
     DEF_AT "record-types is for type record only"},
    {"array of strings", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"string\", \"array\": true}", ""),
     DEF_AT "an array of string has no ends between its elements; leave array away"},
    {"array with sub-options", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"uint8\", \"array\": true, \"encapsulate\": \"y\"}", ""),
     DEF_AT "an array cannot have sub-options; leave array or encapsulate away"},
    {"in its own space", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"empty\", \"encapsulate\": \"dhcp4\"}", ""),
     DEF_AT "an option cannot hold options of its own space \"dhcp4\""},
};

#define BOX "{\"name\": \"box\", \"code\": 230, \"type\": \"empty\", \"encapsulate\": \"in\"}"

/* `want`: every option of space dhcp4 as "CODE=HEX", + before one that is always sent. */
static const ConfsRow values[] = {
    {"by name", OPTIONS("{\"name\": \"routers\", \"data\": \"192.0.2.1, 192.0.2.2\"}"), "3=c0000201c0000202"},
    {"by code", OPTIONS("{\"code\": 15, \"data\": \"ab\", \"always-send\": true}"), "+15=6162"},
    {"in hex", OPTIONS("{\"code\": 26, \"csv-format\": false, \"data\": \"05dc\"}"), "26=05dc"},
    {"without a definition", OPTIONS("{\"code\": 230, \"data\": \"0a:0b\"}"), "230=0a0b"},
    {"sorted by code", OPTIONS("{\"code\": 42, \"data\": \"192.0.2.1\"}, {\"code\": 3, \"data\": \"192.0.2.1\"}"), "3=c0000201 42=c0000201"},
    {"own record", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"record\", \"record-types\": \"uint8, ipv4-address\"}", "{\"name\": \"x\", \"data\": \"1, 192.0.2.1\"}"),
     "230=01c0000201"},
    {"own array", DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"uint16\", \"array\": true}", "{\"name\": \"x\", \"data\": \"1, 2\"}"), "230=00010002"},
    {"vendor options with their container",
     DEFS("{\"name\": \"foo\", \"code\": 2, \"type\": \"uint8\", \"space\": \"vendor-encapsulated-options-space\"}",
          "{\"name\": \"vendor-encapsulated-options\"}, {\"name\": \"foo\", \"space\": \"vendor-encapsulated-options-space\", \"data\": \"7\"}"),
     "43=020107"},
    {"vendor options without it",
     OPTIONS("{\"code\": 9, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"beef\"}, {\"code\": 1, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"00\"}"),
     "43=0101000902beef"},
    {"option 43 of one's own kind", DEFS("{\"name\": \"boot\", \"code\": 43, \"type\": \"uint8\"}", "{\"name\": \"boot\", \"data\": \"5\"}"), "43=05"},
    {"an enterprise is told to who names it, not by a container", OPTIONS("{\"name\": \"tftp-servers\", \"space\": \"vendor-4491\", \"data\": \"192.0.2.1\"}"), ""},
    {"an enterprise alone", OPTIONS("{\"name\": \"vivso-suboptions\", \"data\": \"4491\"}"), "125=0000118b00"},
    {"an enterprise in hex, as it is", OPTIONS("{\"code\": 125, \"csv-format\": false, \"data\": \"00000009030101aa\"}, {\"code\": 2, \"space\": \"vendor-9\", \"data\": \"bb\"}"), "125=00000009030101aa"},
    {"two enterprises", OPTIONS("{\"code\": 125, \"data\": \"10\"}, {\"code\": 1, \"space\": \"vendor-10\", \"data\": \"bb\"}, {\"code\": 125, \"data\": \"9\"}"),
     "125=0000000a00 125=0000000900"},
    {"two vendor classes", OPTIONS("{\"code\": 124, \"data\": \"10, 0161\"}, {\"code\": 124, \"data\": \"9, 0162\"}"), "124=0000000a0161 124=000000090162"},
    {"a container that is not listed is sent to whom its sub-options are",
     OPTIONS("{\"code\": 1, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"aa\", \"always-send\": true}"), "+43=0101aa"},
    {"one that is listed is sent as it says",
     OPTIONS("{\"code\": 43}, {\"code\": 1, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"aa\", \"always-send\": true}"), "43=0101aa"},
    {"sub-options 0 and 255",
     DEFS("{\"name\": \"z\", \"code\": 255, \"type\": \"uint8\", \"space\": \"vendor-encapsulated-options-space\"}",
          "{\"name\": \"z\", \"space\": \"vendor-encapsulated-options-space\", \"data\": \"7\"}, {\"code\": 0, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"01\"}"),
     "43=000101ff0107"},
    {"what the server says itself where nothing else is configured", OPTIONS("{\"name\": \"subnet-mask\", \"data\": \"255.0.0.0\"}, {\"code\": 52, \"data\": \"1\"}"), "1=ff000000 52=01"},
    {"nothing, in hex", OPTIONS("{\"code\": 230, \"csv-format\": false, \"data\": \"\"}"), "230="},
    {"Boolean words in capitals", OPTIONS("{\"name\": \"ip-forwarding\", \"data\": \"True\"}"), "19=01"},
    {"two levels",
     DEFS(BOX ", {\"name\": \"inner\", \"code\": 7, \"type\": \"empty\", \"space\": \"in\", \"encapsulate\": \"deep\"}",
          "{\"code\": 3, \"space\": \"deep\", \"data\": \"01\"}"),
     "230=0703030101"},
    {"a sub-option that is never sent",
     DEFS(BOX, "{\"code\": 1, \"space\": \"in\", \"data\": \"01\"}, {\"code\": 2, \"space\": \"in\", \"data\": \"02\", \"never-send\": true}"),
     "230=010101"},
    {"data of its own before the sub-options",
     DEFS("{\"name\": \"box\", \"code\": 230, \"type\": \"uint8\", \"encapsulate\": \"in\"}",
          "{\"name\": \"box\", \"data\": \"5\"}, {\"code\": 1, \"space\": \"in\", \"data\": \"aa\"}"),
     "230=050101aa"},
};

/* ---- DHCPv6 ---- */

#define AT6 "f:1: Dhcp6.option-data[0]: "
#define DEF_AT6 "f:1: Dhcp6.option-def[0]: "

static const ConfsRow errors6[] = {
    {"name misspelt", OPTIONS("{\"name\": \"dns-server\", \"data\": \"2001:db8::1\"}"),
     AT6 "no option \"dns-server\" in space dhcp6; did you mean \"dns-servers\"?"},
    {"a name of DHCPv4", OPTIONS("{\"name\": \"routers\", \"data\": \"192.0.2.1\"}"), AT6 "no option \"routers\" in space dhcp6; define it in option-def"},
    {"the space of DHCPv4", OPTIONS("{\"name\": \"routers\", \"space\": \"dhcp4\", \"data\": \"192.0.2.1\"}"),
     AT6 "no option \"routers\" in space dhcp4; define it in option-def"},
    {"code 65536", OPTIONS("{\"code\": 65536, \"data\": \"1\"}"), "f:1: Dhcp6.option-data[0].code: 65536 is not in the range 0 to 65535"},
    {"code 0", OPTIONS("{\"code\": 0, \"data\": \"1\"}"), AT6 "no option of space dhcp6 has the code 0"},
    {"no data", OPTIONS("{\"name\": \"sntp-servers\", \"csv-format\": false, \"data\": \"\"}"), AT6 "data is missing"},
    {"hex of a wrong length", OPTIONS("{\"name\": \"information-refresh-time\", \"csv-format\": false, \"data\": \"0102\"}"), AT6 "data is 2 bytes; option \"information-refresh-time\" has exactly 4"},
    {"V6-071: shorter than clients take it", OPTIONS("{\"name\": \"solmax-rt\", \"data\": \"59\"}"), AT6 "data: option \"solmax-rt\" is 60 to 86400 seconds, not 59"},
    {"V6-071: longer", OPTIONS("{\"name\": \"inf-max-rt\", \"csv-format\": false, \"data\": \"00015181\"}"),
     AT6 "data: option \"inf-max-rt\" is 60 to 86400 seconds, not 86401"},
    {"vendor options of nobody", OPTIONS("{\"name\": \"vendor-opts\"}"), AT6 "data is missing"},
    {"vendor options of half a number", OPTIONS("{\"name\": \"vendor-opts\", \"csv-format\": false, \"data\": \"0009\"}"),
     AT6 "data is 2 bytes; it begins with an enterprise number of 4"},
    {"what relays supply", OPTIONS("{\"code\": 65, \"space\": \"rsoo-opts\", \"data\": \"example.org\"}"),
     AT6 "option 66 \"rsoo\" is the relay's and cannot be configured"},
    {"standard option redefined", DEFS("{\"name\": \"x\", \"code\": 23, \"type\": \"string\"}", ""),
     DEF_AT6 "code 23 is the standard option \"dns-servers\" and cannot be redefined"},
    {"standard name redefined", DEFS("{\"name\": \"dns-servers\", \"code\": 1000, \"type\": \"string\"}", ""),
     DEF_AT6 "\"dns-servers\" is the standard option 23 and cannot be redefined"},
    {"in its own space", DEFS("{\"name\": \"x\", \"code\": 1000, \"type\": \"empty\", \"encapsulate\": \"dhcp6\"}", ""),
     DEF_AT6 "an option cannot hold options of its own space \"dhcp6\""},
};

#define HEX60 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b"
#define HEX300 HEX60 HEX60 HEX60 HEX60 HEX60
#define BOX6 "{\"name\": \"box\", \"code\": 1000, \"type\": \"empty\", \"encapsulate\": \"in\"}"

static const ConfsRow values6[] = {
    {"by name", OPTIONS("{\"name\": \"dns-servers\", \"data\": \"2001:db8::1\"}"), "23=20010db8000000000000000000000001"},
    {"names", OPTIONS("{\"name\": \"domain-search\", \"data\": \"a.b\"}"), "24=0161016200"},
    {"to everybody", OPTIONS("{\"name\": \"preference\", \"data\": \"255\", \"always-send\": true}"), "+7=ff"},
    {"without a definition", OPTIONS("{\"code\": 65535, \"data\": \"0a:0b\"}"), "65535=0a0b"},
    {"sorted by code", OPTIONS("{\"code\": 1000, \"data\": \"01\"}, {\"code\": 82, \"data\": \"60\"}"), "82=0000003c 1000=01"},
    {"a tuple has a length of two bytes", DEFS("{\"name\": \"x\", \"code\": 1000, \"type\": \"tuple\"}", "{\"name\": \"x\", \"data\": \"ab\"}"), "1000=00026162"},
    {"NTP with its container", OPTIONS("{\"name\": \"ntp-server\"}, {\"code\": 3, \"space\": \"v6-ntp-server-suboptions\", \"data\": \"a.b\"}"), "56=000300050161016200"},
    {"NTP without it", OPTIONS("{\"code\": 3, \"space\": \"v6-ntp-server-suboptions\", \"data\": \"a.b\"}"), "56=000300050161016200"},
    {"an enterprise is told to who names it, not by a container", OPTIONS("{\"name\": \"tftp-servers\", \"space\": \"vendor-4491\", \"data\": \"2001:db8::1\"}"), ""},
    {"an enterprise alone", OPTIONS("{\"name\": \"vendor-opts\", \"data\": \"4491\"}"), "17=0000118b"},
    {"two enterprises, in the order of the list",
     OPTIONS("{\"code\": 17, \"csv-format\": false, \"data\": \"0000000a00070000\"}, {\"code\": 17, \"data\": \"9\", \"always-send\": true}, {\"code\": 300, \"space\": \"vendor-9\", \"data\": \"aa\"}"),
     "17=0000000a00070000 +17=00000009"},
    {"two vendor classes", OPTIONS("{\"code\": 16, \"data\": \"10, 000161\"}, {\"code\": 16, \"data\": \"9, 000162\"}"), "16=0000000a000161 16=00000009000162"},
    {"a rule of MAP-E",
     OPTIONS("{\"name\": \"s46-cont-mape\"}, {\"name\": \"s46-rule\", \"space\": \"s46-cont-mape-options\", \"data\": \"128, 3, 24, 192.0.2.0, 2001:db8::/32\"},"
             "{\"name\": \"s46-portparams\", \"space\": \"s46-rule-options\", \"data\": \"2, 3/4\"}"),
     "94=00590014800318c00002002020010db8005d000402043000"},
    {"an option of one's own holds others", DEFS(BOX6, "{\"code\": 70, \"space\": \"in\", \"data\": \"01\"}"), "1000=0046000101"},
    {"more than a byte can count", DEFS(BOX6, "{\"code\": 1, \"space\": \"in\", \"csv-format\": false, \"data\": \"" HEX300 "\"}"), "1000=0001012c" HEX300},
};
/* clang-format on */

static void test_errors(void)
{
    confs_check(errors, G_N_ELEMENTS(errors), confs_read, false);
}

static void test_errors6(void)
{
    confs_check(errors6, G_N_ELEMENTS(errors6), confs_read6, false);
}

/* Bytes that do not fit are wire's to describe; that the description arrives is ours. */
static void test_bad_data(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(OPTIONS("{\"name\": \"routers\", \"data\": \"x\"}"), &text);

    CHECK(conf == NULL);
    CHECK_HAS(text, AT "data: ");
    CHECK_HAS(text, "\"x\"");
}

static void show(const BerthOptList *list, GString *to)
{
    for (size_t i = 0; i < list->n_own; i++) {
        const BerthOptData *data = &list->own[i];
        char hex[700];

        g_string_append_printf(to, "%s%s%u=%s", to->len > 0 ? " " : "",
                               data->always_send ? "+" : "", data->code,
                               berth_hex_text(data->value, 0, hex, sizeof(hex)));
    }
}

static void check_values(const ConfsRow *rows, size_t n, int family)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = NULL;
        BerthConf *conf =
            family == 6 ? confs_read6(rows[i].body, &text) : confs_read(rows[i].body, &text);
        g_autoptr(GString) shown = g_string_new(NULL);

        berth_row("%s", rows[i].name);
        CHECK_TEXT(text, "");
        if (!conf)
            continue;
        show(&berth_conf_family(conf, family)->options, shown);
        CHECK_TEXT(shown->str, rows[i].want);
        berth_conf_unref(conf);
    }
}

static void test_values(void)
{
    check_values(values, G_N_ELEMENTS(values), 4);
}

static void test_values6(void)
{
    check_values(values6, G_N_ELEMENTS(values6), 6);
}

#define SURPLUS(name)                                  \
    "data: empty fields and those that option \"" name \
    "\" has no place for are not sent; a comma inside a field is written \"\\\\,\""

/* What is accepted as Kea accepts it, saying so. `want`: the values, then the warning. */
static const ConfsRow warnings[] = {
    {"the server's own", OPTIONS("{\"code\": 53, \"data\": \"1\"}"),
     "53=01|" AT "option 53 \"dhcp-message-type\" is the server's own; this one is never sent"},
    {"twice: the last one counts",
     OPTIONS("{\"code\": 3, \"data\": \"192.0.2.1\"}, {\"name\": \"routers\", \"data\": "
             "\"192.0.2.2\"}"),
     "3=c0000202|f:1: Dhcp4.option-data[1]: option 3 of space dhcp4 stands in this list twice; the "
     "last one counts"},
    {"twice for one class",
     OPTIONS("{\"code\": 3, \"data\": \"192.0.2.1\", \"client-classes\": [\"a\"]}, {\"code\": 3, "
             "\"data\": \"192.0.2.2\", \"client-classes\": [\"a\"]}"),
     "3=c0000202|f:1: Dhcp4.option-data[1]: option 3 of space dhcp4 stands in this list twice; the "
     "last one counts"},
    {"an enterprise twice",
     OPTIONS("{\"code\": 125, \"data\": \"9\"}, {\"code\": 125, \"data\": \"9\"}"),
     "125=0000000900|f:1: Dhcp4.option-data[1]: option 125 of space dhcp4 stands in this list "
     "twice; the last one counts"},
    {"a space that nothing holds",
     OPTIONS("{\"code\": 1, \"space\": \"mine\", \"csv-format\": false, \"data\": \"01\"}"),
     "|" AT "no option holds options of space mine, so it is never sent; define one in option-def "
     "with encapsulate \"mine\""},
    {"a container with data of its own",
     DEFS("{\"name\": \"box\", \"code\": 230, \"type\": \"uint8\", \"encapsulate\": \"in\"}",
          "{\"code\": 1, \"space\": \"in\", \"csv-format\": false, \"data\": \"01\"}"),
     "|" AT "the option that holds it, \"box\", has data of its own; it is not sent until that is "
     "listed, too"},
    {"more fields than the option has", OPTIONS("{\"name\": \"domain-name\", \"data\": \"a, b\"}"),
     "15=61|" AT SURPLUS("domain-name")},
    {"more fields than a record has",
     DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"record\", \"record-types\": \"uint8, "
          "string\"}",
          "{\"name\": \"x\", \"data\": \"1, a\\\\,b, c\"}"),
     "230=01612c62|" AT SURPLUS("x")},
    {"empty fields", OPTIONS("{\"name\": \"routers\", \"data\": \"192.0.2.1,, 192.0.2.2,\"}"),
     "3=c0000201c0000202|" AT SURPLUS("routers")},
    {"more bytes than the option has",
     OPTIONS("{\"name\": \"boot-size\", \"csv-format\": false, \"data\": \"010203\"}"),
     "13=0102|" AT "data is 3 bytes; option \"boot-size\" has exactly 2, and only these are sent"},
};

static void test_warnings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(warnings); i++) {
        g_autofree char *text = NULL;
        BerthConf *conf = confs_read(warnings[i].body, &text);
        g_autoptr(GString) shown = g_string_new(NULL);

        berth_row("%s", warnings[i].name);
        if (!CHECK(conf != NULL))
            continue;
        show(&conf->v4.options, shown);
        g_string_append_printf(shown, "|%s", text);
        CHECK_TEXT(shown->str, warnings[i].want);
        berth_conf_unref(conf);
    }
}

/* The options of one enterprise, over the scopes: the innermost value, and what any of them says.
 */
static void test_vendors(void)
{
    static const char body[] =
        "\"option-data\": [{\"code\": 2, \"space\": \"vendor-9\", \"data\": \"a0\", "
        "\"always-send\": "
        "true}, {\"code\": 1, \"space\": \"vendor-9\", \"data\": \"a1\"}, {\"code\": 1, \"space\": "
        "\"vendor-10\", \"data\": \"a2\"}, {\"code\": 125, \"data\": \"7\"}], " CONFS_NET(
            "{\"subnet\": \"192.0.2.0/24\", \"option-data\": [{\"code\": 2, \"space\": "
            "\"vendor-9\", "
            "\"data\": \"b0\"}, {\"code\": 1, \"space\": \"vendor-9\", \"never-send\": true}, "
            "{\"code\": 125, \"data\": \"8\"}]}");
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(body, &text);
    BerthVendorOption found[BERTH_VENDOR_OPTIONS_MAX];
    const BerthOptData *each[4];

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    const BerthScope scope = {.family = &conf->v4, .subnet = &conf->v4.subnets[0]};

    CHECK(berth_conf_has_vendor_options(&scope));
    CHECK_INT(berth_conf_vendor_options(&scope, 11, found), 0);
    if (CHECK_INT(berth_conf_vendor_options(&scope, 9, found), 2)) {
        CHECK_INT(found[0].data->code, 1);
        CHECK(found[0].never && !found[0].always);
        CHECK_INT(found[1].data->value.data[0], 0xb0);
        CHECK(found[1].always && !found[1].never);
    }
    if (CHECK_INT(berth_conf_option_each(&scope, 125, each, G_N_ELEMENTS(each)), 2)) {
        CHECK_INT(each[0]->enterprise, 8);
        CHECK_INT(each[1]->enterprise, 7);
    }
    CHECK_INT(berth_conf_option_each(&scope, 125, each, 1), 1);
    CHECK_INT(berth_conf_option_each(&scope, 124, each, G_N_ELEMENTS(each)), 0);
    berth_conf_unref(conf);
}

static void test_too_long(void)
{
    g_autofree char *hex = g_strnfill(2 * 256, 'a');
    g_autofree char *sub = g_strdup_printf(
        OPTIONS(
            "{\"code\": 1, \"space\": \"vendor-encapsulated-options-space\", \"data\": \"%s\"}"),
        hex);
    g_autofree char *vendor =
        g_strdup_printf(OPTIONS("{\"code\": 1, \"space\": \"vendor-9\", \"data\": \"%s\"}"), hex);
    g_autofree char *plain = g_strdup_printf(OPTIONS("{\"code\": 230, \"data\": \"%s\"}"), hex);
    g_autofree char *text = NULL, *text2 = NULL;
    BerthConf *conf;

    CHECK(confs_read(vendor, &text) == NULL);
    CHECK_TEXT(text, AT "a vendor's option holds at most 255 bytes, this one has 256");
    g_clear_pointer(&text, g_free);
    conf = confs_read(sub, &text);
    if (CHECK(conf != NULL))
        CHECK_INT(conf->v4.options.at[0].value.len, 2 + 251 + 2 + 5);
    berth_conf_unref(conf);
    conf = confs_read(plain, &text2);
    if (CHECK(conf != NULL))
        CHECK_INT(conf->v4.options.at[0].value.len, 256);
    berth_conf_unref(conf);
}

/* HI-094: as much as a file may hold. */
static void test_hostile_data(void)
{
    g_autoptr(GString) fields = g_string_new("192.0.2.1");
    g_autofree char *label = g_strnfill(63, 'a');
    g_autofree char *name = g_strdup_printf("%s.%s.%s.%s.a", label, label, label, label);
    g_autofree char *hex = g_strnfill(2 * 70000, 'a');
    g_autofree char *text = NULL, *text2 = NULL, *text3 = NULL;

    for (int i = 0; i < 100000; i++)
        g_string_append(fields, ",192.0.2.1");
    g_autofree char *many =
        g_strdup_printf(OPTIONS("{\"name\": \"routers\", \"data\": \"%s\"}"), fields->str);
    g_autofree char *long_name =
        g_strdup_printf(OPTIONS("{\"name\": \"domain-search\", \"data\": \"%s\"}"), name);
    g_autofree char *long_hex = g_strdup_printf(OPTIONS("{\"code\": 230, \"data\": \"%s\"}"), hex);

    CHECK(confs_read(many, &text) == NULL);
    CHECK_HAS(text, "longer than 65535 bytes");
    CHECK(confs_read(long_name, &text2) == NULL);
    CHECK_HAS(text2, "is not a domain name of labels of 1..63 characters, 255 in all");
    CHECK(confs_read(long_hex, &text3) == NULL);
    CHECK_HAS(text3, "longer than 65535 bytes");
}

/* ---- scopes ---- */

static const char scopes_conf[] =
    "\"option-data\": [{\"code\": 3, \"data\": \"192.0.2.1\"}, {\"code\": 6, \"data\": "
    "\"192.0.2.1\", \"always-send\": true}, {\"code\": 42, \"data\": \"192.0.2.1\", "
    "\"never-send\": "
    "true, \"always-send\": true}, {\"code\": 4, \"data\": \"192.0.2.1\"}], " CONFS_NET(
        "{\"subnet\": \"192.0.2.0/24\", \"option-data\": [{\"code\": 3, \"data\": \"192.0.2.2\"}, "
        "{\"code\": 6, \"data\": \"192.0.2.2\"}, {\"code\": 42, \"data\": \"192.0.2.2\"}], "
        "\"pools\": [{\"pool\": \"192.0.2.0/28\", \"option-data\": [{\"code\": 3, \"data\": "
        "\"192.0.2.3\"}, {\"code\": 4, \"never-send\": true}, {\"code\": 7, \"data\": "
        "\"192.0.2.3\", \"always-send\": true}]}]}");

static void test_scopes(void)
{
    static const struct {
        uint16_t code;
        int global, subnet, pool; /* last byte of what is sent, 0: nothing */
    } rows[] = {{3, 1, 2, 3}, {6, 1, 2, 2}, {42, 0, 0, 0},
                {4, 1, 1, 0}, {7, 0, 0, 3}, {5, 0, 0, 0}};
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(scopes_conf, &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthSubnet *subnet = &conf->v4.subnets[0];
        const BerthScope outer = {.family = &conf->v4};
        const BerthScope middle = {.family = &conf->v4, .subnet = subnet};
        const BerthScope innermost = {
            .family = &conf->v4, .subnet = subnet, .pools = {subnet->pools}};
        const BerthOptData *global = berth_conf_option(&outer, rows[i].code);
        const BerthOptData *inner = berth_conf_option(&middle, rows[i].code);
        const BerthOptData *pool = berth_conf_option(&innermost, rows[i].code);

        berth_row("%u", rows[i].code);
        CHECK_INT(global ? global->value.data[3] : 0, rows[i].global);
        CHECK_INT(inner ? inner->value.data[3] : 0, rows[i].subnet);
        CHECK_INT(pool ? pool->value.data[3] : 0, rows[i].pool);
    }
    berth_conf_unref(conf);
}

/* The pools of all leases of a client, in its order: here one of addresses and one of prefixes. */
static void test_pools6(void)
{
    static const char body[] = CONFS_NET6(
        "{\"subnet\": \"2001:db8::/64\", \"option-data\": [{\"code\": 7, \"data\": \"3\"}, "
        "{\"code\": 1003, \"data\": \"03\"}], \"pools\": [{\"pool\": \"2001:db8::/80\", "
        "\"option-data\": [{\"code\": 7, \"data\": \"1\"}, {\"code\": 1001, \"data\": \"01\", "
        "\"always-send\": true}]}], \"pd-pools\": [{\"prefix\": \"2001:db8:1::\", "
        "\"prefix-len\": 48, \"delegated-len\": 56, \"option-data\": [{\"code\": 7, \"data\": "
        "\"2\", \"always-send\": true}, {\"code\": 1002, \"data\": \"02\"}, {\"code\": 1003, "
        "\"never-send\": true}]}]}");
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(body, &text);
    const BerthSubnet *subnet;
    uint16_t codes[4];

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    subnet = conf->v6.subnets;
    const BerthScope both = {&conf->v6, subnet, {subnet->pools, subnet->pd_pools}};
    const BerthScope prefix = {&conf->v6, subnet, {subnet->pd_pools}};

    CHECK_INT(berth_conf_option(&both, 7)->value.data[0], 1);
    CHECK_INT(berth_conf_option(&prefix, 7)->value.data[0], 2);
    CHECK(berth_conf_option(&both, 1001) && berth_conf_option(&both, 1002));
    CHECK(!berth_conf_option(&prefix, 1001));
    CHECK(!berth_conf_option(&both, 1003));
    CHECK_INT(berth_conf_always_sent(&both, codes, G_N_ELEMENTS(codes)), 2);
    CHECK_INT(codes[0], 1001);
    CHECK_INT(codes[1], 7);
    berth_conf_unref(conf);
}

static void test_always(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(scopes_conf, &text);
    uint16_t codes[4];

    if (!CHECK(conf != NULL))
        return;
    const BerthSubnet *subnet = &conf->v4.subnets[0];
    const BerthScope outer = {.family = &conf->v4};
    const BerthScope inner = {.family = &conf->v4, .subnet = subnet, .pools = {subnet->pools}};

    CHECK_INT(berth_conf_always_sent(&outer, codes, G_N_ELEMENTS(codes)), 1);
    CHECK_INT(codes[0], 6);
    CHECK_INT(berth_conf_always_sent(&inner, codes, 1), 1);
    CHECK_INT(berth_conf_always_sent(&inner, codes, G_N_ELEMENTS(codes)), 2);
    CHECK_INT(codes[0], 7);
    CHECK_INT(codes[1], 6);
    berth_conf_unref(conf);
}

static void test_definitions(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf =
        confs_read(DEFS("{\"name\": \"x\", \"code\": 230, \"type\": \"uint8\"}, {\"name\": \"b\", "
                        "\"code\": 2, \"type\": \"fqdn\", \"space\": \"a\"}",
                        ""),
                   &text);
    const BerthOptDef *def;

    if (!CHECK(conf != NULL))
        return;
    def = berth_conf_optdef(&conf->v4, "dhcp4", 230);
    CHECK(def && strcmp(def->name, "x") == 0);
    CHECK(berth_conf_optdef_name(&conf->v4, "a", "b") == berth_conf_optdef(&conf->v4, "a", 2));
    def = berth_conf_optdef_name(&conf->v4, "dhcp4", "routers");
    CHECK(def && def->code == 3);
    CHECK(berth_conf_optdef(&conf->v4, "dhcp4", 231) == NULL);
    CHECK(berth_conf_optdef_name(&conf->v4, "dhcp4", "b") == NULL);
    berth_conf_unref(conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"errors", test_errors},
        {"errors6", test_errors6},
        {"bad_data", test_bad_data},
        {"values", test_values},
        {"values6", test_values6},
        {"warnings", test_warnings},
        {"hostile_data", test_hostile_data},
        {"vendors", test_vendors},
        {"too_long", test_too_long},
        {"scopes", test_scopes},
        {"pools6", test_pools6},
        {"always", test_always},
        {"definitions", test_definitions},
        {0},
    };

    return berth_tests_main("optdata", tests, argc, argv);
}
