/* compact - see compact.h.
 *
 * The files are read twice: first to learn which row of each address is the last, so that in memory
 * there are some bytes an address and no row; then to write those rows, in their order. What is
 * written is synced in pieces: one large sync would hold up the journal's small ones. */
#include "compact.h"
#include "copy.h"
#include "scan.h"

#include <errno.h>

#define PIECE ((gsize)4 << 20)
/* So much room is left to the journal: a clean-up that filled the disk would stop all changes. */
#define ROOM_LEFT ((int64_t)8 << 20)

/* One reading of both files. Rows are numbered from 1, through both files. */
typedef struct Pass {
    Compact *compact;
    RowMap *last;
    uint32_t row;
    BerthFile *file; /* the output, while it is written */
    GString *out;
} Pass;

typedef int (*EachRow)(Pass *pass, const BerthLease *lease);

void compact_init(Compact *compact, BerthServer *server, const char *path, const CsvFormat *format)
{
    *compact = (Compact){
        .server = server,
        .format = format,
        .dir = g_path_get_dirname(path),
        .copy = g_strconcat(path, ".1", NULL),
        .previous = g_strconcat(path, ".2", NULL),
        .output = g_strconcat(path, ".output", NULL),
        .completed = g_strconcat(path, ".completed", NULL),
    };
    berth_server_random(server, compact->seeds, sizeof(compact->seeds));
}

void compact_clear(Compact *compact)
{
    g_free(compact->dir);
    g_free(compact->copy);
    g_free(compact->previous);
    g_free(compact->output);
    g_free(compact->completed);
    *compact = (Compact){0};
}

void compact_reset(Compact *compact, uint64_t known_damaged)
{
    compact->known_damaged = known_damaged;
    compact->error = 0;
    compact->step = compact->path = NULL;
    compact->rows = compact->damaged = compact->kept = 0;
}

void compact_cancel(Compact *compact)
{
    g_atomic_int_set(&compact->cancelled, 1);
}

/* Remembers what failed; the first one counts. */
static int note(Compact *c, int r, const char *step, const char *path)
{
    if (r < 0 && !c->step) {
        c->step = step;
        c->path = path;
    }
    return r;
}

/* ---- reading ---- */

static int next_row(Scan *scan, Pass *pass, EachRow each)
{
    int r = scan_next(scan);

    if (r <= SCAN_END)
        return r;
    if (g_atomic_int_get(&pass->compact->cancelled))
        return -ECANCELED;
    if (++pass->row == UINT32_MAX)
        return -EFBIG;
    if (r == SCAN_ROW) {
        r = each(pass, scan->lease);
        return r < 0 ? r : SCAN_ROW;
    }
    return r;
}

static int read_rows(Scan *scan, Pass *pass, EachRow each, uint64_t *ret_damaged)
{
    int r = scan->header == CSV_HEADER_FOREIGN ? -EINVAL : SCAN_ROW;

    while (r > SCAN_END) {
        r = next_row(scan, pass, each);
        *ret_damaged += r == SCAN_DAMAGED;
    }
    return r;
}

/* 0 also when there is no such file. */
static int read_file(Pass *pass, const char *path, EachRow each, uint64_t *ret_damaged)
{
    Compact *c = pass->compact;
    Scan scan = {0};
    int r = scan_open(&scan, c->server, path, c->format);

    *ret_damaged = 0;
    if (r == 0)
        r = read_rows(&scan, pass, each, ret_damaged);
    else if (r == -ENOENT)
        r = 0;
    scan_close(&scan);
    return note(c, r, "reading", path);
}

static int note_last(Pass *pass, const BerthLease *lease)
{
    return row_map_set(pass->last, berth_lease_addr(lease), pass->row);
}

/* The rows that cannot be read will be gone with the files. */
static int keep_damaged(Compact *c, const char *path, uint64_t damaged)
{
    g_autofree char *to = NULL;

    if (damaged == 0 || c->damaged <= c->known_damaged)
        return 0;
    to = g_strconcat(path, ".damaged", NULL);
    return note(c, copy_aside(c->server, path, to), "keeping a copy, for it has damaged rows, of",
                path);
}

static int find_last(Compact *c, RowMap *last)
{
    Pass pass = {.compact = c, .last = last};
    uint64_t previous = 0, copy = 0;
    int r = read_file(&pass, c->previous, note_last, &previous);

    if (r == 0)
        r = read_file(&pass, c->copy, note_last, &copy);
    c->rows = pass.row;
    c->damaged = previous + copy;
    if (r == 0)
        r = keep_damaged(c, c->previous, previous);
    if (r == 0)
        r = keep_damaged(c, c->copy, copy);
    return r;
}

/* ---- writing ---- */

static int flush(Pass *pass)
{
    BerthBytes bytes = {(uint8_t *)pass->out->str, pass->out->len};
    int64_t room = berth_file_room(pass->file);
    int r = room >= 0 && room < ROOM_LEFT + (int64_t)bytes.len ? -ENOSPC : 0;

    if (r == 0)
        r = berth_file_append(pass->file, bytes);
    g_string_truncate(pass->out, 0);
    if (r == 0)
        r = berth_file_sync(pass->file);
    return note(pass->compact, r, "writing", pass->compact->output);
}

/* A row that takes a lease away has nothing left to take away: it goes, as what it took. One that
 * has expired stays, for the server may still keep it for its owner; when it does not, it writes
 * the removal. */
static int write_last(Pass *pass, const BerthLease *lease)
{
    if (berth_lease_valid_sec(lease) == 0 ||
        row_map_get(pass->last, berth_lease_addr(lease)) != pass->row)
        return 0;
    csv_append_row(pass->compact->format, pass->out, lease, false);
    pass->compact->kept++;
    return pass->out->len < PIECE ? 0 : flush(pass);
}

static int write_rows(Compact *c, RowMap *last, BerthFile *output)
{
    Pass pass = {.compact = c, .last = last, .file = output, .out = g_string_new(NULL)};
    uint64_t damaged;
    int r;

    csv_append_header(c->format, pass.out);
    r = read_file(&pass, c->previous, write_last, &damaged);
    if (r == 0)
        r = read_file(&pass, c->copy, write_last, &damaged);
    if (r == 0)
        r = flush(&pass);
    g_string_free(pass.out, TRUE);
    return r;
}

static int write_output(Compact *c, RowMap *last)
{
    BerthFile *output = NULL;
    int r = berth_file_open(c->server, c->output, BERTH_OPEN_NEW, &output);

    if (r == 0)
        r = write_rows(c, last, output);
    berth_file_close(output);
    return note(c, r, "writing", c->output);
}

/* ---- the files ---- */

static int is_there(Compact *c, const char *path)
{
    BerthFile *file = NULL;
    int r = berth_file_open(c->server, path, BERTH_OPEN_READ, &file);

    berth_file_close(file);
    if (r == 0)
        return 1;
    return r == -ENOENT ? 0 : note(c, r, "reading", path);
}

/* Renames, and makes it last before anything builds on it. */
static int rename_durably(Compact *c, const char *from, const char *to)
{
    int r = berth_file_rename(c->server, from, to);

    if (r == 0)
        r = berth_file_sync_dir(c->server, c->dir);
    return note(c, r, "renaming", from);
}

/* NAME.completed is whole and durable: it takes the place of both files it was made from. */
static int finish(Compact *c)
{
    int r = rename_durably(c, c->completed, c->previous);

    if (r < 0)
        return r;
    r = berth_file_unlink(c->server, c->copy);
    if (r == 0)
        r = berth_file_sync_dir(c->server, c->dir);
    return r == -ENOENT ? 0 : note(c, r, "removing", c->copy);
}

/* Half a file is of no use to anybody, and may be what fills the disk. */
static void drop_output(Compact *c)
{
    if (berth_file_unlink(c->server, c->output) == 0)
        berth_file_sync_dir(c->server, c->dir);
}

static int merge(Compact *c)
{
    RowMap last;
    int r = note(c, row_map_init(&last, c->format->addr_len, c->seeds), "indexing", c->copy);

    if (r == 0)
        r = find_last(c, &last);
    if (r == 0)
        r = write_output(c, &last);
    row_map_clear(&last);
    if (r < 0) {
        drop_output(c);
        return r;
    }
    r = rename_durably(c, c->output, c->completed);
    return r < 0 ? r : finish(c);
}

void compact_run(Compact *c)
{
    int r = is_there(c, c->completed);

    if (r > 0) {
        r = finish(c);
    } else if (r == 0) {
        r = is_there(c, c->copy);
        if (r > 0)
            r = merge(c);
    }
    c->error = MIN(r, 0);
}
