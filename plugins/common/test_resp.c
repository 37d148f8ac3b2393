/* test_resp - what is a reply and what is not, whole and one byte at a time. */
#include "resp.h"
#include "tests/lib/rows.h"

#include <errno.h>

/* Rows of HI-161 and their neighbours. `want`: the replies as text, then "| why" it ends. */
typedef struct Row {
    const char *name, *bytes, *want;
} Row;

static const Row rows[] = {
    {"status", "+OK\r\n", "+OK"},
    {"empty status", "+\r\n", "+"},
    {"error", "-ERR no\r\n", "-ERR no"},
    {"binary in an error", "-ERR \x01\xff\r\n", "-ERR \x01\xff"},
    {"CR in a line", "+a\rb\r\n", "+a\rb"},
    {"numbers", ":0\r\n:-7\r\n:9223372036854775807\r\n:-9223372036854775808\r\n",
     ":0 :-7 :9223372036854775807 :-9223372036854775808"},
    {"number too large", ":9999999999999999999\r\n", "| not a number"},
    {"number one too large", ":9223372036854775808\r\n", "| not a number"},
    {"no number", ":\r\n", "| not a number"},
    {"minus alone", ":-\r\n", "| not a number"},
    {"plus", ":+1\r\n", "| not a number"},
    {"leading zero", ":01\r\n", "| not a number"},
    {"text for a number", ":1a\r\n", "| not a number"},
    {"string of a CR LF", "$3\r\na\r\n\r\n", "$a\r\n"},
    {"string with CR LF", "$4\r\na\r\nb\r\n", "$a\r\nb"},
    {"empty string", "$0\r\n\r\n", "$"},
    {"nil", "$-1\r\n*-1\r\n", "nil nil"},
    {"negative string", "$-2\r\n", "| a string of a negative length"},
    {"string of 512 MiB and one", "$536870913\r\n", "| a string too long"},
    {"string beyond the limit", "$1000001\r\n", "| a string too long"},
    {"string without its end", "$2\r\nabc\r\n", "| a string that does not end with CR LF"},
    {"string with LF alone", "$1\r\na\n\r\n", "| a string that does not end with CR LF"},
    {"array", "*3\r\n:1\r\n$1\r\na\r\n*1\r\n+b\r\n:2\r\n", "[:1 $a [+b]] :2"},
    {"empty arrays", "*2\r\n*0\r\n*-1\r\n*0\r\n", "[[] nil] []"},
    {"negative array", "*-2\r\n", "| an array of a negative length"},
    {"array of a billion", "*1073741825\r\n", "| too many values"},
    {"array of two billions", "*2147483647\r\n*2147483647\r\n", "| too many values"},
    {"array beyond the limit", "*101\r\n", "| too many values"},
    {"arrays beyond it together", "*60\r\n*41\r\n", "| too many values"},
    {"seven deep", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "[[[[[[[:1]]]]]]]"},
    {"eight deep", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
     "| arrays nested too deep"},
    {"LF alone", "+OK\n", "| a line that does not end with CR LF"},
    {"nothing but CR LF", "\r\n", "| a line that does not end with CR LF"},
    {"nothing but LF", "\n", "| a line that does not end with CR LF"},
    {"inline text", "HTTP/1.1 400 Bad Request\r\n", "| not a type of RESP2"},
    {"RESP3 nil", "_\r\n", "| not a type of RESP2"},
    {"RESP3 boolean", "#t\r\n", "| not a type of RESP2"},
    {"RESP3 double", ",1.5\r\n", "| not a type of RESP2"},
    {"RESP3 big number", "(1\r\n", "| not a type of RESP2"},
    {"RESP3 error string", "!3\r\nERR\r\n", "| not a type of RESP2"},
    {"RESP3 verbatim", "=5\r\ntxt:a\r\n", "| not a type of RESP2"},
    {"RESP3 map", "%1\r\n+a\r\n+b\r\n", "| not a type of RESP2"},
    {"RESP3 set", "~1\r\n+a\r\n", "| not a type of RESP2"},
    {"RESP3 push", ">1\r\n+a\r\n", "| not a type of RESP2"},
    {"RESP3 attribute", "|1\r\n+a\r\n+b\r\n+c\r\n", "| not a type of RESP2"},
    {"RESP3 streamed string", "$?\r\n;1\r\na\r\n", "| not a number"},
    {"after a good one", "+OK\r\n?\r\n+OK\r\n", "+OK | not a type of RESP2"},
    {"incomplete", "+OK\r\n*2\r\n:1\r\n", "+OK"},
};

static void append_reply(GString *out, const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        g_string_append_printf(out, ":%lld", reply->integer);
        return;
    case REDIS_REPLY_NIL:
        g_string_append(out, "nil");
        return;
    case REDIS_REPLY_ARRAY:
        g_string_append_c(out, '[');
        for (size_t i = 0; i < reply->elements; i++) {
            if (i > 0)
                g_string_append_c(out, ' ');
            append_reply(out, reply->element[i]);
        }
        g_string_append_c(out, ']');
        return;
    default:
        g_string_append_c(out, reply->type == REDIS_REPLY_STRING   ? '$'
                               : reply->type == REDIS_REPLY_STATUS ? '+'
                                                                   : '-');
        g_string_append_len(out, reply->str, (gssize)reply->len);
    }
}

static const BerthRedisLimits limits = {.reply_bytes = 1000000, .reply_values = 100};

static int take_all(Resp *resp, GString *out)
{
    redisReply *reply;
    int r;

    while ((r = resp_next(resp, &reply)) > 0) {
        if (out->len)
            g_string_append_c(out, ' ');
        append_reply(out, reply);
        freeReplyObject(reply);
    }
    return r;
}

/* The text of it, taken in pieces of `step`. */
static char *read_in_pieces(const char *bytes, size_t step)
{
    GString *out = g_string_new(NULL);
    size_t len = strlen(bytes);
    Resp resp;
    int r = 0;

    resp_init(&resp, &limits);
    for (size_t at = 0; at < len && r == 0; at += step) {
        resp_feed(&resp, (BerthBytes){(const uint8_t *)bytes + at, MIN(step, len - at)});
        r = take_all(&resp, out);
    }
    if (r < 0)
        g_string_append_printf(out, "%s| %s", out->len ? " " : "", resp.why);
    /* What is broken stays broken. */
    if (r < 0)
        CHECK_INT(take_all(&resp, out), -EBADMSG);
    resp_clear(&resp);
    return g_string_free(out, FALSE);
}

static void test_rows(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t step = 1; step < 9; step += 1 + step) {
            g_autofree char *got = read_in_pieces(rows[i].bytes, step);

            berth_row("%s, in pieces of %zu", rows[i].name, step);
            CHECK_TEXT(got, rows[i].want);
        }
}

/* The most that is allowed, and a byte more: of a line, of a string, of all together. */
static void test_limits(void)
{
    g_autofree char *line = g_strnfill(64 * 1024 - 2, 'x');
    g_autofree char *fits = g_strconcat("+", line, "\r\n", NULL);
    g_autofree char *over = g_strconcat("+xxx", line, NULL);
    g_autofree char *text = g_strnfill(600000, 'x');
    g_autofree char *two = g_strconcat("*2\r\n$600000\r\n", text, "\r\n$600000\r\n", NULL);
    g_autofree char *a = read_in_pieces(fits, 1000);
    g_autofree char *b = read_in_pieces(over, 1000);
    g_autofree char *c = read_in_pieces(two, RESP_FEED_MAX);

    CHECK_INT(strlen(a), strlen(line) + 1);
    CHECK_TEXT(b, "| a line too long");
    CHECK_TEXT(c, "| a string too long");
}

/* Ten thousand arrays in arrays, and as many one after the other. */
static void test_many(void)
{
    GString *deep = g_string_new(NULL), *wide = g_string_new(NULL);
    g_autofree char *a = NULL, *b = NULL;

    for (unsigned i = 0; i < 10000; i++) {
        g_string_append(deep, "*1\r\n");
        g_string_append(wide, "*0\r\n");
    }
    a = read_in_pieces(deep->str, 777);
    b = read_in_pieces(wide->str, 777);
    CHECK_TEXT(a, "| arrays nested too deep");
    CHECK_INT(strlen(b), 10000 * 3 - 1);
    g_string_free(deep, TRUE);
    g_string_free(wide, TRUE);
}

static void test_words(void)
{
    static const struct {
        const char *text;
        BerthRedisWord word;
    } words[] = {
        {"-LOADING Redis is loading the dataset in memory\r\n", BERTH_REDIS_LOADING},
        {"-READONLY You can't write against a read only replica.\r\n", BERTH_REDIS_READONLY},
        {"-MOVED 3999 127.0.0.1:6381\r\n", BERTH_REDIS_MOVED},
        {"-WRONGTYPE\r\n", BERTH_REDIS_WRONGTYPE},
        {"-ERR x\r\n", BERTH_REDIS_ERR},
        {"-ERRATIC x\r\n", BERTH_REDIS_OTHER},
        {"-\r\n", BERTH_REDIS_OTHER},
        {"+READONLY\r\n", BERTH_REDIS_NONE},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        redisReply *reply;
        Resp resp;

        berth_row("%s", words[i].text);
        resp_init(&resp, &limits);
        resp_feed(&resp, berth_bytes(words[i].text));
        if (CHECK_INT(resp_next(&resp, &reply), 1)) {
            CHECK_INT(resp_word(reply), words[i].word);
            freeReplyObject(reply);
        }
        resp_clear(&resp);
    }
}

static const BerthTest tests[] = {
    {"rows", test_rows}, {"limits", test_limits}, {"many", test_many}, {"words", test_words}, {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("resp", tests, argc, argv);
}
