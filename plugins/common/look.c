/* look - what a reply says, for those who can't know what they were sent; see redis.h. */
#include "redis.h"

bool berth_redis_is_ok(const BerthRedisAnswer *answer)
{
    const redisReply *reply = answer->reply;

    return reply && reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "OK") == 0;
}

const redisReply *berth_redis_at(const redisReply *reply, size_t i)
{
    return reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements ? reply->element[i]
                                                                            : NULL;
}

bool berth_redis_bytes(const redisReply *reply, BerthBytes *ret)
{
    if (!reply || (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS))
        return false;
    *ret = (BerthBytes){(const uint8_t *)reply->str, reply->len};
    return true;
}

bool berth_redis_int(const redisReply *reply, int64_t *ret)
{
    gint64 n;

    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        *ret = reply->integer;
        return true;
    }
    if (!reply || reply->type != REDIS_REPLY_STRING || strlen(reply->str) != reply->len ||
        !g_ascii_string_to_signed(reply->str, 10, INT64_MIN, INT64_MAX, &n, NULL))
        return false;
    *ret = n;
    return true;
}

const char *berth_redis_text(const BerthRedisAnswer *answer, char *buffer, size_t size)
{
    static const char *const types[] = {[REDIS_REPLY_STRING] = "a string",
                                        [REDIS_REPLY_ARRAY] = "an array",
                                        [REDIS_REPLY_INTEGER] = "a number",
                                        [REDIS_REPLY_NIL] = "nothing"};
    const redisReply *reply = answer->reply;

    if (answer->outcome == BERTH_REDIS_NOT_SENT)
        g_strlcpy(buffer, "not sent", size);
    else if (!reply)
        g_strlcpy(buffer, "no reply", size);
    else if (reply->type == REDIS_REPLY_ERROR || reply->type == REDIS_REPLY_STATUS)
        berth_escape((BerthBytes){(const uint8_t *)reply->str, reply->len}, buffer, size);
    else
        g_strlcpy(buffer, types[reply->type], size);
    return buffer;
}
