/* look - what look.lua and INFO answer, read with care. See store.h. */
#include "store.h"

/* In the order of look.lua. */
enum {
    AT_WORD,
    AT_SEC,
    AT_SCHEMA,
    AT_DATA_SET,
    AT_EPOCH,
    AT_COUNTER,
    AT_MASTER,
    AT_SUPERSEDED,
    AT_FILLING,
    AT_LEASES,
    AT_ANYTHING,
    AT_LAST,
    AT_SERVERS,
};

/* Printable, and it fits. */
static bool text_at(const redisReply *reply, size_t i, char *ret, size_t size)
{
    BerthBytes bytes;

    if (!berth_redis_bytes(berth_redis_at(reply, i), &bytes) || bytes.len >= size)
        return false;
    for (size_t b = 0; b < bytes.len; b++)
        if (bytes.data[b] < ' ' || bytes.data[b] == 0x7f)
            return false;
    memcpy(ret, bytes.data, bytes.len);
    ret[bytes.len] = '\0';
    return true;
}

static bool number_at(const redisReply *reply, size_t i, int64_t max, int64_t *ret)
{
    BerthBytes bytes;
    const redisReply *at = berth_redis_at(reply, i);

    /* Of a data set that is not there. */
    if (berth_redis_bytes(at, &bytes) && bytes.len == 0) {
        *ret = 0;
        return true;
    }
    return berth_redis_int(at, ret) && *ret >= 0 && *ret <= max;
}

bool look_parse(const redisReply *reply, Look *ret, const redisReply **ret_servers)
{
    int64_t epoch, counter, there;

    if (!number_at(reply, AT_SEC, INT64_MAX, &ret->sec) ||
        !number_at(reply, AT_EPOCH, UINT16_MAX, &epoch) ||
        !number_at(reply, AT_COUNTER, (INT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1, &counter) ||
        !number_at(reply, AT_LEASES, INT64_MAX, &ret->leases) ||
        !number_at(reply, AT_ANYTHING, INT64_MAX, &there))
        return false;
    ret->epoch = (unsigned)epoch;
    ret->counter = (uint64_t)counter;
    ret->is_anything = there > 0;
    *ret_servers = berth_redis_at(reply, AT_SERVERS);
    return *ret_servers && text_at(reply, AT_SCHEMA, ret->schema, sizeof(ret->schema)) &&
           text_at(reply, AT_DATA_SET, ret->data_set, sizeof(ret->data_set)) &&
           text_at(reply, AT_MASTER, ret->master, sizeof(ret->master)) &&
           text_at(reply, AT_SUPERSEDED, ret->superseded, sizeof(ret->superseded)) &&
           text_at(reply, AT_FILLING, ret->filling, sizeof(ret->filling)) &&
           text_at(reply, AT_LAST, ret->last_id, sizeof(ret->last_id));
}

uint64_t look_revision(const Look *look)
{
    return (uint64_t)look->epoch << BERTH_REVISION_EPOCH_SHIFT | look->counter;
}

/* "name:value" of a line of INFO. */
static bool value_of(const char *line, const char *name, const char **ret)
{
    size_t len = strlen(name);

    if (strncmp(line, name, len) != 0 || line[len] != ':')
        return false;
    *ret = line + len + 1;
    return true;
}

void look_parse_info(BerthBytes text, Info *ret)
{
    g_autofree char *copy = g_strndup((const char *)text.data, text.len);
    g_auto(GStrv) lines = g_strsplit(copy, "\r\n", -1);
    bool has_limit = false, no_eviction = true;
    const char *value;

    *ret = (Info){.is_there = true};
    for (char **line = lines; *line; line++) {
        if (value_of(*line, "role", &value))
            ret->is_master = strcmp(value, "master") == 0;
        else if (value_of(*line, "run_id", &value))
            g_strlcpy(ret->run_id, value, sizeof(ret->run_id));
        else if (value_of(*line, "connected_slaves", &value))
            ret->replicas = (unsigned)g_ascii_strtoull(value, NULL, 10);
        else if (value_of(*line, "aof_enabled", &value))
            ret->has_aof = *value == '1';
        else if (value_of(*line, "maxmemory", &value))
            has_limit = strcmp(value, "0") != 0;
        else if (value_of(*line, "maxmemory_policy", &value)) {
            no_eviction = strcmp(value, "noeviction") == 0;
            g_strlcpy(ret->policy, value, sizeof(ret->policy));
        }
    }
    ret->is_evicting = has_limit && !no_eviction;
}
