/* test_site - see test_site.h. */
#include "test_site.h"

#include "core/lease/leases_i.h"
#include "tests/lib/rows.h"

Proc redis;

/* ---- leases: letters at octets ---- */

static BerthAddr addr_of(unsigned octet)
{
    return berth_addr4(0x0a000000 + octet);
}

BerthLeases *leases_of(const Machine *machine)
{
    return machine->family->env.leases;
}

static BerthLease lease_of(const Machine *machine, unsigned octet, char client)
{
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.addr = addr_of(octet);
    lease.subnet_id = 1;
    lease.cltt = berth_leases_now(leases_of(machine));
    lease.valid_sec = 3600;
    lease.hwaddr =
        (BerthHwaddr){1, 6, {2, 0, 0, (uint8_t)client, (uint8_t)(octet >> 8), (uint8_t)octet}};
    return lease;
}

typedef struct Commit {
    unsigned left;
    GString *results;
} Commit;

static void on_committed(void *data, BerthCommitResult result)
{
    Commit *commit = data;

    commit->left--;
    g_string_append_c(commit->results, "ocfu"[result]);
}

static bool is_done(void *data)
{
    return ((const Commit *)data)->left == 0;
}

/* Proposes what the table allows: a change of what is there, or a new lease; `client` 0: removal.
 */
static void submit(const Machine *machine, unsigned octet, char client, Commit *commit)
{
    BerthUnit *unit = berth_unit_new(leases_of(machine));
    BerthLease before, after = lease_of(machine, octet, client);
    bool was = berth_table_get(berth_leases_table(leases_of(machine)), after.addr, &before);

    if (berth_unit_add(unit, was ? &before : NULL, client ? &after : NULL) != BERTH_PROPOSED) {
        g_string_append_c(commit->results, 'b');
        berth_unit_abandon(unit);
        return;
    }
    commit->left++;
    berth_unit_submit(unit, on_committed, commit);
}

/* One after the other, all at once; the results' letters. */
char *commit_all(const Machine *machine, unsigned first, unsigned n, char client)
{
    Commit commit = {.results = g_string_new(NULL)};

    for (unsigned i = 0; i < n; i++)
        submit(machine, first + i, client, &commit);
    CHECK(bench_until(machine->bench, is_done, &commit));
    return g_string_free(commit.results, FALSE);
}

void check_commit(const Machine *machine, unsigned octet, char client, const char *want)
{
    g_autofree char *got = commit_all(machine, octet, 1, client);

    if (!strchr(want, *got))
        CHECK_TEXT(got, want);
}

/* ---- what is known ---- */

char *table_of(const Machine *machine)
{
    GString *text = g_string_new(NULL);
    BerthAddr after = BERTH_ADDR4_ANY;
    BerthLease lease;

    while (berth_table_after(berth_leases_table(leases_of(machine)), after, &lease)) {
        after = lease.addr;
        /* cppcheck-suppress invalidPrintfArgType_uint */
        g_string_append_printf(text, "%s%u%c", text->len ? " " : "",
                               lease.addr.b[14] << 8 | lease.addr.b[15], lease.hwaddr.bytes[3]);
    }
    return g_string_free(text, FALSE);
}

void check_table(const Machine *machine, const char *want)
{
    g_autofree char *got = table_of(machine);

    CHECK_TEXT(got, want);
}

int64_t number_of(const char *command, PlaceKey key, const char *rest)
{
    g_autofree char *line = g_strdup_printf(
        "%s {t:4}:%s%s", command,
        (const char *[]){"leases", "bindings", "meta", "log", "servers", "asserted"}[key], rest);

    return g_ascii_strtoll(test_redis_say(redis.redis, line), NULL, 10);
}

int64_t stored(void)
{
    return number_of("HLEN", KEY_LEASES, "");
}

static bool is_serving(void *data)
{
    const Machine *machine = data;

    return machine->store->phase == PHASE_SERVING && machine->family->ready &&
           machine->store->load.stage == LOAD_ENDED && machine->store->mend.calls == 0 &&
           leases_of(machine)->reload.phase == BERTH_RELOADING_NOT;
}

void await(Machine *machine)
{
    CHECK(bench_until(machine->bench, is_serving, machine));
}

void check_health(const Machine *machine, BerthHealth want, const char *why)
{
    char text[STORE_TEXT];

    CHECK_INT(store_health(machine->store, text, sizeof(text)), want);
    CHECK_HAS(text, why);
}

Bench *bench_of(unsigned servers)
{
    Bench *bench = bench_new(&redis, 4);

    for (unsigned i = 0; i < servers; i++)
        await(bench_server(bench));
    return bench;
}

Machine *machine_at(const Bench *bench, unsigned i)
{
    return g_ptr_array_index(bench->machines, i);
}

/* Everybody knows everything, and can change it. */
void check_same(Bench *bench)
{
    g_autofree char *first = NULL;

    for (unsigned i = 0; i < bench->machines->len; i++)
        await(machine_at(bench, i));
    bench_settle(bench);
    first = table_of(machine_at(bench, 0));
    for (unsigned i = 1; i < bench->machines->len; i++)
        check_table(machine_at(bench, i), first);
    CHECK_INT(stored(), berth_table_count(berth_leases_table(leases_of(machine_at(bench, 0)))));
    for (unsigned i = 0; i < bench->machines->len; i++)
        check_commit(machine_at(bench, i), 240 + i, 'z', "o");
}
