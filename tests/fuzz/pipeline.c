/* pipeline - see pipeline.h. */
#include "tests/fuzz/pipeline.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROOF_EVERY 64
#define PROOF_XID 0x6c6966 /* fits into either family's */
#define DATAGRAMS_MAX 16

void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz_pipeline: %s\n", what);
    abort();
}

static void on_sent(void *data, const BerthDatagram *datagram)
{
    pipeline_sent(data, datagram);
}

static Run *start(void)
{
    Run *run = g_new0(Run, 1);
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("berth-fuzz-XXXXXX", &path, NULL);
    BerthServerOptions options = {
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {"/data", "/log", "/run", "/script"},
        .no_path_checks = true,
    };
    BerthErrors errors;

    require(fd >= 0 && g_file_set_contents(path, pipeline_conf, -1, NULL), "no place to write");
    close(fd);
    options.conf_file = path;
    run->sim = sim_world_new(1);
    sim_on_sent(run->sim, on_sent, run);
    run->server = berth_server_new(sim_world(run->sim), &options);
    berth_errors_init(&errors);
    if (!berth_server_start(run->server, &errors)) {
        g_autofree char *why = berth_errors_text(&errors);

        require(false, why);
    }
    berth_errors_clear(&errors);
    sim_run(run->sim, sim_now(run->sim) + SIM_SEC);
    require(run->server->state == BERTH_SERVER_READY, "the server did not become ready");
    g_unlink(path);
    return run;
}

static void prove_life(Run *run)
{
    run->proof_xid = PROOF_XID;
    pipeline_ask(run);
    sim_run(run->sim, sim_now(run->sim) + SIM_SEC);
    require(run->proof_xid == 0, "the server does not answer any more");
}

static void deliver_all(Run *run, const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
        const uint8_t *next = size ? memmem(data, size, "NEXT", 4) : NULL;
        size_t len = next ? (size_t)(next - data) : size;

        pipeline_deliver(run, data, len);
        if (!next)
            return;
        data += len + 4;
        size -= len + 4;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Run *run;

    if (!run)
        run = start();
    if (size > BERTH_MSG4_MAX)
        return 0;
    deliver_all(run, data, size);
    sim_run(run->sim, sim_now(run->sim) + 100 * SIM_MSEC);
    require(berth_runner_in_work(run->server->runner) == 0, "packets are left in work");
    require(berth_leases_pending(run->server->families[0]->env.leases) < 4096, "commits pile up");
    if (++run->inputs % PROOF_EVERY == 0)
        prove_life(run);
    return 0;
}
