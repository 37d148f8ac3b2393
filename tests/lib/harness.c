/* harness - see harness.h. A real BerthServer that was never started, on a fake world. */
#include "tests/lib/harness.h"

#include "core/packet/runner.h"
#include "core/server/server.h"
#include "tests/lib/fake_echo.h"
#include "tests/lib/fake_world.h"
#include "tests/lib/rows.h"
#include <errno.h>

struct BerthHarness {
    BerthFakeWorld *world;
    BerthServer *server;
    char *path, *globals4, *globals6;
    int family; /* whose map names the plugin; 0: the top of the file does */
    GString *log, *answer, *program;
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
    g_autofree char *plugin =
        g_strdup_printf("\"plugins\": [{\"name\": \"%s\", \"parameters\": %s}],", harness->path,
                        parameters ? parameters : "{}");
    g_autofree char *text = g_strdup_printf(
        "{%s \"Dhcp4\": {%s%s%s \"subnet4\": [{\"id\": 1, \"subnet\": \"192.0.2.0/24\"}]},"
        " \"Dhcp6\": {%s%s%s \"subnet6\": [{\"id\": 1, \"subnet\": \"2001:db8:1::/64\"}]}}",
        harness->family == 0 ? plugin : "", harness->family == 4 ? plugin : "",
        harness->globals4 ? harness->globals4 : "", harness->globals4 ? "," : "",
        harness->family == 6 ? plugin : "", harness->globals6 ? harness->globals6 : "",
        harness->globals6 ? "," : "");
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

static BerthHarness *new_harness(const char *path, int family, const char *globals4,
                                 const char *globals6)
{
    static const BerthServerOptions options = {
        .plugin_path = "", .paths = {"/data", "/log", "/run", "/script"}, .no_path_checks = true};
    BerthHarness *harness = g_new0(BerthHarness, 1);

    harness->world = berth_fake_world_new(1, &ops);
    harness->server = berth_server_new(&harness->world->world, &options);
    harness->path = g_canonicalize_filename(path, NULL);
    harness->globals4 = g_strdup(globals4);
    harness->globals6 = g_strdup(globals6);
    harness->family = family;
    harness->log = g_string_new(NULL);
    harness->answer = g_string_new(NULL);
    harness->program = g_string_new(NULL);
    berth_log_set_verbose(harness->server->log, true);
    berth_log_add_sink(harness->server->log, &sink, harness);
    return harness;
}

static BerthHarness *configured(BerthHarness *harness, const char *parameters, GError **error)
{
    if (berth_harness_reload(harness, parameters, error))
        return harness;
    berth_harness_free(harness);
    return NULL;
}

BerthHarness *berth_harness_new_with(const char *path, const char *parameters, const char *globals4,
                                     const char *globals6, GError **error)
{
    return configured(new_harness(path, 0, globals4, globals6), parameters, error);
}

BerthHarness *berth_harness_new_for(const char *path, int family, const char *parameters,
                                    GError **error)
{
    return configured(new_harness(path, family, NULL, NULL), parameters, error);
}

BerthHarness *berth_harness_new(const char *path, const char *parameters, GError **error)
{
    return berth_harness_new_with(path, parameters, NULL, NULL, error);
}

static void check_refused(BerthHarness *harness, const GError *error, const char *parameters,
                          const char *want)
{
    berth_row("%s", parameters);
    CHECK(harness == NULL);
    CHECK_HAS(error ? error->message : "", want);
    berth_harness_free(harness);
}

void berth_harness_check_refused(const char *path, const char *parameters, const char *want)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new(path, parameters, &error);

    check_refused(harness, error, parameters, want);
}

void berth_harness_check_refused_for(const char *path, int family, const char *parameters,
                                     const char *want)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new_for(path, family, parameters, &error);

    check_refused(harness, error, parameters, want);
}

void berth_harness_free(BerthHarness *harness)
{
    if (!harness)
        return;
    berth_server_free(harness->server);
    berth_fake_world_free(harness->world);
    g_string_free(harness->log, TRUE);
    g_string_free(harness->answer, TRUE);
    g_string_free(harness->program, TRUE);
    g_free(harness->path);
    g_free(harness->globals4);
    g_free(harness->globals6);
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

/* Appends what is written in groups of any size; false: it is no hex. */
static bool put_hex(GByteArray *out, const char *text)
{
    g_autoptr(GString) hex = g_string_new(NULL);
    g_autofree uint8_t *bytes = NULL;
    int len;

    for (; text && *text; text++)
        if (!g_ascii_isspace(*text))
            g_string_append_c(hex, *text);
    bytes = g_malloc(hex->len / 2 + 1);
    len = berth_hex_parse(hex->str, bytes, hex->len / 2 + 1);
    if (len > 0)
        g_byte_array_append(out, bytes, (guint)len);
    return len >= 0;
}

static BerthPacket *new_packet(BerthHarness *harness, int family, const GByteArray *payload,
                               BerthDatagram in)
{
    static const BerthIface iface = {.index = 2, .name = "test0", .up = true};

    in.data = (BerthBytes){payload->data, payload->len};
    return berth_runner_packet(&berth_server_family(harness->server, family)->env,
                               harness->server->conf, &iface, &in);
}

BerthPacket *berth_harness_packet(BerthHarness *harness, const char *text)
{
    BerthDatagram in = {.src = BERTH_ADDR4_ANY, .src_port = 68, .dst_port = 67};
    g_autoptr(GByteArray) payload = g_byte_array_new();
    BerthPacket *pkt;

    if (!put_hex(payload, text))
        return NULL;
    in.dst = berth_addr4(UINT32_MAX);
    pkt = new_packet(harness, 4, payload, in);
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

/* Parsed, and its client found as its DUID names it. */
static BerthPacket *packet6(BerthHarness *harness, const GByteArray *payload, const char *source)
{
    BerthDatagram in = {.src_port = 546, .dst_port = 547};
    BerthPacket *pkt;

    berth_addr_parse(source, &in.src);
    berth_addr_parse("ff02::1:2", &in.dst);
    pkt = new_packet(harness, 6, payload, in);
    if (!pkt || berth_msg6_parse(&pkt->v6.query, pkt->in.data, &pkt->arena) != BERTH_PARSE6_OK)
        return pkt;
    pkt->parsed = true;
    berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENTID, &pkt->client.client_id);
    berth_duid_hwaddr(pkt->client.client_id, &pkt->client.hwaddr);
    return pkt;
}

BerthPacket *berth_harness_packet6(BerthHarness *harness, const char *text)
{
    g_autoptr(GByteArray) payload = g_byte_array_new();

    return put_hex(payload, text) ? packet6(harness, payload, "fe80::a8bb:ccff:fedd:eeff") : NULL;
}

BerthPacket *berth_harness_message6(BerthHarness *harness, BerthType6 type, const char *options)
{
    g_autofree char *text = g_strdup_printf("%02x 010203 0001 000a 0003 0001 aabbccddeeff %s",
                                            (unsigned)type, options ? options : "");

    return berth_harness_packet6(harness, text);
}

/* RFC 9915 section 9. */
BerthPacket *berth_harness_relayed6(BerthHarness *harness, const BerthPacket *pkt, const char *link,
                                    const char *options)
{
    uint8_t head[] = {BERTH_RELAY_FORW, (uint8_t)berth_query6_relays(pkt)};
    uint8_t around[] = {0, BERTH_D6O_RELAY_MSG, (uint8_t)(pkt->in.data.len >> 8),
                        (uint8_t)pkt->in.data.len};
    g_autoptr(GByteArray) payload = g_byte_array_new();
    BerthAddr addr;

    if (berth_addr_parse(link, &addr) < 0)
        return NULL;
    g_byte_array_append(payload, head, sizeof(head));
    g_byte_array_append(payload, addr.b, sizeof(addr.b));
    g_byte_array_append(payload, pkt->in.src.b, sizeof(pkt->in.src.b));
    if (!put_hex(payload, options))
        return NULL;
    g_byte_array_append(payload, around, sizeof(around));
    g_byte_array_append(payload, pkt->in.data.data, (guint)pkt->in.data.len);
    return packet6(harness, payload, "fe80::ee");
}

BerthLease *berth_harness_add_lease(BerthPacket *pkt, BerthLeaseAct act)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, act);

    if (!pl)
        return NULL;
    berth_lease_clear(&pl->lease);
    if (pkt->env->family == 6)
        berth_lease_set_type(&pl->lease, BERTH_LEASE_NA);
    return &pl->lease;
}

void berth_harness_add_reply(BerthPacket *pkt, unsigned type)
{
    pkt->has_reply = true;
    if (pkt->env->family == 6)
        pkt->v6.reply.type = (BerthType6)type;
    else
        pkt->v4.reply.type = (BerthType4)type;
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

uint64_t berth_harness_counter_in(BerthHarness *harness, int family, const char *name)
{
    return *berth_server_counter_in(harness->server, family, name);
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

/* ---- hosts ---- */

static BerthAddr host_addr(const char *text)
{
    BerthAddr addr = BERTH_ADDR4_ANY;

    berth_addr_parse(text, &addr);
    return addr;
}

void berth_harness_host(BerthHarness *harness, const char *addr, bool answers)
{
    berth_fake_host_set(&harness->world->world, host_addr(addr),
                        answers ? BERTH_FAKE_HOST_ANSWERS : BERTH_FAKE_HOST_NONE);
}

unsigned berth_harness_asked(BerthHarness *harness, const char *addr)
{
    return berth_fake_host_asked(&harness->world->world, host_addr(addr));
}

/* ---- programs ---- */

static BerthFakeProgram *program_at(const BerthHarness *harness, unsigned i)
{
    const GPtrArray *programs = harness->world->programs;

    return i < programs->len ? programs->pdata[i] : NULL;
}

const char *berth_harness_program(BerthHarness *harness, unsigned i)
{
    const BerthFakeProgram *program = program_at(harness, i);

    if (!program)
        return NULL;
    g_string_printf(harness->program, "%s\n", program->path);
    for (char **arg = program->args; *arg; arg++)
        g_string_append_printf(harness->program, "%s\n", *arg);
    for (char **variable = program->env; *variable; variable++)
        g_string_append_printf(harness->program, "%s\n", *variable);
    return harness->program->str;
}

bool berth_harness_program_is_killed(BerthHarness *harness, unsigned i)
{
    const BerthFakeProgram *program = program_at(harness, i);

    return program && program->is_killed;
}

void berth_harness_end_program(BerthHarness *harness, unsigned i, int status)
{
    BerthFakeProgram *program = program_at(harness, i);

    if (program)
        berth_fake_world_end_program(harness->world, program, status);
}
