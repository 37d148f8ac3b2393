/* rows - see rows.h. */
#include "rows.h"

#define SHOWN 200 /* characters of what was refused */

static void forget_refusal(Rows *rows, Row *row)
{
    if (row->why)
        rows->refused--;
    g_clear_pointer(&row->why, g_free);
    g_clear_pointer(&row->json, g_free);
}

static void row_free(void *data)
{
    Row *row = data;

    berth_host_unref(row->host);
    g_free(row->why);
    g_free(row->json);
    g_free(row);
}

void rows_init(Rows *rows)
{
    *rows = (Rows){.by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, row_free)};
    g_queue_init(&rows->order);
}

static void leave(const RowsPlace *place, Row *row)
{
    if (row->host)
        berth_server_remove_host(place->server, place->family, BERTH_HOSTS_DATABASE, row->host);
    g_clear_pointer(&row->host, berth_host_unref);
}

void rows_remove(Rows *rows, const RowsPlace *place, Row *row)
{
    leave(place, row);
    forget_refusal(rows, row);
    g_queue_unlink(&rows->order, &row->link);
    g_hash_table_remove(rows->by_id, &row->id);
}

void rows_clear(Rows *rows, const RowsPlace *place)
{
    while (rows->order.head)
        rows_remove(rows, place, rows->order.head->data);
    g_clear_pointer(&rows->by_id, g_hash_table_unref);
}

Row *rows_find(const Rows *rows, uint64_t id)
{
    return g_hash_table_lookup(rows->by_id, &id);
}

Row *rows_unseen(const Rows *rows, const RowsPlace *place)
{
    Row *row = rows->order.head ? rows->order.head->data : NULL;

    return row && row->load != place->load ? row : NULL;
}

size_t rows_count(const Rows *rows)
{
    return g_hash_table_size(rows->by_id);
}

/* ---- putting ---- */

static Row *see(Rows *rows, const RowsPlace *place, uint64_t id)
{
    Row *row = rows_find(rows, id);

    if (!row) {
        row = g_new0(Row, 1);
        row->id = id;
        row->link.data = row;
        g_hash_table_insert(rows->by_id, &row->id, row);
    } else {
        g_queue_unlink(&rows->order, &row->link);
    }
    g_queue_push_tail_link(&rows->order, &row->link);
    row->load = place->load;
    return row;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ';
}

/* The number in front of the JSON. */
static bool cut_sequence(BerthBytes *value, uint64_t *ret)
{
    uint64_t sequence = 0;
    size_t i = 0;

    while (i < value->len && i < 19 && g_ascii_isdigit(value->data[i]))
        sequence = sequence * 10 + (value->data[i++] - '0');
    if (i == 0 || i == value->len || !is_space(value->data[i]))
        return false;
    *ret = sequence;
    *value = (BerthBytes){value->data + i + 1, value->len - i - 1};
    return true;
}

static bool use(const RowsPlace *place, Row *row, BerthBytes json, GError **error)
{
    BerthHost *host = berth_server_parse_host(place->server, place->family, json, error);

    leave(place, row);
    if (host &&
        berth_server_put_host(place->server, place->family, BERTH_HOSTS_DATABASE, host, error) == 0)
        row->host = host;
    else
        berth_host_unref(host);
    return row->host != NULL;
}

static void settle(Rows *rows, const RowsPlace *place, Row *row, BerthBytes json)
{
    g_autofree char *copy = g_strndup((const char *)json.data, json.len);
    g_autoptr(GError) error = NULL;

    forget_refusal(rows, row);
    row->conf = place->conf;
    if (use(place, row, json, &error))
        return;
    rows->refused++;
    row->why = g_strdup(error ? error->message : "it can't be used");
    row->json = g_steal_pointer(&copy);
}

Row *rows_put(Rows *rows, const RowsPlace *place, uint64_t id, BerthBytes value)
{
    Row *row = see(rows, place, id);
    uint64_t sequence = 0;
    char text[SHOWN];

    if (!cut_sequence(&value, &sequence)) {
        leave(place, row);
        forget_refusal(rows, row);
        rows->refused++;
        row->sequence = 0;
        row->why = g_strdup_printf("it does not begin with its number: %s",
                                   berth_escape(value, text, sizeof(text)));
    } else if (sequence > row->sequence || row->conf != place->conf) {
        row->sequence = sequence;
        settle(rows, place, row, value);
    }
    return row;
}

bool rows_retry(Rows *rows, const RowsPlace *place, Row *row)
{
    g_autofree char *json = g_steal_pointer(&row->json);

    if (json)
        settle(rows, place, row, berth_bytes(json));
    return row->host != NULL;
}
