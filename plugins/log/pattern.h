/* pattern - a line of the log from an event, by a log4cplus pattern as Kea's configuration has it.
 */
#pragma once

#include <berth/plugin.h>

#define LOG_PATTERN "%D{%Y-%m-%d %H:%M:%S.%q} %-5p [%c/%i.%t] %m\n"
#define LOG_PATTERN_SYSLOG "%-5p [%c.%t] %m"

/* What stands before the message in lines of one logger and level within a second. */
typedef struct LogStart {
    char daemon[16], logger[32];
    BerthLevel level;
    int64_t sec;
    size_t len; /* 0: none */
    char text[160];
    unsigned n_msec; /* digits of the milliseconds */
    uint8_t msec_at[9];
} LogStart;

/* What lines of one output, all of one pattern, have in common; begins with zeros. */
#define LOG_STARTS 4
typedef struct LogMemo {
    char process[12];
    const char *format; /* of `date`, in the pattern; NULL: none yet */
    bool utc;
    int64_t sec;
    size_t len;
    char date[256];      /* with MSEC_MARK where milliseconds belong */
    const char *message; /* its place in the pattern; NULL: not looked for yet */
    bool keeps_marks;    /* while one of `starts` is made */
    LogStart starts[LOG_STARTS];
    unsigned next; /* of `starts` to be replaced */
} LogMemo;

/* Appends the line. Known: %D{strftime, %q milliseconds} local time, %d{} UTC, %p level, %c logger,
 * %i process, %t thread, %m identifier and text, %n newline, %%; before the letter "-" (to the
 * left), the least width, "." and the greatest, beyond which the beginning is cut off. Others are
 * kept as they stand. */
void log_line(GString *out, const char *pattern, const BerthLogEvent *event, LogMemo *memo);

/* "kea-dhcp4.leases" of an event, in `buffer`. */
const char *log_name(const BerthLogEvent *event, char *buffer, size_t size);
