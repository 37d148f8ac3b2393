/* hosts - see hosts.h. It asks for page after page, and shows them when it has all. */
#include "tools/ctl/hosts.h"

#include <stdio.h>
#include <string.h>

#define LIMIT 1000
#define RESULT_EMPTY 3

enum { SUBNET, IDENTIFIER, RESERVED, HOSTNAME, FROM, COLUMNS };

typedef struct Table {
    GPtrArray *rows; /* of char *[COLUMNS] */
    size_t widths[COLUMNS];
} Table;

static const char *const heads[COLUMNS] = {"SUBNET", "IDENTIFIER", "RESERVED", "HOSTNAME", "FROM"};

static void row_free(void *data)
{
    char **row = data;

    for (int i = 0; i < COLUMNS; i++)
        g_free(row[i]);
    g_free(row);
}

/* ---- what a row has ---- */

static char *identifier(const BerthNode *host)
{
    static const char *const names[] = {"hw-address", "duid", "circuit-id", "client-id", "flex-id"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (berth_node_get(host, names[i]))
            return g_strdup_printf("%s %s", names[i], talk_text(host, names[i]));
    return g_strdup("");
}

static void add_list(GString *text, const BerthNode *list)
{
    for (const BerthNode *node = berth_node_first(list); node; node = berth_node_next(node))
        g_string_append_printf(text, "%s%s", text->len ? " " : "", berth_node_string(node, ""));
}

static char *reserved(const BerthNode *host)
{
    GString *text = g_string_new(talk_text(host, "ip-address"));

    add_list(text, berth_node_get(host, "ip-addresses"));
    add_list(text, berth_node_get(host, "prefixes"));
    return g_string_free(text, FALSE);
}

static char *subnet(const BerthNode *host)
{
    int64_t id = berth_node_int(berth_node_get(host, "subnet-id"), 0);

    return id == 0 ? g_strdup("global") : g_strdup_printf("%" G_GINT64_FORMAT, id);
}

static void add_row(Table *table, const BerthNode *host, int64_t source)
{
    char **row = g_new0(char *, COLUMNS);

    row[SUBNET] = subnet(host);
    row[IDENTIFIER] = identifier(host);
    row[RESERVED] = reserved(host);
    row[HOSTNAME] = g_strdup(talk_text(host, "hostname"));
    row[FROM] = g_strdup(source == 0 ? "configuration" : "database");
    for (int i = 0; i < COLUMNS; i++)
        table->widths[i] = MAX(table->widths[i], strlen(row[i]));
    g_ptr_array_add(table->rows, row);
}

/* ---- showing ---- */

/* The last column needs no width. */
static void print_row(const Table *table, const char *const *row)
{
    for (int i = 0; i < COLUMNS - 1; i++)
        printf("%-*s  ", (int)table->widths[i], row[i]);
    puts(row[COLUMNS - 1]);
}

static void print_table(const Table *table)
{
    print_row(table, heads);
    for (unsigned i = 0; i < table->rows->len; i++)
        print_row(table, g_ptr_array_index(table->rows, i));
}

/* ---- asking ---- */

static char *arguments_of(const char *subnet_id, int64_t source, int64_t from)
{
    return g_strdup_printf("{\"limit\": %d, \"source-index\": %" G_GINT64_FORMAT
                           ", \"from\": %" G_GINT64_FORMAT "%s%s}",
                           LIMIT, source, from, subnet_id ? ", \"subnet-id\": " : "",
                           subnet_id ? subnet_id : "");
}

/* One page; false: there are no more, and `*ret_result` says why. */
static bool add_page(const Server *server, const char *subnet_id, Table *table, int64_t place[2],
                     int *ret_result)
{
    g_autofree char *arguments = arguments_of(subnet_id, place[0], place[1]);
    Answer answer = answer_of(server, "reservation-get-page", arguments);
    const BerthNode *got = answer_arguments(&answer), *next = berth_node_get(got, "next");

    *ret_result = answer.result;
    place[0] = berth_node_int(berth_node_get(next, "source-index"), 0);
    place[1] = berth_node_int(berth_node_get(next, "from"), 0);
    for (const BerthNode *host = berth_node_first(berth_node_get(got, "hosts")); host;
         host = berth_node_next(host))
        add_row(table, host, place[0]);
    if (answer.result != 0 && answer.result != RESULT_EMPTY)
        answer_complain(&answer);
    answer_clear(&answer);
    return *ret_result == 0 && next;
}

int hosts_run(const Server *server, const char *subnet_id)
{
    Table table = {.rows = g_ptr_array_new_with_free_func(row_free)};
    int64_t place[2] = {0, 0}; /* source-index, from */
    int result;

    for (int i = 0; i < COLUMNS; i++)
        table.widths[i] = strlen(heads[i]);
    while (add_page(server, subnet_id, &table, place, &result))
        ;
    if (result == RESULT_EMPTY && table.rows->len > 0)
        result = 0;
    if (result == 0)
        print_table(&table);
    else if (result == RESULT_EMPTY)
        puts("there are no reservations");
    g_ptr_array_unref(table.rows);
    return result;
}
