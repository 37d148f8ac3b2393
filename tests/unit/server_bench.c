/* server_bench - see server_bench.h. */
#include "tests/unit/server_bench.h"

#include <glib/gstdio.h>
#include <unistd.h>

static void write_log(void *run, const BerthLogEvent *event)
{
    Bench *bench = run;

    g_string_append_printf(bench->log, "%s.%s %s;", event->daemon, event->logger, event->id);
    g_string_append_printf(bench->texts, "%s\n", event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

static void on_sent(void *data, const BerthDatagram *datagram)
{
    Bench *bench = data;

    g_string_append_printf(bench->sent, "%u %u;", datagram->src_port, datagram->data.data[0]);
    bench->last_len = MIN(datagram->data.len, sizeof(bench->last));
    memcpy(bench->last, datagram->data.data, bench->last_len);
}

void bench_write_conf(Bench *bench, const char *maps)
{
    g_autofree char *text = g_strconcat(
        "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; "
        "}, { name = \"t_backend\"; } );\n",
        maps, NULL);

    CHECK(g_file_set_contents(bench->path, text, -1, NULL));
}

void bench_run(Bench *bench, int64_t usec)
{
    sim_run(bench->sim, sim_now(bench->sim) + usec);
}

static bool start(Bench *bench)
{
    BerthServerOptions options = {.conf_file = bench->path,
                                  .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
                                  .paths = {"/data", "/log", "/run", "/script"},
                                  .no_path_checks = true};
    BerthErrors errors;
    bool started;

    bench->server = berth_server_new(sim_world(bench->sim), &options);
    berth_log_add_sink(bench->server->log, &sink, bench);
    berth_errors_init(&errors);
    started = berth_server_start(bench->server, &errors);
    berth_errors_clear(&errors);
    return started;
}

void bench_start_seed(Bench *bench, const char *maps, uint64_t seed)
{
    int fd;

    *bench = (Bench){.sim = sim_world_new(seed),
                     .log = g_string_new(NULL),
                     .texts = g_string_new(NULL),
                     .sent = g_string_new(NULL),
                     .answer = g_string_new(NULL)};
    fd = g_file_open_tmp("berth-family-XXXXXX", &bench->path, NULL);
    CHECK(fd >= 0);
    close(fd);
    bench_write_conf(bench, maps);
    sim_on_sent(bench->sim, on_sent, bench);
    CHECK(start(bench));
}

void bench_start(Bench *bench, const char *maps)
{
    bench_start_seed(bench, maps, 1);
}

void bench_init(Bench *bench, const char *maps)
{
    bench_start(bench, maps);
    bench_run(bench, SIM_SEC);
    CHECK_INT(bench->server->state, BERTH_SERVER_READY);
}

void bench_kill(Bench *bench)
{
    if (!bench->server)
        return;
    sim_cut_power(bench->sim);
    sim_drain(bench->sim);
    berth_server_free(g_steal_pointer(&bench->server));
    sim_power_up(bench->sim);
}

static bool start_again(Bench *bench)
{
    g_string_truncate(bench->texts, 0);
    if (!start(bench))
        return false;
    bench_run(bench, SIM_SEC);
    return bench->server->state == BERTH_SERVER_READY;
}

bool bench_restart(Bench *bench, const char *maps)
{
    bench_kill(bench);
    bench_write_conf(bench, maps);
    return start_again(bench);
}

bool bench_restart_file(Bench *bench, const char *text)
{
    bench_kill(bench);
    CHECK(g_file_set_contents(bench->path, text, -1, NULL));
    return start_again(bench);
}

void bench_clear(Bench *bench)
{
    bench_kill(bench);
    sim_end(bench->sim);
    sim_world_free(bench->sim);
    g_unlink(bench->path);
    g_free(bench->path);
    g_string_free(bench->log, TRUE);
    g_string_free(bench->texts, TRUE);
    g_string_free(bench->sent, TRUE);
    g_string_free(bench->answer, TRUE);
}

/* ---- asking ---- */

void bench_deliver(Bench *bench, const char *hex, const char *src, const char *dst, uint16_t port)
{
    uint8_t bytes[512];
    int len = berth_hex_parse(hex, bytes, sizeof(bytes));
    BerthDatagram in = {.src_port = (uint16_t)(port == 67 ? 68 : 546), .dst_port = port};

    CHECK(len > 0);
    CHECK_INT(berth_addr_parse(src, &in.src), 0);
    CHECK_INT(berth_addr_parse(dst, &in.dst), 0);
    in.data = (BerthBytes){bytes, (size_t)len};
    sim_deliver(bench->sim, &in, 0);
}

void bench_deliver4(Bench *bench, const char *ciaddr, const char *options)
{
    GString *hex = g_string_new("010106000102030400000000");

    g_string_append(hex, ciaddr);
    for (int i = 0; i < 12; i++)
        g_string_append(hex, "00");
    g_string_append(hex, "0a0000000001");
    for (int i = 0; i < 202; i++)
        g_string_append(hex, "00");
    g_string_append_printf(hex, "63825363%sff", options);
    bench_deliver(bench, hex->str, "0.0.0.0", "255.255.255.255", 67);
    g_string_free(hex, TRUE);
}

void bench_discover(Bench *bench)
{
    bench_deliver4(bench, NO_ADDR4, "350101");
}

void bench_solicit(Bench *bench)
{
    bench_deliver(bench,
                  "01010203"
                  "0001000a000300010a0000000001"
                  "0003000c000000010000000000000000",
                  "fe80::1234", "ff02::1:2", 547);
}

static void answered(void *data, BerthBytes json)
{
    g_string_append_len(data, (const char *)json.data, (gssize)json.len);
}

void bench_ask_for(Bench *bench, int family, const char *json, int64_t usec)
{
    g_string_truncate(bench->answer, 0);
    berth_server_command_in(bench->server, family, berth_bytes(json), answered, bench->answer);
    bench_run(bench, usec);
}

void bench_ask(Bench *bench, int family, const char *json)
{
    bench_ask_for(bench, family, json, SIM_SEC);
}
