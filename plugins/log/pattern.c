/* pattern - see pattern.h. */
#include "pattern.h"

#include <time.h>
#include <unistd.h>

#define WIDTH_MAX 999
#define MSEC_MARK "\1\1\1"

/* Of %D without braces. */
static const char date_format[] = "%Y-%m-%d %H:%M:%S";
static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

/* What stands between '%' and the letter. */
typedef struct Form {
    bool left;
    unsigned min, max;
} Form;

const char *log_name(const BerthLogEvent *event, char *buffer, size_t size)
{
    size_t len = MIN(g_strlcpy(buffer, event->daemon, size), size - 1);

    if (len + 1 < size)
        buffer[len++] = '.';
    g_strlcpy(buffer + len, event->logger, size - len);
    return buffer;
}

/* strftime knows no milliseconds: a mark of their width is put in first. A "%%q" stays one. */
static char *with_marks(const char *format, size_t len)
{
    GString *full = g_string_new(NULL);

    for (size_t i = 0; i < len; i++) {
        bool pair = format[i] == '%' && i + 1 < len;

        if (pair && format[i + 1] == 'q')
            g_string_append(full, MSEC_MARK);
        else
            g_string_append_len(full, format + i, pair ? 2 : 1);
        i += pair;
    }
    return g_string_free(full, FALSE);
}

/* A date changes once a second, and making it costs more than all else of a line. */
static void make_date(LogMemo *memo, const char *format, size_t len, bool utc, time_t sec)
{
    g_autofree char *full = with_marks(format, len);
    struct tm tm;

    if (utc)
        gmtime_r(&sec, &tm);
    else
        localtime_r(&sec, &tm);
    memo->format = format;
    memo->utc = utc;
    memo->sec = sec;
    memo->len = strftime(memo->date, sizeof(memo->date), full, &tm);
    memo->date[memo->len] = '\0';
}

static void put_date(GString *out, const char *format, size_t len, bool utc, int64_t wall_usec,
                     LogMemo *memo)
{
    time_t sec = (time_t)(wall_usec / G_USEC_PER_SEC);
    unsigned msec = (unsigned)(wall_usec / 1000 % 1000);
    const char digits[] = {(char)('0' + msec / 100), (char)('0' + msec / 10 % 10),
                           (char)('0' + msec % 10)};
    size_t start = out->len;

    if (memo->format != format || memo->utc != utc || memo->sec != sec)
        make_date(memo, format, len, utc, sec);
    g_string_append_len(out, memo->date, (gssize)memo->len);
    for (char *at = out->str + start; (at = strstr(at, MSEC_MARK)); at += sizeof(digits))
        memcpy(at, digits, sizeof(digits));
}

/* `at` is behind the letter. Returns where to go on. */
static const char *put_date_at(GString *out, const char *at, bool utc, int64_t wall_usec,
                               LogMemo *memo)
{
    const char *end = *at == '{' ? strchr(at, '}') : NULL;

    if (!end) {
        put_date(out, date_format, strlen(date_format), utc, wall_usec, memo);
        return at;
    }
    put_date(out, at + 1, (size_t)(end - at - 1), utc, wall_usec, memo);
    return end + 1;
}

/* One thread makes all messages; its id is the process's. */
static const char *process(LogMemo *memo)
{
    if (!*memo->process)
        g_snprintf(memo->process, sizeof(memo->process), "%d", (int)getpid());
    return memo->process;
}

static void put_pair(GString *out, const char *first, char between, const char *second)
{
    g_string_append(out, first);
    g_string_append_c(out, between);
    g_string_append(out, second);
}

/* Appends what the letter at `at` stands for. Returns where to go on, NULL for an unknown one. */
static const char *put_field(GString *out, const char *at, const BerthLogEvent *event,
                             LogMemo *memo)
{
    switch (*at) {
    case 'D':
    case 'd':
        return put_date_at(out, at + 1, *at == 'd', event->wall_usec, memo);
    case 'p':
        g_string_append(out, levels[event->level]);
        break;
    case 'c':
        put_pair(out, event->daemon, '.', event->logger);
        break;
    case 'i':
    case 't':
        g_string_append(out, process(memo));
        break;
    case 'm':
        put_pair(out, event->id, ' ', event->text);
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
static const char *convert(GString *out, const char *at, const BerthLogEvent *event, LogMemo *memo)
{
    size_t start = out->len;
    const char *next;
    Form form;

    next = put_field(out, read_form(at, &form), event, memo);
    if (!next) {
        g_string_append_c(out, '%');
        return at;
    }
    pad(out, start, &form);
    return next;
}

void log_line(GString *out, const char *pattern, const BerthLogEvent *event, LogMemo *memo)
{
    for (const char *at = pattern; *at;) {
        if (*at == '%')
            at = convert(out, at + 1, event, memo);
        else
            g_string_append_c(out, *at++);
    }
}
