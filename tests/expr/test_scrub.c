/* test_scrub - patterns and replacements of hostname-char-set. What std::regex of libstdc++ makes
 * of them (std::regex::extended, regex_replace) stands in the rows. */
#include "core/expr/scrub.h"
#include "tests/lib/rows.h"

#define NAME_SIZE 255

typedef struct Row {
    const char *name, *pattern, *replacement, *text, *expected;
} Row;

/* clang-format off */
static const Row rows[] = {
    {"a set", "[^a-z]", "x", "ab9-c", "abxxc"},
    {"a run", "[^a-z]+", "x", "ab9-c-", "abxcx"},
    {"nothing in its place", "[^A-Za-z0-9.-]", "", "my_lap top.org", "mylaptop.org"},
    {"nothing to replace", "[^a-z]", "x", "abc", "abc"},
    {"an empty text", "[^a-z]", "x", "", ""},
    {"in a set a backslash is one", "[\\d]", "x", "abcd\\9", "abcxx9"},
    {"and ends nothing", "[a\\]b]", "x", "\\b]ab]a", "xxa"},
    {"a bracket that comes first", "[]a]", "x", "a]b", "xxb"},
    {"and in its complement", "[^]a]", "x", "a]b", "a]x"},
    {"an opening bracket", "[a[b]", "x", "a[b]", "xxx]"},
    {"a minus first, last", "[-a]b[c-]", "x", "-b-abca-b", "xxa-b"},
    {"a caret that is not first", "[a^]", "x", "^a", "xx"},
    {"a class", "[[:digit:][:upper:]_]", "x", "aB9_", "axxx"},
    {"a character by its name", "[[.-.][=]=]a]", "x", "-]ab", "xxxb"},
    {"signs", "\\.|\\*|\\\\|\\[", "x", "a.b*c\\d[", "axbxcxdx"},
    {"brackets that close nothing", "]|}", "x", "a]b}", "axbx"},
    {"the beginning, once", "^a", "x", "aaa", "xaa"},
    {"the end", "a$", "x", "aaa", "aax"},
    {"a number of them", "a{2}", "x", "aaaaa", "xxa"},
    {"any character", ".", "x", "a\n", "xx"},
    {"a repeated repetition is no lazy one", "a*?b", "x", "aab", "x"},
    {"nor one that keeps what it has", "a++a", "x", "aa", "x"},
    {"of nothing", "a*", "x", "baab", "xbxxbx"},
    {"no pattern", "", "x", "ab", "xaxbx"},
    {"what matched", "[^a-z]", "<$&>", "a9-", "a<9><->"},
    {"groups", "(a)(b)?", "<$2$1$01$9>", "abab", "<baa><baa>"},
    {"one that takes no part", "(a)(b)?", "<$2>", "a", "<>"},
    {"dollars", "a", "$$$x$", "a", "$$x$"},
    {"braces are braces", "a", "${1}", "a", "${1}"},
};
/* clang-format on */

/* The bytes of `text` as they are left; `w` tells whether they fitted. */
static BerthBytes scrubbed(const Row *row, BerthWriter *w)
{
    g_autofree char *why = NULL;
    BerthScrub *scrub = berth_scrub_new(row->pattern, row->replacement, &why);

    if (CHECK(scrub != NULL))
        berth_scrub_write(scrub, berth_bytes(row->text), w);
    berth_scrub_free(scrub);
    return berth_writer_bytes(w);
}

static void test_replaced(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t out[NAME_SIZE];
        BerthWriter w = berth_writer(out, sizeof(out));

        berth_row("%s", rows[i].name);
        CHECK_BYTES(scrubbed(&rows[i], &w), berth_bytes(rows[i].expected));
        CHECK(!w.full);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *pattern, *why;
    } refused[] = {
        {"[a", "missing terminating ] for character class"},
        {"[]", "missing terminating ] for character class"},
        {"(a", "missing closing parenthesis"},
        {"a)", "unmatched closing parenthesis"},
        {"[z-a]", "range out of order in character class"},
        {"[[:foo:]]", "unknown POSIX class name"},
        {"*a", "quantifier does not follow a repeatable item"},
        {"(?:a)", "nothing is there for ? to repeat"},
        {"(*UTF)a", "nothing is there for * to repeat"},
        {"\\d", "a backslash stands before one of ^.[$()|*+?{\\"},
        {"(a)\\1", "a backslash stands before one of ^.[$()|*+?{\\"},
        {"a\\", "a backslash stands before one of ^.[$()|*+?{\\"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *why = NULL;

        berth_row("%s", refused[i].pattern);
        CHECK(!berth_scrub_new(refused[i].pattern, "", &why));
        CHECK_HAS(why, refused[i].why);
    }
}

static void test_too_long(void)
{
    g_autofree char *text = g_strnfill(BERTH_SCRUB_TEXT_MAX + 1, 'a');
    g_autofree char *of_pattern = NULL, *of_replacement = NULL;

    CHECK(!berth_scrub_new(text, "", &of_pattern));
    CHECK_HAS(of_pattern, "longer than 4096");
    CHECK(!berth_scrub_new("a", text, &of_replacement));
    CHECK_HAS(of_replacement, "longer than 4096");
}

/* Both leave the writer full: a name that is cut off would be another one. */
static void test_limits(void)
{
    g_autofree char *name = g_strnfill(NAME_SIZE, 'a');
    uint8_t out[NAME_SIZE];
    BerthWriter w = berth_writer(out, sizeof(out));

    berth_row("steps");
    scrubbed(&(Row){NULL, "(a|aa)*[bc]", "x", name, NULL}, &w);
    CHECK(w.full);
    berth_row("room");
    w = berth_writer(out, sizeof(out));
    scrubbed(&(Row){NULL, "a", "xxx", name, NULL}, &w);
    CHECK(w.full);
    berth_row("just enough of it");
    w = berth_writer(out, sizeof(out));
    CHECK_INT(scrubbed(&(Row){NULL, "b", "x", name, NULL}, &w).len, NAME_SIZE);
    CHECK(!w.full);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"replaced", test_replaced},
        {"refused", test_refused},
        {"too_long", test_too_long},
        {"limits", test_limits},
        {0},
    };

    return berth_tests_main("scrub", tests, argc, argv);
}
