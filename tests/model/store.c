/* store - see store.h. */
#include "tests/model/store.h"

#include "tests/lib/kept_lease.h"

/* What a binding was given last. */
typedef struct Bound {
    uint64_t revision;
    BerthAddr addr;
} Bound;

/* What was written back after a fail-over: which revision it had, and which it has got. */
typedef struct Asserted {
    uint64_t origin, given;
    bool is_removal;
} Asserted;

/* How a script is undone: what stood there before each of its writes. */
typedef struct Undo {
    uint16_t epoch;
    uint64_t counter, epoch_master;
    unsigned n_ends;
    GArray *rows; /* of Row */
} Undo;

typedef struct Row {
    BerthAddr addr;
    ModelValue *value; /* NULL: nothing */
} Row;

struct ModelStore {
    ModelSet set;
    GHashTable *rows;     /* BerthAddr in its value -> ModelValue */
    GHashTable *bindings; /* GBytes -> Bound */
    GPtrArray *log;       /* of GPtrArray of ModelValue, one a script */
    uint64_t log_first;   /* the number of the first; from 1 on */
    GQueue undo;          /* of Undo, the last script at the head */
    uint16_t epoch;
    uint64_t counter;
    GArray *ends;                  /* of uint64_t: the last revision of each epoch that is over */
    GHashTable *asserted;          /* BerthAddr -> Asserted */
    uint64_t master, epoch_master; /* which process this is, and which one the epoch is of */
    ModelServer servers[MODEL_SERVERS];
};

/* ---- values ---- */

static GBytes *binding_of(const BerthLease *lease)
{
    uint8_t buffer[BERTH_BINDING_MAX];
    BerthBytes binding = berth_lease_binding(lease, buffer);

    return binding.len ? g_bytes_new(binding.data, binding.len) : NULL;
}

static ModelValue *value_new(const BerthLease *lease, unsigned server, uint64_t revision)
{
    ModelValue *value = g_new0(ModelValue, 1);

    g_ref_count_init(&value->refs);
    value->server = server;
    value->lease = g_new(BerthLease, 1);
    *value->lease = kept_lease(lease);
    value->lease->revision = revision;
    value->binding = lease->valid_sec > 0 ? binding_of(lease) : NULL;
    return value;
}

ModelValue *model_value_ref(ModelValue *value)
{
    if (value)
        g_ref_count_inc(&value->refs);
    return value;
}

void model_value_unref(ModelValue *value)
{
    if (!value || !g_ref_count_dec(&value->refs))
        return;
    kept_lease_clear(value->lease);
    g_free(value->lease);
    g_clear_pointer(&value->binding, g_bytes_unref);
    g_free(value);
}

ModelValue *model_value_stamped(const ModelValue *value, uint64_t revision)
{
    return value_new(value->lease, value->server, revision);
}

static void unref_value(void *value)
{
    model_value_unref(value);
}

static bool is_removal(const ModelValue *value)
{
    return value->lease->valid_sec == 0;
}

static bool same_binding(const GBytes *a, const GBytes *b)
{
    return a && b && g_bytes_equal(a, b);
}

/* ---- units ---- */

static void clear_change(void *data)
{
    ModelChange *change = data;

    g_clear_pointer(&change->binding, g_bytes_unref);
    model_value_unref(change->after);
}

static ModelValue *after_of(const BerthUnit *unit, size_t i, unsigned server)
{
    const BerthLease *before = berth_unit_before(unit, i), *after = berth_unit_after(unit, i);
    BerthLease none;

    if (after)
        return value_new(after, server, berth_lease_revision(after));
    berth_lease_clear(&none);
    none.addr = before->addr;
    none.prefix_len = before->prefix_len;
    none.revision = berth_lease_revision(before);
    none.valid_sec = 0;
    return value_new(&none, server, none.revision);
}

ModelUnit *model_unit_new(const BerthUnit *unit, unsigned server)
{
    ModelUnit *made = g_new0(ModelUnit, 1);

    made->result = BERTH_COMMIT_UNKNOWN;
    made->lost_to = g_ptr_array_new_with_free_func(unref_value);
    made->changes = g_array_new(FALSE, TRUE, sizeof(ModelChange));
    g_array_set_clear_func(made->changes, clear_change);
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *before = berth_unit_before(unit, i);
        uint8_t buffer[BERTH_BINDING_MAX];
        BerthBytes binding = berth_unit_binding(unit, i, buffer);
        ModelChange change = {
            .expects_any = before != NULL,
            .expected = before ? berth_lease_revision(before) : 0,
            .known = berth_unit_known(unit, i),
            .binding = binding.len ? g_bytes_new(binding.data, binding.len) : NULL,
            .after = after_of(unit, i, server),
        };

        change.addr = change.after->lease->addr;
        g_array_append_val(made->changes, change);
    }
    return made;
}

void model_unit_free(ModelUnit *unit)
{
    g_array_unref(unit->changes);
    g_ptr_array_unref(unit->lost_to);
    g_free(unit);
}

static ModelChange *change_at(const ModelUnit *unit, unsigned i)
{
    return &g_array_index(unit->changes, ModelChange, i);
}

/* ---- the data set ---- */

static unsigned hash_addr(const void *addr)
{
    return (unsigned)berth_addr_to_number(*(const BerthAddr *)addr);
}

static gboolean same_addr(const void *a, const void *b)
{
    return berth_addr_equal(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static void unref_bytes(void *bytes)
{
    g_bytes_unref(bytes);
}

static void unref_entry(void *entry)
{
    g_ptr_array_unref(entry);
}

static void clear_row(void *data)
{
    model_value_unref(((Row *)data)->value);
}

static void free_undo(void *data)
{
    Undo *undo = data;

    g_array_unref(undo->rows);
    g_free(undo);
}

ModelStore *model_store_new(void)
{
    ModelStore *store = g_new0(ModelStore, 1);

    store->rows = g_hash_table_new_full(hash_addr, same_addr, NULL, unref_value);
    store->bindings = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, unref_bytes, g_free);
    store->log = g_ptr_array_new_with_free_func(unref_entry);
    store->log_first = 1;
    store->epoch = 1;
    store->ends = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    store->asserted = g_hash_table_new_full(hash_addr, same_addr, g_free, g_free);
    g_queue_init(&store->undo);
    return store;
}

void model_store_free(ModelStore *store)
{
    g_hash_table_unref(store->rows);
    g_hash_table_unref(store->bindings);
    g_ptr_array_unref(store->log);
    g_array_unref(store->ends);
    g_hash_table_unref(store->asserted);
    g_queue_clear_full(&store->undo, free_undo);
    g_free(store->set.name);
    g_free(store->set.superseded_by);
    g_free(store);
}

ModelSet *model_store_set(ModelStore *store)
{
    return &store->set;
}

/* Nobody goes on reading the log where it was. */
void model_store_empty(ModelStore *store)
{
    g_hash_table_remove_all(store->rows);
    g_hash_table_remove_all(store->bindings);
    g_hash_table_remove_all(store->asserted);
    g_array_set_size(store->ends, 0);
    model_store_replicated(store);
    model_store_trim(store, 0);
    memset(store->servers, 0, sizeof(store->servers));
    store->epoch++;
    store->counter = 0;
    store->epoch_master = store->master;
}

static void bind_row(ModelStore *store, const ModelValue *value)
{
    Bound *bound = g_new0(Bound, 1);

    *bound = (Bound){value->lease->revision, value->lease->addr};
    g_hash_table_replace(store->bindings, g_bytes_ref(value->binding), bound);
}

static void unbind_row(ModelStore *store, const ModelValue *value)
{
    const Bound *bound =
        value->binding ? g_hash_table_lookup(store->bindings, value->binding) : NULL;

    if (bound && berth_addr_equal(bound->addr, value->lease->addr))
        g_hash_table_remove(store->bindings, value->binding);
}

static void set_row(ModelStore *store, BerthAddr addr, ModelValue *value)
{
    const ModelValue *old = g_hash_table_lookup(store->rows, &addr);

    if (old && !(value && same_binding(old->binding, value->binding)))
        unbind_row(store, old);
    if (value && value->binding)
        bind_row(store, value);
    if (value)
        g_hash_table_replace(store->rows, &value->lease->addr, model_value_ref(value));
    else
        g_hash_table_remove(store->rows, &addr);
}

static GPtrArray *begin(ModelStore *store)
{
    Undo *undo = g_new0(Undo, 1);

    *undo = (Undo){store->epoch, store->counter, store->epoch_master, store->ends->len,
                   g_array_new(FALSE, FALSE, sizeof(Row))};
    g_array_set_clear_func(undo->rows, clear_row);
    g_queue_push_head(&store->undo, undo);
    return g_ptr_array_new_with_free_func(unref_value);
}

static void end(ModelStore *store, GPtrArray *entry)
{
    g_ptr_array_add(store->log, entry);
}

static void put(ModelStore *store, GPtrArray *entry, const ModelValue *body, uint64_t revision)
{
    ModelValue *value = model_value_stamped(body, revision);
    Undo *undo = store->undo.head->data;
    Row row = {value->lease->addr, model_store_get(store, value->lease->addr)};

    g_array_append_val(undo->rows, row);
    set_row(store, row.addr, is_removal(value) ? NULL : value);
    g_ptr_array_add(entry, value);
}

static uint64_t top_of(const ModelStore *store)
{
    return (uint64_t)store->epoch << BERTH_REVISION_EPOCH_SHIFT | store->counter;
}

static uint64_t next_revision(ModelStore *store)
{
    store->counter++;
    return top_of(store);
}

/* ---- the scripts ---- */

static bool is_mine(const ModelUnit *unit, BerthAddr addr)
{
    for (unsigned i = 0; i < unit->changes->len; i++)
        if (berth_addr_equal(change_at(unit, i)->addr, addr))
            return true;
    return false;
}

/* A lease of the binding that the server did not know of, and that is none of this unit. */
static ModelValue *rival(const ModelStore *store, const ModelUnit *unit, const ModelChange *change)
{
    const Bound *bound =
        change->binding ? g_hash_table_lookup(store->bindings, change->binding) : NULL;
    ModelValue *value;

    if (!bound || bound->revision <= change->known || is_mine(unit, bound->addr))
        return NULL;
    value = g_hash_table_lookup(store->rows, &bound->addr);
    return value && same_binding(value->binding, change->binding) ? value : NULL;
}

/* That nothing is there, as of now. */
static ModelValue *nothing(const ModelStore *store, BerthAddr addr)
{
    BerthLease none;

    berth_lease_clear(&none);
    none.addr = addr;
    none.valid_sec = 0;
    return value_new(&none, 0, top_of(store));
}

static void find_winners(const ModelStore *store, ModelUnit *unit)
{
    for (unsigned i = 0; i < unit->changes->len; i++) {
        const ModelChange *change = change_at(unit, i);
        ModelValue *value = g_hash_table_lookup(store->rows, &change->addr);
        ModelValue *other = rival(store, unit, change);

        if ((value != NULL) != change->expects_any ||
            (value && value->lease->revision != change->expected))
            g_ptr_array_add(unit->lost_to,
                            value ? model_value_ref(value) : nothing(store, change->addr));
        if (other)
            g_ptr_array_add(unit->lost_to, model_value_ref(other));
    }
}

static void commit_unit(ModelStore *store, GPtrArray *entry, ModelUnit *unit)
{
    find_winners(store, unit);
    if (unit->lost_to->len > 0) {
        unit->result = BERTH_COMMIT_CONFLICT;
        return;
    }
    for (unsigned i = 0; i < unit->changes->len; i++) {
        ModelChange *change = change_at(unit, i);

        change->revision = next_revision(store);
        put(store, entry, change->after, change->revision);
    }
    unit->result = BERTH_COMMIT_OK;
}

bool model_store_commit(ModelStore *store, uint16_t epoch, GPtrArray *units)
{
    GPtrArray *entry;

    if (epoch != store->epoch)
        return false;
    entry = begin(store);
    for (unsigned i = 0; i < units->len; i++)
        commit_unit(store, entry, units->pdata[i]);
    end(store, entry);
    return true;
}

void model_store_import(ModelStore *store, GPtrArray *units)
{
    GPtrArray *entry = begin(store);

    for (unsigned i = 0; i < units->len; i++) {
        ModelUnit *unit = units->pdata[i];

        for (unsigned k = 0; k < unit->changes->len; k++) {
            ModelValue *after = change_at(unit, k)->after;
            uint64_t revision = MAX(top_of(store), after->lease->revision);

            put(store, entry, after, after->lease->revision);
            store->epoch = (uint16_t)(revision >> BERTH_REVISION_EPOCH_SHIFT);
            store->counter = revision & ((UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1);
        }
        unit->result = BERTH_COMMIT_OK;
    }
    end(store, entry);
}

/* What was given before the end of its epoch was there when the next one began, for what a
 * fail-over loses is the end. */
static bool is_lost(const ModelStore *store, uint64_t revision)
{
    for (unsigned i = 0; i < store->ends->len; i++) {
        uint64_t end = g_array_index(store->ends, uint64_t, i);

        if (end >> BERTH_REVISION_EPOCH_SHIFT == revision >> BERTH_REVISION_EPOCH_SHIFT)
            return revision > end;
    }
    return revision >> BERTH_REVISION_EPOCH_SHIFT != store->epoch;
}

/* Which revision what stands there had before the fail-over, or has got since. What is later than
 * the writing back has nothing to do with that. */
static uint64_t latest_at(const ModelStore *store, const BerthLease *lease)
{
    const ModelValue *stored = g_hash_table_lookup(store->rows, &lease->addr);
    const Asserted *asserted = g_hash_table_lookup(store->asserted, &lease->addr);

    if (!asserted || lease->revision > asserted->given)
        return stored ? stored->lease->revision : 0;
    if (stored ? stored->lease->revision == asserted->given : asserted->is_removal)
        return asserted->origin;
    return UINT64_MAX;
}

/* Of what two servers have acknowledged the later one wins, whoever comes first; so it is kept what
 * was written back as what, removals too. */
static void reassert(ModelStore *store, GPtrArray *entry, const ModelValue *value)
{
    const BerthLease *lease = value->lease;
    Asserted *asserted;

    if (!is_lost(store, lease->revision) || lease->revision <= latest_at(store, lease))
        return;
    asserted = g_new(Asserted, 1);
    *asserted = (Asserted){lease->revision, next_revision(store), is_removal(value)};
    put(store, entry, value, asserted->given);
    g_hash_table_replace(store->asserted, g_memdup2(&lease->addr, sizeof(lease->addr)), asserted);
}

unsigned model_store_reassert(ModelStore *store, uint16_t epoch, GPtrArray *values)
{
    GPtrArray *entry;
    unsigned n;

    if (epoch != store->epoch)
        return 0;
    entry = begin(store);
    for (unsigned i = 0; i < values->len; i++)
        reassert(store, entry, values->pdata[i]);
    n = entry->len;
    end(store, entry);
    return n;
}

bool model_store_raise_epoch(ModelStore *store, uint16_t epoch, uint64_t floor)
{
    uint64_t ended, floor_counter = floor & ((UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1);

    if (epoch != store->epoch)
        return false;
    end(store, begin(store));
    ended = top_of(store);
    g_array_append_val(store->ends, ended);
    store->epoch = (uint16_t)(MAX(epoch, floor >> BERTH_REVISION_EPOCH_SHIFT) + 1);
    store->counter = MAX(store->counter, floor_counter);
    store->epoch_master = store->master;
    return true;
}

ModelLook model_store_look(ModelStore *store, unsigned server, ModelServer said)
{
    ModelLook look = {
        .epoch = store->epoch,
        .is_new_master = store->epoch_master != store->master,
        .top = top_of(store),
    };

    store->servers[server] = said;
    memcpy(look.servers, store->servers, sizeof(look.servers));
    return look;
}

ModelValue *model_store_get(const ModelStore *store, BerthAddr addr)
{
    return model_value_ref(g_hash_table_lookup(store->rows, &addr));
}

GPtrArray *model_store_all(const ModelStore *store)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(unref_value);
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, store->rows);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(all, model_value_ref(value));
    return all;
}

uint64_t model_store_log_end(const ModelStore *store)
{
    return store->log_first + store->log->len;
}

uint64_t model_store_log(const ModelStore *store, uint64_t from, GPtrArray *values)
{
    if (from < store->log_first)
        return 0;
    for (uint64_t i = from - store->log_first; i < store->log->len; i++) {
        const GPtrArray *entry = store->log->pdata[i];

        for (unsigned k = 0; k < entry->len; k++)
            g_ptr_array_add(values, model_value_ref(entry->pdata[k]));
    }
    return model_store_log_end(store);
}

void model_store_trim(ModelStore *store, unsigned length)
{
    unsigned n = store->log->len > length ? store->log->len - length : 0;

    if (n > 0)
        g_ptr_array_remove_range(store->log, 0, n);
    store->log_first += n;
    /* What is trimmed away was replicated long ago. */
    while (store->undo.length > length)
        free_undo(g_queue_pop_tail(&store->undo));
}

/* ---- fail-over ---- */

void model_store_replicated(ModelStore *store)
{
    g_queue_clear_full(&store->undo, free_undo);
}

static void undo_last(ModelStore *store)
{
    Undo *undo = g_queue_pop_head(&store->undo);

    for (unsigned i = undo->rows->len; i > 0; i--) {
        Row *row = &g_array_index(undo->rows, Row, i - 1);

        set_row(store, row->addr, row->value);
    }
    store->epoch = undo->epoch;
    store->counter = undo->counter;
    store->epoch_master = undo->epoch_master;
    g_array_set_size(store->ends, undo->n_ends);
    if (store->log->len > 0)
        g_ptr_array_set_size(store->log, (int)store->log->len - 1);
    free_undo(undo);
}

/* The index as the scripts have left it: a binding's last lease. */
static void bind_all_rows(ModelStore *store)
{
    GHashTableIter iter;
    void *value;

    g_hash_table_remove_all(store->bindings);
    g_hash_table_iter_init(&iter, store->rows);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GBytes *binding = ((ModelValue *)value)->binding;
        const Bound *bound = binding ? g_hash_table_lookup(store->bindings, binding) : NULL;

        if (binding && (!bound || bound->revision < ((ModelValue *)value)->lease->revision))
            bind_row(store, value);
    }
}

unsigned model_store_fail_over(ModelStore *store, unsigned n)
{
    unsigned lost = 0;

    for (; lost < n && store->undo.length > 0; lost++)
        undo_last(store);
    bind_all_rows(store);
    if (lost > 0)
        g_hash_table_remove_all(store->asserted);
    model_store_replicated(store);
    store->master++;
    return lost;
}

static GPtrArray *copy_entry(const GPtrArray *entry)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func(unref_value);

    for (unsigned i = 0; i < entry->len; i++)
        g_ptr_array_add(copy, model_value_ref(entry->pdata[i]));
    return copy;
}

ModelStore *model_store_clone(const ModelStore *store)
{
    ModelStore *copy = model_store_new();
    g_autoptr(GPtrArray) all = model_store_all(store);

    for (unsigned i = 0; i < all->len; i++) {
        ModelValue *value = all->pdata[i];

        set_row(copy, value->lease->addr, value);
    }
    bind_all_rows(copy);
    for (unsigned i = 0; i < store->log->len; i++)
        g_ptr_array_add(copy->log, copy_entry(store->log->pdata[i]));
    g_array_append_vals(copy->ends, store->ends->data, store->ends->len);
    copy->set = store->set;
    copy->set.name = g_strdup(store->set.name);
    copy->set.superseded_by = g_strdup(store->set.superseded_by);
    copy->log_first = store->log_first;
    copy->epoch = store->epoch;
    copy->counter = store->counter;
    copy->master = store->master;
    copy->epoch_master = store->epoch_master;
    memcpy(copy->servers, store->servers, sizeof(copy->servers));
    return copy;
}
