/* Messages on their way to files on a disk in memory, and to this process's standard outputs. */
#include "test_bench.h"
#include <unistd.h>

/* ---- where lines go ---- */

static void test_line(void)
{
    Bench b;
    g_autofree char *want = NULL;

    bench_init(&b);
    bench_start(&b, "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output_options\": [{\"output\": "
                    "\"a.log\"}]}]}");
    bench_say_now(&b, "[hwtype=1 10:7d:b9:2f:0d:eb]");
    want = g_strdup_printf("2026-01-01 00:00:00.000 INFO  [kea-dhcp4.leases/%d.%d] ID "
                           "[hwtype=1 10:7d:b9:2f:0d:eb]\n",
                           (int)getpid(), (int)getpid());
    bench_check_file(&b, "/log/a.log", want);
    bench_clear(&b);
}

static void test_turn(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(""));
    bench_check_file(&b, "/log/a.log", "");
    bench_say(&b, "leases", "one");
    bench_say(&b, "dhcp4", "two");
    berth_row("nothing is written before the turn ends");
    bench_check_file(&b, "/log/a.log", "");
    bench_end_turn(&b);
    bench_check_file(&b, "/log/a.log", "ID one\nID two\n");
    berth_row("all at once");
    CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
    berth_row("a second turn");
    bench_say_now(&b, "three");
    bench_check_file(&b, "/log/a.log", "ID one\nID two\nID three\n");
    berth_row("errors do not wait, nor what was before them");
    bench_say(&b, "leases", "four");
    bench_say_at(&b, BERTH_ERROR, "dhcp4", "five");
    bench_check_file(&b, "/log/a.log", "ID one\nID two\nID three\nID four\nID five\n");
    bench_say_at(&b, BERTH_FATAL, "dhcp4", "six");
    bench_check_file(&b, "/log/a.log", "ID one\nID two\nID three\nID four\nID five\nID six\n");
    bench_clear(&b);
}

static void test_held_is_bounded(void)
{
    Bench b;
    g_autofree char *text = g_strnfill(4000, 'x');

    bench_init(&b);
    bench_start(&b, ONE_FILE(", \"maxsize\": 0"));
    for (int i = 0; i < 17; i++)
        bench_say(&b, "leases", text);
    CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
    bench_clear(&b);
}

static void test_stop_writes(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(""));
    bench_say(&b, "leases", "last");
    berth_fake_plugin_stop(g_steal_pointer(&b.plugin));
    bench_check_file(&b, "/log/a.log", "ID last\n");
    bench_clear(&b);
}

static void test_which_logger(void)
{
    static const struct {
        const char *name, *loggers, *logger, *file;
    } rows[] = {
        {"the root", LOGGER("kea-dhcp4", "a"), "leases", "/log/a"},
        {"the nearest", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4.leases", "b"), "leases",
         "/log/b"},
        {"the nearest, listed first", LOGGER("kea-dhcp4.leases", "b") "," LOGGER("kea-dhcp4", "a"),
         "leases", "/log/b"},
        {"not a sibling", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4.leases", "b"), "dhcp4",
         "/log/a"},
        {"not one that begins like it", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4.lease", "b"),
         "leases", "/log/a"},
        {"a child", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4.leases", "b"), "leases.x",
         "/log/b"},
        {"one without outputs leaves it to its parent",
         LOGGER("kea-dhcp4", "a") ",{\"name\": \"kea-dhcp4.leases\", \"severity\": \"DEBUG\"}",
         "leases", "/log/a"},
        {"the first among equals", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4", "b"), "leases",
         "/log/a"},
        {"any name without a dot is the root", LOGGER("*", "a"), "leases", "/log/a"},
        {"the daemon's own", LOGGER("kea-dhcp4", "a") "," LOGGER("kea-dhcp4.dhcp4", "b"), "dhcp4",
         "/log/b"},
        {"a file called like syslog", LOGGER("kea-dhcp4", "syslog.log"), "dhcp4",
         "/log/syslog.log"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *conf = g_strdup_printf("{\"loggers\": [%s]}", rows[i].loggers);
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b);
        bench_start(&b, conf);
        bench_say(&b, rows[i].logger, "x");
        bench_end_turn(&b);
        bench_check_file(&b, rows[i].file, "ID x\n");
        CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
        bench_clear(&b);
    }
}

static void test_several_outputs(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": ["
                    "{\"output\": \"a\", \"pattern\": \"%m\\n\"},"
                    "{\"output\": \"b\", \"pattern\": \"%p\\n\"}]}]}");
    bench_say_now(&b, "x");
    bench_check_file(&b, "/log/a", "ID x\n");
    bench_check_file(&b, "/log/b", "INFO\n");
    bench_clear(&b);
}

static void test_shared_file(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "a.log") "," LOGGER("kea-dhcp4.leases",
                                                                              "a.log") "]}");
    bench_say(&b, "leases", "one");
    bench_say(&b, "dhcp4", "two");
    bench_say(&b, "leases", "three");
    bench_end_turn(&b);
    bench_check_file(&b, "/log/a.log", "ID one\nID two\nID three\n");
    CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_OPEN), 1);
    bench_clear(&b);
}

static void test_standard_outputs(void)
{
    static const struct {
        const char *name, *conf, *out, *err;
    } rows[] = {
        {"stdout", "{\"loggers\": [" LOGGER("kea-dhcp4", "stdout") "]}", "ID x\n", ""},
        {"stderr", "{\"loggers\": [" LOGGER("kea-dhcp4", "stderr") "]}", "", "ID x\n"},
        {"nothing said",
         "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": ["
         "{\"pattern\": \"%m\\n\"}]}]}",
         "ID x\n", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Caught out = bench_catch(stdout), err = bench_catch(stderr);
        g_autofree char *got_out = NULL, *got_err = NULL;
        Bench b;

        bench_init(&b);
        bench_start(&b, rows[i].conf);
        bench_say_now(&b, "x");
        got_out = bench_caught(&out);
        got_err = bench_caught(&err);
        berth_row("%s", rows[i].name);
        CHECK_TEXT(got_out, rows[i].out);
        CHECK_TEXT(got_err, rows[i].err);
        bench_clear(&b);
    }
}

static void test_no_logger(void)
{
    Caught out = bench_catch(stdout);
    g_autofree char *got = NULL;
    Bench b;

    bench_init(&b);
    bench_start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4.leases", "a.log") "]}");
    bench_say(&b, "leases", "x");
    bench_say(&b, "dhcp4", "y");
    bench_end_turn(&b);
    got = bench_caught(&out);
    CHECK_HAS(got, "INFO  [kea-dhcp4.dhcp4/");
    CHECK_HAS(got, "] ID y\n");
    bench_check_file(&b, "/log/a.log", "ID x\n");
    bench_clear(&b);
}

/* ---- rotation ---- */

static void test_rotation(void)
{
    Bench b;

    bench_init(&b);
    bench_start(&b, ONE_FILE(", \"maxsize\": 12, \"maxver\": 2"));
    bench_say_now(&b, "1"); /* five bytes each */
    bench_say_now(&b, "2");
    bench_check_file(&b, "/log/a.log", "ID 1\nID 2\n");
    bench_check_file(&b, "/log/a.log.1", "(none)");
    bench_say_now(&b, "3");
    bench_check_file(&b, "/log/a.log", "ID 3\n");
    bench_check_file(&b, "/log/a.log.1", "ID 1\nID 2\n");
    bench_say_now(&b, "4");
    bench_say_now(&b, "5");
    bench_say_now(&b, "6");
    bench_say_now(&b, "7");
    berth_row("the oldest is gone");
    bench_check_file(&b, "/log/a.log", "ID 7\n");
    bench_check_file(&b, "/log/a.log.1", "ID 5\nID 6\n");
    bench_check_file(&b, "/log/a.log.2", "ID 3\nID 4\n");
    bench_check_file(&b, "/log/a.log.3", "(none)");
    bench_clear(&b);
}

static void test_rotation_bounds(void)
{
    static const struct {
        const char *name, *conf, *before, *file, *rotated;
    } rows[] = {
        {"exactly full is not too much", ONE_FILE(", \"maxsize\": 10"), "12345", "12345ID x\n",
         "(none)"},
        {"one byte more is", ONE_FILE(", \"maxsize\": 10"), "123456", "ID x\n", "123456"},
        {"what was there before the start counts", ONE_FILE(", \"maxsize\": 5"), "x", "ID x\n",
         "x"},
        {"an empty file is not rotated, whatever comes", ONE_FILE(", \"maxsize\": 1"), "", "ID x\n",
         "(none)"},
        {"0 is never", ONE_FILE(", \"maxsize\": 0"), "12345678901234567890",
         "12345678901234567890ID x\n", "(none)"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b);
        berth_disk_put(b.disk, "/log/a.log", berth_bytes(rows[i].before));
        bench_start(&b, rows[i].conf);
        bench_say_now(&b, "x");
        bench_check_file(&b, "/log/a.log", rows[i].file);
        bench_check_file(&b, "/log/a.log.1", rows[i].rotated);
        bench_clear(&b);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"line", test_line},
        {"turn", test_turn},
        {"held_is_bounded", test_held_is_bounded},
        {"stop_writes", test_stop_writes},
        {"which_logger", test_which_logger},
        {"several_outputs", test_several_outputs},
        {"shared_file", test_shared_file},
        {"standard_outputs", test_standard_outputs},
        {"no_logger", test_no_logger},
        {"rotation", test_rotation},
        {"rotation_bounds", test_rotation_bounds},
        {0},
    };

    g_setenv("TZ", "UTC0", TRUE);
    return berth_tests_main("log_plugin", tests, argc, argv);
}
