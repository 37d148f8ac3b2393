/* pattern - see pattern.h. */
#include "pattern.h"

#include <time.h>
#include <unistd.h>

static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

const char *log_name(const BerthLogEvent *event, char *buffer, size_t size)
{
    g_snprintf(buffer, size, "%s.%s", event->daemon, event->logger);
    return buffer;
}

/* strftime knows no milliseconds: %q is put in first. */
static void put_date(GString *out, const char *format, size_t len, int64_t wall_usec)
{
    time_t sec = (time_t)(wall_usec / G_USEC_PER_SEC);
    g_autoptr(GString) full = g_string_new_len(format, (gssize)len);
    char msec[8], text[256];
    struct tm tm;

    g_snprintf(msec, sizeof(msec), "%03d", (int)(wall_usec / 1000 % 1000));
    g_string_replace(full, "%q", msec, 0);
    localtime_r(&sec, &tm);
    if (strftime(text, sizeof(text), full->str, &tm) > 0)
        g_string_append(out, text);
}

static void put_padded(GString *out, const char *text, int width, bool left)
{
    if (left)
        g_string_append_printf(out, "%-*s", width, text);
    else
        g_string_append_printf(out, "%*s", width, text);
}

static const char *field(char letter, const BerthLogEvent *event, char *buffer, size_t size)
{
    switch (letter) {
    case 'p':
        return levels[event->level];
    case 'c':
        return log_name(event, buffer, size);
    case 'i':
        g_snprintf(buffer, size, "%d", (int)getpid());
        return buffer;
    case 't':
        /* One thread makes all messages; its id is the process's. */
        g_snprintf(buffer, size, "%d", (int)getpid());
        return buffer;
    case 'n':
        return "\n";
    case '%':
        return "%";
    default:
        return NULL;
    }
}

/* One conversion; `at` is after the '%'. Returns where to go on. */
static const char *convert(GString *out, const char *at, const BerthLogEvent *event)
{
    bool left = *at == '-';
    const char *from = at + left, *end;
    char buffer[256];
    const char *text;
    int width = 0;

    for (; g_ascii_isdigit(*from) && width < 100; from++)
        width = width * 10 + (*from - '0');
    if ((*from == 'D' || *from == 'd') && from[1] == '{' && (end = strchr(from, '}'))) {
        put_date(out, from + 2, (size_t)(end - from - 2), event->wall_usec);
        return end + 1;
    }
    if (*from == 'm') {
        g_string_append_printf(out, "%s %s", event->id, event->text);
        return from + 1;
    }
    text = *from ? field(*from, event, buffer, sizeof(buffer)) : NULL;
    if (!text) {
        g_string_append_c(out, '%');
        return at;
    }
    put_padded(out, text, width, left);
    return from + 1;
}

void log_line(GString *out, const char *pattern, const BerthLogEvent *event)
{
    for (const char *at = pattern; *at;) {
        if (*at == '%')
            at = convert(out, at + 1, event);
        else
            g_string_append_c(out, *at++);
    }
}
