/* log - writes the server's messages to standard output, standard error, syslog, or files that
 * rotate.
 *
 * Which messages are wanted is the core's decision (severity, debuglevel); this plugin knows where
 * they go: to the outputs of the most specific logger of the configuration. Lines of one turn of
 * the server are written together; those of ERROR and worse at once. */
#include <berth/plugin.h>

#include "pattern.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#define HELD_BYTES 65536 /* lines of one turn are written when they are this many bytes, too */

typedef struct OutputConf {
    const char *output, *pattern;
    bool flush;
    int64_t maxsize, maxver;
} OutputConf;

typedef struct LoggerConf {
    const char *name;
    const char *severity; /* this and debuglevel: the core filters by them */
    int64_t debuglevel;
    BerthList outputs; /* OutputConf */
} LoggerConf;

typedef struct LogConf {
    BerthList loggers; /* LoggerConf */
} LogConf;

/* clang-format off */
static const BerthConfItem output_items[] = {
    {"output",  BERTH_STRING(OutputConf, output),  "stdout",   "stdout, stderr, syslog, syslog:FACILITY, or a file", 0},
    {"flush",   BERTH_BOOL(OutputConf, flush),     "true",     "lines are always written within the turn that made them", 0},
    {"maxsize", BERTH_INT(OutputConf, maxsize),    "10240000", "bytes after which a file is rotated; 0 never", 0, .min = 0, .max = INT64_MAX},
    {"maxver",  BERTH_INT(OutputConf, maxver),     "1",        "rotated files to keep", 0, .min = 1, .max = 1000},
    {"pattern", BERTH_STRING(OutputConf, pattern), NULL,       "the form of a line, as log4cplus writes it", 0},
    {0},
};

static const BerthConfItem logger_items[] = {
    {"name",           BERTH_STRING(LoggerConf, name),     NULL,             "kea-dhcp4, or kea-dhcp4.leases and so on", BERTH_CONF_REQUIRED},
    {"severity",       BERTH_STRING(LoggerConf, severity), "INFO",           "least serious level that is written", 0},
    {"debuglevel",     BERTH_INT(LoggerConf, debuglevel),  "0",              "how much of DEBUG", 0, .min = 0, .max = 99},
    {"output-options", BERTH_LIST(LoggerConf, outputs),    NULL,             "where its messages go", 0, .items = output_items, .item_size = sizeof(OutputConf)},
    {"output_options", BERTH_CONF_ALIAS, 0,                "output-options", "Kea's older spelling", 0},
    {0},
};

static const BerthConfItem conf_items[] = {
    {"loggers", BERTH_LIST(LogConf, loggers), NULL, "loggers and their outputs", BERTH_CONF_GLOBAL, .items = logger_items, .item_size = sizeof(LoggerConf)},
    {0},
};
/* clang-format on */

/* ---- outputs at run time ---- */

typedef enum Kind { TO_STDOUT, TO_STDERR, TO_SYSLOG, TO_FILE } Kind;

typedef struct Output {
    Kind kind;
    char *pattern;
    int facility;    /* TO_SYSLOG */
    char *path;      /* TO_FILE */
    BerthFile *file; /* NULL: could not be opened; tried again with the next line */
    int64_t size, maxsize, maxver;
    bool said_failed; /* a file that can't be written is complained of once */
    GString *held;    /* lines of this turn */
} Output;

typedef struct Logger {
    char *name;
    GPtrArray *outputs; /* of Output */
} Logger;

typedef struct Log {
    BerthServer *server;
    GPtrArray *loggers; /* of Logger */
    Output *fallback;   /* standard output, when no logger names an output */
    BerthTimer *turn;   /* writes what is held at the end of the turn */
    bool turn_set;
} Log;

static void complain(Output *output, int error)
{
    if (!output->said_failed)
        fprintf(stderr, "log: can't write %s: %s; its lines are lost until it can\n", output->path,
                g_strerror(-error));
    output->said_failed = true;
}

static void open_file(Log *log, Output *output)
{
    int r = berth_file_open(log->server, output->path, BERTH_OPEN_APPEND, &output->file);

    if (r < 0) {
        complain(output, r);
        return;
    }
    output->size = MAX(berth_file_size(output->file), 0);
}

/* NAME.1 is the youngest; the one beyond maxver goes. */
static void rotate(Log *log, Output *output)
{
    berth_file_close(g_steal_pointer(&output->file));
    for (int64_t i = output->maxver; i >= 1; i--) {
        g_autofree char *from =
            i == 1 ? g_strdup(output->path) : g_strdup_printf("%s.%d", output->path, (int)i - 1);
        g_autofree char *to = g_strdup_printf("%s.%d", output->path, (int)i);

        berth_file_rename(log->server, from, to);
    }
    open_file(log, output);
}

static void write_file(Log *log, Output *output)
{
    BerthBytes bytes = {(const uint8_t *)output->held->str, output->held->len};
    int r;

    if (!output->file)
        open_file(log, output);
    if (output->file && output->maxsize > 0 && output->size > 0 &&
        output->size + (int64_t)bytes.len > output->maxsize)
        rotate(log, output);
    if (!output->file)
        return;
    r = berth_file_append(output->file, bytes);
    if (r < 0) {
        complain(output, r);
        berth_file_close(g_steal_pointer(&output->file));
        return;
    }
    output->size += (int64_t)bytes.len;
    output->said_failed = false;
}

static void write_out(Log *log, Output *output)
{
    if (output->held->len == 0)
        return;
    if (output->kind == TO_FILE)
        write_file(log, output);
    else
        fwrite(output->held->str, 1, output->held->len,
               output->kind == TO_STDERR ? stderr : stdout);
    if (output->kind == TO_STDOUT)
        fflush(stdout);
    g_string_truncate(output->held, 0);
}

static void for_each_output(Log *log, void (*call)(Log *log, Output *output))
{
    call(log, log->fallback);
    for (unsigned i = 0; i < log->loggers->len; i++) {
        Logger *logger = log->loggers->pdata[i];

        for (unsigned j = 0; j < logger->outputs->len; j++)
            call(log, logger->outputs->pdata[j]);
    }
}

static void end_of_turn(void *data)
{
    Log *log = data;

    log->turn_set = false;
    for_each_output(log, write_out);
}

/* ---- from the configuration ---- */

static const struct {
    const char *name;
    int facility;
} facilities[] = {
    {"user", LOG_USER},     {"daemon", LOG_DAEMON}, {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};

static int facility_of(const char *output)
{
    const char *name = strchr(output, ':');

    for (unsigned i = 0; name && i < G_N_ELEMENTS(facilities); i++)
        if (g_ascii_strcasecmp(name + 1, facilities[i].name) == 0)
            return facilities[i].facility;
    return LOG_LOCAL0;
}

static Kind kind_of(const char *output)
{
    if (strcmp(output, "stdout") == 0)
        return TO_STDOUT;
    if (strcmp(output, "stderr") == 0)
        return TO_STDERR;
    return g_str_has_prefix(output, "syslog") ? TO_SYSLOG : TO_FILE;
}

static void output_free(void *data)
{
    Output *output = data;

    berth_file_close(output->file);
    g_string_free(output->held, TRUE);
    g_free(output->pattern);
    g_free(output->path);
    g_free(output);
}

static Output *output_new(const char *name, const char *pattern)
{
    Output *output = g_new0(Output, 1);

    output->kind = kind_of(name);
    output->facility = facility_of(name);
    output->held = g_string_new(NULL);
    if (!pattern || !*pattern)
        pattern = output->kind == TO_SYSLOG ? LOG_PATTERN_SYSLOG : LOG_PATTERN;
    output->pattern = g_strdup(pattern);
    return output;
}

static Output *make_output(BerthServer *server, const OutputConf *conf, GError **error)
{
    Output *output = output_new(conf->output, conf->pattern);

    output->maxsize = conf->maxsize;
    output->maxver = conf->maxver;
    if (output->kind == TO_FILE &&
        berth_server_path(server, BERTH_PATH_LOG, conf->output, &output->path, error) < 0) {
        output_free(output);
        return NULL;
    }
    return output;
}

static void logger_free(void *data)
{
    Logger *logger = data;

    g_ptr_array_unref(logger->outputs);
    g_free(logger->name);
    g_free(logger);
}

static int make_logger(Log *log, GPtrArray *loggers, const LoggerConf *conf, GError **error)
{
    const OutputConf *outputs = conf->outputs.at;
    Logger *logger = g_new0(Logger, 1);

    logger->name = g_strdup(conf->name);
    logger->outputs = g_ptr_array_new_with_free_func(output_free);
    g_ptr_array_add(loggers, logger);
    for (size_t i = 0; i < conf->outputs.n; i++) {
        Output *output = make_output(log->server, &outputs[i], error);

        if (!output)
            return -EINVAL;
        g_ptr_array_add(logger->outputs, output);
        if (output->kind == TO_FILE)
            open_file(log, output);
    }
    return 0;
}

/* Replaces all outputs; on failure the old ones stay. */
static int configure(Log *log, const LogConf *conf, GError **error)
{
    g_autoptr(GPtrArray) loggers = g_ptr_array_new_with_free_func(logger_free);
    const LoggerConf *at = conf->loggers.at;

    for (size_t i = 0; i < conf->loggers.n; i++)
        if (make_logger(log, loggers, &at[i], error) < 0)
            return -EINVAL;
    for_each_output(log, write_out);
    g_ptr_array_unref(log->loggers);
    log->loggers = g_steal_pointer(&loggers);
    return 0;
}

/* ---- messages ---- */

/* The logger with the longest name that is the message's or an ancestor of it, and has outputs. */
static const Logger *find_logger(const Log *log, const char *name)
{
    const Logger *best = NULL;
    size_t best_len = 0;

    for (unsigned i = 0; i < log->loggers->len; i++) {
        const Logger *logger = log->loggers->pdata[i];
        size_t len = strlen(logger->name);

        if (strncmp(name, logger->name, len) == 0 && (name[len] == 0 || name[len] == '.') &&
            len >= best_len && logger->outputs->len > 0) {
            best = logger;
            best_len = len;
        }
    }
    return best;
}

static void send_to_syslog(const Output *output, const BerthLogEvent *event)
{
    static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};
    g_autoptr(GString) line = g_string_new(NULL);

    log_line(line, output->pattern, event);
    syslog(output->facility | priorities[event->level], "%s", line->str);
}

static void take(Log *log, Output *output, const BerthLogEvent *event)
{
    if (output->kind == TO_SYSLOG) {
        send_to_syslog(output, event);
        return;
    }
    log_line(output->held, output->pattern, event);
    if (event->level >= BERTH_ERROR || output->held->len >= HELD_BYTES) {
        write_out(log, output);
    } else if (!log->turn_set) {
        berth_timer_set(log->server, log->turn, 0);
        log->turn_set = true;
    }
}

static void on_message(void *run, const BerthLogEvent *event)
{
    Log *log = run;
    char name[128];
    const Logger *logger = find_logger(log, log_name(event, name, sizeof(name)));

    if (!logger) {
        take(log, log->fallback, event);
        return;
    }
    for (unsigned i = 0; i < logger->outputs->len; i++)
        take(log, logger->outputs->pdata[i], event);
}

/* ---- the plugin ---- */

static int start(BerthServer *server, const void *conf, void *run, GError **error)
{
    Log *log = run;

    log->server = server;
    log->loggers = g_ptr_array_new_with_free_func(logger_free);
    log->fallback = output_new("stdout", NULL);
    log->turn = berth_timer_new(server, end_of_turn, log);
    return configure(log, conf, error);
}

static void apply(const void *conf, void *run)
{
    g_autoptr(GError) error = NULL;

    if (configure(run, conf, &error) < 0)
        BERTH_LOG(((Log *)run)->server, BERTH_ERROR, "dhcp4", "LOG_CONFIG_FAIL",
                  "the loggers stay as they were: %s", error->message);
}

static void stop(void *run)
{
    Log *log = run;

    for_each_output(log, write_out);
    berth_timer_free(log->turn);
    g_ptr_array_unref(log->loggers);
    output_free(log->fallback);
}

static const BerthLogSink sink = {.size = sizeof(BerthLogSink), .write = on_message};
static const BerthRole roles[] = {BERTH_LOG_SINK(&sink), {0}};

BERTH_PLUGIN(.name = "log", .about = "writes messages to stdout, stderr, syslog and rotating files",
             .conf_size = sizeof(LogConf), .conf = conf_items, .run_size = sizeof(Log),
             .start = start, .apply = apply, .stop = stop, .roles = roles);
