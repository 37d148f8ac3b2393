/* log - writes the server's messages to standard output, standard error, syslog, or files that
 * rotate.
 *
 * Which messages are wanted is the core's decision (severity, debuglevel); this plugin knows where
 * they go: to the outputs of the most specific logger of the configuration. Lines of one turn of
 * the server are written together; those of ERROR and worse at once. */
#include <berth/plugin.h>

#include "pattern.h"
#include "target.h"

#include <errno.h>
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
    BerthList loggers, loggers6; /* LoggerConf, of Dhcp4 and of Dhcp6 */
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
    {"loggers", BERTH_LIST(LogConf, loggers6), NULL, "loggers and their outputs", BERTH_CONF_GLOBAL6, .items = logger_items, .item_size = sizeof(LoggerConf)},
    {0},
};
/* clang-format on */

/* ---- outputs ---- */

typedef struct Output {
    char *pattern;
    Target *target; /* of the setup; NULL: syslog */
    int facility;   /* of syslog */
    LogMemo memo;
} Output;

typedef struct Logger {
    char *name;
    GPtrArray *outputs; /* of Output */
} Logger;

/* Which logger, if any, a message goes to by the name of its own. */
#define ROUTES 8
typedef struct Route {
    char daemon[16], logger[32];
    const Logger *to;
} Route;

/* What one configuration asks for. Outputs that name the same file share its target, so that their
 * lines keep their order and one rotation is enough. */
typedef struct Setup {
    GPtrArray *loggers; /* of Logger */
    Route routes[ROUTES];
    unsigned n_routes;  /* ever made */
    GPtrArray *targets; /* of Target */
    Output *fallback;   /* standard output, for messages of no logger with outputs */
} Setup;

typedef struct Log {
    BerthServer *server;
    Setup *setup;
    BerthTimer *turn; /* writes what is held at the end of the turn */
    bool turn_set;
} Log;

/* clang-format off */
static const struct {
    const char *name;
    int facility;
} facilities[] = {
    {"auth",   LOG_AUTH},   {"authpriv", LOG_AUTHPRIV}, {"cron",   LOG_CRON},   {"daemon", LOG_DAEMON},
    {"ftp",    LOG_FTP},    {"kern",     LOG_KERN},     {"lpr",    LOG_LPR},    {"mail",   LOG_MAIL},
    {"news",   LOG_NEWS},   {"syslog",   LOG_SYSLOG},   {"user",   LOG_USER},   {"uucp",   LOG_UUCP},
    {"local0", LOG_LOCAL0}, {"local1",   LOG_LOCAL1},   {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4}, {"local5",   LOG_LOCAL5},   {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};
/* clang-format on */

/* The facility of "syslog" or "syslog:FACILITY", -ENOENT when it has another name, -EINVAL when
 * this is no syslog output. */
static int facility_of(const char *output)
{
    if (strcmp(output, "syslog") == 0)
        return LOG_LOCAL0;
    if (!g_str_has_prefix(output, "syslog:"))
        return -EINVAL;
    for (unsigned i = 0; i < G_N_ELEMENTS(facilities); i++)
        if (g_ascii_strcasecmp(output + strlen("syslog:"), facilities[i].name) == 0)
            return facilities[i].facility;
    return -ENOENT;
}

static TargetKind kind_of(const char *output)
{
    if (strcmp(output, "stdout") == 0)
        return TARGET_STDOUT;
    return strcmp(output, "stderr") == 0 ? TARGET_STDERR : TARGET_FILE;
}

static Target *find_target(const Setup *setup, TargetKind kind, const char *path)
{
    for (unsigned i = 0; i < setup->targets->len; i++) {
        Target *target = setup->targets->pdata[i];

        if (target->kind == kind && g_strcmp0(target->path, path) == 0)
            return target;
    }
    return NULL;
}

static Target *want_target(Log *log, Setup *setup, const OutputConf *conf, GError **error)
{
    TargetKind kind = kind_of(conf->output);
    g_autofree char *path = NULL;
    Target *target;

    if (kind == TARGET_FILE &&
        berth_server_path(log->server, BERTH_PATH_LOG, conf->output, &path, error) < 0)
        return NULL;
    target = find_target(setup, kind, path);
    if (!target) {
        target = target_new(log->server, kind, g_steal_pointer(&path), conf->maxsize, conf->maxver);
        g_ptr_array_add(setup->targets, target);
    }
    return target;
}

static void output_free(void *data)
{
    Output *output = data;

    if (output)
        g_free(output->pattern);
    g_free(output);
}

static Output *output_new(Log *log, Setup *setup, const OutputConf *conf, GError **error)
{
    int facility = facility_of(conf->output);
    Target *target = facility < 0 ? want_target(log, setup, conf, error) : NULL;
    const char *pattern = facility < 0 ? LOG_PATTERN : LOG_PATTERN_SYSLOG;
    Output *output;

    if (facility < 0 && !target)
        return NULL;
    if (conf->pattern && *conf->pattern)
        pattern = conf->pattern;
    output = g_new0(Output, 1);
    *output = (Output){g_strdup(pattern), target, facility};
    return output;
}

static void logger_free(void *data)
{
    Logger *logger = data;

    g_ptr_array_unref(logger->outputs);
    g_free(logger->name);
    g_free(logger);
}

/* ---- from the configuration ---- */

static void setup_free(Setup *setup)
{
    if (!setup)
        return;
    g_ptr_array_unref(setup->loggers);
    g_ptr_array_unref(setup->targets);
    output_free(setup->fallback);
    g_free(setup);
}

static int add_logger(Log *log, Setup *setup, const LoggerConf *conf, GError **error)
{
    const OutputConf *outputs = conf->outputs.at;
    Logger *logger = g_new0(Logger, 1);

    logger->name = g_strdup(conf->name);
    logger->outputs = g_ptr_array_new_with_free_func(output_free);
    g_ptr_array_add(setup->loggers, logger);
    for (size_t i = 0; i < conf->outputs.n; i++) {
        Output *output = output_new(log, setup, &outputs[i], error);

        if (!output)
            return -EINVAL;
        g_ptr_array_add(logger->outputs, output);
    }
    return 0;
}

static int add_loggers(Log *log, Setup *setup, BerthList loggers, GError **error)
{
    const LoggerConf *at = loggers.at;
    int r = 0;

    for (size_t i = 0; r == 0 && i < loggers.n; i++)
        r = add_logger(log, setup, &at[i], error);
    return r;
}

static Setup *setup_new(Log *log, const LogConf *conf, GError **error)
{
    static const OutputConf standard = {.output = "stdout"};
    Setup *setup = g_new0(Setup, 1);

    setup->loggers = g_ptr_array_new_with_free_func(logger_free);
    setup->targets = g_ptr_array_new_with_free_func(target_free);
    setup->fallback = output_new(log, setup, &standard, error);
    if (add_loggers(log, setup, conf->loggers, error) == 0 &&
        add_loggers(log, setup, conf->loggers6, error) == 0)
        return setup;
    setup_free(setup);
    return NULL;
}

static void write_all(const Log *log)
{
    for (unsigned i = 0; log->setup && i < log->setup->targets->len; i++)
        target_write(log->setup->targets->pdata[i]);
}

/* Replaces all outputs and opens files anew, so that a reload also follows a file that was moved
 * away. On failure the old ones stay. */
static int configure(Log *log, const LogConf *conf, GError **error)
{
    Setup *setup;

    write_all(log);
    setup = setup_new(log, conf, error);
    if (!setup)
        return -EINVAL;
    setup_free(log->setup);
    log->setup = setup;
    return 0;
}

/* ---- messages ---- */

/* A name without a dot is the root, as in the core: of its daemon, or of all where it names none.
 */
static bool covers(const char *logger, size_t len, const char *name)
{
    size_t root = strcspn(name, ".");

    if (len == 0)
        return !g_str_has_prefix(logger, "kea-dhcp") ||
               (strncmp(logger, name, root) == 0 && logger[root] == 0);
    return strncmp(name, logger, len) == 0 && (name[len] == 0 || name[len] == '.');
}

/* Of the loggers that are the message's or an ancestor of it and have outputs: the one with the
 * longest name, the first among equals. */
static const Logger *find_logger(const Setup *setup, const char *name)
{
    const Logger *best = NULL;
    size_t best_len = 0;

    for (unsigned i = 0; i < setup->loggers->len; i++) {
        const Logger *logger = setup->loggers->pdata[i];
        size_t len = strchr(logger->name, '.') ? strlen(logger->name) : 0;

        if (covers(logger->name, len, name) && logger->outputs->len > 0 &&
            (!best || len > best_len)) {
            best = logger;
            best_len = len;
        }
    }
    return best;
}

/* The same, remembered for the few that most messages are of. */
static const Logger *route(Setup *setup, const BerthLogEvent *event)
{
    Route *new = &setup->routes[setup->n_routes % ROUTES];
    char name[128];

    for (unsigned i = 0; i < MIN(setup->n_routes, ROUTES); i++) {
        const Route *known = &setup->routes[i];

        if (strcmp(known->logger, event->logger) == 0 && strcmp(known->daemon, event->daemon) == 0)
            return known->to;
    }
    new->to = find_logger(setup, log_name(event, name, sizeof(name)));
    /* One that is cut off is never found again. */
    g_strlcpy(new->daemon, event->daemon, sizeof(new->daemon));
    g_strlcpy(new->logger, event->logger, sizeof(new->logger));
    setup->n_routes++;
    return new->to;
}

static void send_to_syslog(Output *output, const BerthLogEvent *event)
{
    static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};
    g_autoptr(GString) line = g_string_new(NULL);

    log_line(line, output->pattern, event, &output->memo);
    syslog(output->facility | priorities[event->level], "%s", line->str);
}

static void end_of_turn(void *data)
{
    Log *log = data;

    log->turn_set = false;
    write_all(log);
}

static void take(Log *log, Output *output, const BerthLogEvent *event)
{
    if (!output->target) {
        send_to_syslog(output, event);
        return;
    }
    log_line(output->target->held, output->pattern, event, &output->memo);
    if (event->level >= BERTH_ERROR || output->target->held->len >= HELD_BYTES) {
        target_write(output->target);
    } else if (!log->turn_set) {
        berth_timer_set(log->server, log->turn, 0);
        log->turn_set = true;
    }
}

static void on_message(void *run, const BerthLogEvent *event)
{
    Log *log = run;
    const Logger *logger = route(log->setup, event);

    if (!logger) {
        take(log, log->setup->fallback, event);
        return;
    }
    for (unsigned i = 0; i < logger->outputs->len; i++)
        take(log, logger->outputs->pdata[i], event);
}

/* ---- the plugin ---- */

static int check_output(const OutputConf *conf, GError **error)
{
    if (!*conf->output)
        return berth_fail(error, -EINVAL,
                          "loggers: an output is empty; name a file, or leave it out");
    if (facility_of(conf->output) == -ENOENT)
        return berth_fail(error, -EINVAL,
                          "loggers: '%s' names no facility of syslog; local0 to local7, daemon and "
                          "user are usual",
                          conf->output);
    return 0;
}

static int check_loggers(BerthList loggers, GError **error)
{
    const LoggerConf *at = loggers.at;

    for (size_t i = 0; i < loggers.n; i++)
        for (size_t j = 0; j < at[i].outputs.n; j++)
            if (check_output((const OutputConf *)at[i].outputs.at + j, error) < 0)
                return -EINVAL;
    return 0;
}

static int prepare(void *conf, GError **error)
{
    const LogConf *log = conf;
    int r = check_loggers(log->loggers, error);

    return r < 0 ? r : check_loggers(log->loggers6, error);
}

static void stop(void *run)
{
    Log *log = run;

    write_all(log);
    setup_free(log->setup);
    berth_timer_free(log->turn);
}

static int start(BerthServer *server, const void *conf, void *run, GError **error)
{
    Log *log = run;

    log->server = server;
    log->turn = berth_timer_new(server, end_of_turn, log);
    if (configure(log, conf, error) == 0)
        return 0;
    stop(log);
    return -EINVAL;
}

static void apply(const void *conf, void *run)
{
    g_autoptr(GError) error = NULL;

    if (configure(run, conf, &error) < 0)
        BERTH_LOG(((Log *)run)->server, BERTH_ERROR, "dhcp4", "LOG_CONFIG_FAIL",
                  "the loggers stay as they were: %s", error->message);
}

static const BerthLogSink sink = {.size = sizeof(BerthLogSink), .write = on_message};
static const BerthRole roles[] = {BERTH_LOG_SINK(&sink), {0}};

BERTH_PLUGIN(.name = "log", .about = "writes messages to stdout, stderr, syslog and rotating files",
             .conf_size = sizeof(LogConf), .conf = conf_items, .prepare = prepare,
             .run_size = sizeof(Log), .start = start, .apply = apply, .stop = stop, .roles = roles);
