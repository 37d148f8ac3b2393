/* load - see load.h. */
#include "load.h"
#include "copy.h"
#include "scan.h"

#include <errno.h>

/* So many damaged rows of a file are reported one by one; the rest is only counted. */
#define REPORTS_MAX 100
#define FILES_MAX 3

struct Load {
    BerthServer *server;
    const CsvFormat *format;
    char *path;
    char *files[FILES_MAX]; /* to be read, in order; the last is `path` */
    unsigned n_files, next;
    int64_t max_row_errors;
    int64_t row_errors; /* of all files */

    Scan scan; /* of the file that is being read; all zero between files */
    int64_t damaged;
    LoadFound found;
};

Load *load_new(BerthServer *server, const char *path, const CsvFormat *format,
               int64_t max_row_errors)
{
    Load *load = g_new0(Load, 1);

    load->server = server;
    load->format = format;
    load->path = g_strdup(path);
    load->max_row_errors = max_row_errors;
    return load;
}

void load_free(Load *load)
{
    if (!load)
        return;
    scan_close(&load->scan);
    for (unsigned i = 0; i < load->n_files; i++)
        g_free(load->files[i]);
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

static void report(Load *load, const char *why)
{
    load->damaged++;
    load->row_errors++;
    if (load->damaged <= REPORTS_MAX)
        BERTH_LOG(load->server, BERTH_ERROR, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR",
                  "%s:%" G_GUINT64_FORMAT ": row ignored: %s", load->files[load->next],
                  load->scan.lines.number, why);
}

static int too_many(const Load *load, GError **error)
{
    if (load->max_row_errors == 0 || load->row_errors <= load->max_row_errors)
        return 0;
    return berth_fail(error, -EINVAL,
                      "%s:%" G_GUINT64_FORMAT
                      ": more damaged rows than max-row-errors (%" G_GINT64_FORMAT
                      ") allows; repair the file or raise it (0: any number)",
                      load->files[load->next], load->scan.lines.number, load->max_row_errors);
}

static void keep_damaged(Load *load, const char *path)
{
    g_autofree char *to = g_strconcat(path, ".damaged", NULL);
    int r = copy_aside(load->server, path, to);

    if (r < 0)
        BERTH_LOG(load->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_DAMAGED",
                  "%s: %" G_GINT64_FORMAT " damaged rows were ignored; copying it to %s failed: %s",
                  path, load->damaged, to, g_strerror(-r));
    else
        BERTH_LOG(load->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_DAMAGED",
                  "%s: %" G_GINT64_FORMAT
                  " damaged rows were ignored; the file as it was is kept in "
                  "%s",
                  path, load->damaged, to);
    if (r == 0)
        *(is_current(load) ? &load->found.damaged : &load->found.older_damaged) +=
            (uint64_t)load->damaged;
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

static int open_file(Load *load, GError **error)
{
    const char *path = load->files[load->next];
    int r = scan_open(&load->scan, load->server, path, load->format);

    if (r < 0)
        return berth_fail(error, r, "%s: the lease file cannot be read: %s", path, g_strerror(-r));
    BERTH_LOG(load->server, BERTH_INFO, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_FILE_LOAD",
              "loading leases from %s", path);
    load->damaged = 0;
    return check_header(load, error);
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
    if (load->damaged)
        keep_damaged(load, path);
    load->next++;
}

/* ---- rows ---- */

/* 1: a row was read, 0: the file ended. */
static int next_row(Load *load, BerthLeaseEach each, void *each_data, GError **error)
{
    int r = scan_next(&load->scan);

    if (r < 0)
        return berth_fail(error, r, "%s: reading failed behind line %" G_GUINT64_FORMAT ": %s",
                          load->files[load->next], load->scan.lines.number, g_strerror(-r));
    if (r == SCAN_END) {
        end_file(load);
        return 0;
    }
    if (r == SCAN_DAMAGED)
        report(load, load->scan.why);
    else if (each(each_data, load->scan.lease) != 0)
        report(load, "the lease is not fit to be stored");
    r = too_many(load, error);
    return r < 0 ? r : 1;
}

int load_some(Load *load, unsigned max_rows, BerthLeaseEach each, void *each_data, GError **error)
{
    int r = load->n_files ? 0 : find_files(load, error);

    for (unsigned n = 0; r >= 0 && n < MAX(max_rows, 1); n++) {
        if (load->next == load->n_files)
            return 0;
        if (!load->scan.file)
            r = open_file(load, error);
        if (r >= 0)
            r = next_row(load, each, each_data, error);
    }
    return r < 0 ? r : 1;
}
