/* Messages on their way to files on a disk in memory, and to this process's standard outputs. */
#include "tests/lib/fake_plugin.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

extern const BerthPlugin berth_plugin;

/* ---- the bench: one log on one disk ---- */

typedef struct Bench {
    BerthDisk *disk;
    BerthServer *server;
    BerthFakePlugin *plugin;
} Bench;

static void bench_init(Bench *b)
{
    *b = (Bench){.disk = berth_disk_new()};
    b->server = berth_fake_server_new(b->disk);
}

static void start(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    b->plugin = berth_fake_plugin_start(b->server, &berth_plugin, conf, &error);
    CHECK_TEXT(error ? error->message : "", "");
}

static void apply(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    CHECK(berth_fake_plugin_apply(b->plugin, conf, &error));
    CHECK_TEXT(error ? error->message : "", "");
}

static void bench_clear(Bench *b)
{
    berth_fake_plugin_stop(b->plugin);
    berth_fake_server_free(b->server);
    berth_disk_free(b->disk);
}

static void end_turn(Bench *b)
{
    berth_fake_world_settle(berth_fake_server_world(b->server));
}

static void say_at(Bench *b, BerthLevel level, const char *logger, const char *text)
{
    const BerthLogSink *sink = berth_plugin.roles[0].ops;
    const BerthLogEvent event = {
        .size = sizeof(event),
        .wall_usec = BERTH_FAKE_START_SEC * 1000000,
        .level = level,
        .daemon = "kea-dhcp4",
        .logger = logger,
        .id = "ID",
        .text = text,
    };

    sink->write(berth_fake_plugin_run(b->plugin), &event);
}

static void say(Bench *b, const char *logger, const char *text)
{
    say_at(b, BERTH_INFO, logger, text);
}

/* Says it and lets the turn end. */
static void say_now(Bench *b, const char *text)
{
    say(b, "leases", text);
    end_turn(b);
}

/* "(none)" when there is no such file. */
static void check_file(const Bench *b, const char *path, const char *want)
{
    BerthBytes bytes = berth_disk_get(b->disk, path);
    g_autofree char *got =
        bytes.data ? g_strndup((const char *)bytes.data, bytes.len) : g_strdup("(none)");

    CHECK_TEXT(got, want);
}

/* One logger with one file, the pattern the text alone. */
#define ONE_FILE(more)                                                \
    "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": [{" \
    "\"output\": \"a.log\", \"pattern\": \"%m\\n\"" more "}]}]}"
#define LOGGER(name, file)                                                     \
    "{\"name\": \"" name "\", \"output-options\": [{\"output\": \"" file "\"," \
    "\"pattern\": \"%m\\n\"}]}"

/* ---- standard output and error, caught ---- */

typedef struct Caught {
    FILE *stream, *file;
    int saved;
} Caught;

static Caught catch (FILE *stream)
{
    Caught c = {.stream = stream, .file = tmpfile()};

    fflush(stream);
    c.saved = dup(fileno(stream));
    dup2(fileno(c.file), fileno(stream));
    return c;
}

/* What came meanwhile; g_free it. */
static char *caught(Caught *c)
{
    char *text = g_malloc0(65536);

    fflush(c->stream);
    dup2(c->saved, fileno(c->stream));
    close(c->saved);
    rewind(c->file);
    text[fread(text, 1, 65535, c->file)] = 0;
    fclose(c->file);
    return text;
}

/* ---- where lines go ---- */

static void test_line(void)
{
    Bench b;
    g_autofree char *want = NULL;

    bench_init(&b);
    start(&b, "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output_options\": [{\"output\": "
              "\"a.log\"}]}]}");
    say_now(&b, "[hwtype=1 10:7d:b9:2f:0d:eb]");
    want = g_strdup_printf("2026-01-01 00:00:00.000 INFO  [kea-dhcp4.leases/%d.%d] ID "
                           "[hwtype=1 10:7d:b9:2f:0d:eb]\n",
                           (int)getpid(), (int)getpid());
    check_file(&b, "/log/a.log", want);
    bench_clear(&b);
}

static void test_turn(void)
{
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(""));
    check_file(&b, "/log/a.log", "");
    say(&b, "leases", "one");
    say(&b, "dhcp4", "two");
    berth_row("nothing is written before the turn ends");
    check_file(&b, "/log/a.log", "");
    end_turn(&b);
    check_file(&b, "/log/a.log", "ID one\nID two\n");
    berth_row("all at once");
    CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
    berth_row("a second turn");
    say_now(&b, "three");
    check_file(&b, "/log/a.log", "ID one\nID two\nID three\n");
    berth_row("errors do not wait, nor what was before them");
    say(&b, "leases", "four");
    say_at(&b, BERTH_ERROR, "dhcp4", "five");
    check_file(&b, "/log/a.log", "ID one\nID two\nID three\nID four\nID five\n");
    say_at(&b, BERTH_FATAL, "dhcp4", "six");
    check_file(&b, "/log/a.log", "ID one\nID two\nID three\nID four\nID five\nID six\n");
    bench_clear(&b);
}

static void test_held_is_bounded(void)
{
    Bench b;
    g_autofree char *text = g_strnfill(4000, 'x');

    bench_init(&b);
    start(&b, ONE_FILE(", \"maxsize\": 0"));
    for (int i = 0; i < 17; i++)
        say(&b, "leases", text);
    CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
    bench_clear(&b);
}

static void test_stop_writes(void)
{
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(""));
    say(&b, "leases", "last");
    berth_fake_plugin_stop(g_steal_pointer(&b.plugin));
    check_file(&b, "/log/a.log", "ID last\n");
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
        start(&b, conf);
        say(&b, rows[i].logger, "x");
        end_turn(&b);
        check_file(&b, rows[i].file, "ID x\n");
        CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_APPEND), 1);
        bench_clear(&b);
    }
}

static void test_several_outputs(void)
{
    Bench b;

    bench_init(&b);
    start(&b, "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": ["
              "{\"output\": \"a\", \"pattern\": \"%m\\n\"},"
              "{\"output\": \"b\", \"pattern\": \"%p\\n\"}]}]}");
    say_now(&b, "x");
    check_file(&b, "/log/a", "ID x\n");
    check_file(&b, "/log/b", "INFO\n");
    bench_clear(&b);
}

static void test_shared_file(void)
{
    Bench b;

    bench_init(&b);
    start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "a.log") "," LOGGER("kea-dhcp4.leases",
                                                                        "a.log") "]}");
    say(&b, "leases", "one");
    say(&b, "dhcp4", "two");
    say(&b, "leases", "three");
    end_turn(&b);
    check_file(&b, "/log/a.log", "ID one\nID two\nID three\n");
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
        Caught out = catch (stdout), err = catch (stderr);
        g_autofree char *got_out = NULL, *got_err = NULL;
        Bench b;

        bench_init(&b);
        start(&b, rows[i].conf);
        say_now(&b, "x");
        got_out = caught(&out);
        got_err = caught(&err);
        berth_row("%s", rows[i].name);
        CHECK_TEXT(got_out, rows[i].out);
        CHECK_TEXT(got_err, rows[i].err);
        bench_clear(&b);
    }
}

static void test_no_logger(void)
{
    Caught out = catch (stdout);
    g_autofree char *got = NULL;
    Bench b;

    bench_init(&b);
    start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4.leases", "a.log") "]}");
    say(&b, "leases", "x");
    say(&b, "dhcp4", "y");
    end_turn(&b);
    got = caught(&out);
    CHECK_HAS(got, "INFO  [kea-dhcp4.dhcp4/");
    CHECK_HAS(got, "] ID y\n");
    check_file(&b, "/log/a.log", "ID x\n");
    bench_clear(&b);
}

/* ---- rotation ---- */

static void test_rotation(void)
{
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(", \"maxsize\": 12, \"maxver\": 2"));
    say_now(&b, "1"); /* five bytes each */
    say_now(&b, "2");
    check_file(&b, "/log/a.log", "ID 1\nID 2\n");
    check_file(&b, "/log/a.log.1", "(none)");
    say_now(&b, "3");
    check_file(&b, "/log/a.log", "ID 3\n");
    check_file(&b, "/log/a.log.1", "ID 1\nID 2\n");
    say_now(&b, "4");
    say_now(&b, "5");
    say_now(&b, "6");
    say_now(&b, "7");
    berth_row("the oldest is gone");
    check_file(&b, "/log/a.log", "ID 7\n");
    check_file(&b, "/log/a.log.1", "ID 5\nID 6\n");
    check_file(&b, "/log/a.log.2", "ID 3\nID 4\n");
    check_file(&b, "/log/a.log.3", "(none)");
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
        start(&b, rows[i].conf);
        say_now(&b, "x");
        check_file(&b, "/log/a.log", rows[i].file);
        check_file(&b, "/log/a.log.1", rows[i].rotated);
        bench_clear(&b);
    }
}

/* ---- a disk that fails ---- */

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void test_disk_full(void)
{
    BerthDiskNth full = {.ops = 1u << BERTH_DISK_APPEND, .nth = 2, .times = 3, .error = -ENOSPC};
    g_autofree char *said = NULL;
    Caught err;
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(""));
    berth_disk_on_call(b.disk, berth_disk_fault_nth, &full);
    err = catch (stderr);
    say_now(&b, "1");
    say_now(&b, "2");
    say_now(&b, "3");
    say_now(&b, "4");
    say_now(&b, "5");
    say_now(&b, "6");
    said = caught(&err);
    check_file(&b, "/log/a.log", "ID 1\nID 5\nID 6\n");
    berth_row("one complaint");
    CHECK_INT(count(said, "can't write"), 1);
    CHECK_HAS(said, "log: can't write /log/a.log: No space left on device");
    CHECK_TEXT(berth_fake_server_log(b.server), "");
    berth_row("another trouble, another complaint");
    full = (BerthDiskNth){.ops = 1u << BERTH_DISK_APPEND, .nth = 1, .times = 1, .error = -EIO};
    g_free(said);
    err = catch (stderr);
    say_now(&b, "7");
    said = caught(&err);
    CHECK_HAS(said, "Input/output error");
    bench_clear(&b);
}

static void test_torn_line(void)
{
    BerthDiskNth full = {
        .ops = 1u << BERTH_DISK_APPEND, .nth = 2, .times = 1, .error = -ENOSPC, .keep = 3};
    g_autofree char *said = NULL;
    Caught err;
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(""));
    berth_disk_on_call(b.disk, berth_disk_fault_nth, &full);
    err = catch (stderr);
    say_now(&b, "1");
    say_now(&b, "lost");
    say_now(&b, "2");
    say_now(&b, "3");
    said = caught(&err);
    check_file(&b, "/log/a.log", "ID 1\nID \nID 2\nID 3\n");
    bench_clear(&b);
}

static void test_no_file(void)
{
    g_autofree char *said = NULL;
    Caught err;
    Bench b;

    bench_init(&b);
    berth_disk_refuse(b.disk, "/log/a.log", -EACCES);
    err = catch (stderr);
    start(&b, ONE_FILE("")); /* the service is worth more than its log */
    say_now(&b, "1");
    say_now(&b, "2");
    berth_disk_refuse(b.disk, "/log/a.log", 0);
    say_now(&b, "3");
    said = caught(&err);
    check_file(&b, "/log/a.log", "ID 3\n");
    CHECK_INT(count(said, "can't write /log/a.log: Permission denied"), 1);
    bench_clear(&b);
}

static void test_rotation_fails(void)
{
    BerthDiskNth none = {.ops = 1u << BERTH_DISK_RENAME, .nth = 1, .error = -EACCES};
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(", \"maxsize\": 6"));
    berth_disk_on_call(b.disk, berth_disk_fault_nth, &none);
    say_now(&b, "1");
    say_now(&b, "2");
    check_file(&b, "/log/a.log", "ID 1\nID 2\n");
    bench_clear(&b);
}

/* ---- configurations ---- */

static void test_reload(void)
{
    Bench b;

    bench_init(&b);
    start(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "a.log") "]}");
    say(&b, "leases", "1");
    apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "b.log") "]}");
    berth_row("what was held goes to the old one");
    check_file(&b, "/log/a.log", "ID 1\n");
    say_now(&b, "2");
    check_file(&b, "/log/a.log", "ID 1\n");
    check_file(&b, "/log/b.log", "ID 2\n");
    berth_row("moved away by somebody");
    CHECK_INT(berth_disk_rename(b.disk, "/log/b.log", "/log/b.log.old"), 0);
    say_now(&b, "3");
    check_file(&b, "/log/b.log.old", "ID 2\nID 3\n");
    apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "b.log") "]}");
    say_now(&b, "4");
    check_file(&b, "/log/b.log", "ID 4\n");
    check_file(&b, "/log/b.log.old", "ID 2\nID 3\n");
    bench_clear(&b);
}

static void test_refused_reload(void)
{
    g_autoptr(GError) error = NULL;
    Bench b;

    bench_init(&b);
    start(&b, ONE_FILE(""));
    berth_row("what only the server knows: the old outputs stay");
    apply(&b, "{\"loggers\": [" LOGGER("kea-dhcp4", "/etc/passwd") "]}");
    CHECK_HAS(berth_fake_server_log(b.server), "ERROR LOG_CONFIG_FAIL the loggers stay as they "
                                               "were: /etc/passwd: outside of /log");
    say_now(&b, "1");
    check_file(&b, "/log/a.log", "ID 1\n");
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
        start(&b, conf);
        CHECK_INT(berth_disk_calls(b.disk, BERTH_DISK_OPEN), 0);
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
    return berth_tests_main("log_plugin", tests, argc, argv);
}
