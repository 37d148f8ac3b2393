/* harness - see harness.h. A real BerthServer that was never started, on a fake world. */
#include "tests/lib/harness.h"

#include "core/packet/runner.h"
#include "core/server/server.h"
#include "tests/lib/fake_world.h"
#include <errno.h>

struct BerthHarness {
    BerthFakeWorld *world;
    BerthServer *server;
    char *path, *globals;
    GString *log, *answer;
    bool answered;
};

/* What the harness knows of a packet. */
typedef struct Record {
    const char *point; /* where it parked last; NULL: nowhere */
    unsigned cursor;
    BerthTicket ticket;
} Record;

/* ---- the world: nothing but time ---- */

static int no_file(BerthWorld *world, const char *path, BerthOpen how, BerthFile **ret)
{
    (void)world;
    (void)path;
    (void)how;
    (void)ret;
    return -ENOSYS;
}

static int no_rename(BerthWorld *world, const char *from, const char *to)
{
    (void)world;
    (void)from;
    (void)to;
    return -ENOSYS;
}

static int no_path(BerthWorld *world, const char *path)
{
    (void)world;
    (void)path;
    return -ENOSYS;
}

static int no_stream(BerthWorld *world, const char *address, const BerthStreamEvents *events,
                     void *data, BerthStream **ret)
{
    (void)world;
    (void)address;
    (void)events;
    (void)data;
    (void)ret;
    return -ENOSYS;
}

static int no_ifaces(BerthWorld *world, BerthIfaceChange change, void *data)
{
    (void)world;
    (void)change;
    (void)data;
    return 0;
}

static const BerthWorldOps ops = {
    .file_open = no_file,
    .file_rename = no_rename,
    .file_unlink = no_path,
    .file_sync_dir = no_path,
    .stream_listen = no_stream,
    .stream_connect = no_stream,
    .iface_watch = no_ifaces,
};

/* ---- the log ---- */

static void write_log(void *run, const BerthLogEvent *event)
{
    static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    BerthHarness *harness = run;

    g_string_append_printf(harness->log, "%s %s %s %s\n", levels[event->level], event->logger,
                           event->id, event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

/* ---- configuration ---- */

static BerthConf *read_conf(const BerthHarness *harness, const char *parameters,
                            BerthErrors *errors)
{
    g_autofree char *text = g_strdup_printf(
        "{\"Dhcp4\": {%s%s \"plugins\": [{\"name\": \"%s\", \"parameters\": %s}], \"subnet4\": "
        "[{\"id\": 1, \"subnet\": \"192.0.2.0/24\"}]}}",
        harness->globals ? harness->globals : "", harness->globals ? "," : "", harness->path,
        parameters ? parameters : "{}");
    BerthDoc *doc = berth_doc_parse_json(berth_bytes(text), "<harness>", false, errors);

    return doc ? berth_conf_from_doc(doc, "<harness>", errors) : NULL;
}

static bool configure(BerthHarness *harness, const char *parameters, BerthErrors *errors)
{
    BerthServer *server = harness->server;
    BerthConf *conf = read_conf(harness, parameters, errors);

    if (conf)
        berth_server_make_families(server, conf);
    if (!conf || !berth_loader_prepare(server->loader, conf, errors) ||
        !berth_loader_apply(server->loader, conf, errors)) {
        berth_conf_unref(conf);
        return false;
    }
    berth_conf_unref(server->conf);
    server->conf = conf;
    return true;
}

bool berth_harness_reload(BerthHarness *harness, const char *parameters, GError **error)
{
    BerthErrors errors;
    bool good;

    berth_errors_init(&errors);
    good = configure(harness, parameters, &errors);
    if (!good) {
        g_autofree char *why = berth_errors_text(&errors);

        berth_fail(error, -EINVAL, "%s", why);
    }
    berth_errors_clear(&errors);
    berth_harness_pass(harness, 0);
    return good;
}

/* ---- making ---- */

BerthHarness *berth_harness_new_with(const char *path, const char *parameters, const char *globals,
                                     GError **error)
{
    static const BerthServerOptions options = {
        .plugin_path = "", .paths = {"/data", "/log", "/run"}, .no_path_checks = true};
    BerthHarness *harness = g_new0(BerthHarness, 1);

    harness->world = berth_fake_world_new(1, &ops);
    harness->server = berth_server_new(&harness->world->world, &options);
    harness->path = g_canonicalize_filename(path, NULL);
    harness->globals = g_strdup(globals);
    harness->log = g_string_new(NULL);
    harness->answer = g_string_new(NULL);
    berth_log_set_verbose(harness->server->log, true);
    berth_log_add_sink(harness->server->log, &sink, harness);
    if (berth_harness_reload(harness, parameters, error))
        return harness;
    berth_harness_free(harness);
    return NULL;
}

BerthHarness *berth_harness_new(const char *path, const char *parameters, GError **error)
{
    return berth_harness_new_with(path, parameters, NULL, error);
}

void berth_harness_free(BerthHarness *harness)
{
    if (!harness)
        return;
    berth_server_free(harness->server);
    berth_fake_world_free(harness->world);
    g_string_free(harness->log, TRUE);
    g_string_free(harness->answer, TRUE);
    g_free(harness->path);
    g_free(harness->globals);
    g_free(harness);
}

BerthServer *berth_harness_server(BerthHarness *harness)
{
    return harness->server;
}

void berth_harness_pass(BerthHarness *harness, uint64_t msec)
{
    berth_fake_world_pass(harness->world, (int64_t)msec * 1000);
}

/* ---- packets ---- */

/* Payloads are written in groups of any size. */
static char *without_spaces(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++)
        if (!g_ascii_isspace(*text))
            g_string_append_c(out, *text);
    return g_string_free(out, FALSE);
}

BerthPacket *berth_harness_packet(BerthHarness *harness, const char *text)
{
    static const BerthIface iface = {.index = 2, .name = "test0", .up = true};
    g_autofree char *hex = without_spaces(text);
    size_t size = strlen(hex) / 2 + 1;
    g_autofree uint8_t *payload = g_malloc(size);
    BerthDatagram in = {.src = BERTH_ADDR4_ANY, .src_port = 68, .dst_port = 67};
    BerthPacket *pkt;
    int len = berth_hex_parse(hex, payload, size);

    if (len < 0)
        return NULL;
    in.dst = berth_addr4(UINT32_MAX);
    in.data = (BerthBytes){payload, (size_t)len};
    pkt =
        berth_runner_packet(&harness->server->families[0]->env, harness->server->conf, &iface, &in);
    if (pkt)
        pkt->parsed = berth_msg4_parse(&pkt->v4.query, pkt->in.data, BERTH_BOOTREQUEST,
                                       &pkt->arena) == BERTH_PARSE4_OK;
    return pkt;
}

BerthPacket *berth_harness_message(BerthHarness *harness, BerthType4 type, const char *options)
{
    GString *hex = g_string_new("01010600 01020304 00000000");
    BerthPacket *pkt;

    for (int i = 0; i < 16; i++)
        g_string_append(hex, "00");
    g_string_append(hex, "aabbccddeeff");
    for (int i = 0; i < 10 + 64 + 128; i++)
        g_string_append(hex, "00");
    g_string_append_printf(hex, "63825363 3501%02x %s ff", (unsigned)type, options ? options : "");
    pkt = berth_harness_packet(harness, hex->str);
    g_string_free(hex, TRUE);
    return pkt;
}

/* ---- running ---- */

static BerthVerdict hold(BerthPacket *pkt)
{
    berth_packet_wait(pkt);
    return BERTH_PARK;
}

/* Where a packet stands that a callout parked: whatever it is resumed with, it is held afterwards,
 * so that the test may look at it. Its cursor is behind all callouts of the point. */
static const BerthStep held_steps[] = {
    {NULL, BERTH_POINT_subnet4_select, 0, hold, true},
    {hold, BERTH_POINT_NONE, 0, NULL, false},
    {NULL, BERTH_POINT_NONE, 0, NULL, false},
};
static const BerthPath held = {"held", held_steps, NULL};

static void stand_still(BerthPacket *pkt)
{
    pkt->path = &held;
    pkt->row = 0;
    pkt->stage = BERTH_STAGE_HOOK;
    pkt->callout_at = UINT_MAX;
}

BerthVerdict berth_harness_run(BerthHarness *harness, const char *point, BerthPacket *pkt,
                               BerthLease *lease)
{
    const BerthCallouts *callouts = harness->server->conf->callouts;
    Record *record = berth_packet_slot(pkt, harness, sizeof(Record));
    BerthPoint at = berth_point_find(point);
    BerthVerdict verdict;

    if (!record || at == BERTH_POINT_NONE)
        return BERTH_DROP;
    if (g_strcmp0(record->point, point) != 0)
        record->cursor = 0;
    berth_park_cancel(harness->server->runner, pkt);
    pkt->running = true;
    verdict = berth_callouts_run(callouts, at, pkt, lease, &record->cursor);
    pkt->running = false;
    record->point = verdict == BERTH_PARK ? point : NULL;
    record->ticket = pkt->ticket;
    stand_still(pkt);
    if (verdict != BERTH_PARK)
        berth_park_cancel(harness->server->runner, pkt);
    return verdict;
}

bool berth_harness_resumed(BerthHarness *harness, BerthPacket *pkt, BerthVerdict *ret)
{
    const Record *record = berth_packet_slot(pkt, harness, sizeof(Record));

    if (!record || !record->point ||
        (record->ticket != 0 && berth_packet_parked(harness->server, record->ticket)))
        return false;
    *ret = pkt->resumed_as;
    return true;
}

/* ---- asking ---- */

uint64_t berth_harness_counter(BerthHarness *harness, const char *name)
{
    return *berth_server_counter(harness->server, name);
}

const char *berth_harness_log(BerthHarness *harness)
{
    return harness->log->str;
}

static void take_answer(void *data, BerthBytes json)
{
    BerthHarness *harness = data;

    g_string_append_len(harness->answer, (const char *)json.data, (gssize)json.len);
    harness->answered = true;
}

const char *berth_harness_command(BerthHarness *harness, const char *json)
{
    g_string_truncate(harness->answer, 0);
    harness->answered = false;
    berth_server_command(harness->server, berth_bytes(json), take_answer, harness);
    berth_harness_pass(harness, 0);
    return harness->answered ? harness->answer->str : NULL;
}
