/* test_bench - see test_bench.h. */
#include "test_bench.h"

#include <unistd.h>

extern const BerthPlugin berth_plugin;

void bench_init(Bench *b)
{
    *b = (Bench){.disk = berth_disk_new()};
    b->server = berth_fake_server_new(b->disk);
}

void bench_start(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    b->plugin = berth_fake_plugin_start(b->server, &berth_plugin, conf, &error);
    CHECK_TEXT(error ? error->message : "", "");
}

void bench_apply(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    CHECK(berth_fake_plugin_apply(b->plugin, conf, &error));
    CHECK_TEXT(error ? error->message : "", "");
}

void bench_clear(Bench *b)
{
    berth_fake_plugin_stop(b->plugin);
    berth_fake_server_free(b->server);
    berth_disk_free(b->disk);
}

void bench_end_turn(Bench *b)
{
    berth_fake_world_settle(berth_fake_server_world(b->server));
}

void bench_say_at(Bench *b, BerthLevel level, const char *logger, const char *text)
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

void bench_say(Bench *b, const char *logger, const char *text)
{
    bench_say_at(b, BERTH_INFO, logger, text);
}

void bench_say_now(Bench *b, const char *text)
{
    bench_say(b, "leases", text);
    bench_end_turn(b);
}

void bench_check_file(const Bench *b, const char *path, const char *want)
{
    BerthBytes bytes = berth_disk_get(b->disk, path);
    g_autofree char *got =
        bytes.data ? g_strndup((const char *)bytes.data, bytes.len) : g_strdup("(none)");

    CHECK_TEXT(got, want);
}

/* ---- standard output and error, caught ---- */

Caught bench_catch(FILE *stream)
{
    Caught c = {.stream = stream, .file = tmpfile()};

    fflush(stream);
    c.saved = dup(fileno(stream));
    dup2(fileno(c.file), fileno(stream));
    return c;
}

char *bench_caught(Caught *c)
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
