/* Addresses as text, as numbers and in prefixes. */
#include "core/base/addr.h"
#include "tests/lib/rows.h"

#include <arpa/inet.h>
#include <errno.h>

static void test_parse(void)
{
    static const struct {
        const char *text, *want;
        int r;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", 0},
        {"0.0.0.0", "0.0.0.0", 0},
        {"255.255.255.255", "255.255.255.255", 0},
        {"2001:db8::1", "2001:db8::1", 0},
        {"::", "::", 0},
        {"2001:DB8:0:0:0:0:0:2", "2001:db8::2", 0},
        {"", NULL, -EINVAL},
        {"192.0.2", NULL, -EINVAL},
        {"192.0.2.256", NULL, -EINVAL},
        {"192.0.2.1 ", NULL, -EINVAL},
        {"192.0.02.1", NULL, -EINVAL},
        {"::ffff:192.0.2.1", NULL, -EINVAL},
        {"2001:db8::1%eth0", NULL, -EINVAL},
        {"localhost", NULL, -EINVAL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthAddr a = berth_addr4(0x01020304);
        char text[BERTH_ADDR_TEXT];

        berth_row("%s", rows[i].text);
        CHECK_INT(berth_addr_parse(rows[i].text, &a), rows[i].r);
        CHECK_TEXT(berth_addr_text(a, text), rows[i].want ? rows[i].want : "1.2.3.4");
    }
}

static BerthAddr addr(const char *text)
{
    BerthAddr a = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &a), 0);
    return a;
}

static void test_number(void)
{
    static const char *const texts[] = {"0.0.0.0", "192.0.2.1", "::", "2001:db8::ffff", "ff02::1"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        BerthAddr a = addr(texts[i]);

        berth_row("%s", texts[i]);
        CHECK(berth_addr_equal(berth_addr_from_number(berth_addr_to_number(a)), a));
    }
    berth_row("order and steps");
    CHECK(berth_addr_equal(berth_addr_from_number(berth_addr_to_number(addr("10.0.0.255")) + 1),
                           addr("10.0.1.0")));
    CHECK(berth_addr_compare(addr("10.0.0.9"), addr("10.0.0.10")) < 0);
    CHECK(berth_addr_compare(addr("10.0.0.10"), addr("10.0.0.9")) > 0);
    CHECK_INT(berth_addr_compare(addr("fe80::1"), addr("fe80::1")), 0);
    CHECK_INT(berth_addr_to4(addr("192.0.2.1")), 0xc0000201);
    CHECK(berth_addr_is4(addr("0.0.0.0")) && !berth_addr_is4(addr("::")));
    CHECK(berth_addr_is_any(addr("0.0.0.0")) && berth_addr_is_any(addr("::")));
    CHECK(!berth_addr_is_any(addr("0.0.0.1")) && !berth_addr_is_any(addr("::1")));
    CHECK(berth_addr_equal(berth_addr_from_in(berth_addr_to_in(addr("192.0.2.7"))),
                           addr("192.0.2.7")));
    CHECK(berth_addr_equal(berth_addr_from_in6(&(struct in6_addr)IN6ADDR_LOOPBACK_INIT),
                           addr("::1")));
}

static void test_prefix(void)
{
    static const struct {
        const char *text, *first, *last;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0", "192.0.2.255"},
        {"192.0.2.77/25", "192.0.2.0", "192.0.2.127"},
        {"192.0.2.77/32", "192.0.2.77", "192.0.2.77"},
        {"192.0.2.77/0", "0.0.0.0", "255.255.255.255"},
        {"2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"2001:db8::5/127", "2001:db8::4", "2001:db8::5"},
        {"2001:db8::/128", "2001:db8::", "2001:db8::"},
        {"2001:db8::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"192.0.2.0", NULL, NULL},
        {"192.0.2.0/", NULL, NULL},
        {"192.0.2.0/33", NULL, NULL},
        {"192.0.2.0/-1", NULL, NULL},
        {"192.0.2.0/ 8", NULL, NULL},
        {"192.0.2.0/8x", NULL, NULL},
        {"192.0.2.0/0008", NULL, NULL},
        {"2001:db8::/129", NULL, NULL},
        {"/24", NULL, NULL},
        {"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/64", NULL, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char text[BERTH_ADDR_TEXT];
        uint8_t len = 255;
        BerthAddr a;

        berth_row("%s", rows[i].text);
        if (!CHECK_INT(berth_prefix_parse(rows[i].text, &a, &len), rows[i].first ? 0 : -EINVAL) ||
            !rows[i].first)
            continue;
        CHECK_TEXT(berth_addr_text(berth_prefix_first(a, len), text), rows[i].first);
        CHECK_TEXT(berth_addr_text(berth_prefix_last(a, len), text), rows[i].last);
        CHECK(berth_prefix_contains(a, len, addr(rows[i].last)));
    }
    berth_row("outside");
    CHECK(!berth_prefix_contains(addr("192.0.2.0"), 24, addr("192.0.3.0")));
    CHECK(!berth_prefix_contains(addr("0.0.0.0"), 0, addr("2001:db8::1")));
    CHECK(!berth_prefix_contains(addr("::"), 0, addr("192.0.2.1")));
}

/* As inet_ntop() writes them, whatever groups are zero. */
static void test_text6(void)
{
    static const uint16_t groups[] = {0, 0, 0, 1, 0x10, 0xabc, 0xffff, 0x1000};
    uint32_t random = 1, wrong = 0;

    for (int n = 0; n < 20000 && wrong < 3; n++) {
        char text[BERTH_ADDR_TEXT], want[BERTH_ADDR_TEXT];
        BerthAddr addr;

        for (size_t i = 0; i < 16; i += 2) {
            uint16_t group = groups[(random = random * 1664525 + 1013904223) >> 29];

            addr.b[i] = (uint8_t)(group >> 8);
            addr.b[i + 1] = (uint8_t)group;
        }
        if (berth_addr_is4(addr))
            continue;
        inet_ntop(AF_INET6, addr.b, want, sizeof(want));
        berth_row("%s", want);
        wrong += !CHECK_TEXT(berth_addr_text(addr, text), want);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"parse", test_parse},
        {"number", test_number},
        {"prefix", test_prefix},
        {"text of IPv6", test_text6},
        {0},
    };

    return berth_tests_main("addr", tests, argc, argv);
}
