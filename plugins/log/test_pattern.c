/* Lines from events, by patterns as Kea's configurations have them. */
#include "pattern.h"
#include "tests/lib/rows.h"

#include <stdlib.h>
#include <unistd.h>

/* 2026-11-23 18:40:03.123456 UTC, 20:40:03 where the tests are. */
#define WHEN (INT64_C(1795459203) * 1000000 + 123456)
#define ZONE "TST-2"

static const BerthLogEvent event = {
    .size = sizeof(event),
    .wall_usec = WHEN,
    .level = BERTH_INFO,
    .daemon = "kea-dhcp4",
    .logger = "leases",
    .id = "DHCP4_LEASE_ALLOC",
    .text = "[hwtype=1 10:7d:b9:2f:0d:eb], cid=[no info], tid=0x1: lease 192.0.2.10 has been "
            "allocated for 4000 seconds",
};

#define KEA_TEXT                                                                                \
    "DHCP4_LEASE_ALLOC [hwtype=1 10:7d:b9:2f:0d:eb], cid=[no info], tid=0x1: lease 192.0.2.10 " \
    "has been allocated for 4000 seconds"

/* In `want`, PID stands for the number of this process. */
static void check_line(const BerthLogEvent *of, const char *pattern, const char *want)
{
    g_autoptr(GString) line = g_string_new(NULL), expected = g_string_new(want);
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    LogMemo memo = {0};

    berth_row("%s", pattern);
    g_string_replace(expected, "PID", pid, 0);
    log_line(line, pattern, of, &memo);
    CHECK_TEXT(line->str, expected->str);
}

static void test_kea(void)
{
    BerthLogEvent root = event;

    check_line(&event, LOG_PATTERN,
               "2026-11-23 20:40:03.123 INFO  [kea-dhcp4.leases/PID.PID] " KEA_TEXT "\n");
    check_line(&event, LOG_PATTERN_SYSLOG, "INFO  [kea-dhcp4.leases.PID] " KEA_TEXT);
    root.logger = "dhcp4";
    root.level = BERTH_FATAL;
    root.id = "DHCP4_ALREADY_RUNNING";
    root.text = "x";
    check_line(&root, LOG_PATTERN,
               "2026-11-23 20:40:03.123 FATAL [kea-dhcp4.dhcp4/PID.PID] DHCP4_ALREADY_RUNNING x\n");
}

static void test_levels(void)
{
    static const char *const rows[] = {"DEBUG|", "INFO |", "WARN |", "ERROR|", "FATAL|"};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthLogEvent at = event;

        at.level = (BerthLevel)i;
        check_line(&at, "%-5p|", rows[i]);
    }
}

static void test_fields(void)
{
    static const struct {
        const char *pattern, *want;
    } rows[] = {
        {"", ""},           {"plain", "plain"}, {"%c", "kea-dhcp4.leases"}, {"%i %t", "PID PID"},
        {"%%%n%%", "%\n%"}, {"%m", KEA_TEXT},   {"%p%p", "INFOINFO"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_line(&event, rows[i].pattern, rows[i].want);
}

static void test_dates(void)
{
    static const struct {
        const char *pattern, *want;
    } rows[] = {
        {"%D{%H:%M}", "20:40"},
        {"%d{%H:%M}", "18:40"},
        {"%D", "2026-11-23 20:40:03"},
        {"%d|", "2026-11-23 18:40:03|"},
        {"%D{%q}", "123"},
        {"%D{%S.%q %S.%q}", "03.123 03.123"},
        {"%D{%%q}", "%q"},
        {"%D{}", ""},
        {"%D{%", "2026-11-23 20:40:03{%"},
        {"%-8D{%H}|", "20      |"},
        {"%D{100%}", "100%"},
        {"%D{%Y}}", "2026}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_line(&event, rows[i].pattern, rows[i].want);
}

static void test_widths(void)
{
    static const struct {
        const char *pattern, *want;
    } rows[] = {
        {"%6p|", "  INFO|"},   {"%-6p|", "INFO  |"},   {"%2p|", "INFO|"},
        {"%0p|", "INFO|"},     {"%.2p|", "FO|"},       {"%.0p|", "|"},
        {"%6.2p|", "    FO|"}, {"%-6.2p|", "FO    |"}, {"%-30m|", KEA_TEXT "|"},
        {"%.7m|", "seconds|"}, {"%3%|", "  %|"},
    };
    g_autoptr(GString) line = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_line(&event, rows[i].pattern, rows[i].want);
    berth_row("a width that nobody means");
    log_line(line, "%99999999999999999999p", &event, &(LogMemo){0});
    CHECK_INT((int64_t)line->len, 999);
}

/* What is remembered from line to line never makes a line another. */
static void check_memo(const char *pattern)
{
    static const struct {
        int64_t step_usec;
        const char *daemon, *logger, *text;
        BerthLevel level;
    } rows[] = {
        {0, "kea-dhcp4", "leases", "one", BERTH_INFO},
        {1000, "kea-dhcp4", "leases", "two", BERTH_INFO},
        {0, "kea-dhcp4", "packets", "three", BERTH_INFO},
        {0, "kea-dhcp6", "leases", "four", BERTH_INFO},
        {0, "kea-dhcp4", "leases", "five", BERTH_WARN},
        {998000, "kea-dhcp4", "leases", "six", BERTH_INFO},
        {0, "kea-dhcp4", "a.name.longer.than.any.logger.of.ours.is", "seven", BERTH_INFO},
        {1000, "kea-dhcp4", "a.name.longer.than.any.logger.of.ours.has", "eight", BERTH_INFO},
        {1000, "kea-dhcp4", "packets", "nine", BERTH_INFO},
        {INT64_C(3600000000), "kea-dhcp4", "packets", "ten", BERTH_INFO},
        {-1000000, "kea-dhcp4", "packets", "eleven", BERTH_INFO},
    };
    BerthLogEvent at = event;
    LogMemo memo = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) line = g_string_new(NULL), fresh = g_string_new(NULL);

        berth_row("%s, %s", pattern, rows[i].text);
        at.wall_usec += rows[i].step_usec;
        at.daemon = rows[i].daemon;
        at.logger = rows[i].logger;
        at.text = rows[i].text;
        at.level = rows[i].level;
        log_line(line, pattern, &at, &memo);
        log_line(fresh, pattern, &at, &(LogMemo){0});
        CHECK_TEXT(line->str, fresh->str);
        CHECK(strstr(pattern, "%D{%m}") || strstr(line->str, rows[i].text));
    }
}

static void test_memo(void)
{
    static const char *const patterns[] = {
        LOG_PATTERN,          "%D{%S.%q %q} %D %d %D{%H}|%m",
        "%-30m %p %D{%q} %m", "%D{%q %q %q %q %q} %m",
        "%%m %D{%m} %p",      "%-200p %D{%q} %m", /* more than is kept */
        "%m %D{%S.%q}",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        check_memo(patterns[i]);
}

/* Kept as they stand, so that one sees what is not known. */
static void test_unknown(void)
{
    static const char *const rows[] = {
        "%z", "%", "%-", "%5", "%-5", "%5.", "%.p", "%5.p", "%-5z|", "% p", "%--5p", "a%",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_line(&event, rows[i], rows[i]);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"kea", test_kea},         {"levels", test_levels},
        {"fields", test_fields},   {"dates", test_dates},
        {"widths", test_widths},   {"memo", test_memo},
        {"unknown", test_unknown}, {0},
    };

    setenv("TZ", ZONE, 1);
    return berth_tests_main("log_pattern", tests, argc, argv);
}
