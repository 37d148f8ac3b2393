/* test_bench - see test_bench.h. */
#include "test_bench.h"

#include "core/server/store.h"
#include "tests/lib/rows.h"
#include <glib/gstdio.h>

#define UNTIL_USEC (INT64_C(30) * G_USEC_PER_SEC) /* only what fails waits so long */
#define STEP_USEC 200

extern const BerthPlugin berth_plugin;

/* ---- lines ---- */

typedef struct Line {
    Machine *machine;
    BerthStream *client, *redis;
    GByteArray *held[2]; /* to redis, to the client */
    bool is_ears, is_dying;
} Line;

static void line_free(Line *line)
{
    berth_stream_close(line->client);
    berth_stream_close(line->redis);
    g_byte_array_unref(line->held[0]);
    g_byte_array_unref(line->held[1]);
    g_free(line);
}

static void line_end(Line *line)
{
    g_ptr_array_remove_fast(line->machine->lines, line);
}

static bool is_held(const Line *line, bool to_client)
{
    const Machine *machine = line->machine;

    return machine->fault == LINE_HELD || (line->is_ears && machine->holds_ears) ||
           (!line->is_ears && to_client && machine->holds_replies);
}

static void put(Line *line, bool to_client, BerthBytes bytes)
{
    if (is_held(line, to_client))
        g_byte_array_append(line->held[to_client], bytes.data, (unsigned)bytes.len);
    else
        berth_stream_write(to_client ? line->client : line->redis, bytes);
}

static bool has(BerthBytes bytes, const char *text)
{
    return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

static bool is_commit(const Line *line, BerthBytes bytes)
{
    const Store *store = line->machine->store;

    return (store && has(bytes, store->place.shas[SCRIPT_COMMIT])) ||
           has(bytes, "commit - all units");
}

static void from_client(void *data, BerthBytes bytes)
{
    Line *line = data;
    Machine *machine = line->machine;

    if (has(bytes, "XREAD"))
        line->is_ears = true;
    if (machine->fault == LINE_ANSWER && has(bytes, machine->word)) {
        machine->fault = LINE_GOOD;
        berth_stream_write(line->client, berth_bytes(machine->answer));
        return;
    }
    if ((machine->fault == LINE_CUT_REQUEST || machine->fault == LINE_CUT_REPLY) &&
        is_commit(line, bytes)) {
        if (machine->fault == LINE_CUT_REQUEST) {
            machine->fault = LINE_GOOD;
            line_end(line);
            return;
        }
        line->is_dying = true;
    }
    put(line, false, bytes);
}

/* The reply begins, and does not end. */
static void die(Line *line, BerthBytes bytes)
{
    line->machine->fault = LINE_GOOD;
    berth_stream_write(line->client, (BerthBytes){bytes.data, MIN(bytes.len, 5)});
    line_end(line);
}

static void from_redis(void *data, BerthBytes bytes)
{
    Line *line = data;

    if (line->is_dying)
        die(line, bytes);
    else
        put(line, true, bytes);
}

static void on_end(void *data)
{
    line_end(data);
}

static void on_fail(void *data, int error)
{
    (void)error;
    line_end(data);
}

static void on_accepted(void *data, BerthStream *stream)
{
    static const BerthStreamEvents client_events = {
        .size = sizeof(client_events), .received = from_client, .ended = on_end, .failed = on_fail};
    static const BerthStreamEvents redis_events = {
        .size = sizeof(redis_events), .received = from_redis, .ended = on_end, .failed = on_fail};
    Machine *machine = data;
    g_autofree char *address =
        g_strconcat("unix:", test_redis_socket(machine->bench->proc->redis), NULL);
    Line *line = g_new0(Line, 1);

    *line = (Line){.machine = machine, .client = stream};
    line->held[0] = g_byte_array_new();
    line->held[1] = g_byte_array_new();
    if (machine->fault == LINE_DOWN ||
        berth_stream_connect(machine->server, address, &redis_events, line, &line->redis) < 0) {
        line_free(line);
        return;
    }
    g_ptr_array_add(machine->lines, line);
    berth_stream_set_events(stream, &client_events, line);
}

void machine_cut(Machine *machine)
{
    while (machine->lines->len)
        g_ptr_array_remove_index_fast(machine->lines, 0);
}

static void release(Line *line)
{
    for (int to_client = 0; to_client < 2; to_client++) {
        GByteArray *held = line->held[to_client];

        if (held->len && !is_held(line, to_client)) {
            berth_stream_write(to_client ? line->client : line->redis,
                               (BerthBytes){held->data, held->len});
            g_byte_array_set_size(held, 0);
        }
    }
}

void machine_set_fault(Machine *machine, LineFault fault)
{
    machine->fault = fault;
    if (fault == LINE_DOWN)
        machine_cut(machine);
    for (unsigned i = 0; i < machine->lines->len; i++)
        release(g_ptr_array_index(machine->lines, i));
}

void machine_set_answer(Machine *machine, const char *word, const char *answer)
{
    machine->word = word;
    machine->answer = answer;
    machine_set_fault(machine, LINE_ANSWER);
}

/* ---- machines ---- */

/* In memory, where that is possible: the disks of test machines are slow, and not what is tested.
 */
static char *make_dir(void)
{
    g_autofree char *shared = g_strdup("/dev/shm/berth-server-XXXXXX");

    return g_mkdtemp(shared) ? g_steal_pointer(&shared)
                             : g_dir_make_tmp("berth-server-XXXXXX", NULL);
}

/* Of files only. */
static void remove_dir(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

static void write_log(void *run, const BerthLogEvent *event)
{
    Machine *machine = run;

    g_string_append_printf(machine->log, "%s %s\n", event->id, event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

static void begin_listening(Machine *machine)
{
    static const BerthStreamEvents events = {.size = sizeof(events), .accepted = on_accepted};

    CHECK_INT(berth_stream_listen(machine->server, machine->address, &events, machine,
                                  &machine->listener),
              0);
}

static void boot(Machine *machine)
{
    BerthServerOptions options = {.plugin_path = "", .no_path_checks = true};

    for (int kind = 0; kind <= BERTH_PATH_RUN; kind++)
        options.paths[kind] = machine->dir;
    machine->server = berth_server_new(machine->bench->world, &options);
    g_queue_init(&machine->run.stores);
    g_queue_init(&machine->run.states);
    berth_log_set_verbose(machine->server->log, true);
    berth_log_add_sink(machine->server->log, &sink, machine);
    begin_listening(machine);
}

Machine *bench_machine(Bench *bench)
{
    Machine *machine = g_new0(Machine, 1);

    machine->bench = bench;
    machine->dir = make_dir();
    machine->address = g_strdup_printf("unix:%s/line", machine->dir);
    machine->log = g_string_new(NULL);
    machine->lines = g_ptr_array_new_with_free_func((GDestroyNotify)line_free);
    boot(machine);
    g_ptr_array_add(bench->machines, machine);
    return machine;
}

/* ---- with a core ---- */

static BerthConf *conf_of(void)
{
    static const char text[] =
        "{\"Dhcp4\": {\"subnet4\": [{\"id\": 1, \"subnet\": \"10.0.0.0/16\"}]},"
        " \"Dhcp6\": {\"subnet6\": [{\"id\": 1, \"subnet\": \"2001:db8::/64\"}]}}";
    BerthErrors errors;
    BerthConf *conf;

    berth_errors_init(&errors);
    conf = berth_conf_from_doc(berth_doc_parse_json(berth_bytes(text), "<bench>", false, &errors),
                               "<bench>", &errors);
    berth_errors_clear(&errors);
    return conf;
}

static void serve(Machine *machine)
{
    BerthServer *server = machine->server;
    g_autoptr(GError) error = NULL;

    server->conf = conf_of();
    berth_server_make_families(server, server->conf);
    machine->family = berth_server_family(server, machine->bench->family);
    for (BerthFamily **family = server->families; *family; family++)
        berth_leases_set_conf((*family)->env.leases, server->conf);
    CHECK_INT(machine_open(machine, &error), 0);
    CHECK_TEXT(error ? error->message : "", "");
    machine->family->store = berth_store_new(
        machine->family, (BerthStoreRef){berth_plugin.roles[0].ops, machine->store});
    berth_store_load(machine->family->store);
}

Machine *bench_server(Bench *bench)
{
    Machine *machine = bench_machine(bench);

    serve(machine);
    return machine;
}

static void shut_down(Machine *machine)
{
    if (machine->family)
        machine->store = NULL; /* The core closes it. */
    else
        machine_close(machine);
    berth_stream_close(machine->listener);
    machine->server->world->ops->end_jobs(machine->server->world);
    berth_server_free(machine->server);
    state_forget(&machine->run.states);
    machine_cut(machine);
    machine->family = NULL;
}

void machine_restart(Machine *machine)
{
    machine->store->phase = PHASE_AWAY; /* It says no farewell. */
    shut_down(machine);
    machine->fault = LINE_GOOD;
    boot(machine);
    serve(machine);
}

int machine_open(Machine *machine, GError **error)
{
    Conf conf = machine->bench->conf;
    void *store = NULL;
    int r;

    if (!conf.redis.cluster && conf.redis.sentinels.n == 0)
        conf.redis.unix_socket = machine->address + strlen("unix:");
    r = store_open(&machine->run, machine->server, machine->bench->family, &conf, &store, error);
    machine->store = store;
    return r;
}

void machine_close(Machine *machine)
{
    if (machine->store)
        store_close(g_steal_pointer(&machine->store));
}

void machine_crash(Machine *machine)
{
    if (machine->store)
        machine->store->phase = PHASE_AWAY;
    machine_close(machine);
}

static void machine_free(gpointer data)
{
    Machine *machine = data;

    shut_down(machine);
    g_ptr_array_unref(machine->lines);
    g_string_free(machine->log, TRUE);
    remove_dir(machine->dir);
    g_free(machine->dir);
    g_free(machine->address);
    g_free(machine);
}

/* ---- the bench ---- */

/* The parameters' own defaults, and times that a test can wait for. */
static Conf usual_conf(void)
{
    return (Conf){
        .redis = {.key_prefix = "t",
                  .database = 0,
                  .connect_timeout_sec = 1,
                  .command_timeout_sec = 1,
                  .reconnect_wait_ms = 5,
                  .reconnect_wait_max_ms = 50,
                  .tls_verify = true},
        .durability = DURABILITY_MASTER,
        .replicas = 1,
        .wait_ms = 200,
        .guard_sec = 2,
        .grace_sec = 300,
        .foreign_extra_sec = 60,
        .server_timeout_sec = 10,
        .stream_length = 10000,
    };
}

/* FLUSHALL would write the file of the log anew each time. */
void bench_empty(Bench *bench)
{
    static const char *const names[KEYS] = {"leases", "bindings", "meta",
                                            "log",    "servers",  "asserted"};

    for (unsigned i = 0; i < KEYS; i++)
        proc_tell(bench->proc, "DEL {t:%d}:%s", bench->family, names[i]);
}

Bench *bench_new(Proc *proc, int family)
{
    Bench *bench = g_new0(Bench, 1);

    bench->family = family;
    bench->proc = proc;
    bench->world = berth_world_real_new(NULL);
    bench->machines = g_ptr_array_new_with_free_func(machine_free);
    bench->conf = usual_conf();
    bench->told = g_string_new(NULL);
    bench_empty(bench);
    for (unsigned i = 0; i < SCRIPTS; i++)
        proc_tell(proc, "SCRIPT LOAD %s", lease_redis_scripts[i]);
    return bench;
}

void bench_free(Bench *bench)
{
    while (bench->machines->len)
        g_ptr_array_remove_index_fast(bench->machines, 0);
    g_ptr_array_unref(bench->machines);
    berth_world_real_free(bench->world);
    g_string_free(bench->told, TRUE);
    g_free(bench);
}

static void step(void)
{
    if (!g_main_context_iteration(NULL, FALSE))
        g_usleep(STEP_USEC);
}

bool bench_until(Bench *bench, bool (*is_so)(void *data), void *data)
{
    int64_t end = berth_world_boot_usec(bench->world) + UNTIL_USEC;

    while (!is_so(data)) {
        if (berth_world_boot_usec(bench->world) > end)
            return false;
        step();
    }
    return true;
}

void bench_pass(Bench *bench, unsigned msec)
{
    int64_t end = berth_world_boot_usec(bench->world) + msec * INT64_C(1000);

    do
        step();
    while (berth_world_boot_usec(bench->world) < end);
}

/* The counter that all should have been told of; 0: nobody answers. */
static uint64_t stored_counter(const Bench *bench)
{
    g_autofree char *meta = g_strdup_printf("{t:%d}:meta", bench->family);
    redisReply *reply = proc_do(bench->proc, "HGET %s counter", meta);
    uint64_t counter = reply && reply->str ? g_ascii_strtoull(reply->str, NULL, 10) : 0;

    if (reply)
        freeReplyObject(reply);
    return counter;
}

static bool is_quiet(const Machine *machine, uint64_t counter)
{
    const Store *store = machine->store;

    if (!store)
        return true;
    if (store->flights.length || (store->load.scan && scan_is_asking(store->load.scan)) ||
        berth_redis_waiting(store->redis))
        return false;
    if (store->superseding)
        return false;
    if (store->phase == PHASE_HELD)
        return true;
    if (store->load.is_waiting)
        return false;
    if (store->phase != PHASE_SERVING || machine->fault != LINE_GOOD)
        return store->phase != PHASE_SERVING && machine->fault != LINE_GOOD;
    return !store->is_unsure_asked && g_hash_table_size(store->unsure) == 0 &&
           store->mend.calls == 0 &&
           (!store->follow.is_wanted || machine->holds_ears || store->follow.counter >= counter);
}

typedef struct Quiet {
    const Bench *bench;
    uint64_t counter;
} Quiet;

static bool are_quiet(void *data)
{
    const Quiet *quiet = data;

    for (unsigned i = 0; i < quiet->bench->machines->len; i++)
        if (!is_quiet(g_ptr_array_index(quiet->bench->machines, i), quiet->counter))
            return false;
    return true;
}

static bool are_idle(void *data)
{
    const Bench *bench = data;

    for (unsigned i = 0; i < bench->machines->len; i++) {
        const Machine *machine = g_ptr_array_index(bench->machines, i);

        if (machine->store && machine->store->flights.length)
            return false;
    }
    return true;
}

/* A line that is broken on purpose: only what was handed over has to end. */
static bool is_broken(const Bench *bench)
{
    for (unsigned i = 0; i < bench->machines->len; i++)
        if (((const Machine *)g_ptr_array_index(bench->machines, i))->fault == LINE_DOWN)
            return true;
    return false;
}

void bench_settle(Bench *bench)
{
    Quiet quiet = {.bench = bench};

    if (is_broken(bench)) {
        CHECK(bench_until(bench, are_idle, bench));
        return;
    }
    do {
        quiet.counter = stored_counter(bench);
        if (!CHECK(bench_until(bench, are_quiet, &quiet)))
            return;
    } while (quiet.counter != stored_counter(bench));
}
