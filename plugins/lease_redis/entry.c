/* entry - see entry.h. */
#include "entry.h"

#include "codec.h"

bool entry_read(const redisReply *fields, Entry *ret)
{
    *ret = (Entry){.first = -1, .epoch = -1};
    if (!fields || fields->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *value = fields->element[i + 1];
        BerthBytes name;

        if (!berth_redis_bytes(fields->element[i], &name) || name.len != 1)
            return false;
        if ((name.data[0] == 'b' && !berth_redis_bytes(value, &ret->changes)) ||
            (name.data[0] == 'c' && !berth_redis_int(value, &ret->first)) ||
            (name.data[0] == 'n' && !berth_redis_int(value, &ret->n)) ||
            (name.data[0] == 'e' && !berth_redis_int(value, &ret->epoch)))
            return false;
    }
    return true;
}

static size_t number(BerthBytes bytes, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n = n << 8 | bytes.data[i];
    return n;
}

/* Cuts `len` bytes, whose count stands before them in `len_len`, from the front. */
static bool cut(BerthBytes *left, size_t len_len, BerthBytes *ret)
{
    size_t len;

    if (left->len < len_len)
        return false;
    len = number(*left, len_len);
    if (len > left->len - len_len)
        return false;
    *ret = (BerthBytes){left->data + len_len, len};
    left->data += len_len + len;
    left->len -= len_len + len;
    return true;
}

bool entry_next(BerthBytes *left, BerthBytes *ret_key, BerthBytes *ret_value)
{
    BerthBytes rest = *left;

    if (!cut(&rest, 1, ret_key) || !cut(&rest, 4, ret_value))
        return false;
    *left = rest;
    return true;
}

static uint64_t counter_of(BerthBytes value)
{
    return codec_revision(value) & ((UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1);
}

bool entry_is_whole(const Entry *entry)
{
    BerthBytes left = entry->changes, key, value;
    int64_t n = 0;

    if (entry->first < 0)
        return false;
    for (; entry_next(&left, &key, &value); n++)
        if (value.len <= CODEC_REVISION_LEN ||
            counter_of(value) != (uint64_t)entry->first + (uint64_t)n)
            return false;
    return left.len == 0 && n == entry->n;
}
