/* log - see log.h. */
#include "core/base/log.h"

#include "core/base/bytes.h"

#include "core/base/world.h"
#include <stdio.h>
#include <unistd.h>

#define DAEMON_MAX 16
#define MAX_TEXT 4096
#define MAX_LINE (MAX_TEXT + 512)
#define PACKET_DEBUGLEVEL 40

/* One configured logger below the daemon: "" is its root, "leases", "leases.x". */
typedef struct Entry {
    char *path;
    size_t len;
    int level, debuglevel;
} Entry;

typedef struct Sink {
    const BerthLogSink *sink;
    void *run;
} Sink;

/* What logs that stand beside each other have in common. */
typedef struct Shared {
    BerthWorld *world;
    GArray *sinks; /* of Sink */
    bool verbose;
    bool writing; /* in a sink: what it has to say itself goes to standard error */
} Shared;

struct BerthLog {
    Shared *shared;
    bool is_beside;
    char daemon[DAEMON_MAX];
    GArray *entries; /* of Entry */
    int least;       /* nothing below this level is wanted by any logger */
};

static void clear_entry(void *data)
{
    g_free(((Entry *)data)->path);
}

static BerthLog *make(Shared *shared, const char *daemon)
{
    BerthLog *log = g_new0(BerthLog, 1);

    log->shared = shared;
    log->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    log->least = BERTH_INFO;
    g_array_set_clear_func(log->entries, clear_entry);
    berth_log_set_daemon(log, daemon);
    return log;
}

BerthLog *berth_log_new(BerthWorld *world)
{
    Shared *shared = g_new0(Shared, 1);

    shared->world = world;
    shared->sinks = g_array_new(FALSE, FALSE, sizeof(Sink));
    return make(shared, "kea-dhcp4");
}

BerthLog *berth_log_new_beside(BerthLog *log, const char *daemon)
{
    BerthLog *beside = make(log->shared, daemon);

    beside->is_beside = true;
    return beside;
}

void berth_log_set_daemon(BerthLog *log, const char *daemon)
{
    g_strlcpy(log->daemon, daemon, sizeof(log->daemon));
}

void berth_log_free(BerthLog *log)
{
    if (!log)
        return;
    g_array_unref(log->entries);
    if (!log->is_beside) {
        g_array_unref(log->shared->sinks);
        g_free(log->shared);
    }
    g_free(log);
}

/* The part of a logger's name below the daemon, "" for a root, NULL for another daemon's. A root
 * that is no daemon of Kea is anybody's. */
static const char *path_of(const BerthLog *log, const char *name)
{
    size_t len = strlen(log->daemon);

    if (!strchr(name, '.'))
        return g_str_has_prefix(name, "kea-dhcp") && strcmp(name, log->daemon) != 0 ? NULL : "";
    return strncmp(name, log->daemon, len) == 0 && name[len] == '.' ? name + len + 1 : NULL;
}

void berth_log_configure(BerthLog *log, const BerthLogger *loggers, size_t n)
{
    bool has_root = false;

    g_array_set_size(log->entries, 0);
    log->least = BERTH_LOG_NONE;
    for (size_t i = 0; i < n; i++) {
        const char *path = path_of(log, loggers[i].name);
        Entry entry = {g_strdup(path), path ? strlen(path) : 0, loggers[i].level,
                       loggers[i].debuglevel};

        if (!path)
            continue;
        g_array_append_val(log->entries, entry);
        log->least = MIN(log->least, entry.level);
        has_root |= entry.len == 0;
    }
    /* What no entry covers is wanted from INFO on. */
    if (!has_root)
        log->least = MIN(log->least, (int)BERTH_INFO);
}

void berth_log_set_verbose(BerthLog *log, bool verbose)
{
    log->shared->verbose = verbose;
}

void berth_log_add_sink(BerthLog *log, const BerthLogSink *sink, void *run)
{
    Sink entry = {sink, run};

    g_array_append_val(log->shared->sinks, entry);
}

void berth_log_remove_sink(BerthLog *log, const BerthLogSink *sink, void *run)
{
    for (unsigned i = 0; i < log->shared->sinks->len; i++) {
        const Sink *entry = &g_array_index(log->shared->sinks, Sink, i);

        if (entry->sink == sink && entry->run == run) {
            g_array_remove_index(log->shared->sinks, i);
            return;
        }
    }
}

/* Whether the entry is of `logger` or one of its parents; the root is everybody's. */
static bool covers(const Entry *entry, const char *logger)
{
    return entry->len == 0 || (strncmp(entry->path, logger, entry->len) == 0 &&
                               (logger[entry->len] == 0 || logger[entry->len] == '.'));
}

/* The entry nearest to the logger, the first among equals; NULL when even the root has none. */
static const Entry *find_entry(const BerthLog *log, const char *logger)
{
    const Entry *nearest = NULL;

    for (unsigned i = 0; i < log->entries->len; i++) {
        const Entry *entry = &g_array_index(log->entries, Entry, i);

        if ((nearest && entry->len <= nearest->len) || !covers(entry, logger))
            continue;
        nearest = entry;
    }
    return nearest;
}

/* Loggers whose debug messages come with every packet; Kea has them at debug level 40 and above. */
static bool is_per_packet(const char *logger)
{
    static const char *const names[] = {
        "packets", "bad-packets", "leases",   "alloc-engine", "options",
        "eval",    "hosts",       "callouts", "ddns",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], logger) == 0)
            return true;
    return false;
}

bool berth_log_wants(const BerthLog *log, BerthLevel level, const char *logger)
{
    const Entry *entry;

    if (log->shared->verbose)
        return true;
    if ((int)level < log->least)
        return false;
    entry = find_entry(log, logger);
    if (!entry)
        return level >= BERTH_INFO;
    if ((int)level < entry->level)
        return false;
    return level != BERTH_DEBUG || entry->debuglevel >= PACKET_DEBUGLEVEL || !is_per_packet(logger);
}

static const char *level_name(BerthLevel level)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

    return level <= BERTH_FATAL ? names[level] : "?";
}

/* The line as Kea writes it by default. */
static void write_stderr(const BerthLogEvent *event)
{
    char when[BERTH_TIME_TEXT], line[MAX_LINE];

    berth_time_text(event->wall_usec, when);
    when[strlen(when) - 3] = 0;
    g_snprintf(line, sizeof(line), "%s %-5s [%s.%s/%d.%d] %s %s\n", when, level_name(event->level),
               event->daemon, event->logger, (int)getpid(), (int)gettid(), event->id, event->text);
    fputs(line, stderr);
    fflush(stderr);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The next character that is no printable ASCII, or the end. Eight at a time: nearly all of nearly
 * every line is. `text` has room for as many behind its end. */
static char *next_odd(char *text)
{
    uint64_t word;

    for (;; text += sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        /* A byte below 0x20, of 0x7f or with its high bit set leaves its high bit in one of these.
         */
        if ((word | (word + EACH(1)) | (word - EACH(0x20))) & EACH(0x80))
            break;
    }
    /* The words up to here are of the text: NOLINTNEXTLINE(*UndefinedBinaryOperatorResult) */
    while (*text >= ' ' && *text <= '~')
        text++;
    return text;
}

/* One line of valid UTF-8 without control characters, so that nobody can forge another line or
 * speak to the terminal. Whoever logs a client's bytes has escaped them already; this is the second
 * lock. */
static void clean(char *text)
{
    for (char *at = next_odd(text); *at; at = next_odd(at)) {
        gunichar wide = g_utf8_get_char_validated(at, -1);
        if (wide >= (gunichar)-2) {
            *at++ = '?';
            continue;
        }
        if (*at == '\n' || *at == '\t')
            *at = ' ';
        else if (g_unichar_iscntrl(wide) || wide == 0x2028 || wide == 0x2029)
            memset(at, '?', (size_t)(g_utf8_next_char(at) - at));
        at = g_utf8_next_char(at);
    }
}

/* As much as there is room for; then the writer is full. */
static void put(BerthWriter *w, const char *text, size_t len)
{
    size_t fits = MIN(len, berth_writer_left(w));

    berth_write(w, (BerthBytes){(const uint8_t *)text, fits});
    w->full |= fits < len;
}

static void put_number(BerthWriter *w, unsigned number)
{
    char digits[10];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put(w, digits + at, sizeof(digits) - at);
}

/* Text, %s and %u: what messages about packets are made of, of which there are many. False: the
 * format has something else. The analyser loses sight of a va_list that a caller began. */
/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
static bool put_plain(BerthWriter *w, const char *format, va_list args)
{
    for (const char *at = format, *mark; *at; at = mark + 2) {
        mark = strchrnul(at, '%');
        put(w, at, (size_t)(mark - at));
        if (!*mark)
            break;
        if (mark[1] == 'u') {
            put_number(w, va_arg(args, unsigned));
        } else if (mark[1] == 's') {
            const char *text = va_arg(args, const char *);

            put(w, text ? text : "(null)", strlen(text ? text : "(null)"));
        } else {
            return false;
        }
    }
    return true;
}
/* NOLINTEND(clang-analyzer-valist.Uninitialized) */

static bool put_printed(BerthWriter *w, const char *format, va_list args)
{
    int len = g_vsnprintf((char *)w->start, berth_writer_left(w) + 1, format, args);

    if (len < 0)
        return false;
    w->full = (size_t)len > berth_writer_left(w);
    w->at += MIN((size_t)len, berth_writer_left(w));
    return true;
}

static void make_text(char *text, size_t size, const char *format, va_list args)
{
    BerthWriter w = berth_writer(text, size - 1);
    va_list again;

    va_copy(again, args);
    if (!put_plain(&w, format, args)) {
        w = berth_writer(text, size - 1);
        if (!put_printed(&w, format, again))
            put(&w, format, strlen(format));
    }
    va_end(again);
    *w.at = '\0';
    if (w.full)
        memcpy(text + size - 4, "...", 4);
    clean(text);
}

static void write_sinks(BerthLog *log, const BerthLogEvent *event)
{
    log->shared->writing = true;
    for (unsigned i = 0; i < log->shared->sinks->len; i++) {
        const Sink *sink = &g_array_index(log->shared->sinks, Sink, i);

        sink->sink->write(sink->run, event);
    }
    log->shared->writing = false;
}

void berth_log_writev(BerthLog *log, BerthLevel level, const char *logger, const char *id,
                      const char *format, va_list args)
{
    BERTH_UNCLEARED char text[MAX_TEXT + 1 + sizeof(uint64_t)];
    BerthLogEvent event = {
        .size = sizeof(event),
        .wall_usec = log->shared->world->ops->wall_usec(log->shared->world),
        .level = level,
        .daemon = log->daemon,
        .logger = logger,
        .id = id,
        .text = text,
    };

    make_text(text, MAX_TEXT + 1, format, args);
    if (log->shared->sinks->len == 0 || log->shared->writing)
        write_stderr(&event);
    else
        write_sinks(log, &event);
}

void berth_log_write(BerthLog *log, BerthLevel level, const char *logger, const char *id,
                     const char *format, ...)
{
    va_list args;

    va_start(args, format);
    berth_log_writev(log, level, logger, id, format, args);
    va_end(args);
}
