/* lease_file - keeps leases in a file: the lease backend that needs nothing installed.
 *
 * The file is an append-only journal in the columns of Kea's memfile (csv). At start it is read
 * once (load); then every batch of changes is a run of rows behind what is there (journal), and
 * from time to time what has been overtaken is left out (lfc). When the server goes over to another
 * store, the one is emptied and the other marked (swap). The leases themselves are the core's:
 * nothing is kept here. */
#include "csv.h"
#include "journal.h"
#include "lfc.h"
#include "load.h"
#include "swap.h"

#include <errno.h>

typedef struct Conf {
    const char *type, *name;
    bool persist;
    int64_t lfc_interval_sec, lfc_growth_rows, max_row_errors, sync_interval_msec;
    int sync;
} Conf;

/* The plugin's run state: the stores that are open. */
typedef struct Run {
    GQueue stores; /* of Store */
} Run;

/* Of the load, or of being filled. */
typedef enum Stage {
    STAGE_LOADING,   /* the files are read */
    STAGE_EMPTYING,  /* the files are made empty */
    STAGE_EMPTY,     /* or that was refused */
    STAGE_BEGINNING, /* the journal makes the last one ready */
    STAGE_BEGUN,
} Stage;

typedef struct Store Store;

/* A batch that the core has handed over, while it is made durable. */
typedef struct Handed {
    Store *store;
    BerthBatch *batch; /* NULL: there is none */
    size_t n_rows;     /* in it */
    int64_t gain;      /* leases that there are more after them */
} Handed;

struct Store {
    Run *run;
    BerthServer *server;
    const CsvFormat *format;
    char *path;
    Load *load; /* until all is loaded */
    Stage stage;
    int begin_error;
    const BerthLeaseSink *sink;
    Journal *journal; /* NULL: persist is off */
    Lfc *lfc;         /* likewise */
    Handed handed[JOURNAL_BATCHES];
    Swap *swap;
    BerthTimer *soon; /* answers when nothing is written */
};

static void answer(Handed *handed, BerthCommitResult result)
{
    BerthBatch *batch = g_steal_pointer(&handed->batch);

    for (size_t i = 0; i < berth_batch_count(batch); i++)
        berth_unit_set_result(berth_batch_unit(batch, i), result);
    berth_batch_done(batch);
}

static void written(void *data, int error)
{
    /* The core may hand over the next batch at once. */
    Handed handed = *(Handed *)data;

    answer(data, error < 0 ? BERTH_COMMIT_FAILED : BERTH_COMMIT_OK);
    if (error == 0)
        lfc_added(handed.store->lfc, handed.n_rows, handed.gain);
}

static void not_written(void *data)
{
    Store *store = data;

    for (unsigned i = 0; i < JOURNAL_BATCHES; i++)
        if (store->handed[i].batch)
            answer(&store->handed[i], BERTH_COMMIT_OK);
}

static int open_files(Store *store, const Conf *conf, GError **error)
{
    const char *path = store->path;
    JournalOptions options = {.sync = (JournalSync)conf->sync,
                              .interval_usec = conf->sync_interval_msec * 1000};
    LfcOptions lfc = {.format = store->format,
                      .interval_sec = conf->lfc_interval_sec,
                      .growth_rows = (uint64_t)conf->lfc_growth_rows};
    FileLock *lock = NULL;
    int r = file_lock_take(store->server, path, &lock, error);

    if (r == 0)
        r = swap_open(store->server, path, lock, &store->swap, error);
    if (r == 0)
        r = journal_open(store->server, path, lock, &options, &store->journal, error);
    if (r == 0) {
        store->load = load_new(store->server, path, store->format, lock, conf->max_row_errors);
        store->lfc = lfc_new(store->server, path, lock, store->journal, &lfc);
    }
    file_lock_unref(lock);
    return r;
}

static void store_close(void *data)
{
    Store *store = data;

    load_free(store->load);
    lfc_close(store->lfc);
    journal_close(store->journal);
    swap_close(store->swap);
    berth_timer_free(store->soon);
    g_queue_remove(&store->run->stores, store);
    g_free(store->path);
    g_free(store);
}

static int open_store(Store *store, const Conf *conf, GError **error)
{
    int r = 0;

    if (conf->persist)
        r = berth_server_path(store->server, BERTH_PATH_DATA,
                              conf->name ? conf->name : store->format->name, &store->path, error);
    else
        BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "DHCPSRV_MEMFILE_NO_STORAGE",
                  "persist is off: leases are lost when the server ends");
    if (r == 0 && !store->path)
        r = swap_open(store->server, NULL, NULL, &store->swap, error);
    return store->path ? open_files(store, conf, error) : r;
}

static int store_open(void *run, BerthServer *server, int family, const void *conf,
                      void **ret_store, GError **error)
{
    Store *store = g_new0(Store, 1);
    int r;

    store->run = run;
    store->server = server;
    store->format = csv_format(family);
    store->soon = berth_timer_new(server, not_written, store);
    g_queue_push_tail(&store->run->stores, store);
    r = open_store(store, conf, error);
    if (r < 0)
        store_close(store);
    else
        *ret_store = store;
    return r;
}

/* ---- loading ---- */

static void begun(void *data, int error)
{
    Store *store = data;

    store->stage = STAGE_BEGUN;
    store->begin_error = error;
    store->sink->ready(store->sink->data);
}

/* Before anybody is answered, what was read is made to last. */
static void begin(Store *store)
{
    g_autoptr(GString) header = g_string_new(NULL);

    store->stage = STAGE_BEGINNING;
    csv_append_header(store->format, header);
    journal_begin(store->journal, load_found(store->load)->size, header->str, begun, store);
}

static int end_load(Store *store, GError **error)
{
    if (store->begin_error < 0)
        return berth_fail(error, store->begin_error, "%s: the lease file cannot be written: %s",
                          store->path, g_strerror(-store->begin_error));
    lfc_begin(store->lfc, load_found(store->load));
    g_clear_pointer(&store->load, load_free);
    return BERTH_LOAD_DONE;
}

static int store_load(void *data, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    Store *store = data;
    int r = BERTH_LOAD_DONE;

    if (!store->load)
        return BERTH_LOAD_DONE;
    if (store->stage == STAGE_LOADING && (r = swap_check(store->swap, error)) < 0)
        return r;
    store->sink = sink;
    if (store->stage == STAGE_BEGUN)
        return end_load(store, error);
    if (store->stage == STAGE_LOADING)
        r = load_some(store->load, max_rows, sink, error);
    if (r != BERTH_LOAD_DONE)
        return r;
    if (store->stage == STAGE_LOADING)
        begin(store);
    return BERTH_LOAD_WAITS;
}

/* ---- going over to it, or to another store ---- */

static void emptied(void *data)
{
    Store *store = data;

    store->stage = STAGE_EMPTY;
    store->sink->ready(store->sink->data);
}

/* What the load has found is nothing: the journal begins with an empty file. */
static int store_fill(void *data, const char *data_set, const BerthLeaseSink *sink, GError **error)
{
    Store *store = data;
    int r;

    store->sink = sink;
    switch (store->stage) {
    case STAGE_LOADING:
        store->stage = STAGE_EMPTYING;
        swap_make_room(store->swap, data_set, emptied, store);
        break;
    case STAGE_EMPTY:
        r = swap_made(store->swap, error);
        if (r < 0 || !store->load)
            return r;
        begin(store);
        break;
    case STAGE_BEGUN:
        return end_load(store, error);
    default:
        break;
    }
    return BERTH_LOAD_WAITS;
}

static const char *store_data_set(void *data)
{
    return swap_data_set(((Store *)data)->swap);
}

static void store_supersede(void *data, const char *by,
                            void (*done)(void *done_data, const GError *error), void *done_data)
{
    swap_supersede(((Store *)data)->swap, by, done, done_data);
}

/* ---- changes ---- */

/* Removals stand last in a unit: half a unit never frees what is still in use. */
static void append_unit(Handed *handed, GString *rows, const BerthUnit *unit)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *before = berth_unit_before(unit, i), *after = berth_unit_after(unit, i);

        csv_append_row(handed->store->format, rows, after ? after : before, !after);
        handed->gain += !before - !after;
    }
    handed->n_rows += berth_unit_count(unit);
}

static void store_commit(void *data, BerthBatch *batch)
{
    Store *store = data;
    Handed *handed = &store->handed[store->handed[0].batch ? 1 : 0];
    GString *rows;

    *handed = (Handed){.store = store, .batch = batch};
    if (!store->journal) {
        berth_timer_set(store->server, store->soon, 0);
        return;
    }
    rows = g_string_new(NULL);
    for (size_t i = 0; i < berth_batch_count(batch); i++)
        append_unit(handed, rows, berth_batch_unit(batch, i));
    journal_write(store->journal, rows, written, handed);
}

static BerthHealth store_health(void *data, char *why, size_t size)
{
    const Store *store = data;
    BerthHealth health;

    g_snprintf(why, size, "%s", "");
    if (!store->journal)
        return BERTH_HEALTH_UP;
    health = journal_health(store->journal, why, size);
    return health == BERTH_HEALTH_UP ? lfc_health(store->lfc, why, size) : health;
}

static void store_status(void *data, BerthJson *json)
{
    const Store *store = data;

    if (store->lfc)
        lfc_status(store->lfc, json);
}

/* ---- the command ---- */

/* In the order of what is told when several stores answer differently. */
typedef enum Cleaned {
    CLEANED_NO_STORE,
    CLEANED_NO_FILE,
    CLEANED_LOADING,
    CLEANED_RUNNING,
    CLEANED_STARTED,
} Cleaned;

static Cleaned clean(Store *store)
{
    static const Cleaned results[] = {
        [LFC_STARTED] = CLEANED_STARTED,
        [LFC_RUNNING] = CLEANED_RUNNING,
        [LFC_LOADING] = CLEANED_LOADING,
    };

    return store->lfc ? results[lfc_start(store->lfc)] : CLEANED_NO_FILE;
}

static void kea_lfc_start(BerthCommand *command, const void *conf, void *data)
{
    static const char *const texts[] = {
        [CLEANED_NO_STORE] = "the lease backend in use is not 'memfile'",
        [CLEANED_NO_FILE] =
            "'persist' parameter of 'memfile' lease backend was configured to 'false'",
        [CLEANED_LOADING] = "the leases are still being loaded",
        [CLEANED_RUNNING] = "kea-lfc already running",
        [CLEANED_STARTED] = "kea-lfc started",
    };
    Run *run = data;
    Cleaned cleaned = CLEANED_NO_STORE;
    int family = berth_command_family(command);

    (void)conf;
    for (GList *l = run->stores.head; l; l = l->next) {
        Store *store = l->data;
        Cleaned this = store->format->family == family ? clean(store) : CLEANED_NO_STORE;

        cleaned = MAX(cleaned, this);
    }
    berth_command_done(command, cleaned == CLEANED_STARTED ? BERTH_RESULT_OK : BERTH_RESULT_ERROR,
                       "%s", texts[cleaned]);
}

static const BerthLeaseBackend backend = {
    .size = sizeof(BerthLeaseBackend),
    /* While one is synced the next one is written and its sync begun, and more are gathered. */
    .max_in_flight = JOURNAL_BATCHES,
    .open = store_open,
    .close = store_close,
    .load = store_load,
    .commit = store_commit,
    .health = store_health,
    .status = store_status,
    .fill = store_fill,
    .data_set = store_data_set,
    .supersede = store_supersede,
};

static const char *const sync_words[] = {"always", "interval", "never", NULL};

/* clang-format off */
static const BerthConfItem conf[] = {
    {"type", BERTH_STRING(Conf, type), "memfile", "this backend"},
    {"name", BERTH_STRING(Conf, name), NULL, "the lease file, in the data directory; kea-leases4.csv or kea-leases6.csv by default"},
    {"persist", BERTH_BOOL(Conf, persist), "true", "false: nothing is written, leases end with the server"},
    {"lfc-interval", BERTH_INT(Conf, lfc_interval_sec), "3600", "seconds between clean-ups of the file; 0: none",
     0, 0, UINT32_MAX},
    {"lfc-growth-rows", BERTH_INT(Conf, lfc_growth_rows), "65536", "rows by which the file may outgrow three times its leases",
     0, 1, INT64_MAX / 4},
    {"max-row-errors", BERTH_INT(Conf, max_row_errors), "0", "refuse to start with more damaged rows; 0: any number",
     0, 0, UINT32_MAX},
    {"sync", BERTH_WORD(Conf, sync), "always", "when rows are made durable: before the answer, at intervals, or never",
     0, 0, 0, sync_words},
    {"sync-interval", BERTH_INT(Conf, sync_interval_msec), "1000", "milliseconds, for sync = interval",
     0, 1, 3600000},
    {0},
};

static const BerthRole roles[] = {
    BERTH_LEASE_BACKEND("memfile", &backend, conf, Conf),
    {0},
};
/* clang-format on */

static const BerthHook hooks[] = {
    BERTH_ON_COMMAND("kea-lfc-start", kea_lfc_start),
    {0},
};

BERTH_PLUGIN(.name = "lease_file", .about = "leases in a file, in the columns of Kea's memfile",
             .run_size = sizeof(Run), .hooks = hooks, .roles = roles);
