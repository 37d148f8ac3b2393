/* lfc - see lfc.h. */
#include "lfc.h"
#include "compact.h"

#include <errno.h>

#define USEC INT64_C(1000000)
#define AGAIN_USEC (60 * USEC)
#define DOUBLINGS_MAX 6u

typedef enum State {
    STATE_LOADING,
    STATE_IDLE,
    STATE_ROTATING,
    STATE_COMPACTING,
} State;

/* What the last good run did. */
typedef struct LastRun {
    int64_t end_usec, duration_usec; /* boot clock */
    uint64_t rows, damaged, kept;
} LastRun;

struct Lfc {
    BerthServer *server;
    FileLock *lock;
    Journal *journal;
    LfcOptions options;
    BerthTimer *interval, *again;

    State state;
    Compact compact; /* the job's while COMPACTING */
    bool closed;
    bool unfinished; /* there are files of a run that did not end */
    uint64_t rows;   /* in NAME */
    uint64_t left;   /* in NAME.2 */
    int64_t gain;    /* leases that NAME has more than NAME.2 */
    /* Damaged rows that are kept aside, in NAME and in the files before it. */
    uint64_t damaged, older_damaged;

    int64_t start_usec;
    LastRun last;
    uint64_t runs, failures;
    unsigned failed_in_row;
    char *failed; /* why the last run did; NULL: it did not */
};

static void on_interval(void *data);
static void on_again(void *data);

Lfc *lfc_new(BerthServer *server, const char *path, FileLock *lock, Journal *journal,
             const LfcOptions *options)
{
    Lfc *lfc = g_new0(Lfc, 1);

    lfc->server = server;
    lfc->lock = file_lock_ref(lock);
    lfc->journal = journal;
    lfc->options = *options;
    lfc->interval = berth_timer_new(server, on_interval, lfc);
    lfc->again = berth_timer_new(server, on_again, lfc);
    compact_init(&lfc->compact, server, path, options->format);
    return lfc;
}

static void lfc_free(Lfc *lfc)
{
    compact_clear(&lfc->compact);
    file_lock_unref(lfc->lock);
    g_free(lfc->failed);
    g_free(lfc);
}

void lfc_close(Lfc *lfc)
{
    if (!lfc)
        return;
    berth_timer_free(lfc->interval);
    berth_timer_free(lfc->again);
    lfc->closed = true;
    if (lfc->state == STATE_COMPACTING)
        compact_cancel(&lfc->compact);
    else
        lfc_free(lfc);
}

/* ---- a run ---- */

/* A run is worth its while when it leaves out much: rows of new leases all stay. */
static bool has_grown(const Lfc *lfc)
{
    int64_t stay = MAX((int64_t)lfc->left + lfc->gain, 0);

    return lfc->left + lfc->rows > 3 * (uint64_t)stay + lfc->options.growth_rows;
}

static void succeed(Lfc *lfc)
{
    const Compact *c = &lfc->compact;

    lfc->unfinished = false;
    lfc->runs++;
    lfc->last = (LastRun){berth_server_boot_usec(lfc->server), 0, c->rows, c->damaged, c->kept};
    lfc->last.duration_usec = lfc->last.end_usec - lfc->start_usec;
    BERTH_LOG(lfc->server, BERTH_INFO, "lfc", "LFC_READ_STATS",
              "Leases: %" G_GUINT64_FORMAT ", attempts: %" G_GUINT64_FORMAT
              ", errors: %" G_GUINT64_FORMAT ".",
              c->rows - c->damaged, c->rows, c->damaged);
    BERTH_LOG(lfc->server, BERTH_INFO, "lfc", "LFC_WRITE_STATS",
              "Leases: %" G_GUINT64_FORMAT ", attempts: %" G_GUINT64_FORMAT ", errors: 0.", c->kept,
              c->kept);
    lfc->failed_in_row = 0;
    g_clear_pointer(&lfc->failed, g_free);
}

/* Complained of once, until it works again; then once more. */
static void fail(Lfc *lfc, int error, const char *step, const char *path)
{
    bool is_first = !lfc->failed;

    g_free(lfc->failed);
    lfc->failed = g_strdup_printf("lease file cleanup: %s %s: %s", step, path, g_strerror(-error));
    lfc->failures++;
    if (is_first)
        BERTH_LOG(lfc->server, BERTH_ERROR, "lfc", "LFC_FAIL_PROCESS",
                  "%s; no lease is lost, the files only grow, and it is tried again", lfc->failed);
    berth_timer_set(lfc->server, lfc->again, AGAIN_USEC << MIN(lfc->failed_in_row, DOUBLINGS_MAX));
    lfc->failed_in_row++;
}

static BerthFile *open_beside(Lfc *lfc, const char *path)
{
    BerthFile *file = NULL;

    berth_file_open(lfc->server, path, BERTH_OPEN_READ, &file);
    return file;
}

/* The journal has hold of what a start reads before NAME. */
static void keep_files(Lfc *lfc)
{
    const Compact *c = &lfc->compact;
    BerthFile *completed = open_beside(lfc, c->completed);

    if (completed)
        journal_keep(lfc->journal, completed, NULL);
    else
        journal_keep(lfc->journal, open_beside(lfc, c->previous), open_beside(lfc, c->copy));
}

static void work(void *data)
{
    Lfc *lfc = data;

    compact_run(&lfc->compact);
}

/* What a run of old files left over is followed by one of the file that has grown meanwhile. */
static void done(void *data)
{
    Lfc *lfc = data;
    const Compact *c = &lfc->compact;

    if (lfc->closed) {
        lfc_free(lfc);
        return;
    }
    lfc->state = STATE_IDLE;
    if (c->error < 0) {
        lfc->unfinished = true;
        fail(lfc, c->error, c->step, c->path);
        return;
    }
    if (c->rows) {
        lfc->left = c->kept;
        lfc->older_damaged = 0;
    }
    keep_files(lfc);
    succeed(lfc);
    if (has_grown(lfc))
        lfc_start(lfc);
}

static void rotated(void *data, int error)
{
    Lfc *lfc = data;

    if (error < 0 && error != -EEXIST) {
        lfc->state = STATE_IDLE;
        fail(lfc, error, "moving the lease file to", lfc->compact.copy);
        return;
    }
    if (error == 0) {
        lfc->rows = 0;
        lfc->gain = 0;
        lfc->older_damaged += lfc->damaged;
        lfc->damaged = 0;
    }
    lfc->state = STATE_COMPACTING;
    compact_reset(&lfc->compact, lfc->older_damaged);
    berth_job_run(lfc->server, work, done, lfc);
}

LfcStart lfc_start(Lfc *lfc)
{
    if (lfc->state != STATE_IDLE)
        return lfc->state == STATE_LOADING ? LFC_LOADING : LFC_RUNNING;
    BERTH_LOG(lfc->server, BERTH_INFO, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_START",
              "starting Lease File Cleanup");
    berth_timer_stop(lfc->again);
    lfc->state = STATE_ROTATING;
    lfc->start_usec = berth_server_boot_usec(lfc->server);
    journal_rotate(lfc->journal, lfc->compact.copy, lfc->compact.completed, rotated, lfc);
    return LFC_STARTED;
}

/* ---- its occasions ---- */

static void set_interval(Lfc *lfc)
{
    if (lfc->options.interval_sec > 0)
        berth_timer_set(lfc->server, lfc->interval, lfc->options.interval_sec * USEC);
}

/* Nothing new, nothing to do. */
static void on_interval(void *data)
{
    Lfc *lfc = data;

    set_interval(lfc);
    if (lfc->rows > 0 || lfc->unfinished)
        lfc_start(lfc);
}

static void on_again(void *data)
{
    lfc_start(data);
}

void lfc_begin(Lfc *lfc, const LoadFound *found)
{
    lfc->state = STATE_IDLE;
    lfc->rows = found->rows;
    lfc->left = found->cleaned;
    lfc->damaged = found->damaged;
    lfc->older_damaged = found->older_damaged;
    lfc->unfinished = found->unfinished;
    if (lfc->options.interval_sec > 0)
        BERTH_LOG(lfc->server, BERTH_INFO, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_SETUP",
                  "setting up the Lease File Cleanup interval to %" G_GINT64_FORMAT " sec",
                  lfc->options.interval_sec);
    keep_files(lfc);
    set_interval(lfc);
    if (lfc->unfinished || has_grown(lfc))
        lfc_start(lfc);
}

void lfc_added(Lfc *lfc, uint64_t rows, int64_t gain)
{
    lfc->rows += rows;
    lfc->gain += gain;
    /* After a failure the timer decides: the disk may be full, and this is called often. */
    if (lfc->state == STATE_IDLE && !lfc->failed && has_grown(lfc))
        lfc_start(lfc);
}

/* ---- for people ---- */

BerthHealth lfc_health(const Lfc *lfc, char *why, size_t size)
{
    g_snprintf(why, size, "%s", lfc->failed ? lfc->failed : "");
    return lfc->failed ? BERTH_HEALTH_DEGRADED : BERTH_HEALTH_UP;
}

void lfc_status(const Lfc *lfc, BerthJson *json)
{
    const LastRun *last = &lfc->last;

    berth_json_begin_object(json, "lfc");
    berth_json_bool(json, "running", lfc->state > STATE_IDLE);
    berth_json_uint(json, "rows-in-file", lfc->rows);
    berth_json_uint(json, "runs", lfc->runs);
    berth_json_uint(json, "failures", lfc->failures);
    if (lfc->runs) {
        int64_t age = berth_server_boot_usec(lfc->server) - last->end_usec;

        berth_json_begin_object(json, "last");
        berth_json_int(json, "age", age / USEC);
        berth_json_int(json, "duration-ms", last->duration_usec / 1000);
        berth_json_uint(json, "rows-read", last->rows);
        berth_json_uint(json, "rows-damaged", last->damaged);
        berth_json_uint(json, "leases-written", last->kept);
        berth_json_end(json);
    }
    berth_json_end(json);
}
