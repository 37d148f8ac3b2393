/* Levels by logger, sinks, and that no text can forge a line. */
#include "core/base/log.h"
#include "core/base/world.h"
#include "tests/lib/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t wall_usec(BerthWorld *world)
{
    (void)world;
    return 1700000000123456;
}

static const BerthWorldOps ops = {.wall_usec = wall_usec};

#define MAX_LOGGERS 4

static void test_levels(void)
{
    static const struct {
        const char *row;
        BerthLogger loggers[MAX_LOGGERS];
        BerthLevel level;
        const char *logger;
        bool want;
    } rows[] = {
        {"none configured", {{0}}, BERTH_INFO, "leases", true},
        {"none configured, debug", {{0}}, BERTH_DEBUG, "leases", false},
        {"root", {{"kea-dhcp4", BERTH_WARN, 0}}, BERTH_INFO, "dhcp4", false},
        {"root, at its level", {{"kea-dhcp4", BERTH_WARN, 0}}, BERTH_WARN, "dhcp4", true},
        {"inherits from the root", {{"kea-dhcp4", BERTH_WARN, 0}}, BERTH_INFO, "leases", false},
        {"its own",
         {{"kea-dhcp4", BERTH_WARN, 0}, {"kea-dhcp4.leases", BERTH_INFO, 0}},
         BERTH_INFO,
         "leases",
         true},
        {"another's",
         {{"kea-dhcp4", BERTH_WARN, 0}, {"kea-dhcp4.leases", BERTH_INFO, 0}},
         BERTH_INFO,
         "leases2",
         false},
        {"its parent's",
         {{"kea-dhcp4.hooks", BERTH_ERROR, 0}, {"kea-dhcp4", BERTH_INFO, 0}},
         BERTH_WARN,
         "hooks.mine",
         false},
        {"nearest, whatever the order",
         {{"kea-dhcp4.hooks.mine", BERTH_WARN, 0}, {"kea-dhcp4.hooks", BERTH_ERROR, 0}},
         BERTH_WARN,
         "hooks.mine",
         true},
        {"no root configured", {{"kea-dhcp4.hooks", BERTH_ERROR, 0}}, BERTH_INFO, "dhcp4", true},
        {"another daemon's", {{"kea-dhcp6.leases", BERTH_ERROR, 0}}, BERTH_INFO, "leases", true},
        {"another daemon's root", {{"kea-dhcp6", BERTH_ERROR, 0}}, BERTH_INFO, "leases", true},
        {"first root", {{"a", BERTH_WARN, 0}, {"b", BERTH_DEBUG, 99}}, BERTH_INFO, "dhcp4", false},
        {"none at all", {{"kea-dhcp4", BERTH_LOG_NONE, 0}}, BERTH_FATAL, "dhcp4", false},
        {"debug 0", {{"kea-dhcp4", BERTH_DEBUG, 0}}, BERTH_DEBUG, "commands", true},
        {"debug 39, per packet", {{"kea-dhcp4", BERTH_DEBUG, 39}}, BERTH_DEBUG, "leases", false},
        {"debug 40, per packet", {{"kea-dhcp4", BERTH_DEBUG, 40}}, BERTH_DEBUG, "leases", true},
        {"debug 0, info", {{"kea-dhcp4", BERTH_DEBUG, 0}}, BERTH_INFO, "leases", true},
    };
    BerthWorld world = {.ops = &ops};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthLog *log = berth_log_new(&world);
        size_t n = 0;

        while (n < MAX_LOGGERS && rows[i].loggers[n].name)
            n++;
        berth_row("%s", rows[i].row);
        berth_log_configure(log, rows[i].loggers, n);
        CHECK_INT(berth_log_wants(log, rows[i].level, rows[i].logger), rows[i].want);
        berth_log_set_verbose(log, true);
        CHECK(berth_log_wants(log, rows[i].level, rows[i].logger));
        berth_log_configure(log, NULL, 0);
        berth_log_set_verbose(log, false);
        CHECK_INT(berth_log_wants(log, rows[i].level, rows[i].logger), rows[i].level > BERTH_DEBUG);
        berth_log_free(log);
    }
}

typedef struct Seen {
    GString *text;
    BerthLog *log;
    bool answers_back;
} Seen;

static void on_write(void *run, const BerthLogEvent *event)
{
    Seen *seen = run;

    g_string_append_printf(seen->text, "<%s.%s %d %s %s>", event->daemon, event->logger,
                           event->level, event->id, event->text);
    if (seen->answers_back)
        berth_log_write(seen->log, BERTH_ERROR, "log", "LOG_FAILED", "disk full");
}

static const BerthLogSink sink = {.size = sizeof(BerthLogSink), .write = on_write};

/* What standard error gets while `call` runs; g_free it. */
static char *stderr_of(void (*call)(BerthLog *log), BerthLog *log)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    char *text = g_malloc0(16384);

    dup2(fileno(file), STDERR_FILENO);
    call(log);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    CHECK(fread(text, 1, 16383, file) > 0);
    fclose(file);
    return text;
}

static void log_one(BerthLog *log)
{
    berth_log_to(log, BERTH_INFO, "dhcp4", "DHCP4_STARTED", "version %s", "0.1.0");
}

static void log_unwanted(BerthLog *log)
{
    bool evaluated = false;

    berth_log_to(log, BERTH_DEBUG, "leases", "DHCP4_X", "%d", (evaluated = true));
    CHECK(!evaluated);
    log_one(log);
}

static void test_sinks(void)
{
    BerthWorld world = {.ops = &ops};
    BerthLog *log = berth_log_new(&world);
    Seen a = {.text = g_string_new(NULL)}, b = {.text = g_string_new(NULL)};
    g_autofree char *want = g_strdup_printf(
        "2023-11-14 22:13:20.123 INFO  [kea-dhcp4.dhcp4/%d.%d] DHCP4_STARTED version 0.1.0\n",
        (int)getpid(), (int)gettid());
    g_autofree char *before = stderr_of(log_unwanted, log), *within = NULL, *after = NULL;

    berth_row("standard error without a sink");
    CHECK_TEXT(before, want);
    berth_row("every sink");
    berth_log_add_sink(log, &sink, &a);
    berth_log_add_sink(log, &sink, &b);
    log_one(log);
    CHECK_TEXT(a.text->str, "<kea-dhcp4.dhcp4 1 DHCP4_STARTED version 0.1.0>");
    CHECK_TEXT(b.text->str, a.text->str);
    berth_row("one goes, and the other has something to say itself");
    berth_log_remove_sink(log, &sink, &a);
    g_string_truncate(a.text, 0);
    g_string_truncate(b.text, 0);
    b.log = log;
    b.answers_back = true;
    within = stderr_of(log_one, log);
    CHECK_TEXT(a.text->str, "");
    CHECK_TEXT(b.text->str, "<kea-dhcp4.dhcp4 1 DHCP4_STARTED version 0.1.0>");
    CHECK_HAS(within, "LOG_FAILED disk full\n");
    berth_row("none again");
    berth_log_remove_sink(log, &sink, &b);
    after = stderr_of(log_one, log);
    CHECK_TEXT(after, want);
    g_string_free(a.text, TRUE);
    g_string_free(b.text, TRUE);
    berth_log_free(log);
}

static void test_beside(void)
{
    static const BerthLogger loggers[] = {{"kea-dhcp4", BERTH_ERROR, 0},
                                          {"kea-dhcp6", BERTH_WARN, 0},
                                          {"kea-dhcp6.leases", BERTH_INFO, 0}};
    BerthWorld world = {.ops = &ops};
    BerthLog *log = berth_log_new(&world);
    BerthLog *beside = berth_log_new_beside(log, "kea-dhcp6");
    Seen seen = {.text = g_string_new(NULL)};

    berth_log_configure(log, loggers, G_N_ELEMENTS(loggers));
    berth_log_configure(beside, loggers, G_N_ELEMENTS(loggers));
    CHECK(!berth_log_wants(log, BERTH_WARN, "leases"));
    CHECK(berth_log_wants(beside, BERTH_WARN, "dhcp6"));
    CHECK(!berth_log_wants(beside, BERTH_INFO, "dhcp6"));
    CHECK(berth_log_wants(beside, BERTH_INFO, "leases"));
    berth_log_set_verbose(log, true);
    CHECK(berth_log_wants(beside, BERTH_DEBUG, "packets"));
    berth_log_add_sink(log, &sink, &seen);
    log_one(beside);
    CHECK_HAS(seen.text->str, "<kea-dhcp6.dhcp4 1 DHCP4_STARTED");
    berth_log_free(beside);
    berth_log_free(log);
    g_string_free(seen.text, TRUE);
}

static void test_text(void)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"plain", "plain"},
        {"two\nlines\r\n\tand", "two lines? \x20"
                                "and"},
        {"\x1b[31mred\x7f", "?[31mred?"},
        {"r\xc3\xa9seau", "r\xc3\xa9seau"},
        {"c1 \xc2\x9b"
         "31m",
         "c1 ??31m"},
        {"line separator \xe2\x80\xa8.", "line separator ???."},
        {"not utf-8 \xff\xc3", "not utf-8 ??"},
    };
    BerthWorld world = {.ops = &ops};
    BerthLog *log = berth_log_new(&world);
    Seen seen = {.text = g_string_new(NULL)};
    g_autofree char *longest = g_strnfill(5000, 'x');

    berth_log_add_sink(log, &sink, &seen);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *want = g_strdup_printf("<kea-dhcp4.dhcp4 1 ID %s>", rows[i].want);

        berth_row("%s", rows[i].want);
        g_string_truncate(seen.text, 0);
        berth_log_write(log, BERTH_INFO, "dhcp4", "ID", "%s", rows[i].text);
        CHECK_TEXT(seen.text->str, want);
    }
    berth_row("too long");
    g_string_truncate(seen.text, 0);
    berth_log_write(log, BERTH_INFO, "dhcp4", "ID", "%s", longest);
    CHECK_INT((int64_t)seen.text->len, 4096 + (int64_t)strlen("<kea-dhcp4.dhcp4 1 ID >"));
    CHECK(g_str_has_suffix(seen.text->str, "xxx...>"));
    g_string_free(seen.text, TRUE);
    berth_log_free(log);
}

#define CHECK_FORMAT(want, ...)                                        \
    do {                                                               \
        berth_row("%s", want);                                         \
        g_string_truncate(seen.text, 0);                               \
        berth_log_write(log, BERTH_INFO, "dhcp4", "ID", __VA_ARGS__);  \
        CHECK_TEXT(seen.text->str, "<kea-dhcp4.dhcp4 1 ID " want ">"); \
    } while (0)

/* Some are put together by the log itself, the others by printf: nobody can tell. */
static void test_formats(void)
{
    BerthWorld world = {.ops = &ops};
    BerthLog *log = berth_log_new(&world);
    Seen seen = {.text = g_string_new(NULL)};
    g_autofree char *longest = g_strnfill(5000, 'x');
    const char *volatile nothing = NULL;

    berth_log_add_sink(log, &sink, &seen);
    CHECK_FORMAT("as it is", "as it is");
    CHECK_FORMAT("a, b", "%s, %s", "a", "b");
    CHECK_FORMAT("a", "%s%s", "", "a");
    CHECK_FORMAT("0 10 4294967295", "%u %u %u", 0u, 10u, UINT_MAX);
    CHECK_FORMAT("(null) 7", "%s %u", nothing, 7u);
    CHECK_FORMAT("a 1 -2 b", "%s %u %d %s", "a", 1u, -2, "b");
    CHECK_FORMAT("a 12345678901 b", "%s %zu %s", "a", (size_t)12345678901, "b");
    CHECK_FORMAT("007|  a|50%", "%03u|%3s|%u%%", 7u, "a", 50u);
    berth_row("too long in the middle");
    for (int i = 0; i < 2; i++) {
        g_string_truncate(seen.text, 0);
        berth_log_write(log, BERTH_INFO, "dhcp4", "ID", i ? "%s%u %d" : "%s%u", longest, 7u, 7);
        CHECK_INT((int64_t)seen.text->len, 4096 + (int64_t)strlen("<kea-dhcp4.dhcp4 1 ID >"));
        CHECK(g_str_has_suffix(seen.text->str, "xxx...>"));
    }
    g_string_free(seen.text, TRUE);
    berth_log_free(log);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"formats", test_formats}, {"levels", test_levels}, {"sinks", test_sinks},
        {"beside", test_beside},   {"text", test_text},     {0},
    };

    g_setenv("TZ", "UTC", TRUE);
    tzset();
    return berth_tests_main("log", tests, argc, argv);
}
