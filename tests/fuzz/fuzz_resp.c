/* fuzz_resp - any bytes as what Redis says: replies or an end, the same however the bytes come, and
 * never more memory than the limits allow. The first byte says in what pieces. */
#include "plugins/common/resp.h"
#include "tests/fuzz/fuzz.h"

#define VALUES_MAX 1000
#define BYTES_MAX ((size_t)1 << 16)

typedef struct Result {
    unsigned replies;
    uint64_t sum; /* of all that was read */
    bool is_bad;
} Result;

static unsigned add(const redisReply *reply, uint64_t *sum)
{
    unsigned n = 1;

    *sum = *sum * 31 + (uint64_t)reply->type;
    if (reply->type == REDIS_REPLY_INTEGER)
        *sum = *sum * 31 + (uint64_t)reply->integer;
    else if (reply->type != REDIS_REPLY_NIL && reply->type != REDIS_REPLY_ARRAY)
        for (size_t i = 0; i <= reply->len; i++)
            *sum = *sum * 31 + (uint8_t)reply->str[i];
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        n += add(reply->element[i], sum);
    return n;
}

static Result read_all(BerthBytes bytes, size_t step)
{
    BerthRedisLimits limits = {.reply_bytes = BYTES_MAX, .reply_values = VALUES_MAX};
    Result result = {0};
    redisReply *reply;
    Resp resp;
    int r = 0;

    resp_init(&resp, &limits);
    while (bytes.len > 0 && r == 0) {
        size_t n = MIN(step, bytes.len);

        resp_feed(&resp, (BerthBytes){bytes.data, n});
        bytes = (BerthBytes){bytes.data + n, bytes.len - n};
        while ((r = resp_next(&resp, &reply)) > 0) {
            if (add(reply, &result.sum) > VALUES_MAX + 1)
                g_error("more values than allowed");
            result.replies++;
            freeReplyObject(reply);
        }
        if (resp.in->len > BYTES_MAX + 2 * RESP_FEED_MAX)
            g_error("more is kept than allowed");
    }
    result.is_bad = r < 0;
    resp_clear(&resp);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    Result whole, pieces;
    BerthBytes bytes;

    if (len < 2)
        return 0;
    bytes = (BerthBytes){data + 1, len - 1};
    whole = read_all(bytes, RESP_FEED_MAX);
    pieces = read_all(bytes, (size_t)data[0] % 16 + 1);
    if (whole.replies != pieces.replies || whole.sum != pieces.sum || whole.is_bad != pieces.is_bad)
        g_error("it depends on how the bytes come");
    return 0;
}
