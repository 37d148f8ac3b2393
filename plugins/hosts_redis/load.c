/* load - all reservations, in slices between packets. See source.h.
 *
 * What is known goes on serving meanwhile. Where the log ends was noted before, and it is followed
 * from there when all is read. Then goes what was not seen any more, and what was refused because
 * something was in its way gets another try. */
#include "source.h"

#define SLICE_USEC INT64_C(2000)
#define AT_ONCE 32  /* from one look at the clock to the next */
#define TOLD_MAX 10 /* refused ones that are named */

void load_stop(Source *source)
{
    Load *load = &source->load;

    scan_free(g_steal_pointer(&load->scan));
    berth_timer_stop(load->timer);
}

static void turn_soon(Source *source)
{
    berth_timer_set(source->server, source->load.timer, 0);
}

/* ---- what becomes of those that were refused ---- */

static void tell_refused(const Source *source, const Row *row)
{
    BERTH_LOG(source->server, BERTH_ERROR, "hosts", "HOSTS_REDIS_REFUSED",
              "%s: the reservation %" G_GUINT64_FORMAT " is left out: %s",
              source->place.keys[KEY_HOSTS], row->id, row->why);
}

static bool retry_one(Source *source)
{
    Load *load = &source->load;
    Row *row;

    if (load->tried == load->refused->len)
        return false;
    row = rows_find(&source->rows, g_array_index(load->refused, uint64_t, load->tried));
    load->tried++;
    if (row && !rows_retry(&source->rows, &source->put, row) && load->tried <= TOLD_MAX)
        tell_refused(source, row);
    return true;
}

static bool drop_one(Source *source)
{
    Row *row = rows_unseen(&source->rows, &source->put);

    if (row)
        rows_remove(&source->rows, &source->put, row);
    return row != NULL;
}

/* ---- slices ---- */

static bool read_id(BerthBytes field, uint64_t *ret)
{
    char text[24], *end;

    if (field.len == 0 || field.len >= sizeof(text) || !g_ascii_isdigit(field.data[0]))
        return false;
    memcpy(text, field.data, field.len);
    text[field.len] = '\0';
    *ret = g_ascii_strtoull(text, &end, 10);
    return *end == '\0' && *ret > 0;
}

static void tell_stranger(const Source *source, BerthBytes field)
{
    char text[100];

    BERTH_LOG(source->server, BERTH_ERROR, "hosts", "HOSTS_REDIS_REFUSED",
              "%s: the field '%s' is no number of a reservation; it is left alone",
              source->place.keys[KEY_HOSTS], berth_escape(field, text, sizeof(text)));
}

static bool take_one(Source *source)
{
    Load *load = &source->load;
    BerthBytes field, value;
    uint64_t id;

    if (!load->scan || !scan_next(load->scan, &field, &value))
        return false;
    if (!read_id(field, &id))
        tell_stranger(source, field);
    else if (!rows_put(&source->rows, &source->put, id, value)->host)
        g_array_append_val(load->refused, id);
    return true;
}

/* Up to the end of a slice of time; false: there is no more of it now. */
static bool some(Source *source, bool (*one)(Source *source))
{
    int64_t until = berth_server_boot_usec(source->server) + SLICE_USEC;
    unsigned n = 0;

    while (one(source))
        if (++n % AT_ONCE == 0 && berth_server_boot_usec(source->server) >= until)
            return true;
    return false;
}

static void finish(Source *source)
{
    BERTH_LOG(source->server, BERTH_INFO, "hosts", "HOSTS_REDIS_LOADED",
              "%s has %" G_GSIZE_FORMAT " reservations, %" G_GSIZE_FORMAT " of them left out",
              source->place.keys[KEY_HOSTS], rows_count(&source->rows), source->rows.refused);
    source->is_loaded = true;
    source_set_phase(source, PHASE_FOLLOWING);
    tail_go(source->tail);
    change_followed(source, false);
}

static void on_timer(void *data)
{
    Source *source = data;
    Load *load = &source->load;

    if (some(source, take_one)) {
        turn_soon(source);
    } else if (load->scan && !scan_is_done(load->scan)) {
        return; /* Until more of it comes. */
    } else {
        scan_free(g_steal_pointer(&load->scan));
        if (some(source, drop_one) || some(source, retry_one))
            turn_soon(source);
        else
            finish(source);
    }
}

static void on_came(void *data)
{
    turn_soon(data);
}

static void on_failed(void *data, const char *nonsense)
{
    Source *source = data;

    load_stop(source);
    if (nonsense)
        berth_redis_refuse(source->redis, nonsense);
}

void load_begin(Source *source, uint64_t sequence, const char *last_id)
{
    static const ScanOwner owner = {.came = on_came, .failed = on_failed};
    Load *load = &source->load;

    load_stop(source);
    source->put.load++;
    source->sequence = sequence;
    g_array_set_size(load->refused, 0);
    load->tried = 0;
    tail_place(source->tail, last_id, berth_redis_peer(source->redis));
    source_set_phase(source, PHASE_READING);
    load->scan = scan_new(source->redis, source->place.keys[KEY_HOSTS], &owner, source);
}

void load_init(Source *source)
{
    source->load.timer = berth_timer_new(source->server, on_timer, source);
    source->load.refused = g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

void load_clear(Source *source)
{
    load_stop(source);
    berth_timer_free(source->load.timer);
    g_array_unref(source->load.refused);
}
