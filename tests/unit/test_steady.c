/* steady: once as much was in work as there is, leases are found, offered, given, renewed,
 * released, expired and reclaimed without allocating, without asking the world for random numbers,
 * and without a system call.
 *
 * malloc and its kin are this program's own, so that it can count them. System calls are counted by
 * the kernel: in its strict mode the first one ends the process (seccomp(2)). */
#include "core/lease/leases.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *at, size_t size);

static unsigned long n_allocations;

void *malloc(size_t size)
{
    n_allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    n_allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *at, size_t size)
{
    n_allocations++;
    return __libc_realloc(at, size);
}

#define CLIENTS 300
#define VALID 30

/* A backend that keeps nothing and answers when told to. */
typedef struct Nowhere {
    BerthBatch *batches[2];
    unsigned n;
} Nowhere;

static void commit(void *run, BerthBatch *batch)
{
    Nowhere *nowhere = run;

    nowhere->batches[nowhere->n++] = batch;
}

static void answer(Nowhere *nowhere)
{
    unsigned n = nowhere->n;

    nowhere->n = 0;
    for (unsigned b = 0; b < n; b++) {
        for (size_t i = 0; i < berth_batch_count(nowhere->batches[b]); i++)
            berth_unit_set_result(berth_batch_unit(nowhere->batches[b], i), BERTH_COMMIT_OK);
        berth_batch_done(nowhere->batches[b]);
    }
}

static void settle(Site *site, Nowhere *nowhere)
{
    do {
        answer(nowhere);
        berth_fake_world_settle(site->world);
    } while (nowhere->n > 0);
}

static void pass(Site *site, Nowhere *nowhere, unsigned sec)
{
    while (sec--) {
        berth_fake_world_pass(site->world, 1000000);
        settle(site, nowhere);
    }
}

static BerthClient client_of(unsigned i, uint8_t id[7])
{
    BerthClient client = {.hwaddr = {1, 6, {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}};

    id[0] = 1;
    memcpy(id + 1, client.hwaddr.bytes, 6);
    if (i % 3)
        client.client_id = (BerthBytes){id, 7};
    return client;
}

static void propose(Site *site, const BerthLease *before, const BerthLease *after)
{
    BerthUnit *unit = berth_unit_new(site->leases);

    /* CHECK_INT allocates. */
    CHECK(berth_unit_add(unit, before, after) == BERTH_PROPOSED);
    berth_unit_submit(unit, NULL, NULL);
}

static void discover(Site *site, unsigned i)
{
    uint8_t id[7];
    BerthClient client = client_of(i, id);
    BerthAddr addr;

    if (CHECK(berth_leases_pick(site->leases, &site->subnets[1], &client, BERTH_ADDR4_ANY, &addr)))
        berth_leases_hold(site->leases, addr, 2, &client);
}

/* Gives what was offered, or renews. */
static void request(Site *site, unsigned i)
{
    uint8_t id[7];
    BerthClient client = client_of(i, id);
    BerthLease lease = site_lease(site, 0, 'z'), found;
    bool has = berth_leases_of_client(site->leases, 2, &client, &found);

    lease.subnet_id = 2;
    lease.valid_sec = VALID;
    lease.hwaddr = client.hwaddr;
    lease.client_id = client.client_id;
    lease.hostname = (BerthBytes){(const uint8_t *)"desktop-0123456789", i % 5 ? 0 : 18};
    if (!berth_leases_held(site->leases, 2, &client, &lease.addr) && has)
        lease.addr = found.addr;
    has = has && berth_addr_equal(lease.addr, found.addr);
    if (CHECK(!berth_addr_is_any(lease.addr)))
        propose(site, has ? &found : NULL, &lease);
}

static void release(Site *site, unsigned i)
{
    uint8_t id[7];
    BerthClient client = client_of(i, id);
    BerthLease found, after;

    if (!CHECK(berth_leases_of_client(site->leases, 2, &client, &found)))
        return;
    after = found;
    after.state = BERTH_LEASE_RELEASED;
    propose(site, &found, &after);
}

/* ---- IPv6: each client has an address and a prefix, in one unit ---- */

static BerthClient client6_of(unsigned i, BerthLeaseType type, uint8_t duid[8])
{
    memcpy(duid, (uint8_t[]){0, 3, 0, 1, 2, 0, (uint8_t)(i >> 8), (uint8_t)i}, 8);
    return (BerthClient){.client_id = {duid, 8}, .type = type, .iaid = i % 7};
}

static const BerthLeaseType types6[] = {BERTH_LEASE_NA, BERTH_LEASE_PD};

static void solicit(Site *site, unsigned i)
{
    for (size_t t = 0; t < G_N_ELEMENTS(types6); t++) {
        uint8_t duid[8];
        BerthClient client = client6_of(i, types6[t], duid);
        BerthPick got;

        if (CHECK(berth_leases_pick6(site->leases, &site->subnets[0], &client, (BerthPrefix){0},
                                     &got)))
            berth_leases_hold6(site->leases, got.prefix, 1, &client);
    }
}

static void request6(Site *site, unsigned i)
{
    BerthUnit *unit = berth_unit_new(site->leases);

    for (size_t t = 0; t < G_N_ELEMENTS(types6); t++) {
        uint8_t duid[8];
        BerthClient client = client6_of(i, types6[t], duid);
        BerthLease lease, found;
        BerthPick got;
        bool has;

        if (!CHECK(berth_leases_pick6(site->leases, &site->subnets[0], &client, (BerthPrefix){0},
                                      &got)))
            continue;
        has = berth_table_get(berth_leases_table(site->leases), got.prefix.addr, &found);
        lease = site_lease6(site, got.prefix, &client);
        lease.valid_sec = VALID;
        CHECK(berth_unit_add(unit, has ? &found : NULL, &lease) == BERTH_PROPOSED);
    }
    berth_unit_submit(unit, NULL, NULL);
}

static void release6(Site *site, unsigned i)
{
    BerthUnit *unit = berth_unit_new(site->leases);

    for (size_t t = 0; t < G_N_ELEMENTS(types6); t++) {
        uint8_t duid[8];
        BerthClient client = client6_of(i, types6[t], duid);
        BerthLease found, after;

        if (!CHECK(berth_leases_of_client(site->leases, 1, &client, &found)))
            continue;
        after = found;
        after.state = BERTH_LEASE_RELEASED;
        CHECK(berth_unit_add(unit, &found, &after) == BERTH_PROPOSED);
    }
    berth_unit_submit(unit, NULL, NULL);
}

/* ---- rounds ---- */

/* What a client does, by family. */
typedef struct Acts {
    void (*discover)(Site *site, unsigned i);
    void (*request)(Site *site, unsigned i);
    void (*release)(Site *site, unsigned i);
} Acts;

static const Acts *acts_of(const Site *site)
{
    static const Acts acts4 = {discover, request, release}, acts6 = {solicit, request6, release6};

    return site->conf.v6.n_subnets ? &acts6 : &acts4;
}

typedef struct Costs {
    unsigned long offers, gifts, renewals, reclaims, releases;
} Costs;

static unsigned long since(unsigned long *from)
{
    unsigned long n = n_allocations - *from;

    *from = n_allocations;
    return n;
}

/* A life of all leases; after it, only their records are left. */
static Costs one_round(Site *site, Nowhere *nowhere)
{
    const Acts *acts = acts_of(site);
    unsigned long from = n_allocations;
    Costs costs;

    for (unsigned i = 0; i < CLIENTS; i++)
        acts->discover(site, i);
    costs.offers = since(&from);
    for (unsigned i = 0; i < CLIENTS; i++)
        acts->request(site, i);
    settle(site, nowhere);
    costs.gifts = since(&from);
    pass(site, nowhere, VALID / 2);
    for (unsigned i = 0; i < CLIENTS; i++)
        acts->request(site, i);
    settle(site, nowhere);
    costs.renewals = since(&from);
    for (unsigned i = 0; i < CLIENTS; i += 2)
        acts->release(site, i);
    settle(site, nowhere);
    costs.releases = since(&from);
    pass(site, nowhere, 3 * VALID);
    costs.reclaims = since(&from);
    return costs;
}

/* True: nothing but computing. Does `work` in a process of its own. */
static bool calls_nothing(void (*work)(Site *site, Nowhere *nowhere), Site *site, Nowhere *nowhere)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
        work(site, nowhere);
        syscall(SYS_exit, 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void do_round(Site *site, Nowhere *nowhere)
{
    one_round(site, nowhere);
}

/* `gifts`: so many records of new leases have a block of their own. */
static void run(BerthAllocator allocator, int family, unsigned gifts)
{
    static const BerthLeaseBackend ops = {
        .size = sizeof(ops), .max_in_flight = 2, .commit = commit};
    Nowhere nowhere = {.n = 0};
    BerthFamilyConf *conf;
    uint64_t random;
    Costs costs;
    Site site;

    (family == 4 ? site_init : site_init6)(&site);
    conf = family == 4 ? &site.conf.v4 : &site.conf.v6;
    berth_leases_on_expire(site.leases, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(site.subnets); i++)
        site.subnets[i].params.allocator = site.subnets[i].params.pd_allocator = allocator;
    conf->reclaim_wait_sec = 5;
    conf->hold_reclaimed_sec = VALID;
    conf->flush_reclaimed_wait_sec = 5;
    berth_leases_set_conf(site.leases, &site.conf);
    berth_leases_set_backend(site.leases, &ops, &nowhere);
    random = site.world->random;
    for (int i = 0; i < 3; i++)
        costs = one_round(&site, &nowhere);
    berth_row("IPv%d, allocator %d: the world is not asked for random numbers", family, allocator);
    CHECK(site.world->random == random);
    berth_row("IPv%d, allocator %d, third round: offers", family, allocator);
    CHECK_INT(costs.offers, 0);
    berth_row("IPv%d, allocator %d, third round: gifts and renewals", family, allocator);
    CHECK_INT(costs.gifts, gifts);
    CHECK_INT(costs.renewals, 0);
    berth_row("IPv%d, allocator %d, third round: releases, reclaiming, removal", family, allocator);
    CHECK_INT(costs.releases, 0);
    CHECK_INT(costs.reclaims, 0);
    CHECK_INT(berth_table_count(berth_leases_table(site.leases)), 0);
    berth_row("IPv%d, allocator %d, fourth round: system calls", family, allocator);
    CHECK(calls_nothing(do_round, &site, &nowhere));
    site_clear(&site);
}

static void run_both(BerthAllocator allocator)
{
    /* A host name that does not fit into its record, behind a client identifier, has a block. */
    run(allocator, 4, CLIENTS / 5 - CLIENTS / 15);
    /* What an IPv6 lease has more than one of IPv4 never fits in. */
    run(allocator, 6, 2 * CLIENTS);
}

static void test_iterative(void)
{
    run_both(BERTH_ALLOCATOR_ITERATIVE);
}

static void test_random(void)
{
    run_both(BERTH_ALLOCATOR_RANDOM);
}

static void test_flq(void)
{
    run_both(BERTH_ALLOCATOR_FLQ);
}

/* The count counts. */
static void test_count(void)
{
    unsigned long from = n_allocations;

    g_free(g_malloc(10));
    CHECK_INT(n_allocations - from, 1);
}

static void call(Site *site, Nowhere *nowhere)
{
    (void)site;
    (void)nowhere;
    getppid();
}

/* The trap traps. */
static void test_trap(void)
{
    CHECK(!calls_nothing(call, NULL, NULL));
}

static const BerthTest tests[] = {
    {"the count", test_count}, {"the trap", test_trap}, {"iterative", test_iterative},
    {"random", test_random},   {"flq", test_flq},       {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("steady", tests, argc, argv);
}
