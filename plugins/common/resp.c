/* resp - see resp.h. */
#include "resp.h"

#include <errno.h>

#define LINE_MAX_LEN ((size_t)64 * 1024)
#define KEEP_BUFFER ((size_t)256 * 1024) /* a larger empty one is given back */

void resp_limits_complete(BerthRedisLimits *limits)
{
    if (limits->commands == 0)
        limits->commands = 16384;
    if (limits->command_bytes == 0)
        limits->command_bytes = (size_t)32 << 20;
    if (limits->reply_bytes == 0)
        limits->reply_bytes = (size_t)64 << 20;
    if (limits->reply_values == 0)
        limits->reply_values = 1 << 20;
    if (limits->reply_depth == 0 || limits->reply_depth > RESP_DEPTH_MAX)
        limits->reply_depth = RESP_DEPTH_MAX;
}

void resp_init(Resp *resp, const BerthRedisLimits *limits)
{
    *resp = (Resp){.limits = *limits, .text = -1};
    resp_limits_complete(&resp->limits);
    resp->reader = redisReaderCreate();
    if (!resp->reader)
        g_error("no memory for a reader"); /* as g_malloc does */
    resp->in = g_byte_array_new();
}

void resp_clear(Resp *resp)
{
    g_clear_pointer(&resp->in, g_byte_array_unref);
    g_clear_pointer(&resp->reader, redisReaderFree);
}

static int bad(Resp *resp, const char *why)
{
    resp->why = why;
    return -EBADMSG;
}

/* ---- the walk ---- */

/* Digits with a sign perhaps, in the one way that hiredis's reader reads them. */
static bool read_number(const uint8_t *at, const uint8_t *end, int64_t *ret)
{
    bool minus = at < end && *at == '-';
    int64_t n = 0;

    at += minus;
    if (at == end || (*at == '0' && (end - at > 1 || minus)))
        return false;
    for (; at < end; at++) {
        int digit = *at - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
            (minus ? __builtin_sub_overflow(n, digit, &n) : __builtin_add_overflow(n, digit, &n)))
            return false;
    }
    *ret = n;
    return true;
}

/* A value is complete, and with it perhaps the arrays around it. */
static void value_ended(Resp *resp)
{
    while (resp->depth > 0 && --resp->left[resp->depth - 1] == 0)
        resp->depth--;
}

static int begin_array(Resp *resp, int64_t n)
{
    if (n < -1)
        return bad(resp, "an array of a negative length");
    if (n <= 0) {
        value_ended(resp);
        return 0;
    }
    if (n > resp->limits.reply_values - resp->values)
        return bad(resp, "too many values");
    if (resp->depth == resp->limits.reply_depth)
        return bad(resp, "arrays nested too deep");
    resp->values += (unsigned)n;
    resp->left[resp->depth++] = (unsigned)n;
    return 0;
}

static int begin_text(Resp *resp, int64_t n)
{
    if (n < -1)
        return bad(resp, "a string of a negative length");
    if (n < 0)
        value_ended(resp);
    else if ((uint64_t)n >
             resp->limits.reply_bytes - MIN(resp->at - resp->start, resp->limits.reply_bytes))
        return bad(resp, "a string too long");
    else
        resp->text = n;
    return 0;
}

/* The line from `at` to before its CR LF. */
static int take_line(Resp *resp, size_t end)
{
    const uint8_t *line = resp->in->data + resp->at;
    int64_t n = 0;

    resp->at = resp->seen = end + 2;
    if (strchr(":$*", *line) && !read_number(line + 1, resp->in->data + end, &n))
        return bad(resp, "not a number");
    switch (*line) {
    case '+':
    case '-':
    case ':':
        value_ended(resp);
        return 0;
    case '$':
        return begin_text(resp, n);
    case '*':
        return begin_array(resp, n);
    default:
        return bad(resp, "not a type of RESP2");
    }
}

static int walk_line(Resp *resp)
{
    const GByteArray *in = resp->in;
    const uint8_t *end = NULL;
    size_t len;

    if (in->len > resp->seen)
        end = memchr(in->data + resp->seen, '\n', in->len - resp->seen);
    len = (end ? (size_t)(end - in->data) : in->len) - resp->at;
    if (len > LINE_MAX_LEN)
        return bad(resp, "a line too long");
    if (!end) {
        resp->seen = in->len;
        return 0;
    }
    /* The shortest has its type and the CR. */
    if (len < 2 || end[-1] != '\r')
        return bad(resp, "a line that does not end with CR LF");
    return take_line(resp, (size_t)(end - 1 - in->data)) < 0 ? -EBADMSG : 1;
}

static int walk_text(Resp *resp)
{
    size_t end = resp->at + (size_t)resp->text;

    if (resp->in->len < end + 2)
        return 0;
    if (memcmp(resp->in->data + end, "\r\n", 2) != 0)
        return bad(resp, "a string that does not end with CR LF");
    resp->at = resp->seen = end + 2;
    resp->text = -1;
    value_ended(resp);
    return 1;
}

/* 1: one reply is complete, from `start` to `at`. */
static int walk(Resp *resp)
{
    int r = 1;

    while (r > 0) {
        r = resp->text >= 0 ? walk_text(resp) : walk_line(resp);
        if (r >= 0 && resp->at - resp->start > resp->limits.reply_bytes)
            return bad(resp, "a reply too long");
        if (r > 0 && resp->depth == 0 && resp->text < 0)
            return 1;
    }
    return r;
}

/* ---- in and out ---- */

/* What has been read goes when it is the larger part, so that each byte moves about once. */
static void forget(Resp *resp)
{
    size_t gone = resp->start;

    if (gone == 0 || gone < resp->in->len - gone)
        return;
    if (gone == resp->in->len && gone > KEEP_BUFFER) {
        g_byte_array_unref(resp->in);
        resp->in = g_byte_array_new();
    } else {
        g_byte_array_remove_range(resp->in, 0, (unsigned)gone);
    }
    resp->start = 0;
    resp->at -= gone;
    resp->seen -= gone;
}

void resp_feed(Resp *resp, BerthBytes bytes)
{
    forget(resp);
    g_byte_array_append(resp->in, bytes.data, (unsigned)MIN(bytes.len, RESP_FEED_MAX));
}

int resp_next(Resp *resp, redisReply **ret)
{
    void *reply = NULL;
    int r = resp->why ? -EBADMSG : walk(resp);

    if (r <= 0)
        return r;
    if (redisReaderFeed(resp->reader, (const char *)resp->in->data + resp->start,
                        resp->at - resp->start) != REDIS_OK ||
        redisReaderGetReply(resp->reader, &reply) != REDIS_OK || !reply)
        return bad(resp, "a reply that hiredis can't read");
    resp->start = resp->at;
    resp->values = 0;
    *ret = reply;
    return 1;
}

/* ---- words of errors ---- */

#define NAME(word) #word,
static const char *const words[] = {BERTH_REDIS_WORDS(NAME)};

BerthRedisWord resp_word(const redisReply *reply)
{
    size_t len = 0;

    if (reply->type != REDIS_REPLY_ERROR)
        return BERTH_REDIS_NONE;
    while (len < reply->len && reply->str[len] != ' ')
        len++;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (strlen(words[i]) == len && memcmp(reply->str, words[i], len) == 0)
            return (BerthRedisWord)(BERTH_REDIS_NONE + 1 + i);
    return BERTH_REDIS_OTHER;
}
