/* shared - the contract of a store that several servers write.
 *
 * Two servers, A and B, know what they were told. A word is a unit of one of them, proposed on what
 * it knows:
 *   A+1a  address 1 goes to client a      B=1  what is there is renewed     A-1  it is removed
 *   .     all that was handed over ends, and both are told everything
 *   Bm    B misses what is changed next   Au Aw  the next batch of A ends UNKNOWN, written if 'w'
 *   B!    B's store is closed, opened and loaded
 * Afterwards both know the same, which is what a third one loads. */
#include "tests/contract/contract_i.h"

#include <stdlib.h>

/* What a server knows of an address. */
typedef struct Known {
    bool is_there, is_foreign, is_marked;
    char letter;
    unsigned version;
    uint64_t revision; /* also of a removal */
} Known;

typedef struct Server {
    void *store;
    BerthLeaseSink sink;
    Known at[CONTRACT_ADDRS];
    bool loads, has_share;
    uint16_t epoch;
    unsigned unknown, told; /* addresses */
} Server;

typedef struct Pair {
    void *place;
    Server servers[2];
    GPtrArray *units;
    GString *results; /* a letter for each unit */
} Pair;

/* ---- what a server is told ---- */

static Known known_of(const BerthLease *lease)
{
    return (Known){
        .is_there = lease->valid_sec > 0,
        .is_foreign = lease->is_foreign,
        .is_marked = true,
        .letter = (char)(lease->client_id.len ? lease->client_id.data[0] : lease->hwaddr.bytes[0]),
        .version = (unsigned)((lease->cltt - CONTRACT_START) / 100),
        .revision = lease->revision,
    };
}

static int learn(Server *server, const BerthLease *lease)
{
    unsigned octet = contract_octet(lease);
    Known *known;

    if (!CHECK(octet < CONTRACT_ADDRS))
        return -1;
    known = &server->at[octet];
    if (lease->revision > known->revision)
        *known = known_of(lease);
    known->is_marked = true;
    return 0;
}

static int on_take(void *data, const BerthLease *lease)
{
    CHECK(lease->valid_sec > 0);
    CHECK(lease->revision > 0);
    return learn(data, lease);
}

static int on_changed(void *data, const BerthLease *lease)
{
    CHECK(lease->revision > 0);
    return learn(data, lease);
}

static int on_settled(void *data, const BerthLease *lease)
{
    Server *server = data;

    CHECK(server->unknown > 0);
    server->unknown--;
    return lease->valid_sec > 0 ? learn(data, lease) : 0;
}

static void on_expect(void *data, uint64_t n)
{
    (void)data;
    (void)n;
}

static void on_ready(void *data)
{
    (void)data;
}

static void on_reload(void *data)
{
    Server *server = data;

    server->loads = true;
    for (unsigned i = 0; i < CONTRACT_ADDRS; i++)
        server->at[i].is_marked = false;
}

static void on_share(void *data, const BerthShare *share)
{
    Server *server = data;

    server->has_share = true;
    CHECK(share->epoch >= server->epoch);
    CHECK(share->stripe < MAX(share->stripes, 1u));
    server->epoch = share->epoch;
}

static void sweep(Server *server)
{
    for (unsigned i = 0; i < CONTRACT_ADDRS; i++)
        if (!server->at[i].is_marked)
            server->at[i].is_there = false;
}

static void load(Pair *pair, Server *server)
{
    g_autoptr(GError) error = NULL;
    int r, slices = 0;

    do {
        r = contract_subject->ops->load(server->store, 3, &server->sink, &error);
        if (r == BERTH_LOAD_WAITS)
            contract_subject->settle(pair->place);
    } while (r > 0 && ++slices < 10000);
    CHECK_INT(r, BERTH_LOAD_DONE);
    CHECK_TEXT(error ? error->message : "", "");
    CHECK(server->has_share);
    server->loads = false;
}

static void settle_stores(Pair *pair)
{
    contract_subject->settle(pair->place);
    for (int i = 0; i < 2; i++) {
        if (!pair->servers[i].loads)
            continue;
        load(pair, &pair->servers[i]);
        sweep(&pair->servers[i]);
    }
    contract_subject->settle(pair->place);
}

/* ---- units ---- */

/* One association of each client, whatever its address is. */
static void fill(BerthLease *lease, unsigned octet, char letter, unsigned version, uint8_t id[255])
{
    contract_fill(lease, octet, letter, version, id);
    if (contract_family == 6)
        lease->iaid = 5;
}

static uint64_t known_of_binding(const Server *server, const BerthLease *lease)
{
    uint8_t buffer[BERTH_BINDING_MAX], other[BERTH_BINDING_MAX], id[255];
    BerthBytes binding = berth_lease_binding(lease, buffer);
    uint64_t highest = 0;
    BerthLease there;

    for (unsigned i = 0; i < CONTRACT_ADDRS; i++) {
        const Known *known = &server->at[i];

        if (!known->is_there || known->revision <= highest)
            continue;
        fill(&there, i, known->letter, known->version, id);
        if (berth_bytes_equal(berth_lease_binding(&there, other), binding))
            highest = known->revision;
    }
    return highest;
}

/* Something of the unit is no more as it was when it was proposed. */
static bool has_learnt(const Server *server, const BerthUnit *unit)
{
    for (unsigned i = 0; i < unit->changes->len; i++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, i);
        const BerthLease *lease = change->after ? change->after : change->before;
        const Known *known = &server->at[contract_octet(lease)];

        if (known->is_there != (change->before != NULL) ||
            (change->before && known->revision != change->before->revision) ||
            known_of_binding(server, lease) > change->known)
            return true;
    }
    return false;
}

static void apply(Server *server, const BerthUnit *unit)
{
    for (unsigned i = 0; i < unit->changes->len; i++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, i);
        BerthLease lease = change->after ? *change->after : *change->before;

        lease.valid_sec = change->after ? lease.valid_sec : 0;
        lease.revision = change->revision;
        lease.is_foreign = false;
        CHECK(lease.revision > (change->before ? change->before->revision : 0));
        CHECK(lease.revision > change->known);
        CHECK_INT(lease.revision >> BERTH_REVISION_EPOCH_SHIFT, server->epoch);
        learn(server, &lease);
    }
}

typedef struct Batch {
    Pair *pair;
    Server *server;
} Batch;

static void batch_done(void *data, BerthBatch *berth_batch)
{
    g_autofree Batch *batch = data;

    for (size_t i = 0; i < berth_batch_count(berth_batch); i++) {
        BerthUnit *unit = berth_batch_unit(berth_batch, i);

        g_string_append_c(batch->pair->results, "ocfu"[unit->result]);
        if (unit->result == BERTH_COMMIT_OK)
            apply(batch->server, unit);
        if (unit->result == BERTH_COMMIT_CONFLICT)
            CHECK(has_learnt(batch->server, unit));
        if (unit->result == BERTH_COMMIT_UNKNOWN)
            batch->server->unknown += unit->changes->len;
    }
    berth_batch_destroy(berth_batch);
}

static const char *add_change(const Server *server, BerthUnit *unit, const char *at)
{
    char verb = *at++, *end;
    unsigned octet = (unsigned)strtoul(at, &end, 10) % CONTRACT_ADDRS;
    const Known *known = &server->at[octet];
    uint8_t before_id[255], after_id[255];
    BerthLease before, after;
    BerthChange *change;

    if (known->is_there) {
        fill(&before, octet, known->letter, known->version, before_id);
        before.revision = known->revision;
    }
    if (verb == '+')
        fill(&after, octet, *end++, 0, after_id);
    else if (verb == '=' && CHECK(known->is_there))
        fill(&after, octet, known->letter, known->version + 1, after_id);
    change = berth_unit_put(unit, known->is_there ? &before : NULL, verb == '-' ? NULL : &after);
    if (CHECK(change != NULL) && change)
        change->known = known_of_binding(server, verb == '-' ? &before : &after);
    return end;
}

static const char *run_unit(Pair *pair, Server *server, const char *at)
{
    BerthUnit *unit = berth_unit_make();
    Batch *batch = g_new(Batch, 1);
    BerthBatch *berth_batch = berth_batch_make(batch_done, batch);

    *batch = (Batch){pair, server};
    g_ptr_array_add(pair->units, unit);
    g_ptr_array_add(berth_batch->units, unit);
    at = add_change(server, unit, at);
    while (*at == ',')
        at = add_change(server, unit, at + 1);
    contract_subject->ops->commit(server->store, berth_batch);
    return at;
}

/* ---- the pair ---- */

static bool open_server(Pair *pair, Server *server, bool is_other)
{
    g_autoptr(GError) error = NULL;

    *server = (Server){0};
    server->sink = (BerthLeaseSink){
        .take = on_take,
        .expect = on_expect,
        .ready = on_ready,
        .data = server,
        .changed = on_changed,
        .settled = on_settled,
        .reload = on_reload,
        .share = on_share,
    };
    server->store =
        (is_other ? contract_subject->open_other : contract_subject->open)(pair->place, &error);
    CHECK_TEXT(error ? error->message : "", "");
    if (server->store)
        load(pair, server);
    return server->store != NULL;
}

static bool pair_init(Pair *pair)
{
    *pair = (Pair){.place = contract_subject->make(contract_family)};
    pair->units = g_ptr_array_new_with_free_func((GDestroyNotify)berth_unit_destroy);
    pair->results = g_string_new(NULL);
    return open_server(pair, &pair->servers[0], false) &&
           open_server(pair, &pair->servers[1], true);
}

static void pair_clear(Pair *pair)
{
    for (int i = 0; i < 2; i++)
        if (pair->servers[i].store)
            contract_subject->close(pair->place, pair->servers[i].store);
    contract_subject->destroy(pair->place);
    g_ptr_array_unref(pair->units);
    g_string_free(pair->results, TRUE);
}

static const char *run_word(Pair *pair, const char *at)
{
    Server *server = &pair->servers[*at == 'B'];

    if (*at == '.') {
        settle_stores(pair);
        return at + 1;
    }
    if (at[1] == 'm')
        contract_subject->miss(pair->place, server->store);
    else if (at[1] == 'u' || at[1] == 'w')
        contract_subject->lose_answer(pair->place, server->store, at[1] == 'w');
    else if (at[1] != '!')
        return run_unit(pair, server, at + 1);
    if (at[1] == '!') {
        contract_subject->close(pair->place, g_steal_pointer(&server->store));
        open_server(pair, server, *at == 'B');
    }
    return at + 2;
}

/* ---- what is so at the end ---- */

static char *table_of(const Server *server)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < CONTRACT_ADDRS; i++)
        if (server->at[i].is_there)
            g_string_append_printf(text, "%s%u%c", text->len ? " " : "", i, server->at[i].letter);
    return g_string_free(text, FALSE);
}

static void check_same(const Server *a, const Server *b, bool by_others)
{
    for (unsigned i = 0; i < CONTRACT_ADDRS; i++) {
        CHECK_INT(a->at[i].is_there, b->at[i].is_there);
        if (!a->at[i].is_there || !b->at[i].is_there)
            continue;
        CHECK_INT(a->at[i].letter, b->at[i].letter);
        CHECK_INT(a->at[i].version, b->at[i].version);
        CHECK(a->at[i].revision == b->at[i].revision);
        /* Of two servers one has written it last. */
        CHECK_INT(a->at[i].is_foreign, by_others != b->at[i].is_foreign);
    }
}

static int compare_chars(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

static bool is_one_of(const char *text, const char *several)
{
    g_auto(GStrv) one = g_strsplit(several, "|", -1);

    return g_strv_contains((const char *const *)one, text) || (!*text && !*several);
}

static void check_pair(Pair *pair, const char *results, const char *tables)
{
    g_autofree char *table = table_of(&pair->servers[0]);
    Server fresh;

    qsort(pair->results->str, pair->results->len, 1, compare_chars);
    CHECK_TEXT(pair->results->str, results);
    if (!is_one_of(table, tables))
        CHECK_TEXT(table, tables);
    check_same(&pair->servers[0], &pair->servers[1], true);
    CHECK_INT(pair->servers[0].unknown + pair->servers[1].unknown, 0);
    contract_subject->close(pair->place, g_steal_pointer(&pair->servers[1].store));
    if (open_server(pair, &fresh, true))
        check_same(&pair->servers[1], &fresh, false);
    contract_subject->close(pair->place, fresh.store);
}

typedef struct Row {
    const char *name, *script;
    const char *results; /* sorted: whoever is first */
    const char *tables;  /* one of these */
} Row;

static void run_rows(const Row *rows)
{
    for (const Row *row = rows; row->name; row++) {
        Pair pair;

        berth_row("%s", row->name);
        if (pair_init(&pair)) {
            for (const char *at = row->script; *at;)
                at = *at == ' ' ? at + 1 : run_word(&pair, at);
            settle_stores(&pair);
            check_pair(&pair, row->results, row->tables);
        }
        pair_clear(&pair);
    }
}

/* clang-format off */
static const Row rows[] = {
    {"nothing",                              "",                           "",     ""},
    {"one's lease is told to the other",     "A+1a .",                     "o",    "1a"},
    {"... and its renewal",                  "A+1a . A=1 .",               "oo",   "1a"},
    {"... and its removal",                  "A+1a . A-1 .",               "oo",   ""},
    {"renewed by the other",                 "A+1a . B=1 .",               "oo",   "1a"},
    {"by one after the other",               "A+1a . B=1 . A=1 . B=1 . A=1 .", "ooooo", "1a"},
    {"removed by the other",                 "A+1a . B-1 .",               "oo",   ""},
    {"removed, and given by the other",      "A+1a . A-1 . B+1b .",        "ooo",  "1b"},
    {"replaced by the other",                "A+1a . B+1b .",              "oo",   "1b"},
    {"different addresses at once",          "A+1a B+2b .",                "oo",   "1a 2b"},
    {"one address at once",                  "A+1a B+1b .",                "co",   "1a|1b"},
    {"one address for one client at once",   "A+1a B+1a .",                "co",   "1a"},
    {"one client at once",                   "A+1a B+7a .",                "co",   "1a|7a"},
    {"one client with an identifier at once", "A+1b B+7b .",               "co",   "1b|7b"},
    {"one client, one after the other",      "A+1a . B+7a .",              "oo",   "1a 7a"},
    {"... after it has moved",               "A+1b . A+7b,-1 . B=7 .",     "ooo",  "7b"},
    {"both renew it at once",                "A+1a . A=1 B=1 .",           "coo",  "1a"},
    {"renewed and removed at once",          "A+1a . A-1 B=1 .",           "coo",  "|1a"},
    {"replaced and renewed at once",         "A+1a . A=1 B+1b .",          "coo",  "1a|1b"},
    {"both remove it at once",               "A+1a . A-1 B-1 .",           "coo",  ""},
    {"a client moves, and renews at once",   "A+1b . A+7b,-1 B=1 .",       "coo",  "1b|7b"},
    {"a unit that loses a part",             "A+1a,+2b,+3d B+2e .",        "co",   "1a 2b 3d|2e"},
    {"units that overlap",                   "A+1a,+2b B+2d,+3e .",        "co",   "1a 2b|2d 3e"},
    {"ended by the other while it renews",   "A+1b . A=1 B+1s .",          "coo",  "1b|1s"},
    {"the loser tries again",                "A+1a B+1b . A+2a B+4b .",    "cooo", "1a 2a 4b|1b 2a 4b"},
    {"opened again",                         "A+1a B+2b . B! A! .",        "oo",   "1a 2b"},
    {"changed while the other was closed",   "A+1a B+2b . B! A=1 A-2 B! .", "oooo", "1a"},
    {0},
};

static const Row unknown_rows[] = {
    {"UNKNOWN and not written",              "Au A+1a .",                  "u",    ""},
    {"UNKNOWN and written",                  "Aw A+1a .",                  "u",    "1a"},
    {"a renewal, not written",               "A+1a . Au A=1 .",            "ou",   "1a"},
    {"a renewal, written",                   "A+1a . Aw A=1 .",            "ou",   "1a"},
    {"a removal, written",                   "A+1a . Aw A-1 .",            "ou",   ""},
    {"a unit of several",                    "Aw A+1a,+2b .",              "u",    "1a 2b"},
    {"and goes on",                          "Au A+1a . A+1a .",           "ou",   "1a"},
    {0},
};

static const Row miss_rows[] = {
    {"a lease is missed",                    "Bm A+1a .",                  "o",    "1a"},
    {"a renewal is missed",                  "A+1a . Bm A=1 .",            "oo",   "1a"},
    {"a removal is missed",                  "A+1a . A+2b . Bm A-1 .",     "ooo",  "2b"},
    {"another owner is missed",              "A+1a . Bm A+1b .",           "oo",   "1b"},
    {"and goes on",                          "A+1a . Bm A+2b . B=2 A=1 .", "oooo", "1a 2b"},
    {0},
};
/* clang-format on */

static bool is_shared(void)
{
    if (!contract_subject->open_other)
        berth_test_skip("this store has one writer");
    return contract_subject->open_other != NULL;
}

static void test_shared(void)
{
    if (is_shared())
        run_rows(rows);
}

static void test_unknown(void)
{
    if (contract_subject->lose_answer)
        run_rows(unknown_rows);
    else
        berth_test_skip("this store always knows what became of a unit");
}

static void test_missed(void)
{
    if (contract_subject->miss)
        run_rows(miss_rows);
    else
        berth_test_skip("this store misses nothing");
}

const BerthTest contract_shared_tests[] = {
    {"shared", test_shared},
    {"unknown", test_unknown},
    {"missed", test_missed},
    {0},
};
