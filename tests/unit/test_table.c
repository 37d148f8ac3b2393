/* table against a naive one: an array of leases by address, searched from end to end. */
#include "core/lease/table.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define ADDRS 400
#define CLIENTS 40
#define CLIENTS6 5
#define IAIDS 3
#define OPERATIONS 100000

typedef struct Naive {
    bool there, ended;
    BerthLease lease;
    uint8_t id[255], name[64];
    uint64_t changed; /* number of its last put */
    int64_t postponed;
} Naive;

typedef struct Pair {
    Naive at[ADDRS];
    BerthTable *table;
    uint64_t puts;
    size_t count;
} Pair;

static BerthAddr addr_at(unsigned i)
{
    return i % 3 ? berth_addr4(0x0a000000 + i)
                 : (BerthAddr){{0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(i >> 8), (uint8_t)i}};
}

static unsigned pick(GRand *rand, unsigned n)
{
    return (unsigned)g_rand_int_range(rand, 0, (int)n);
}

/* Random fields; identities from few clients, so that chains are long and cross subnets. */
static void make(Naive *to, unsigned i, GRand *rand)
{
    BerthLease *lease = &to->lease;
    unsigned client = pick(rand, i % 3 ? CLIENTS : CLIENTS6);

    *to = (Naive){.there = true};
    memset(to->id, (int)client + 1, sizeof(to->id));
    memset(to->name, 'a' + (int)pick(rand, 26), sizeof(to->name));
    berth_lease_clear(lease);
    lease->addr = addr_at(i);
    lease->type = i % 3 ? BERTH_LEASE_V4 : i % 2 ? BERTH_LEASE_NA : BERTH_LEASE_PD;
    lease->prefix_len = i % 3 ? 32 : 128;
    lease->state = (uint8_t)pick(rand, 5);
    lease->subnet_id = 1 + pick(rand, 2);
    lease->pool_id = pick(rand, 3);
    lease->cltt = 1000 + pick(rand, 1000);
    lease->valid_sec = pick(rand, 20) ? pick(rand, 5000) : BERTH_LIFETIME_INFINITE;
    lease->fqdn_fwd = pick(rand, 2);
    lease->client_id = (BerthBytes){to->id, i % 3 && pick(rand, 3) == 0 ? 0 : 1 + client * 2};
    lease->hostname = (BerthBytes){to->name, pick(rand, 2) ? pick(rand, 64) : 0};
    lease->context = (BerthBytes){to->name, pick(rand, 4) ? 0 : pick(rand, 64)};
    lease->hwaddr =
        (BerthHwaddr){.type = 1, .len = lease->client_id.len && pick(rand, 4) == 0 ? 0 : 6};
    memset(lease->hwaddr.bytes, (int)client, lease->hwaddr.len);
    lease->revision = pick(rand, 2) ? 0 : pick(rand, 1000000);
    lease->iaid = i % 3 ? 0 : pick(rand, IAIDS);
    lease->preferred_sec = i % 3 ? 0 : pick(rand, 5000);
    lease->hwaddr_source = (uint8_t)(i % 3 ? 0 : pick(rand, 256));
}

static void check_equal(const BerthLease *got, const BerthLease *want)
{
    CHECK(berth_addr_equal(got->addr, want->addr));
    CHECK_INT(got->type, want->type);
    CHECK_INT(got->prefix_len, want->prefix_len);
    CHECK_INT(got->state, want->state);
    CHECK_INT(got->fqdn_fwd, want->fqdn_fwd);
    CHECK_INT(got->subnet_id, want->subnet_id);
    CHECK_INT(got->pool_id, want->pool_id);
    CHECK_INT(got->iaid, want->iaid);
    CHECK_INT(got->preferred_sec, want->preferred_sec);
    CHECK_INT(got->hwaddr_source, want->hwaddr_source);
    CHECK_INT(got->valid_sec, want->valid_sec);
    CHECK_INT(got->cltt, want->cltt);
    CHECK(got->revision == want->revision);
    CHECK_INT(got->hwaddr.len, want->hwaddr.len);
    CHECK(memcmp(got->hwaddr.bytes, want->hwaddr.bytes, BERTH_HWADDR_MAX) == 0);
    CHECK_BYTES(got->client_id, want->client_id);
    CHECK_BYTES(got->hostname, want->hostname);
    CHECK_BYTES(got->context, want->context);
}

static void put(Pair *pair, unsigned i, GRand *rand)
{
    Naive *to = &pair->at[i];

    pair->count += !to->there;
    make(to, i, rand);
    to->changed = ++pair->puts;
    CHECK_INT(berth_table_put(pair->table, &to->lease), 0);
}

/* As a renewal does: a view out of the table, changed a little, goes back. */
static void renew(Pair *pair, unsigned i, GRand *rand)
{
    Naive *to = &pair->at[i];
    BerthLease view;

    if (!to->there || !berth_table_get(pair->table, to->lease.addr, &view))
        return;
    to->lease.cltt = view.cltt = view.cltt + pick(rand, 100);
    if (pick(rand, 3) == 0) {
        to->lease.hostname.len = view.hostname.len = view.hostname.len / 2;
        to->lease.revision = view.revision = view.revision ? 0 : 17;
    }
    to->ended = false;
    to->postponed = 0;
    to->changed = ++pair->puts;
    CHECK_INT(berth_table_put(pair->table, &view), 0);
}

static void take_out(Pair *pair, unsigned i)
{
    CHECK_INT(berth_table_remove(pair->table, addr_at(i)), pair->at[i].there);
    pair->count -= pair->at[i].there;
    pair->at[i].there = false;
}

/* What the chains of the table are found by. */
typedef enum By {
    BY_CLIENT_ID,
    BY_HWADDR,
    BY_BINDING,
    BY_DUID,
    BYS,
} By;

typedef struct Chain {
    By by;
    uint32_t subnet;
    BerthClient client;
    uint8_t id[255];
} Chain;

static Chain *a_chain(Chain *chain, GRand *rand)
{
    By by = (By)pick(rand, BYS);
    unsigned client = pick(rand, by < BY_BINDING ? CLIENTS : CLIENTS6);

    *chain = (Chain){.by = by, .subnet = 1 + pick(rand, 2)};
    memset(chain->id, (int)client + 1, sizeof(chain->id));
    chain->client.client_id = (BerthBytes){chain->id, 1 + client * 2};
    chain->client.hwaddr = (BerthHwaddr){.type = 1, .len = 6};
    memset(chain->client.hwaddr.bytes, (int)client, 6);
    chain->client.type = pick(rand, 2) ? BERTH_LEASE_NA : BERTH_LEASE_PD;
    chain->client.iaid = pick(rand, IAIDS);
    return chain;
}

static bool is_in(const Chain *chain, const BerthLease *l)
{
    bool same_id = berth_bytes_equal(l->client_id, chain->client.client_id);

    if (l->subnet_id != chain->subnet)
        return false;
    switch (chain->by) {
    case BY_CLIENT_ID:
        return l->type == BERTH_LEASE_V4 && same_id;
    case BY_HWADDR:
        return l->type == BERTH_LEASE_V4 && berth_hwaddr_equal(l->hwaddr, chain->client.hwaddr);
    case BY_BINDING:
        return l->type == chain->client.type && l->iaid == chain->client.iaid && same_id;
    default:
        return l->type != BERTH_LEASE_V4 && same_id;
    }
}

static bool walk(const BerthTable *table, const Chain *c, uint32_t *iter, BerthLease *ret)
{
    switch (c->by) {
    case BY_CLIENT_ID:
        return berth_table_by_client_id(table, c->subnet, c->client.client_id, iter, ret);
    case BY_HWADDR:
        return berth_table_by_hwaddr(table, c->subnet, c->client.hwaddr, iter, ret);
    case BY_BINDING:
        return berth_table_by_binding(table, c->subnet, &c->client, iter, ret);
    default:
        return berth_table_by_duid(table, c->subnet, c->client.client_id, iter, ret);
    }
}

static void check_chain(const Pair *pair, const Chain *chain)
{
    uint64_t before = UINT64_MAX;
    unsigned got = 0, want = 0;
    uint32_t iter = 0;
    BerthLease lease;

    for (unsigned i = 0; i < ADDRS; i++)
        want += pair->at[i].there && is_in(chain, &pair->at[i].lease);
    while (walk(pair->table, chain, &iter, &lease)) {
        for (unsigned i = 0; i < ADDRS; i++) {
            if (!pair->at[i].there || !berth_addr_equal(pair->at[i].lease.addr, lease.addr))
                continue;
            check_equal(&lease, &pair->at[i].lease);
            CHECK(is_in(chain, &lease));
            CHECK(pair->at[i].changed < before);
            before = pair->at[i].changed;
        }
        got++;
    }
    CHECK_INT(got, MIN(want, BERTH_CHAIN_MAX));
}

static bool in_queue(const Naive *naive, BerthTableQueue queue)
{
    bool kept =
        naive->lease.state == BERTH_LEASE_RECLAIMED || naive->lease.state == BERTH_LEASE_RELEASED;

    if (!naive->there || naive->lease.valid_sec == BERTH_LIFETIME_INFINITE)
        return false;
    return queue == (kept           ? BERTH_QUEUE_KEPT
                     : naive->ended ? BERTH_QUEUE_ENDED
                                    : BERTH_QUEUE_VALID);
}

static void check_first(const Pair *pair, BerthTableQueue queue)
{
    int64_t want = INT64_MAX, got = INT64_MAX;
    BerthLease lease;

    for (unsigned i = 0; i < ADDRS; i++) {
        const Naive *naive = &pair->at[i];

        if (in_queue(naive, queue))
            want = MIN(want, naive->postponed ? naive->postponed : berth_lease_end(&naive->lease));
    }
    CHECK_INT(berth_table_first(pair->table, queue, INT64_MAX, &got, &lease), want != INT64_MAX);
    CHECK_INT(got, want);
    CHECK_INT(berth_table_first(pair->table, queue, want, &got, &lease), BERTH_FIRST_NONE);
}

static void end_or_postpone(Pair *pair, unsigned i, GRand *rand)
{
    Naive *naive = &pair->at[i];

    if (in_queue(naive, BERTH_QUEUE_VALID)) {
        berth_table_set_ended(pair->table, addr_at(i));
        naive->ended = true;
    } else if (naive->there && naive->lease.valid_sec != BERTH_LIFETIME_INFINITE) {
        naive->postponed = 10000 + pick(rand, 1000);
        berth_table_postpone(pair->table, addr_at(i), naive->postponed);
    }
}

static void check_all(const Pair *pair)
{
    unsigned seen = 0;
    uint32_t iter = 0;
    BerthLease lease;
    BerthAddr after = BERTH_ADDR6_ANY;

    while (berth_table_next(pair->table, &iter, &lease))
        seen++;
    CHECK_INT(seen, pair->count);
    CHECK_INT(berth_table_count(pair->table), pair->count);
    for (seen = 0; berth_table_after(pair->table, after, &lease); seen++) {
        CHECK(berth_addr_compare(lease.addr, after) > 0);
        after = lease.addr;
    }
    CHECK_INT(seen, pair->count);
    for (unsigned i = 0; i < ADDRS; i++) {
        CHECK_INT(berth_table_get(pair->table, addr_at(i), &lease), pair->at[i].there);
        if (pair->at[i].there)
            check_equal(&lease, &pair->at[i].lease);
    }
}

static void check_some(const Pair *pair, GRand *rand)
{
    Chain chain;

    check_chain(pair, a_chain(&chain, rand));
    check_first(pair, (BerthTableQueue)pick(rand, BERTH_QUEUES));
}

static void run_random(uint32_t reserved, int operations)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260101);
    g_autofree Pair *pair = g_new0(Pair, 1);

    berth_row("seed 20260101, room for %u from the beginning", reserved);
    pair->table = berth_table_new((BerthHashSeed){1, 2});
    berth_table_reserve(pair->table, reserved);
    for (int n = 0; n < operations; n++) {
        unsigned i = pick(rand, ADDRS), dice = pick(rand, 10);

        if (dice < 3)
            put(pair, i, rand);
        else if (dice < 6)
            renew(pair, i, rand);
        else if (dice < 8)
            take_out(pair, i);
        else
            end_or_postpone(pair, i, rand);
        if (n % 10 == 0)
            check_some(pair, rand);
        if (n % 5000 == 0)
            check_all(pair);
    }
    check_all(pair);
    berth_table_free(pair->table);
}

static void test_random(void)
{
    run_random(0, OPERATIONS);
    run_random(77, OPERATIONS / 10); /* and grows further */
    run_random(1000, OPERATIONS / 10);
}

static BerthLease plain(uint32_t addr, uint8_t client)
{
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.addr = berth_addr4(addr);
    lease.subnet_id = 1;
    lease.cltt = 1000;
    lease.valid_sec = 100;
    lease.hwaddr = (BerthHwaddr){.type = 1, .len = 6, .bytes = {client}};
    return lease;
}

/* All were renewed: finding the next that ends takes several calls, none of which does it all. */
static void test_behind(void)
{
    enum { N = 3 * BERTH_FIRST_MOVES + 5 };
    BerthTable *table = berth_table_new((BerthHashSeed){11, 12});
    BerthTableFirst first;
    unsigned calls = 0;
    BerthLease lease;
    int64_t due;

    berth_row("many renewed leases");
    for (unsigned i = 0; i < 2 * N; i++) {
        lease = plain(0x0a000000 + i % N, (uint8_t)(i % 200));
        lease.cltt += i / N * 50;
        CHECK_INT(berth_table_put(table, &lease), 0);
    }
    while ((first = berth_table_first(table, BERTH_QUEUE_VALID, INT64_MAX, &due, &lease)) ==
           BERTH_FIRST_BEHIND)
        calls++;
    CHECK_INT(calls, 3);
    CHECK_INT(first, BERTH_FIRST_FOUND);
    CHECK_INT(due, 1150);
    berth_table_free(table);
}

/* An identifier that is the hardware address behind its type is kept once; what is read back is the
 * same, and the lease is found by both. */
static void test_id_of_hwaddr(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        uint8_t hw_type, hw_len, id_len, id[7];
    } rows[] = {
        {"Ethernet",            1,   6, 7, {1, 9, 2, 3, 4, 5, 6}},
        {"another type",        1,   6, 7, {2, 9, 2, 3, 4, 5, 6}},
        {"another address",     1,   6, 7, {1, 9, 2, 3, 4, 5, 7}},
        {"without the type",    9,   6, 6, {9, 2, 3, 4, 5, 6}},
        {"a type of its own",   200, 6, 7, {200, 9, 2, 3, 4, 5, 6}},
        {"no hardware address", 1,   0, 1, {1}},
        {"no identifier",       1,   6, 0, {0}},
    };
    /* clang-format on */
    BerthTable *table = berth_table_new((BerthHashSeed){9, 10});

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        size_t at = i % G_N_ELEMENTS(rows);
        BerthLease lease = plain(0x0a000001, 0), got;
        uint32_t iter = 0;

        berth_row("%s, %s", rows[at].name, i == at ? "in one record" : "each in its own");
        if (i != at)
            lease.addr = berth_addr4(0x0a000002 + (uint32_t)i);
        lease.hwaddr = (BerthHwaddr){rows[at].hw_type, rows[at].hw_len, {9, 2, 3, 4, 5, 6}};
        memset(lease.hwaddr.bytes + rows[at].hw_len, 0, BERTH_HWADDR_MAX - rows[at].hw_len);
        lease.client_id = (BerthBytes){rows[at].id, rows[at].id_len};
        lease.hostname = berth_bytes("host");
        CHECK_INT(berth_table_put(table, &lease), 0);
        CHECK(berth_table_get(table, lease.addr, &got));
        check_equal(&got, &lease);
        CHECK_INT(berth_table_by_client_id(table, 1, lease.client_id, &iter, &got),
                  rows[at].id_len > 0);
        iter = 0;
        CHECK_INT(berth_table_by_hwaddr(table, 1, lease.hwaddr, &iter, &got), rows[at].hw_len > 0);
    }
    berth_table_free(table);
}

/* Many leases: the indexes grow; one identity that has them all: its chain is cut at the bound. */
static void test_many(void)
{
    BerthTable *table = berth_table_new((BerthHashSeed){3, 4});
    uint32_t iter = 0;
    unsigned visited = 0;
    BerthLease lease, got;

    berth_row("200000 leases of one client");
    for (uint32_t i = 0; i < 200000; i++) {
        lease = plain(0x0a000000 + i + 1, 7);
        CHECK_INT(berth_table_put(table, &lease), 0);
    }
    while (berth_table_by_hwaddr(table, 1, lease.hwaddr, &iter, &got))
        visited++;
    CHECK_INT(visited, BERTH_CHAIN_MAX);
    for (uint32_t i = 0; i < 200000; i += 2)
        CHECK(berth_table_remove(table, berth_addr4(0x0a000000 + i + 1)));
    CHECK_INT(berth_table_count(table), 100000);
    CHECK(berth_table_get(table, berth_addr4(0x0a000002), &got));
    CHECK(!berth_table_get(table, berth_addr4(0x0a000001), &got));
    berth_table_free(table);
}

/* Removing and adding while going over all. */
static void test_iterate(void)
{
    BerthTable *table = berth_table_new((BerthHashSeed){5, 6});
    unsigned seen[101] = {0};
    uint32_t iter = 0;
    BerthLease lease, got;

    berth_row("even ones stay, odd ones go, new ones come");
    for (uint32_t i = 1; i <= 100; i++) {
        lease = plain(0x0a000000 + i, (uint8_t)i);
        berth_table_put(table, &lease);
    }
    while (berth_table_next(table, &iter, &got)) {
        uint32_t number = berth_addr_to4(got.addr) - 0x0a000000;

        if (number > 100)
            continue;
        seen[number]++;
        berth_table_remove(table, berth_addr4(0x0a000000 + (number * 37 % 100 | 1)));
        lease = plain(0x0b000000 + number, 1);
        berth_table_put(table, &lease);
    }
    for (unsigned i = 2; i <= 100; i += 2)
        CHECK_INT(seen[i], 1);
    berth_table_free(table);
}

static void spoil(BerthLease *lease, char what, int64_t value)
{
    static const uint8_t zeros[65536];

    switch (what) {
    case 's':
        lease->state = (uint8_t)value;
        break;
    case 'i':
        lease->hwaddr.len = 0;
        lease->state = (uint8_t)value;
        break;
    case 't':
        lease->type = (uint8_t)value;
        break;
    case 'u':
        lease->subnet_id = (uint32_t)value;
        break;
    case 'p':
        lease->prefix_len = (uint8_t)value;
        break;
    case 'a':
        lease->addr = BERTH_ADDR4_ANY;
        break;
    case 'c':
        lease->client_id = (BerthBytes){zeros, (size_t)value};
        break;
    case 'h':
        lease->hostname = (BerthBytes){zeros, (size_t)value};
        break;
    case 'w':
        lease->hwaddr.len = (uint8_t)value;
        break;
    case 'x':
        lease->context = (BerthBytes){zeros, (size_t)value};
        break;
    case 'l':
        lease->cltt = value;
        break;
    default:
        break;
    }
}

static void test_unfit(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        char what; /* see spoil */
        int64_t value;
        bool fit;
    } rows[] = {
        {"fit",                    0,   0,                    true},
        {"no identity",            'i', BERTH_LEASE_ACTIVE,   false},
        {"declined, no identity",  'i', BERTH_LEASE_DECLINED, true},
        {"state 5",                's', 5,                    false},
        {"type 1",                 't', 1,                    false},
        {"v4 address, type NA",    't', BERTH_LEASE_NA,       false},
        {"subnet 0",               'u', 0,                    false},
        {"prefix length 31",       'p', 31,                   false},
        {"address 0.0.0.0",        'a', 0,                    false},
        {"client id of 256",       'c', 256,                  false},
        {"client id of 255",       'c', 255,                  true},
        {"host name of 256",       'h', 256,                  false},
        {"hardware address of 21", 'w', 21,                   false},
        {"context of 65536",       'x', 65536,                false},
        {"context of 65535",       'x', 65535,                true},
        {"time below 0",           'l', -1,                   false},
        {"time that overflows",    'l', INT64_MAX,            false},
    };
    /* clang-format on */
    BerthTable *table = berth_table_new((BerthHashSeed){7, 8});

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthLease lease = plain(0x0a000001, 1);

        berth_row("%s", rows[i].name);
        spoil(&lease, rows[i].what, rows[i].value);
        CHECK_INT(berth_lease_unfit(&lease) == NULL, rows[i].fit);
        CHECK_INT(berth_table_put(table, &lease), rows[i].fit ? 0 : -EINVAL);
    }
    berth_table_free(table);
}

static void test_belongs_to(void)
{
    static const uint8_t a[] = {1, 2, 3}, b[] = {1, 2, 4};
    /* clang-format off */
    static const struct {
        const char *name;
        uint8_t lease_hw, client_hw; /* 0: none */
        const uint8_t *lease_id, *client_id;
        bool belongs;
    } rows[] = {
        {"same id, same hw",            1, 1, a,    a,    true},
        {"same id, other hw",           1, 2, a,    a,    true},
        {"other id, same hw",           1, 1, a,    b,    false},
        {"only the lease has an id",    1, 1, a,    NULL, true},
        {"only the client has one",     1, 1, NULL, a,    true},
        {"... and other hw",            1, 2, NULL, a,    false},
        {"no ids, same hw",             1, 1, NULL, NULL, true},
        {"no ids, other hw",            1, 2, NULL, NULL, false},
        {"nothing on either side",      0, 0, NULL, NULL, false},
        {"id against hw only",          0, 1, a,    NULL, false},
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthLease lease = plain(0x0a000001, rows[i].lease_hw);
        BerthClient client = {.hwaddr = {.type = 1, .len = rows[i].client_hw ? 6 : 0}};

        berth_row("%s", rows[i].name);
        lease.hwaddr.len = rows[i].lease_hw ? 6 : 0;
        lease.client_id = (BerthBytes){rows[i].lease_id, rows[i].lease_id ? 3 : 0};
        client.hwaddr.bytes[0] = rows[i].client_hw;
        client.client_id = (BerthBytes){rows[i].client_id, rows[i].client_id ? 3 : 0};
        CHECK_INT(berth_lease_belongs_to(&lease, &client), rows[i].belongs);
    }
}

/* However many associations a client has, each is found. */
static void test_many_bindings(void)
{
    BerthTable *table = berth_table_new((BerthHashSeed){1, 2});
    BerthClient client = {.client_id = berth_bytes("a DUID"), .type = BERTH_LEASE_NA};
    BerthLease lease, got;
    uint32_t iter;

    berth_row("many bindings of one DUID");
    berth_lease_clear(&lease);
    lease.type = BERTH_LEASE_NA;
    lease.client_id = client.client_id;
    lease.subnet_id = 1;
    lease.valid_sec = 1;
    for (lease.iaid = 0; lease.iaid < 1000; lease.iaid++) {
        berth_lease_set_addr(&lease, addr_at(3 * lease.iaid), 128);
        CHECK_INT(berth_table_put(table, &lease), 0);
    }
    for (client.iaid = 0; client.iaid < 1001; client.iaid++) {
        iter = 0;
        CHECK_INT(berth_table_by_binding(table, 1, &client, &iter, &got), client.iaid < 1000);
        CHECK(client.iaid == 1000 || berth_addr_equal(got.addr, addr_at(3 * client.iaid)));
        CHECK(!berth_table_by_binding(table, 2, &client, &(uint32_t){0}, &got));
    }
    berth_table_free(table);
}

/* Clients choose the numbers of their associations: each leaves as it came. */
static void test_any_iaid(void)
{
    static const uint32_t iaids[] = {0, 1, 2, 1u << 24, 0x9d1a2b3c, UINT32_MAX - 1, UINT32_MAX};
    BerthTable *table = berth_table_new((BerthHashSeed){1, 2});
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.type = BERTH_LEASE_NA;
    lease.client_id = berth_bytes("a DUID");
    lease.subnet_id = 1;
    lease.valid_sec = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(iaids); i++) {
        berth_row("IAID %u", iaids[i]);
        lease.iaid = iaids[i];
        berth_lease_set_addr(&lease, addr_at(3), 128);
        CHECK_INT(berth_table_put(table, &lease), 0);
        CHECK(berth_table_remove(table, addr_at(3)));
        CHECK_INT((int64_t)berth_table_count(table), 0);
    }
    berth_table_free(table);
}

static const BerthTest tests[] = {
    {"random", test_random},         {"many", test_many},
    {"iterate", test_iterate},       {"unfit", test_unfit},
    {"belongs_to", test_belongs_to}, {"id of hwaddr", test_id_of_hwaddr},
    {"behind", test_behind},         {"many_bindings", test_many_bindings},
    {"any_iaid", test_any_iaid},     {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("table", tests, argc, argv);
}
