/* log - what the server has to say: levels by logger, messages with an identifier, sinks.
 *
 * The core decides here whether a message is wanted (cheap, before any text is made) and makes the
 * text; writing it somewhere is a sink's work (plugins/log). Until a sink is there messages go to
 * standard error. No text of a client enters unescaped: use berth_escape. */
#pragma once

#include <berth/plugin.h>
#include <glib.h>

typedef struct BerthLog BerthLog;
struct BerthWorld;

/* A logger of the configuration: `name` as Kea spells it ("kea-dhcp4", "kea-dhcp4.leases"). */
typedef struct BerthLogger {
    const char *name;
    int level;      /* BerthLevel, or BERTH_LOG_NONE */
    int debuglevel; /* 0..99; debug messages of loggers that speak per packet need 40, others 0 */
} BerthLogger;
#define BERTH_LOG_NONE 99

BerthLog *berth_log_new(struct BerthWorld *world); /* of kea-dhcp4 */
/* The log of another daemon in the same process: it has loggers of its own and shares the rest.
 * Free it before `log`. */
BerthLog *berth_log_new_beside(BerthLog *log, const char *daemon);
/* "kea-dhcp4" or "kea-dhcp6"; before the loggers are configured. */
void berth_log_set_daemon(BerthLog *log, const char *daemon);
void berth_log_free(BerthLog *log);

/* Replaces the loggers by those of this daemon among them; names that are not listed inherit from
 * their parent name up to the dot, and the root from the first entry without a dot. None at all:
 * INFO. */
void berth_log_configure(BerthLog *log, const BerthLogger *loggers, size_t n);
/* -d: everything, whatever the configuration says. */
void berth_log_set_verbose(BerthLog *log, bool verbose);

/* Sinks: what plugins/log registers by its role. Without any: standard error. */
void berth_log_add_sink(BerthLog *log, const BerthLogSink *sink, void *run);
void berth_log_remove_sink(BerthLog *log, const BerthLogSink *sink, void *run);

/* `logger` is the name below the daemon, "leases" for kea-dhcp4.leases; the daemon's own is
 * "dhcp4". */
bool berth_log_wants(const BerthLog *log, BerthLevel level, const char *logger);
void berth_log_write(BerthLog *log, BerthLevel level, const char *logger, const char *id,
                     const char *format, ...) G_GNUC_PRINTF(5, 6);
void berth_log_writev(BerthLog *log, BerthLevel level, const char *logger, const char *id,
                      const char *format, va_list args) G_GNUC_PRINTF(5, 0);

/* The arguments are evaluated only when the message is wanted. */
#define berth_log_to(log, level, logger, id, ...)                 \
    do {                                                          \
        if (berth_log_wants(log, level, logger))                  \
            berth_log_write(log, level, logger, id, __VA_ARGS__); \
    } while (0)
