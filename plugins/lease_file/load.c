/* load - see load.h. */
#include "load.h"
#include "ahead.h"
#include "copy.h"
#include "damage.h"

#include <errno.h>

#define FILES_MAX 3

typedef enum LoadJob {
    LOAD_JOB_NONE,
    LOAD_JOB_READ,
    LOAD_JOB_COPY, /* a damaged file aside */
} LoadJob;

struct Load {
    BerthServer *server;
    const CsvFormat *format;
    FileLock *lock;
    char *path;
    char *files[FILES_MAX]; /* to be read, in order; the last is `path` */
    unsigned n_files, next;
    int64_t max_row_errors;
    int64_t row_errors; /* of all files */
    Damage damage;      /* of this one */
    LoadFound found;

    LoadJob job;
    Scan
        scan; /* of the file that is being read; the job's while it reads. All zero between files */
    bool is_open; /* and what is to be said of its header is said */
    int result;   /* of the job */
    /* Those that are filled, from `first` on; the one after them is the job's. */
    Ahead *ahead[2];
    unsigned first, n_filled;
    unsigned at; /* the row to be handed out, in the first one */

    const BerthLeaseSink *sink;
    GError *error; /* of a job, until it is asked for */
    bool waits, closed;
};

Load *load_new(BerthServer *server, const char *path, const CsvFormat *format, FileLock *lock,
               int64_t max_row_errors)
{
    Load *load = g_new0(Load, 1);

    load->server = server;
    load->format = format;
    load->lock = file_lock_ref(lock);
    load->path = g_strdup(path);
    load->max_row_errors = max_row_errors;
    for (size_t i = 0; i < G_N_ELEMENTS(load->ahead); i++)
        load->ahead[i] = ahead_new();
    return load;
}

void load_free(Load *load)
{
    if (!load)
        return;
    load->closed = true;
    if (load->job != LOAD_JOB_NONE)
        return;
    scan_close(&load->scan);
    damage_clear(&load->damage);
    for (unsigned i = 0; i < load->n_files; i++)
        g_free(load->files[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(load->ahead); i++)
        ahead_free(load->ahead[i]);
    file_lock_unref(load->lock);
    g_clear_error(&load->error);
    g_free(load->path);
    g_free(load);
}

const LoadFound *load_found(const Load *load)
{
    return &load->found;
}

static bool is_current(const Load *load)
{
    return load->next == load->n_files - 1;
}

/* ---- what is damaged ---- */

static void report(Load *load, uint64_t line, const char *why)
{
    if (load->damage.rows == 0)
        damage_begin(&load->damage, load->server, load->files[load->next]);
    damage_add(&load->damage, line, why);
    load->row_errors++;
}

static int too_many(Load *load, uint64_t line, GError **error)
{
    if (load->max_row_errors == 0 || load->row_errors <= load->max_row_errors)
        return 0;
    damage_tell(&load->damage);
    return berth_fail(error, -EINVAL,
                      "%s:%" G_GUINT64_FORMAT
                      ": more damaged rows than max-row-errors (%" G_GINT64_FORMAT
                      ") allows; repair the file or raise it (0: any number)",
                      load->files[load->next], line, load->max_row_errors);
}

static char *damaged_path(const Load *load)
{
    return g_strconcat(load->files[load->next], ".damaged", NULL);
}

static void tell_kept(Load *load)
{
    g_autofree char *to = damaged_path(load);
    const char *path = load->files[load->next];

    if (load->result < 0)
        BERTH_LOG(load->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_DAMAGED",
                  "%s: %" G_GUINT64_FORMAT
                  " damaged rows were ignored; copying it to %s failed: %s",
                  path, load->damage.rows, to, g_strerror(-load->result));
    else
        BERTH_LOG(load->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_DAMAGED",
                  "%s: %" G_GUINT64_FORMAT
                  " damaged rows were ignored; the file as it was is kept in "
                  "%s",
                  path, load->damage.rows, to);
    if (load->result == 0)
        *(is_current(load) ? &load->found.damaged : &load->found.older_damaged) +=
            load->damage.rows;
}

/* ---- files ---- */

static int probe(Load *load, const char *suffix, GError **error)
{
    g_autofree char *path = g_strconcat(load->path, suffix, NULL);
    BerthFile *file = NULL;
    int r = berth_file_open(load->server, path, BERTH_OPEN_READ, &file);

    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return berth_fail(error, r, "%s: the lease file cannot be read: %s", path, g_strerror(-r));
    berth_file_close(file);
    load->files[load->n_files++] = g_steal_pointer(&path);
    return 1;
}

/* Which files there are, in the order in which they are to be read. */
static int find_files(Load *load, GError **error)
{
    int finished = probe(load, ".completed", error), copied = 0, r = finished;

    if (finished == 0)
        r = probe(load, ".2", error);
    if (finished == 0 && r >= 0)
        r = copied = probe(load, ".1", error);
    load->found.unfinished = finished > 0 || copied > 0;
    if (r >= 0)
        r = probe(load, "", error);
    return r < 0 ? r : 0;
}

/* A header of another kind means a wrong file; without any header the rows may still be good. */
static int check_header(const Load *load, GError **error)
{
    const char *path = load->files[load->next];
    const CsvSchema *schema = &load->scan.reader.schema;

    if (load->scan.header == CSV_HEADER_FOREIGN)
        return berth_fail(error, -EINVAL, "%s:1: this is no %s that can be read: %s", path,
                          load->format->kind, load->scan.reader.why);
    if (load->scan.header == CSV_HEADER_DAMAGED)
        BERTH_LOG(load->server, BERTH_WARN, "dhcpsrv", "LEASE_FILE_NO_HEADER",
                  "%s:1: the line of column names is missing or damaged; rows are read without it",
                  path);
    if (schema->is_older)
        BERTH_LOG(load->server, BERTH_WARN, "dhcpsrv", "DHCPSRV_MEMFILE_NEEDS_UPGRADING",
                  "%s has columns of an older version; missing ones get their defaults", path);
    if (schema->is_newer)
        BERTH_LOG(load->server, BERTH_WARN, "dhcpsrv", "LEASE_FILE_NEWER",
                  "%s was written by a newer version; its additional columns are ignored", path);
    return 0;
}

static int opened(const Load *load, GError **error)
{
    const char *path = load->files[load->next];

    if (load->result < 0)
        return berth_fail(error, load->result, "%s: the lease file cannot be read: %s", path,
                          g_strerror(-load->result));
    BERTH_LOG(load->server, BERTH_INFO, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_FILE_LOAD",
              "loading leases from %s", path);
    return check_header(load, error);
}

/* What a clean-up left has one row a lease; a file that stands alone, at least as many as that. As
 * long as the first rows are typical. */
static void tell_expected(const Load *load)
{
    int64_t size = berth_file_size(load->scan.file), read = load->scan.lines.offset;

    if (load->next == 0 && size > 0 && read > 0)
        load->sink->expect(load->sink->data,
                           (uint64_t)((double)load->scan.rows * (double)size / (double)read));
}

static void note_end(Load *load)
{
    LoadFound *found = &load->found;

    if (is_current(load)) {
        found->size = load->scan.lines.offset;
        found->rows = load->scan.rows;
    } else {
        found->cleaned += load->scan.rows;
    }
}

/* ---- the job ---- */

static Ahead *to_be_filled(Load *load)
{
    return load->ahead[(load->first + load->n_filled) % G_N_ELEMENTS(load->ahead)];
}

static void read_some(Load *load)
{
    if (!load->scan.file)
        load->result = scan_open(&load->scan, load->server, load->files[load->next], load->format);
    if (load->result == 0 && load->scan.header != CSV_HEADER_FOREIGN)
        ahead_fill(to_be_filled(load), &load->scan);
}

static void work(void *data)
{
    Load *load = data;
    g_autofree char *to = NULL;

    load->result = 0;
    if (load->job == LOAD_JOB_READ) {
        read_some(load);
    } else {
        to = damaged_path(load);
        load->result = copy_aside(load->server, load->files[load->next], to);
    }
}

static void done(void *data);

static void start(Load *load, LoadJob job)
{
    load->job = job;
    berth_job_run(load->server, work, done, load);
}

/* Whether the end of the file, or what is wrong with it, is among what was read. */
static bool is_at_end(const Load *load)
{
    for (unsigned i = 0; i < load->n_filled; i++)
        if (load->ahead[(load->first + i) % G_N_ELEMENTS(load->ahead)]->end <= SCAN_END)
            return true;
    return load->error != NULL;
}

static void read_on(Load *load)
{
    if (load->job == LOAD_JOB_NONE && load->next < load->n_files &&
        load->n_filled < G_N_ELEMENTS(load->ahead) && !is_at_end(load))
        start(load, LOAD_JOB_READ);
}

static void next_file(Load *load)
{
    load->is_open = false;
    damage_clear(&load->damage);
    load->next++;
    read_on(load);
}

static void have_read(Load *load)
{
    if (!load->is_open && opened(load, &load->error) < 0)
        return;
    if (!load->is_open)
        tell_expected(load);
    load->is_open = true;
    load->n_filled++;
    read_on(load);
}

static void done(void *data)
{
    Load *load = data;
    LoadJob job = load->job;

    load->job = LOAD_JOB_NONE;
    if (load->closed) {
        load_free(load);
        return;
    }
    if (job == LOAD_JOB_READ) {
        have_read(load);
    } else {
        tell_kept(load);
        next_file(load);
    }
    if (load->waits) {
        load->waits = false;
        load->sink->ready(load->sink->data);
    }
}

/* ---- handing out ---- */

static void end_file(Load *load)
{
    const char *path = load->files[load->next];
    int64_t torn = lines_torn(&load->scan.lines);

    note_end(load);
    if (torn)
        BERTH_LOG(load->server, BERTH_WARN, "dhcpsrv", "LEASE_FILE_TORN",
                  "%s:%" G_GUINT64_FORMAT ": the last line (%" G_GINT64_FORMAT
                  " bytes) has no end, so it was never answered for, and is dropped",
                  path, load->scan.lines.number + 1, torn);
    scan_close(&load->scan);
    damage_tell(&load->damage);
    if (load->damage.rows)
        start(load, LOAD_JOB_COPY);
    else
        next_file(load);
}

/* All rows of the first are handed out. */
static int end_ahead(Load *load, GError **error)
{
    int end = load->ahead[load->first]->end;

    if (end < 0)
        return berth_fail(error, end, "%s: reading failed behind line %" G_GUINT64_FORMAT ": %s",
                          load->files[load->next], load->scan.lines.number, g_strerror(-end));
    load->first = (load->first + 1) % G_N_ELEMENTS(load->ahead);
    load->n_filled--;
    load->at = 0;
    if (end == SCAN_END)
        end_file(load);
    else
        read_on(load);
    return 0;
}

static int hand_out(Load *load, GError **error)
{
    const AheadRow *row;

    if (load->at == load->ahead[load->first]->n)
        return end_ahead(load, error);
    row = &load->ahead[load->first]->rows[load->at++];
    if (row->why)
        report(load, row->line, row->why);
    else if (load->sink->take(load->sink->data, row->lease) != 0)
        report(load, row->line, "the lease is not fit to be stored");
    return too_many(load, row->line, error);
}

static int begin(Load *load, const BerthLeaseSink *sink, GError **error)
{
    int r = find_files(load, error);

    load->sink = sink;
    read_on(load);
    return r;
}

/* With rows at hand, an error of a later job has time. */
static int wait(Load *load, GError **error)
{
    if (load->error) {
        g_propagate_error(error, g_steal_pointer(&load->error));
        return load->result < 0 ? load->result : -EINVAL;
    }
    load->waits = true;
    return BERTH_LOAD_WAITS;
}

int load_some(Load *load, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    int r = load->n_files ? 0 : begin(load, sink, error);

    for (unsigned n = 0; r >= 0 && n < MAX(max_rows, 1); n++) {
        if (load->next == load->n_files)
            return BERTH_LOAD_DONE;
        if (load->n_filled == 0)
            return wait(load, error);
        r = hand_out(load, error);
    }
    return r < 0 ? r : BERTH_LOAD_MORE;
}
