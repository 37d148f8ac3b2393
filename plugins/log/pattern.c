/* pattern - see pattern.h. */
#include "pattern.h"

#include <time.h>
#include <unistd.h>

#define WIDTH_MAX 999
#define DATE_FORMAT "%Y-%m-%d %H:%M:%S" /* of %D without braces */

static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

/* What stands between '%' and the letter. */
typedef struct Form {
    bool left;
    unsigned min, max;
} Form;

const char *log_name(const BerthLogEvent *event, char *buffer, size_t size)
{
    g_snprintf(buffer, size, "%s.%s", event->daemon, event->logger);
    return buffer;
}

/* strftime knows no milliseconds: %q is put in first. A "%%q" stays one. */
static char *with_msec(const char *format, size_t len, int64_t wall_usec)
{
    GString *full = g_string_new(NULL);

    for (size_t i = 0; i < len; i++) {
        bool pair = format[i] == '%' && i + 1 < len;

        if (pair && format[i + 1] == 'q')
            g_string_append_printf(full, "%03d", (int)(wall_usec / 1000 % 1000));
        else
            g_string_append_len(full, format + i, pair ? 2 : 1);
        i += pair;
    }
    return g_string_free(full, FALSE);
}

static void put_date(GString *out, const char *format, size_t len, bool utc, int64_t wall_usec)
{
    time_t sec = (time_t)(wall_usec / G_USEC_PER_SEC);
    g_autofree char *full = with_msec(format, len, wall_usec);
    char text[256];
    struct tm tm;

    if (utc)
        gmtime_r(&sec, &tm);
    else
        localtime_r(&sec, &tm);
    if (strftime(text, sizeof(text), full, &tm) > 0)
        g_string_append(out, text);
}

/* `at` is behind the letter. Returns where to go on. */
static const char *put_date_at(GString *out, const char *at, bool utc, int64_t wall_usec)
{
    const char *end = *at == '{' ? strchr(at, '}') : NULL;

    if (!end) {
        put_date(out, DATE_FORMAT, strlen(DATE_FORMAT), utc, wall_usec);
        return at;
    }
    put_date(out, at + 1, (size_t)(end - at - 1), utc, wall_usec);
    return end + 1;
}

/* Appends what the letter at `at` stands for. Returns where to go on, NULL for an unknown one. */
static const char *put_field(GString *out, const char *at, const BerthLogEvent *event)
{
    switch (*at) {
    case 'D':
    case 'd':
        return put_date_at(out, at + 1, *at == 'd', event->wall_usec);
    case 'p':
        g_string_append(out, levels[event->level]);
        break;
    case 'c':
        g_string_append_printf(out, "%s.%s", event->daemon, event->logger);
        break;
    case 'i':
    case 't':
        /* One thread makes all messages; its id is the process's. */
        g_string_append_printf(out, "%d", (int)getpid());
        break;
    case 'm':
        g_string_append_printf(out, "%s %s", event->id, event->text);
        break;
    case 'n':
        g_string_append_c(out, '\n');
        break;
    case '%':
        g_string_append_c(out, '%');
        break;
    default:
        return NULL;
    }
    return at + 1;
}

static const char *read_number(const char *at, unsigned *ret)
{
    for (*ret = 0; g_ascii_isdigit(*at); at++)
        *ret = MIN(*ret * 10 + (unsigned)(*at - '0'), WIDTH_MAX);
    return at;
}

static const char *read_form(const char *at, Form *ret)
{
    *ret = (Form){.left = *at == '-', .max = UINT_MAX};
    at = read_number(at + ret->left, &ret->min);
    if (*at == '.' && g_ascii_isdigit(at[1]))
        at = read_number(at + 1, &ret->max);
    return at;
}

static void pad(GString *out, size_t start, const Form *form)
{
    size_t len = out->len - start;

    if (len > form->max)
        g_string_erase(out, (gssize)start, (gssize)(len - form->max));
    for (len = MIN(len, form->max); len < form->min; len++)
        g_string_insert_c(out, form->left ? -1 : (gssize)start, ' ');
}

/* One conversion; `at` is behind the '%'. Returns where to go on. */
static const char *convert(GString *out, const char *at, const BerthLogEvent *event)
{
    size_t start = out->len;
    const char *next;
    Form form;

    next = put_field(out, read_form(at, &form), event);
    if (!next) {
        g_string_append_c(out, '%');
        return at;
    }
    pad(out, start, &form);
    return next;
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
