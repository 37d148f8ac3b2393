/* stats - see stats.h. */
#include "core/base/stats.h"

#include "core/base/world.h"

typedef struct Cell {
    BerthCounter value;
    char *name;
} Cell;

typedef struct Reader {
    BerthStatsRead read;
    void *data;
} Reader;

struct BerthStats {
    BerthWorld *world;
    GHashTable *by_name;
    GPtrArray *cells; /* in the order in which they were made: answers do not jump about */
    GArray *readers;
};

struct BerthStatsAnswer {
    BerthJson *json;
    const char *only; /* NULL: all */
    char when[BERTH_TIME_TEXT];
    unsigned n;
};

static void free_cell(void *data)
{
    Cell *cell = data;

    g_free(cell->name);
    g_free(cell);
}

BerthStats *berth_stats_new(BerthWorld *world)
{
    BerthStats *stats = g_new0(BerthStats, 1);

    stats->world = world;
    stats->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    stats->cells = g_ptr_array_new_with_free_func(free_cell);
    stats->readers = g_array_new(FALSE, FALSE, sizeof(Reader));
    return stats;
}

void berth_stats_free(BerthStats *stats)
{
    if (!stats)
        return;
    g_hash_table_unref(stats->by_name);
    g_ptr_array_unref(stats->cells);
    g_array_unref(stats->readers);
    g_free(stats);
}

BerthCounter *berth_stats_counter(BerthStats *stats, const char *name)
{
    Cell *cell = g_hash_table_lookup(stats->by_name, name);

    if (!cell) {
        cell = g_new0(Cell, 1);
        cell->name = g_strdup(name);
        g_hash_table_insert(stats->by_name, cell->name, cell);
        g_ptr_array_add(stats->cells, cell);
    }
    return &cell->value;
}

BerthCounter **berth_stats_counters(BerthStats *stats, const char *const *names, size_t n)
{
    BerthCounter **counters = g_new(BerthCounter *, n);

    for (size_t i = 0; i < n; i++)
        counters[i] = berth_stats_counter(stats, names[i]);
    return counters;
}

void berth_stats_add_reader(BerthStats *stats, BerthStatsRead read, void *data)
{
    Reader reader = {read, data};

    g_array_append_val(stats->readers, reader);
}

void berth_stats_remove_reader(BerthStats *stats, BerthStatsRead read, void *data)
{
    for (unsigned i = 0; i < stats->readers->len; i++) {
        const Reader *reader = &g_array_index(stats->readers, Reader, i);

        if (reader->read == read && reader->data == data) {
            g_array_remove_index(stats->readers, i);
            return;
        }
    }
}

void berth_stats_value(BerthStatsAnswer *answer, const char *name, BerthU128 value)
{
    if (answer->only && strcmp(answer->only, name) != 0)
        return;
    berth_json_begin_list(answer->json, name);
    berth_json_begin_list(answer->json, NULL);
    berth_json_u128(answer->json, NULL, value);
    berth_json_string(answer->json, NULL, answer->when);
    berth_json_end(answer->json);
    berth_json_end(answer->json);
    answer->n++;
}

static void write_cells(const BerthStats *stats, BerthStatsAnswer *answer)
{
    const Cell *cell;

    if (answer->only) {
        cell = g_hash_table_lookup(stats->by_name, answer->only);
        if (cell)
            berth_stats_value(answer, cell->name, cell->value);
        return;
    }
    for (unsigned i = 0; i < stats->cells->len; i++) {
        cell = g_ptr_array_index(stats->cells, i);
        berth_stats_value(answer, cell->name, cell->value);
    }
}

unsigned berth_stats_write(BerthStats *stats, const char *only, BerthJson *json)
{
    BerthStatsAnswer answer = {.json = json, .only = only};

    berth_time_text(stats->world->ops->wall_usec(stats->world), answer.when);
    write_cells(stats, &answer);
    for (unsigned i = 0; i < stats->readers->len; i++) {
        const Reader *reader = &g_array_index(stats->readers, Reader, i);

        reader->read(reader->data, &answer);
    }
    return answer.n;
}
