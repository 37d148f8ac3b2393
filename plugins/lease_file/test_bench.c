/* test_bench - see test_bench.h. */
#include "test_bench.h"

#include "core/conf/schema.h"
#include "core/lease/unit.h"
#include "core/server/command.h"
#include "tests/lib/rows.h"

#include <errno.h>

extern const BerthPlugin berth_plugin;

void bench_init(Bench *bench, int family)
{
    *bench = (Bench){.disk = berth_disk_new(),
                     .format = csv_format(family),
                     .path = family == 6 ? BENCH_PATH6 : BENCH_PATH,
                     .ops = berth_plugin.roles[0].ops};
    bench->run = g_malloc0(berth_plugin.run_size);
    bench->server = berth_fake_server_new(bench->disk);
    bench->leases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void bench_clear(Bench *bench)
{
    bench_close(bench);
    bench_settle(bench);
    g_hash_table_unref(bench->leases);
    g_free(bench->run);
    berth_fake_server_free(bench->server);
    berth_disk_free(bench->disk);
}

/* The plugin's own table fills its struct, as in the server. */
int bench_open(Bench *bench, GError **error)
{
    const BerthRole *role = &berth_plugin.roles[0];
    g_autofree void *conf = g_malloc0(role->conf_size);
    BerthFillTable table = {.items = role->conf, .ret = conf};
    BerthArena arena;
    BerthErrors errors;
    BerthFill fill = {.arena = &arena, .errors = &errors};
    g_autofree char *wrong = NULL;
    BerthDoc *doc;
    int r;

    berth_arena_init(&arena, 1 << 20);
    berth_errors_init(&errors);
    doc =
        berth_doc_parse_json(berth_bytes(bench->conf ? bench->conf : "{}"), "conf", false, &errors);
    berth_schema_fill(&fill, doc->root, "lease-database", &table, 1, sizeof(BerthConfItem));
    wrong = berth_errors_text(&errors);
    CHECK_TEXT(wrong, "");
    r = bench->ops->open(bench->run, bench->server, bench->format->family, conf, &bench->store,
                         error);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    berth_arena_clear(&arena);
    return r;
}

static void note_expected(void *data, uint64_t leases)
{
    ((Bench *)data)->expected = leases;
}

static void ignore_ready(void *data)
{
    (void)data;
}

static int load_one(void *data, const BerthLease *lease)
{
    Bench *bench = data;
    GString *row;
    char addr[BERTH_ADDR_TEXT];

    berth_addr_text(lease->addr, addr);
    if (lease->valid_sec == 0) {
        g_hash_table_remove(bench->leases, addr);
        return 0;
    }
    if (berth_lease_unfit(lease) || (bench->refuse && bench->refuse--))
        return -EINVAL;
    row = g_string_new(NULL);
    csv_append_row(bench->format, row, lease, false);
    g_string_truncate(row, row->len - 1);
    g_hash_table_replace(bench->leases, g_strdup(addr), g_string_free(row, FALSE));
    return 0;
}

int bench_start(Bench *bench, GError **error)
{
    const BerthLeaseSink sink = {load_one, note_expected, ignore_ready, bench};
    int r = bench_open(bench, error);

    g_hash_table_remove_all(bench->leases);
    if (r < 0)
        return r;
    while ((r = bench->ops->load(bench->store, 3, &sink, error)) > 0)
        if (r == BERTH_LOAD_WAITS)
            berth_fake_world_step(berth_fake_server_world(bench->server));
    return r;
}

void bench_begin(Bench *bench, int family, const char *conf)
{
    bench_init(bench, family);
    bench->conf = conf;
    CHECK_INT(bench_start(bench, NULL), 0);
}

void bench_check_start(Bench *bench, const char *addresses)
{
    g_autofree char *got = NULL;

    CHECK_INT(bench_start(bench, NULL), 0);
    got = bench_addresses(bench);
    CHECK_TEXT(got, addresses);
}

void bench_close(Bench *bench)
{
    if (bench->store)
        bench->ops->close(g_steal_pointer(&bench->store));
}

/* A dead server writes nothing more; closing it with nothing working only frees its memory. */
void bench_crash(Bench *bench, GRand *rand)
{
    BerthDiskNth all = {.ops = ~0u, .nth = 1, .error = -EIO};

    if (rand)
        berth_disk_crash_at_random(bench->disk, rand);
    else
        berth_disk_crash(bench->disk);
    berth_disk_on_call(bench->disk, berth_disk_fault_nth, &all);
    bench_close(bench);
    bench_settle(bench);
    berth_disk_on_call(bench->disk, NULL, NULL);
}

void bench_settle(Bench *bench)
{
    berth_fake_world_settle(berth_fake_server_world(bench->server));
}

static void answered(void *data, BerthBytes json)
{
    *(char **)data = g_strndup((const char *)json.data, json.len);
}

char *bench_command(Bench *bench, const char *name)
{
    BerthCommands *commands = berth_commands_new(bench->server);
    g_autofree char *json = g_strdup_printf("{\"command\": \"%s\"}", name);
    char *answer = NULL;

    for (const BerthHook *hook = berth_plugin.hooks; hook->name; hook++)
        berth_commands_add(commands, berth_plugin.name, hook, NULL, bench->run);
    berth_commands_run(commands, bench->format->family, berth_bytes(json), answered, &answer);
    berth_commands_free(commands);
    return answer;
}

unsigned bench_logged(const Bench *bench, const char *what)
{
    unsigned n = 0;

    for (const char *at = berth_fake_server_log(bench->server); (at = strstr(at, what)); at++)
        n++;
    return n;
}

void bench_put(Bench *bench, const char *suffix, const char *text)
{
    g_autofree char *path = g_strconcat(bench->path, suffix, NULL);

    berth_disk_put(bench->disk, path, berth_bytes(text));
}

char *bench_get(const Bench *bench, const char *suffix)
{
    g_autofree char *path = g_strconcat(bench->path, suffix, NULL);
    BerthBytes bytes = berth_disk_get(bench->disk, path);
    char *text = bytes.data ? g_malloc0(bytes.len + 1) : NULL;

    for (size_t i = 0; text && i < bytes.len; i++)
        text[i] = bytes.data[i] ? (char)bytes.data[i] : '0';
    return text;
}

char *bench_addresses(const Bench *bench)
{
    GList *names = g_list_sort(g_hash_table_get_keys(bench->leases), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);

    for (GList *l = names; l; l = l->next)
        g_string_append_printf(text, "%s%s", text->len ? " " : "", (const char *)l->data);
    g_list_free(names);
    return g_string_free(text, FALSE);
}

const char *bench_addr(const Bench *bench, unsigned n, BenchText *ret)
{
    BerthAddr addr;

    g_snprintf(ret->text, sizeof(ret->text),
               bench->format->family == 4 ? "10.%u.%u.%u"
               : n % 2                    ? "2001:db8:%x:%x%02x::"
                                          : "2001:db8::%x:%x%02x",
               n >> 16, n >> 8 & 255, n & 255);
    CHECK_INT(berth_addr_parse(ret->text, &addr), 0);
    berth_addr_text(addr, ret->text);
    return ret->text;
}

const char *bench_row(const Bench *bench, unsigned n, unsigned valid_sec, unsigned expire,
                      BenchText *ret)
{
    BenchText addr;

    bench_addr(bench, n, &addr);
    if (bench->format->family == 4)
        g_snprintf(ret->text, sizeof(ret->text), "%s,0a,,%u,%u,1,0,0,,0,,0", addr.text, valid_sec,
                   expire);
    else
        g_snprintf(ret->text, sizeof(ret->text), "%s,00:01:0a,%u,%u,1,60,%u,7,%u,0,0,,,0,,,,0",
                   addr.text, valid_sec, expire, n % 2 ? 2u : 0u, n % 2 ? 64u : 128u);
    return ret->text;
}

unsigned bench_loaded_expire(const Bench *bench, unsigned n)
{
    BenchText addr;
    const char *row = g_hash_table_lookup(bench->leases, bench_addr(bench, n, &addr));
    g_auto(GStrv) fields = row ? g_strsplit(row, ",", -1) : NULL;

    return fields ? (unsigned)g_ascii_strtoull(fields[bench->format->family == 4 ? 4 : 3], NULL, 10)
                  : 0;
}

static void put_row(const Bench *bench, BerthUnit *unit, const char *text)
{
    bool removed = *text == '-', renewed = *text == '=';
    g_autofree char *line = g_strdup(text + (removed || renewed));
    BerthLease *lease = berth_lease_new();
    CsvReader reader;

    csv_reader_init(&reader, bench->format);
    CHECK_INT(csv_read_row(&reader, line, strlen(line), lease), 0);
    CHECK_TEXT(reader.why, "");
    CHECK(berth_unit_put(unit, removed || renewed ? lease : NULL, removed ? NULL : lease) != NULL);
    berth_lease_free(lease);
}

static void batch_done(void *data, BerthBatch *batch)
{
    BenchCommit *commit = data;

    CHECK(batch == commit->batch);
    CHECK(!commit->done);
    commit->done = true;
    commit->result = commit->unit->result;
    if (commit->answered)
        commit->answered(commit);
}

void bench_hand_over(Bench *bench, const char *const *rows, size_t n, BenchCommit *commit)
{
    commit->done = false;
    commit->batch = berth_batch_make(batch_done, commit);
    commit->unit = berth_unit_make();
    for (size_t i = 0; i < n; i++)
        put_row(bench, commit->unit, rows[i]);
    g_ptr_array_add(commit->batch->units, commit->unit);
    bench->ops->commit(bench->store, commit->batch);
    CHECK(!commit->done);
}

void bench_commit_clear(BenchCommit *commit)
{
    if (!commit->batch)
        return;
    berth_unit_destroy(g_steal_pointer(&commit->unit));
    berth_batch_destroy(g_steal_pointer(&commit->batch));
}

BerthCommitResult bench_commit(Bench *bench, const char *const *rows, size_t n)
{
    BenchCommit commit = {0};

    bench_hand_over(bench, rows, n, &commit);
    bench_settle(bench);
    CHECK(commit.done);
    bench_commit_clear(&commit);
    return commit.result;
}

BerthCommitResult bench_commit1(Bench *bench, const char *row)
{
    return bench_commit(bench, &row, 1);
}
