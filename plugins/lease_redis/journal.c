/* journal - see journal.h. */
#include "journal.h"

#include "codec.h"
#include <errno.h>

#define HEAD_LEN 8

struct Journal {
    BerthServer *server;
    char *path, *older;
    BerthFile *file;
    GByteArray *gathered;
    bool is_writing, is_reading, is_closed, is_failing;
};

/* What a job sees. */
typedef struct Work {
    Journal *journal;
    GByteArray *bytes; /* to be written; or what was read */
    int64_t since;
    RecentEach each;
    void *data;
    int r;
} Work;

static void put32(uint8_t *at, uint32_t number)
{
    for (int i = 3; i >= 0; i--, number >>= 8)
        at[i] = (uint8_t)number;
}

static uint64_t get(const uint8_t *at, unsigned len)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

Journal *journal_new(BerthServer *server, const char *path)
{
    Journal *journal = g_new0(Journal, 1);

    journal->server = server;
    journal->path = g_strdup(path);
    journal->older = g_strconcat(path, ".1", NULL);
    journal->gathered = g_byte_array_new();
    return journal;
}

static void destroy(Journal *journal)
{
    berth_file_close(journal->file);
    g_free(journal->path);
    g_free(journal->older);
    g_byte_array_unref(journal->gathered);
    g_free(journal);
}

bool journal_is_failing(const Journal *journal)
{
    return journal->is_failing;
}

void journal_discard(Journal *journal)
{
    berth_file_unlink(journal->server, journal->path);
    berth_file_unlink(journal->server, journal->older);
}

/* ---- writing ---- */

/* One that has grown becomes the older one. */
static int rotate(Journal *journal)
{
    if (!journal->file || berth_file_size(journal->file) < JOURNAL_FILE_MAX)
        return 0;
    berth_file_close(g_steal_pointer(&journal->file));
    return berth_file_rename(journal->server, journal->path, journal->older);
}

static void write_work(void *data)
{
    Work *work = data;
    Journal *journal = work->journal;

    work->r = rotate(journal);
    if (work->r == 0 && !journal->file)
        work->r =
            berth_file_open(journal->server, journal->path, BERTH_OPEN_APPEND, &journal->file);
    if (work->r == 0)
        work->r =
            berth_file_append(journal->file, (BerthBytes){work->bytes->data, work->bytes->len});
}

static void run(Journal *journal);

/* After a failure there may be half a record at the end: the next one begins a new file. */
static void failed(Journal *journal, int r)
{
    if (!journal->is_failing)
        BERTH_LOG(journal->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_JOURNAL_FAILED",
                  "%s can't be written: %s", journal->path, g_strerror(-r));
    journal->is_failing = true;
    if (journal->file) {
        berth_file_close(g_steal_pointer(&journal->file));
        berth_file_rename(journal->server, journal->path, journal->older);
    }
}

static void destroy_when_idle(Journal *journal)
{
    if (journal->is_closed && !journal->is_writing && !journal->is_reading)
        destroy(journal);
}

static void write_done(void *data)
{
    Work *work = data;
    Journal *journal = work->journal;
    int r = work->r;

    g_byte_array_unref(work->bytes);
    g_free(work);
    journal->is_writing = false;
    if (r < 0)
        failed(journal, r);
    else
        journal->is_failing = false;
    if (journal->gathered->len && (r == 0 || !journal->is_closed))
        run(journal);
    destroy_when_idle(journal);
}

static void run(Journal *journal)
{
    Work *work = g_new0(Work, 1);

    work->journal = journal;
    work->bytes = journal->gathered;
    journal->gathered = g_byte_array_new();
    journal->is_writing = true;
    berth_job_run(journal->server, write_work, write_done, work);
}

void journal_add(Journal *journal, int64_t now, BerthBytes key, BerthBytes value)
{
    uint8_t head[HEAD_LEN + 9];
    GByteArray *out = journal->gathered;
    unsigned start = out->len, from = start + HEAD_LEN;

    /* The disk does not keep up: what is missing is missing. */
    if (out->len > JOURNAL_FILE_MAX)
        return;
    put32(head + HEAD_LEN, (uint32_t)((uint64_t)now >> 32));
    put32(head + HEAD_LEN + 4, (uint32_t)now);
    head[HEAD_LEN + 8] = (uint8_t)key.len;
    g_byte_array_append(out, head, sizeof(head));
    g_byte_array_append(out, key.data, (unsigned)key.len);
    g_byte_array_append(out, value.data, (unsigned)value.len);
    put32(out->data + start, out->len - from);
    put32(out->data + start + 4, codec_crc((BerthBytes){out->data + from, out->len - from}));
    if (!journal->is_writing)
        run(journal);
}

/* ---- reading ---- */

static void read_file(BerthServer *server, const char *path, GByteArray *out)
{
    unsigned start = out->len;
    BerthFile *file;
    int64_t size, n;

    if (berth_file_open(server, path, BERTH_OPEN_READ, &file) < 0)
        return;
    size = CLAMP(berth_file_size(file), 0, 4 * (int64_t)JOURNAL_FILE_MAX);
    g_byte_array_set_size(out, start + (unsigned)size);
    n = berth_file_read(file, 0, out->data + start, (size_t)size);
    g_byte_array_set_size(out, start + (unsigned)MAX(n, 0));
    berth_file_close(file);
}

/* The record at `at`; false where what is there is none. */
static bool record_at(const GByteArray *bytes, size_t at, BerthBytes *ret)
{
    size_t len;

    if (bytes->len - at < HEAD_LEN)
        return false;
    len = get(bytes->data + at, 4);
    if (len < 9 || len > bytes->len - at - HEAD_LEN)
        return false;
    *ret = (BerthBytes){bytes->data + at + HEAD_LEN, len};
    return codec_crc(*ret) == get(bytes->data + at + 4, 4) && 9u + ret->data[8] <= len;
}

static void cut(GByteArray *bytes, unsigned start)
{
    BerthBytes record;
    size_t at = start;

    while (record_at(bytes, at, &record))
        at += HEAD_LEN + record.len;
    g_byte_array_set_size(bytes, (unsigned)at);
}

static void read_work(void *data)
{
    Work *work = data;
    unsigned middle;

    read_file(work->journal->server, work->journal->older, work->bytes);
    cut(work->bytes, 0);
    middle = work->bytes->len;
    read_file(work->journal->server, work->journal->path, work->bytes);
    cut(work->bytes, middle);
}

/* Where the last record of each address stands. */
static GHashTable *latest_of(const GByteArray *bytes)
{
    GHashTable *latest =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    BerthBytes record;

    for (size_t at = 0; record_at(bytes, at, &record); at += HEAD_LEN + record.len)
        g_hash_table_replace(latest, g_bytes_new_static(record.data + 9, record.data[8]),
                             (void *)record.data);
    return latest;
}

static void hand_over(const Work *work)
{
    GHashTable *latest = latest_of(work->bytes);
    BerthBytes record;

    for (size_t at = 0; record_at(work->bytes, at, &record); at += HEAD_LEN + record.len) {
        BerthBytes key = {record.data + 9, record.data[8]};
        g_autoptr(GBytes) bytes = g_bytes_new_static(key.data, key.len);

        if ((int64_t)get(record.data, 8) >= work->since &&
            g_hash_table_lookup(latest, bytes) == record.data)
            work->each(work->data, key, (BerthBytes){key.data + key.len, record.len - 9 - key.len});
    }
    g_hash_table_unref(latest);
    work->each(work->data, (BerthBytes){0}, (BerthBytes){0});
}

static void read_done(void *data)
{
    Work *work = data;
    Journal *journal = work->journal;

    if (!journal->is_closed)
        hand_over(work);
    g_byte_array_unref(work->bytes);
    g_free(work);
    journal->is_reading = false;
    destroy_when_idle(journal);
}

void journal_read(Journal *journal, int64_t since, RecentEach each, void *data)
{
    Work *work = g_new0(Work, 1);

    *work = (Work){.journal = journal,
                   .bytes = g_byte_array_new(),
                   .since = since,
                   .each = each,
                   .data = data};
    journal->is_reading = true;
    berth_job_run(journal->server, read_work, read_done, work);
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    journal->is_closed = true;
    destroy_when_idle(journal);
}
