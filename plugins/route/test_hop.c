/* test_hop - what a lease's user-context says of the next hop, and what else is in it. */
#include "hop.h"
#include "tests/lib/rows.h"

#define A "{ \"via\": \"fe80::1\", \"interface\": \"eth0\" }"

static void test_read(void)
{
    static const struct {
        const char *name, *context, *via, *interface; /* via NULL: nothing */
    } rows[] = {
        {"none", "", NULL, NULL},
        {"empty", "{}", NULL, NULL},
        {"alone", "{ \"berth-route\": " A " }", "fe80::1", "eth0"},
        {"without spaces", "{\"berth-route\":{\"via\":\"fe80::1\",\"interface\":\"e\"}}", "fe80::1",
         "e"},
        {"without interface", "{\"berth-route\":{\"via\":\"2001:db8::1\"}}", "2001:db8::1", ""},
        {"first", "{ \"berth-route\": " A ", \"ISC\": { \"a\": [1, 2] } }", "fe80::1", "eth0"},
        {"last", "{ \"ISC\": { \"a\": [1, {\"b\": \"}\"}] }, \"berth-route\": " A " }", "fe80::1",
         "eth0"},
        {"after plain values", "{\"a\":1,\"b\":-2.5e3,\"c\":true,\"d\":null,\"berth-route\":" A "}",
         "fe80::1", "eth0"},
        {"after a quote in a string", "{\"a\\\"b\":\"c\\\\\",\"berth-route\":" A "}", "fe80::1",
         "eth0"},
        {"deeper: not ours", "{ \"x\": { \"berth-route\": " A " } }", NULL, NULL},
        {"in a string: not ours", "{ \"x\": \"\\\"berth-route\\\": 1\" }", NULL, NULL},
        {"an IPv4 address", "{\"berth-route\":{\"via\":\"192.0.2.1\"}}", NULL, NULL},
        {"no address", "{\"berth-route\":{\"via\":\"fe80\"}}", NULL, NULL},
        {"no via", "{\"berth-route\":{\"interface\":\"eth0\"}}", NULL, NULL},
        {"no map", "{\"berth-route\":\"fe80::1\"}", NULL, NULL},
        {"an interface that is too long",
         "{\"berth-route\":{\"via\":\"fe80::1\",\"interface\":\"0123456789abcdef\"}}", "fe80::1",
         ""},
        {"a list", "[ \"berth-route\" ]", NULL, NULL},
        {"cut off", "{ \"berth-route\": { \"via\": \"fe80::1", NULL, NULL},
        {"cut off in an escape", "{ \"a\\", NULL, NULL},
        {"cut off behind a name", "{ \"berth-route\"", NULL, NULL},
        {"closed too often", "{ \"a\": ] } }", NULL, NULL},
        {"no JSON", "hello", NULL, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char text[BERTH_ADDR_TEXT];
        Hop hop = {.interface = "?"};

        berth_row("%s", rows[i].name);
        if (!CHECK_INT(hop_read(berth_bytes(rows[i].context), &hop), rows[i].via != NULL) ||
            !rows[i].via)
            continue;
        CHECK_TEXT(berth_addr_text(hop.via, text), rows[i].via);
        CHECK_TEXT(hop.interface, rows[i].interface);
    }
}

static void test_write(void)
{
    static const struct {
        const char *name, *context, *via, *interface, *want;
    } rows[] = {
        {"none", "", "fe80::1", "eth0", "{ \"berth-route\": " A " }"},
        {"empty", "{ }", "fe80::1", "eth0", "{ \"berth-route\": " A " }"},
        {"without interface", "", "2001:db8::1", "",
         "{ \"berth-route\": { \"via\": \"2001:db8::1\" } }"},
        {"beside another's", "{ \"ISC\": { \"a\": [ 1 ] } }", "fe80::1", "eth0",
         "{ \"berth-route\": " A ", \"ISC\": { \"a\": [ 1 ] } }"},
        {"in place of ours, alone", "{ \"berth-route\": { \"via\": \"fe80::9\" } }", "fe80::1",
         "eth0", "{ \"berth-route\": " A " }"},
        {"in place of ours, first", "{ \"berth-route\": { \"via\": \"fe80::9\" }, \"x\": 1 }",
         "fe80::1", "eth0", "{ \"berth-route\": " A ", \"x\": 1 }"},
        {"in place of ours, between", "{ \"w\": 0, \"berth-route\": 7, \"x\": 1 }", "fe80::1",
         "eth0", "{ \"berth-route\": " A ", \"w\": 0, \"x\": 1 }"},
        {"in place of ours, last", "{ \"x\": 1, \"berth-route\": { \"via\": \"fe80::9\" } }",
         "fe80::1", "eth0", "{ \"berth-route\": " A ", \"x\": 1}"},
        {"a list", "[ 1 ]", "fe80::1", "eth0", NULL},
        {"cut off", "{ \"a\": ", "fe80::1", "eth0", NULL},
        {"a strange interface", "", "fe80::1", "a\"b", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Hop hop = {.interface = ""}, again;
        g_autofree char *got = NULL;

        berth_row("%s", rows[i].name);
        CHECK_INT(berth_addr_parse(rows[i].via, &hop.via), 0);
        g_strlcpy(hop.interface, rows[i].interface, sizeof(hop.interface));
        got = hop_write(berth_bytes(rows[i].context), &hop);
        CHECK_TEXT(got, rows[i].want);
        if (got)
            CHECK(hop_read(berth_bytes(got), &again) && hop_equal(&hop, &again));
    }
}

/* No part of a context, nor one with any byte changed, is read beyond its end. */
static void test_damage(void)
{
    static const char context[] =
        "{ \"x\": [ 1, \"\\\"\" ], \"berth-route\": " A ", \"y\": { \"z\": null } }";
    Hop hop = {.interface = "eth0"};

    for (size_t len = 0; len < sizeof(context); len++) {
        for (unsigned byte = 0; byte < 256; byte += 1) {
            g_autofree uint8_t *copy = g_memdup2(context, len ? len : 1);
            BerthBytes bytes = {copy, len};

            if (len > 0)
                copy[(len * 7 + byte) % len] = (uint8_t)byte;
            hop_read(bytes, &hop);
            g_free(hop_write(bytes, &hop));
        }
    }
    berth_row("as it was");
    CHECK(hop_read(berth_bytes(context), &hop));
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"read", test_read},
        {"write", test_write},
        {"damage", test_damage},
        {0},
    };

    return berth_tests_main("route_hop", tests, argc, argv);
}
