/* Bytes as hex text, client bytes made harmless, time as people read it. */
#include "tests/lib/rows.h"

#include <berth/plugin.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void test_hex_parse(void)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
        int r;
    } rows[] = {
        {"", "", 0},
        {"0x", "", 0},
        {"aabbcc", "aabbcc", 3},
        {"0xAABBcc", "aabbcc", 3},
        {"aa:bb:cc", "aabbcc", 3},
        {"aa bb cc", "aabbcc", 3},
        {"aa-bb-cc", "aabbcc", 3},
        {"a:b", "0a0b", 2},
        {"1:02:3", "010203", 3},
        {"abc", "0abc", 2},
        {"f", "0f", 1},
        {"0x1:2", "0102", 2},
        {"00112233445566778899", NULL, -ENOSPC},
        {"0:1:2:3:4:5:6:7:8", NULL, -ENOSPC},
        {"aa:", NULL, -EINVAL},
        {":aa", NULL, -EINVAL},
        {"aa::bb", NULL, -EINVAL},
        {"aa:bb-cc", NULL, -EINVAL},
        {"aaa:bb", NULL, -EINVAL},
        {"aa:bbb", NULL, -EINVAL},
        {"ag", NULL, -EINVAL},
        {"aa.bb", NULL, -EINVAL},
        {"aa\n", NULL, -EINVAL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t bytes[8];
        char text[32];
        int r = berth_hex_parse(rows[i].text, bytes, sizeof(bytes));

        berth_row("%s", rows[i].text);
        if (CHECK_INT(r, rows[i].r) && r >= 0)
            CHECK_TEXT(berth_hex_text((BerthBytes){bytes, (size_t)r}, 0, text, sizeof(text)),
                       rows[i].want);
    }
}

static void test_hex_text(void)
{
    static const struct {
        size_t size;
        char separator;
        const char *want;
    } rows[] = {
        {1, 0, ""},        {2, 0, ""},
        {3, 0, "aa"},      {4, 0, "aa"},
        {5, ':', "aa"},    {6, ':', "aa:0b"},
        {8, ':', "aa:0b"}, {9, ':', "aa:0b:cc"},
        {9, 0, "aa0bcc"},  {64, '-', "aa-0b-cc"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *buffer = g_malloc(rows[i].size);
        BerthBytes bytes = {(const uint8_t *)"\xaa\x0b\xcc", 3};

        berth_row("size %zu", rows[i].size);
        CHECK_TEXT(berth_hex_text(bytes, rows[i].separator, buffer, rows[i].size), rows[i].want);
    }
}

static void test_escape(void)
{
    static const struct {
        const char *bytes, *want;
        size_t size;
    } rows[] = {
        {"host-1", "host-1", 64},
        {"a b~", "a b~", 64},
        {"a\nb", "a\\x0ab", 64},
        {"\x1b[2J", "\\x1b[2J", 64},
        {"\xc3\xa9", "\\xc3\\xa9", 64},
        {"a\\x41", "a\\x5cx41", 64},
        {"\x7f", "\\x7f", 64},
        {"abcdef", "abc", 4},
        {"a\nb", "a", 5},
        {"a\nb", "a\\x0a", 6},
        {"abc", "", 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *buffer = g_malloc(rows[i].size);

        berth_row("%s", rows[i].want);
        CHECK_TEXT(berth_escape(berth_bytes(rows[i].bytes), buffer, rows[i].size), rows[i].want);
    }
    berth_row("a zero byte");
    char buffer[16];
    CHECK_TEXT(berth_escape((BerthBytes){(const uint8_t *)"a\0b", 3}, buffer, sizeof(buffer)),
               "a\\x00b");
}

static void test_time(void)
{
    static const struct {
        int64_t usec;
        const char *want;
    } rows[] = {
        {0, "1970-01-01 00:00:00.000000"},
        {1700000000123456, "2023-11-14 22:13:20.123456"},
        {-1, "1969-12-31 23:59:59.999999"},
        {4102444800000000, "2100-01-01 00:00:00.000000"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char text[BERTH_TIME_TEXT];

        berth_row("%s", rows[i].want);
        CHECK_TEXT(berth_time_text(rows[i].usec, text), rows[i].want);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"hex_parse", test_hex_parse},
        {"hex_text", test_hex_text},
        {"escape", test_escape},
        {"time", test_time},
        {0},
    };

    g_setenv("TZ", "UTC", TRUE);
    tzset();
    return berth_tests_main("text", tests, argc, argv);
}
