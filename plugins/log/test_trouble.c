/* A disk that fails while messages go to it, and configurations that are changed or refused. */
#include "test_bench.h"
#include <errno.h>

extern const BerthPlugin berth_plugin;

/* ---- a disk that fails ---- */

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

/* On a disk with that fault says one message a turn; what standard error had of it, to be g_free'd.
 */
static char *say_on(Bench *b, BerthDiskNth *fault, const char *const *texts)
{
    Caught err = bench_catch(stderr);

    berth_disk_on_call(b->disk, berth_disk_fault_nth, fault);
    for (; *texts; texts++)
        bench_say_now(b, *texts);
    return bench_caught(&err);
}

static void test_disk_full(void)
{
    BerthDiskNth full = {.ops = 1u << BERTH_DISK_APPEND, .nth = 2, .times = 3, .error = -ENOSPC};
    BerthDiskNth bad = {.ops = 1u << BERTH_DISK_APPEND, .nth = 1, .times = 1, .error = -EIO};
    g_autofree char *said = NULL, *said_then = NULL;
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(""));
    said = say_on(&b, &full, (const char *const[]){"1", "2", "3", "4", "5", "6", NULL});
    bench_check_file(&b, "/log/a.log", "ID 1\nID 5\nID 6\n");
    berth_row("one complaint");
    CHECK_INT(count(said, "can't write"), 1);
    CHECK_HAS(said, "log: can't write /log/a.log: No space left on device");
    CHECK_TEXT(berth_fake_server_log(b.server), "");
    berth_row("another trouble, another complaint");
    said_then = say_on(&b, &bad, (const char *const[]){"7", NULL});
    CHECK_HAS(said_then, "Input/output error");
    bench_clear(&b);
}

static void test_torn_line(void)
{
    BerthDiskNth full = {
        .ops = 1u << BERTH_DISK_APPEND, .nth = 2, .times = 1, .error = -ENOSPC, .keep = 3};
    g_autofree char *said = NULL;
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(""));
    said = say_on(&b, &full, (const char *const[]){"1", "lost", "2", "3", NULL});
    bench_check_file(&b, "/log/a.log", "ID 1\nID \nID 2\nID 3\n");
    bench_clear(&b);
}

static void test_no_file(void)
{
    g_autofree char *said = NULL;
    Caught err;
    Bench b;

    bench_init(&b);
    berth_disk_refuse(b.disk, "/log/a.log", -EACCES);
    err = bench_catch(stderr);
    bench_start(&b, ONE_FILE("")); /* the service is worth more than its log */
    bench_say_now(&b, "1");
    bench_say_now(&b, "2");
    berth_disk_refuse(b.disk, "/log/a.log", 0);
    bench_say_now(&b, "3");
    said = bench_caught(&err);
    bench_check_file(&b, "/log/a.log", "ID 3\n");
    CHECK_INT(count(said, "can't write /log/a.log: Permission denied"), 1);
    bench_clear(&b);
}

static void test_rotation_fails(void)
{
    BerthDiskNth none = {.ops = 1u << BERTH_DISK_RENAME, .nth = 1, .error = -EACCES};
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(", \"maxsize\": 6"));
    berth_disk_on_call(b.disk, berth_disk_fault_nth, &none);
    bench_say_now(&b, "1");
    bench_say_now(&b, "2");
    bench_check_file(&b, "/log/a.log", "ID 1\nID 2\n");
    bench_clear(&b);
}

/* ---- configurations ---- */

static void test_reload(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "a.log") "]}");
    bench_say(&b, "leases", "1");
    bench_apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "b.log") "]}");
    berth_row("what was held goes to the old one");
    bench_check_file(&b, "/log/a.log", "ID 1\n");
    bench_say_now(&b, "2");
    bench_check_file(&b, "/log/a.log", "ID 1\n");
    bench_check_file(&b, "/log/b.log", "ID 2\n");
    berth_row("moved away by somebody");
    CHECK_INT(berth_disk_rename(b.disk, "/log/b.log", "/log/b.log.old"), 0);
    bench_say_now(&b, "3");
    bench_check_file(&b, "/log/b.log.old", "ID 2\nID 3\n");
    bench_apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "b.log") "]}");
    bench_say_now(&b, "4");
    bench_check_file(&b, "/log/b.log", "ID 4\n");
    bench_check_file(&b, "/log/b.log.old", "ID 2\nID 3\n");
    bench_clear(&b);
}

static void test_refused_reload(void)
{
    g_autoptr(GError) error = NULL;
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(""));
    berth_row("what only the server knows: the old outputs stay");
    bench_apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "/etc/passwd") "]}");
    CHECK_HAS(berth_fake_server_log(b.server), "ERROR LOG_CONFIG_FAIL the loggers stay as they "
                                               "were: /etc/passwd: outside of /log");
    bench_say_now(&b, "1");
    bench_check_file(&b, "/log/a.log", "ID 1\n");
    berth_row("what can be seen before");
    CHECK(!berth_fake_plugin_apply(b.plugin, "{\"loggers\": [" LOGGER("kea-dhcp4", "syslog:x") "]}",
                                   &error));
    CHECK_HAS(error ? error->message : "", "'syslog:x' names no facility");
    bench_clear(&b);
}

static void test_refused_start(void)
{
    static const struct {
        const char *name, *conf, *error;
    } rows[] = {
        {"outside", LOGGER("kea-dhcp4", "/etc/passwd"), "/etc/passwd: outside of /log"},
        {"outside, after a good one",
         LOGGER("kea-dhcp4", "a.log") "," LOGGER("kea-dhcp4.x", "../a.log"),
         "../a.log: outside of /log"},
        {"no facility", LOGGER("kea-dhcp4", "syslog:nobody"),
         "'syslog:nobody' names no facility of syslog"},
        {"an empty facility", LOGGER("kea-dhcp4", "syslog:"), "'syslog:' names no facility"},
        {"an empty output", LOGGER("kea-dhcp4", ""), "an output is empty"},
        {"no name", "{\"severity\": \"INFO\"}", "name"},
        {"a misspelt key", "{\"name\": \"kea-dhcp4\", \"serverity\": \"INFO\"}",
         "did you mean \"severity\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *conf = g_strdup_printf("{\"loggers\": [%s]}", rows[i].conf);
        g_autoptr(GError) error = NULL;
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b);
        b.plugin = berth_fake_plugin_start(b.server, &berth_plugin, conf, &error);
        CHECK(!b.plugin);
        CHECK_HAS(error ? error->message : "", rows[i].error);
        bench_clear(&b);
    }
}

static void test_facilities(void)
{
    static const char *const rows[] = {"syslog", "syslog:local0", "syslog:LOCAL7", "syslog:daemon",
                                       "syslog:authpriv"};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *conf = g_strdup_printf("{\"loggers\": [{\"name\": \"kea-dhcp4\", "
                                                "\"output-options\": [{\"output\": \"%s\"}]}]}",
                                                rows[i]);
        Bench b;

        berth_row("%s", rows[i]);
        bench_init(&b);
        bench_start(&b, conf);
        CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_OPEN), 0);
        bench_clear(&b);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"disk_full", test_disk_full},
        {"torn_line", test_torn_line},
        {"no_file", test_no_file},
        {"rotation_fails", test_rotation_fails},
        {"reload", test_reload},
        {"refused_reload", test_refused_reload},
        {"refused_start", test_refused_start},
        {"facilities", test_facilities},
        {0},
    };

    g_setenv("TZ", "UTC0", TRUE);
    return berth_tests_main("log_trouble", tests, argc, argv);
}
