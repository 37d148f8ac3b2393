/* fuzz_lease_redis - any bytes as what stands in Redis at an address, or as an entry of the log:
 * what is taken for a lease is one, and is written as it was read; of an entry all is taken or
 * nothing. The first byte says which, of which family, and whether the checksum is to be right. */
#include "plugins/lease_redis/codec.h"
#include "plugins/lease_redis/entry.h"
#include "tests/fuzz/fuzz.h"

#define IS_IPV6 1
#define IS_ENTRY 2
#define IS_SUMMED 4

#define CRC_AT CODEC_REVISION_LEN
#define SERVER_AT (CRC_AT + 5)

static int family_of(uint8_t flags)
{
    return flags & IS_IPV6 ? 6 : 4;
}

static BerthBytes tail(BerthBytes bytes, size_t from)
{
    return (BerthBytes){bytes.data + from, bytes.len - from};
}

static uint64_t number(BerthBytes bytes, size_t len)
{
    uint64_t n = 0;

    for (size_t i = 0; i < len; i++)
        n = n << 8 | bytes.data[i];
    return n;
}

/* ---- a value ---- */

static GByteArray *copy_value(BerthBytes value, bool is_summed)
{
    GByteArray *copy = g_byte_array_new();
    uint32_t crc;

    g_byte_array_append(copy, value.data, (unsigned)value.len);
    if (is_summed && copy->len > CRC_AT + 4) {
        crc = codec_crc(tail((BerthBytes){copy->data, copy->len}, CRC_AT + 4));
        for (unsigned i = 0; i < 4; i++)
            copy->data[CRC_AT + i] = (uint8_t)(crc >> (24 - 8 * i));
    }
    return copy;
}

static void check_lease(BerthBytes value, const BerthLease *lease)
{
    g_autoptr(GByteArray) again = g_byte_array_new();

    if (berth_lease_unfit(lease) || berth_lease_valid_sec(lease) == 0)
        g_error("this is no lease: %s", berth_lease_unfit(lease));
    if (berth_lease_revision(lease) != codec_revision(value))
        g_error("the revision is another one");
    g_byte_array_append(again, value.data, CODEC_REVISION_LEN);
    codec_write(again, lease, number(tail(value, SERVER_AT), 8));
    if (!berth_bytes_equal((BerthBytes){again->data, again->len}, value))
        g_error("it is written otherwise than it was read");
}

static void read_value(BerthBytes bytes, BerthAddr addr, bool is_summed)
{
    g_autoptr(GByteArray) copy = copy_value(bytes, is_summed);
    BerthBytes value = {copy->data, copy->len};
    BerthLease *lease = berth_lease_new();
    bool is_removal = value.len == CODEC_REVISION_LEN + 1;

    if (!codec_read(value, addr, 1, lease)) {
        if (!is_removal)
            check_lease(value, lease);
        else if (berth_lease_valid_sec(lease) != 0)
            g_error("a removal has a lifetime");
    }
    berth_lease_free(lease);
}

static void fuzz_value(BerthBytes bytes, uint8_t flags)
{
    size_t len = flags & IS_IPV6 ? 16 : 4;
    BerthAddr addr;

    if (bytes.len < len || !codec_addr((BerthBytes){bytes.data, len}, family_of(flags), &addr))
        return;
    read_value(tail(bytes, len), addr, flags & IS_SUMMED);
}

/* ---- an entry ---- */

static void check_entry(const Entry *entry, uint8_t flags)
{
    BerthBytes left = entry->changes, key, value;
    int64_t n = 0;

    for (; entry_next(&left, &key, &value); n++) {
        BerthAddr addr;

        if (key.data < entry->changes.data ||
            value.data + value.len > entry->changes.data + entry->changes.len)
            g_error("a change lies outside of its entry");
        if (codec_addr(key, family_of(flags), &addr))
            read_value(value, addr, flags & IS_SUMMED);
    }
    if (left.len > 0 || n != entry->n)
        g_error("a whole entry is not whole");
}

/* The fields as Redis says them: the counter and the number of changes as texts. */
static void fuzz_entry(BerthBytes bytes, uint8_t flags)
{
    char first[24], n[8];
    redisReply names[3], values[3], *fields[6], array = {.type = REDIS_REPLY_ARRAY};
    const char *const letters[] = {"c", "n", "b"};
    Entry entry;

    if (bytes.len < 9)
        return;
    g_snprintf(first, sizeof(first), "%" G_GINT64_FORMAT, (int64_t)number(bytes, 8));
    g_snprintf(n, sizeof(n), "%u", bytes.data[8]);
    bytes = tail(bytes, 9);
    values[0] = (redisReply){.type = REDIS_REPLY_STRING, .str = first, .len = strlen(first)};
    values[1] = (redisReply){.type = REDIS_REPLY_STRING, .str = n, .len = strlen(n)};
    values[2] =
        (redisReply){.type = REDIS_REPLY_STRING, .str = (char *)bytes.data, .len = bytes.len};
    for (size_t i = 0; i < 3; i++) {
        names[i] = (redisReply){.type = REDIS_REPLY_STRING, .str = (char *)letters[i], .len = 1};
        fields[2 * i] = &names[i];
        fields[2 * i + 1] = &values[i];
    }
    array.element = fields;
    array.elements = G_N_ELEMENTS(fields);
    if (entry_read(&array, &entry) && entry_is_whole(&entry))
        check_entry(&entry, flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    BerthBytes bytes = {data + 1, len - 1};

    if (len < 2)
        return 0;
    if (data[0] & IS_ENTRY)
        fuzz_entry(bytes, data[0]);
    else
        fuzz_value(bytes, data[0]);
    return 0;
}
