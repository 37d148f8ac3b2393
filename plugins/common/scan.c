/* scan - see scan.h. */
#include "scan.h"

#define SLICE "1000"

struct Scan {
    BerthRedis *redis; /* NULL: it was freed, and waits for its last answer */
    const char *key;
    ScanOwner owner;
    void *data;
    GByteArray *rows; /* each field and value with its length before it */
    size_t at;        /* in them */
    char cursor[24];
    bool is_asked, is_last, has_failed;
};

static void destroy(Scan *scan)
{
    g_byte_array_unref(scan->rows);
    g_free(scan);
}

static void put_bytes(GByteArray *rows, BerthBytes bytes)
{
    uint32_t len = (uint32_t)bytes.len;

    g_byte_array_append(rows, (const uint8_t *)&len, sizeof(len));
    if (bytes.len)
        g_byte_array_append(rows, bytes.data, len);
}

static BerthBytes get_bytes(Scan *scan)
{
    BerthBytes bytes;
    uint32_t len;

    memcpy(&len, scan->rows->data + scan->at, sizeof(len));
    bytes = (BerthBytes){scan->rows->data + scan->at + sizeof(len), len};
    scan->at += sizeof(len) + len;
    return bytes;
}

/* A cursor, and fields and values by turns. */
static bool take_slice(Scan *scan, const redisReply *reply)
{
    const redisReply *rows = berth_redis_at(reply, 1);
    BerthBytes cursor, bytes;

    if (!rows || rows->type != REDIS_REPLY_ARRAY || rows->elements % 2 ||
        !berth_redis_bytes(berth_redis_at(reply, 0), &cursor) || cursor.len >= sizeof(scan->cursor))
        return false;
    for (size_t i = 0; i < rows->elements; i++)
        if (!berth_redis_bytes(rows->element[i], &bytes))
            return false;
    for (size_t i = 0; i < rows->elements; i++) {
        berth_redis_bytes(rows->element[i], &bytes);
        put_bytes(scan->rows, bytes);
    }
    memcpy(scan->cursor, cursor.data, cursor.len);
    scan->cursor[cursor.len] = '\0';
    return true;
}

static void fail(Scan *scan, const char *nonsense)
{
    scan->has_failed = true;
    scan->owner.failed(scan->data, nonsense);
}

static void on_slice(void *data, const BerthRedisAnswer *answer)
{
    Scan *scan = data;
    char text[200];

    scan->is_asked = false;
    if (!scan->redis) {
        destroy(scan);
    } else if (answer->outcome != BERTH_REDIS_REPLY) {
        fail(scan, NULL);
    } else if (!take_slice(scan, answer->reply)) {
        fail(scan, berth_redis_text(answer, text, sizeof(text)));
    } else {
        scan->is_last = strcmp(scan->cursor, "0") == 0;
        scan->owner.came(scan->data);
    }
}

static void ask(Scan *scan)
{
    if (!scan->is_asked && !scan->is_last && !scan->has_failed)
        scan->is_asked = berth_redis_call(scan->redis, on_slice, scan, "HSCAN %s %s COUNT " SLICE,
                                          scan->key, scan->cursor) == 0;
}

Scan *scan_new(BerthRedis *redis, const char *key, const ScanOwner *owner, void *data)
{
    Scan *scan = g_new0(Scan, 1);

    *scan = (Scan){.redis = redis, .key = key, .owner = *owner, .data = data, .cursor = "0"};
    scan->rows = g_byte_array_new();
    ask(scan);
    return scan;
}

void scan_free(Scan *scan)
{
    if (!scan)
        return;
    scan->redis = NULL;
    if (!scan->is_asked)
        destroy(scan);
}

bool scan_next(Scan *scan, BerthBytes *ret_field, BerthBytes *ret_value)
{
    if (scan->at == scan->rows->len) {
        g_byte_array_set_size(scan->rows, 0);
        scan->at = 0;
        ask(scan);
        return false;
    }
    *ret_field = get_bytes(scan);
    *ret_value = get_bytes(scan);
    return true;
}

bool scan_is_done(const Scan *scan)
{
    return scan->is_last && scan->at == scan->rows->len;
}

bool scan_is_asking(const Scan *scan)
{
    return scan->is_asked;
}
