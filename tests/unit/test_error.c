/* Errors carry text and code; client bytes come out harmless. */
#include "tests/lib/rows.h"

#include <berth/plugin.h>
#include <errno.h>

static void test_fail(void)
{
    g_autoptr(GError) error = NULL;

    CHECK_INT(berth_fail(&error, -EINVAL, "%s:%d: wrong", "berth.conf", 7), -EINVAL);
    CHECK(g_error_matches(error, BERTH_ERROR_DOMAIN, -EINVAL));
    CHECK_TEXT(error->message, "berth.conf:7: wrong");
    CHECK_INT(berth_fail(NULL, -EIO, "nobody asks"), -EIO);
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

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"fail", test_fail}, {"escape", test_escape}, {0}};

    return berth_tests_main("error", tests, argc, argv);
}
