/* fuzz_pipeline - any datagrams through the whole server, on the simulated world.
 *
 * An input is one datagram, or several with "NEXT" between them, which arrive together. The highest
 * bit of hops says that one was sent to the server's address, not broadcast. One server takes all
 * inputs of a run, so what one of them leaves behind meets the next. After each input nothing is in
 * work any more, every reply is sound and went where a reply may go, and now and then a client of
 * our own asks and is answered. */
#include "core/server/server.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/simworld.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SERVER 0xc0000201u
#define PROOF_EVERY 64
#define PAYLOAD_MAX (1500 - BERTH_IP_UDP4)
#define DATAGRAMS_MAX 16

typedef struct Run {
    SimWorld *sim;
    BerthServer *server;
    unsigned inputs, acks;
    uint32_t proof_xid; /* an ACK with it was seen: 0 */
} Run;

static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; } "
    ");\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    "    valid-lifetime = 60; min-valid-lifetime = 1; max-valid-lifetime = 600;\n"
    "    authoritative = true; decline-probation-period = 60; calculate-tee-times = true;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 1; hold-reclaimed-time = 60; };\n"
    "    option-data = ( { name = \"routers\"; data = \"192.0.2.254\"; },\n"
    "        { name = \"domain-name\"; data = \"example.org\"; always-send = true; },\n"
    "        { name = \"classless-static-route\"; data = \"10.0.0.0/8 - 192.0.2.254\"; } );\n"
    "    subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; boot-file-name = \"pxe.0\";\n"
    "                  pools = ( { pool = \"192.0.2.2 - 192.0.2.200\"; } ); },\n"
    "                { id = 2; subnet = \"10.0.0.0/8\";\n"
    "                  pools = ( { pool = \"10.0.0.10 - 10.0.0.20\"; } ); } );\n"
    "};\n";

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz_pipeline: %s\n", what);
    abort();
}

/* ---- replies ---- */

static void check_destination(const BerthDatagram *datagram)
{
    uint32_t dst = berth_addr_to4(datagram->dst), net = dst >> 24;

    require(dst == UINT32_MAX || (net != 0 && net != 127 && net < 224),
            "a reply went where none may go");
    require(dst != SERVER, "a reply went to the server itself");
    require(!datagram->to_hwaddr || (datagram->hwaddr.bytes[0] & 1) == 0,
            "a frame went to a group address");
}

static void on_sent(void *data, const BerthDatagram *datagram)
{
    Run *run = data;
    BerthArena arena;
    BerthMsg4 msg;

    check_destination(datagram);
    require(datagram->data.len >= BERTH_MSG4_MIN && datagram->data.len <= PAYLOAD_MAX,
            "a reply of a wrong length");
    berth_arena_init(&arena, 256u << 10);
    require(berth_msg4_parse(&msg, datagram->data, BERTH_BOOTREPLY, &arena) == BERTH_PARSE4_OK,
            "a reply cannot be read");
    require(msg.type == BERTH_DHCPOFFER || msg.type == BERTH_DHCPACK || msg.type == BERTH_DHCPNAK,
            "a reply of another type");
    require(msg.has_option[BERTH_DHO_DHCP_SERVER_IDENTIFIER], "a reply without server identifier");
    run->acks += msg.type == BERTH_DHCPACK;
    if (msg.type == BERTH_DHCPACK && msg.xid == run->proof_xid)
        run->proof_xid = 0;
    berth_arena_clear(&arena);
}

/* ---- the server ---- */

static Run *start(void)
{
    Run *run = g_new0(Run, 1);
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("berth-fuzz-XXXXXX", &path, NULL);
    BerthServerOptions options = {
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {"/data", "/log", "/run"},
        .port = 67,
        .no_path_checks = true,
    };
    BerthErrors errors;

    require(fd >= 0 && g_file_set_contents(path, conf_text, -1, NULL), "no place to write");
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

/* A client of our own asks for options, which needs no address. */
static void prove_life(Run *run)
{
    uint8_t bytes[300] = {1,          1,    6,  0,   'l',      'i', 'f',          'e',
                          [12] = 192, 0,    2,  250, [28] = 2, 'l', [236] = 0x63, 0x82,
                          0x53,       0x63, 53, 1,   8,        255};
    BerthDatagram in = {.src = berth_addr4(0xc00002fa),
                        .dst = berth_addr4(SERVER),
                        .src_port = 68,
                        .dst_port = 67,
                        .data = {bytes, sizeof(bytes)}};

    run->proof_xid = 0x6c696665;
    sim_deliver(run->sim, &in, 0);
    sim_run(run->sim, sim_now(run->sim) + SIM_SEC);
    require(run->proof_xid == 0, "the server does not answer any more");
}

/* ---- inputs ---- */

static void deliver(Run *run, const uint8_t *data, size_t size)
{
    BerthDatagram in = {.src = BERTH_ADDR4_ANY,
                        .dst = berth_addr4(UINT32_MAX),
                        .src_port = 68,
                        .dst_port = 67,
                        .data = {data, size}};

    if (size >= 28 && data[3] & 0x80) {
        in.dst = berth_addr4(SERVER);
        memcpy(in.src.b + 12, data + 12, 4);
    }
    sim_deliver(run->sim, &in, 0);
}

static void deliver_all(Run *run, const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
        const uint8_t *next = size ? memmem(data, size, "NEXT", 4) : NULL;
        size_t len = next ? (size_t)(next - data) : size;

        deliver(run, data, len);
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
