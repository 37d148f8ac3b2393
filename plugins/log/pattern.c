/* pattern - see pattern.h. */
#include "pattern.h"

#include <time.h>
#include <unistd.h>

#define WIDTH_MAX 999
/* Nothing that is logged has control characters; these are digits of the milliseconds. */
#define MSEC_MARK "\1\2\3"

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

    if (memo->format != format || memo->utc != utc || memo->sec != sec)
        make_date(memo, format, len, utc, sec);
    g_string_append_len(out, memo->date, (gssize)memo->len);
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

static bool is_date(char letter)
{
    return letter == 'D' || letter == 'd';
}

static bool is_mark(char c)
{
    return c >= MSEC_MARK[0] && c <= MSEC_MARK[2];
}

static void set_digit(char *mark, int64_t wall_usec)
{
    static const unsigned units[] = {100, 10, 1};
    unsigned msec = (unsigned)(wall_usec / 1000 % 1000);

    *mark = (char)('0' + msec / units[*mark - MSEC_MARK[0]] % 10);
}

static void set_digits(char *at, const char *end, int64_t wall_usec)
{
    for (; at < end; at++)
        if (is_mark(*at))
            set_digit(at, wall_usec);
}

/* One conversion; `at` is behind the '%'. Returns where to go on. */
static const char *convert(GString *out, const char *at, const BerthLogEvent *event, LogMemo *memo)
{
    size_t start = out->len;
    const char *letter, *next;
    Form form;

    letter = read_form(at, &form);
    next = put_field(out, letter, event, memo);
    if (!next) {
        g_string_append_c(out, '%');
        return at;
    }
    pad(out, start, &form);
    if (is_date(*letter) && !memo->keeps_marks)
        set_digits(out->str + start, out->str + out->len, event->wall_usec);
    return next;
}

/* The pattern up to `end`, NULL: all of it. */
static void put_pattern(GString *out, const char *pattern, const char *end,
                        const BerthLogEvent *event, LogMemo *memo)
{
    for (const char *at = pattern; *at && at != end;) {
        if (*at == '%')
            at = convert(out, at + 1, event, memo);
        else
            g_string_append_c(out, *at++);
    }
}

/* ---- what lines have in common ---- */

/* Where "%m" stands; the end of the pattern when that is nowhere, or has a width. */
static const char *find_message(const char *pattern)
{
    const char *at = pattern, *letter, *brace;
    Form form;

    while ((at = strchrnul(at, '%')) && *at) {
        letter = read_form(at + 1, &form);
        if (*letter == 'm')
            return form.min == 0 && form.max == UINT_MAX ? at : letter + strlen(letter);
        at = *letter ? letter + 1 : letter;
        brace = is_date(*letter) && *at == '{' ? strchr(at, '}') : NULL;
        at = brace ? brace + 1 : at;
    }
    return at;
}

static bool is_start_of(const LogStart *start, const BerthLogEvent *event)
{
    return start->len > 0 && start->level == event->level &&
           start->sec == event->wall_usec / G_USEC_PER_SEC &&
           strcmp(start->logger, event->logger) == 0 && strcmp(start->daemon, event->daemon) == 0;
}

/* False where it is more than usual. */
static bool keep_start(LogStart *start, const GString *text, const BerthLogEvent *event)
{
    *start = (LogStart){.level = event->level, .sec = event->wall_usec / G_USEC_PER_SEC};
    if (text->len > sizeof(start->text) ||
        g_strlcpy(start->daemon, event->daemon, sizeof(start->daemon)) >= sizeof(start->daemon) ||
        g_strlcpy(start->logger, event->logger, sizeof(start->logger)) >= sizeof(start->logger))
        return false;
    for (size_t i = 0; i < text->len; i++) {
        if (!is_mark(text->str[i]))
            continue;
        if (start->n_msec == sizeof(start->msec_at))
            return false;
        start->msec_at[start->n_msec++] = (uint8_t)i;
    }
    memcpy(start->text, text->str, text->len);
    start->len = text->len;
    return true;
}

/* NULL: there is none to be kept. */
static const LogStart *start_of(LogMemo *memo, const char *pattern, const BerthLogEvent *event)
{
    g_autoptr(GString) text = NULL;
    LogStart *start;

    for (unsigned i = 0; i < LOG_STARTS; i++)
        if (is_start_of(&memo->starts[i], event))
            return &memo->starts[i];
    text = g_string_new(NULL);
    memo->keeps_marks = true;
    put_pattern(text, pattern, memo->message, event, memo);
    memo->keeps_marks = false;
    start = &memo->starts[memo->next++ % LOG_STARTS];
    return keep_start(start, text, event) ? start : NULL;
}

static void put_start(GString *out, const LogStart *start, int64_t wall_usec)
{
    size_t at = out->len;

    g_string_append_len(out, start->text, (gssize)start->len);
    for (unsigned i = 0; i < start->n_msec; i++)
        set_digit(out->str + at + start->msec_at[i], wall_usec);
}

void log_line(GString *out, const char *pattern, const BerthLogEvent *event, LogMemo *memo)
{
    const LogStart *start;

    if (!memo->message)
        memo->message = find_message(pattern);
    start = *memo->message ? start_of(memo, pattern, event) : NULL;
    if (start)
        put_start(out, start, event->wall_usec);
    put_pattern(out, start ? memo->message : pattern, NULL, event, memo);
}
