/* Redis keeps the contract of lease backends, for one server and for several. */
#include "test_bench.h"
#include "tests/contract/contract.h"
#include "tests/lib/rows.h"

extern const BerthPlugin berth_plugin;

static Proc redis;

static void *make(int family)
{
    Bench *bench = bench_new(&redis, family);

    bench_machine(bench);
    bench_machine(bench);
    return bench;
}

static void destroy(void *place)
{
    bench_free(place);
}

static Machine *machine_at(void *place, unsigned i)
{
    return g_ptr_array_index(((Bench *)place)->machines, i);
}

static void *open_at(void *place, unsigned i, GError **error)
{
    Machine *machine = machine_at(place, i);

    return machine_open(machine, error) < 0 ? NULL : machine->store;
}

static void *open_store(void *place, GError **error)
{
    return open_at(place, 0, error);
}

static void *open_other(void *place, GError **error)
{
    return open_at(place, 1, error);
}

static Machine *machine_of(void *place, const void *store)
{
    const Bench *bench = place;

    for (unsigned i = 0; i < bench->machines->len; i++)
        if (machine_at(place, i)->store == store)
            return machine_at(place, i);
    return NULL;
}

static void close_store(void *place, void *store)
{
    machine_close(machine_of(place, store));
}

static void crash(void *place, void *store)
{
    machine_crash(machine_of(place, store));
}

/* What was missed is no more in the log when it is looked for. */
static void find_out(Machine *machine)
{
    const Store *store = machine->store;

    if (!machine->holds_ears || !store)
        return;
    proc_tell(&redis, "XTRIM %s MAXLEN 0", store->place.keys[KEY_LOG]);
    machine->holds_ears = false;
    tail_refuse(store->follow.tail, "test");
    guard_look(machine->store);
}

static void settle(void *place)
{
    const Bench *bench = place;

    for (unsigned i = 0; i < bench->machines->len; i++) {
        Machine *machine = machine_at(place, i);

        if (machine->holds_ears)
            bench_settle(place);
        find_out(machine);
    }
    bench_settle(place);
}

static void break_down(void *place, bool broken)
{
    machine_set_fault(machine_at(place, 0), broken ? LINE_DOWN : LINE_GOOD);
    if (!broken)
        bench_settle(place);
}

static void lose_answer(void *place, void *store, bool is_written)
{
    machine_set_fault(machine_of(place, store), is_written ? LINE_CUT_REPLY : LINE_CUT_REQUEST);
}

static void miss(void *place, void *store)
{
    machine_of(place, store)->holds_ears = true;
}

static int run(int argc, char **argv)
{
    BerthContract contract = {
        .name = "contract_lease_redis",
        .ops = berth_plugin.roles[0].ops,
        .make = make,
        .destroy = destroy,
        .open = open_store,
        .close = close_store,
        .settle = settle,
        .crash = crash,
        .break_down = break_down,
        .open_other = open_other,
        .lose_answer = lose_answer,
        .miss = miss,
    };
    int r;

    proc_init(&redis, BENCH_REDIS);
    r = berth_contract_main(&contract, argc, argv);
    proc_clear(&redis);
    return r;
}

int main(int argc, char **argv)
{
    return proc_tests_main("contract_lease_redis", run, argc, argv);
}
