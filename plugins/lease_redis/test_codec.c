/* test_codec - leases as Redis keeps them: what is written is read, and nothing else is. */
#include "codec.h"
#include "recent.h"
#include "tests/lib/rows.h"

#define SELF UINT64_C(0x0102030405060708)
#define REVISION (UINT64_C(3) << BERTH_REVISION_EPOCH_SHIFT | 77)

static BerthAddr addr_of(const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static BerthLease *lease4(void)
{
    BerthLease *lease = berth_lease_new();

    berth_lease_set_addr(lease, addr_of("192.0.2.7"), 32);
    berth_lease_set_subnet(lease, 4000001, 7);
    berth_lease_set_lifetimes(lease, BERTH_LIFETIME_INFINITE - 1, 0);
    berth_lease_set_cltt(lease, INT64_C(5000000000));
    berth_lease_set_hwaddr(lease, (BerthHwaddr){1, 6, {1, 2, 3, 4, 5, 6}});
    berth_lease_set_client_id(lease, berth_bytes("id"));
    berth_lease_set_hostname(lease, berth_bytes("h.example"), true, false);
    berth_lease_set_context(lease, berth_bytes("{ \"a\": 1 }"));
    return lease;
}

static BerthLease *lease6(void)
{
    BerthLease *lease = berth_lease_new();

    berth_lease_set_type(lease, BERTH_LEASE_PD);
    berth_lease_set_addr(lease, addr_of("2001:db8:1::"), 48);
    berth_lease_set_subnet(lease, 1, 0);
    berth_lease_set_iaid(lease, UINT32_MAX);
    berth_lease_set_lifetimes(lease, 3600, 1800);
    berth_lease_set_cltt(lease, 1767225600);
    berth_lease_set_client_id(lease, berth_bytes("duid"));
    berth_lease_set_hwaddr_source(lease, 5);
    return lease;
}

static GByteArray *value_of(const BerthLease *lease, uint64_t server)
{
    GByteArray *value = g_byte_array_new();

    g_byte_array_set_size(value, CODEC_REVISION_LEN);
    codec_put_revision(REVISION, value->data);
    codec_write(value, lease, server);
    return value;
}

static const char *read_back(const GByteArray *value, BerthAddr addr, BerthLease *ret)
{
    return codec_read((BerthBytes){value->data, value->len}, addr, SELF, ret);
}

static void check_same(const BerthLease *got, const BerthLease *want)
{
    BerthAddr a = berth_lease_addr(got), b = berth_lease_addr(want);
    BerthHwaddr hw_a = berth_lease_hwaddr(got), hw_b = berth_lease_hwaddr(want);

    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
    CHECK_INT(berth_lease_type(got), berth_lease_type(want));
    CHECK_INT(berth_lease_prefix_len(got), berth_lease_prefix_len(want));
    CHECK_INT(berth_lease_state(got), berth_lease_state(want));
    CHECK_INT(berth_lease_subnet_id(got), berth_lease_subnet_id(want));
    CHECK_INT(berth_lease_pool_id(got), berth_lease_pool_id(want));
    CHECK_INT(berth_lease_iaid(got), berth_lease_iaid(want));
    CHECK_INT(berth_lease_valid_sec(got), berth_lease_valid_sec(want));
    CHECK_INT(berth_lease_preferred_sec(got), berth_lease_preferred_sec(want));
    CHECK_INT(berth_lease_cltt(got), berth_lease_cltt(want));
    CHECK_INT(hw_a.type, hw_b.type);
    CHECK_BYTES(((BerthBytes){hw_a.bytes, hw_a.len}), ((BerthBytes){hw_b.bytes, hw_b.len}));
    CHECK_INT(berth_lease_hwaddr_source(got), berth_lease_hwaddr_source(want));
    CHECK_BYTES(berth_lease_client_id(got), berth_lease_client_id(want));
    CHECK_BYTES(berth_lease_hostname(got), berth_lease_hostname(want));
    CHECK_BYTES(berth_lease_context(got), berth_lease_context(want));
    CHECK_INT(berth_lease_fqdn_fwd(got), berth_lease_fqdn_fwd(want));
    CHECK_INT(berth_lease_fqdn_rev(got), berth_lease_fqdn_rev(want));
}

static void check_round(BerthLease *lease, uint64_t server, bool is_foreign)
{
    g_autoptr(GByteArray) value = value_of(lease, server);
    BerthLease *got = berth_lease_new();

    CHECK_TEXT(read_back(value, berth_lease_addr(lease), got), NULL);
    check_same(got, lease);
    CHECK(berth_lease_revision(got) == REVISION);
    CHECK_INT(berth_lease_is_foreign(got), is_foreign);
    berth_lease_free(got);
    berth_lease_free(lease);
}

static void test_round(void)
{
    BerthLease *lease = lease4();

    berth_row("IPv4, one's own");
    check_round(lease4(), SELF, false);
    berth_row("a prefix, another server's");
    check_round(lease6(), SELF + 1, true);
    berth_row("declined, nobody's");
    berth_lease_set_state(lease, BERTH_LEASE_DECLINED);
    berth_lease_set_hwaddr(lease, (BerthHwaddr){0});
    berth_lease_set_client_id(lease, (BerthBytes){0});
    check_round(lease, SELF, false);
}

/* HI-172: bytes of a client that mean something to Redis, to Lua or to C. */
static void test_client_bytes(void)
{
    static const char *const ids[] = {"{}", "}", "{berth:4}:meta", "*", "\r\n$5\r\n", "%s%n", "]]"};
    uint8_t all[255];

    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        BerthLease *lease = lease4();

        berth_row("HI-172: client identifier %s", ids[i]);
        berth_lease_set_client_id(lease, berth_bytes(ids[i]));
        berth_lease_set_hostname(lease, berth_bytes(ids[i]), false, true);
        check_round(lease, SELF, false);
    }
    for (unsigned i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    for (size_t len = 1; len <= sizeof(all); len += 127) {
        BerthLease *lease = lease4();

        berth_row("HI-172: client identifier of %zu bytes, NUL first", len);
        berth_lease_set_client_id(lease, (BerthBytes){all, len});
        check_round(lease, SELF, false);
    }
}

static void test_removal(void)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    BerthLease *got = berth_lease_new();

    berth_row("a removal");
    g_byte_array_set_size(value, CODEC_REVISION_LEN);
    codec_put_revision(REVISION, value->data);
    codec_write_removal(value, 56);
    CHECK_TEXT(read_back(value, addr_of("2001:db8::"), got), NULL);
    CHECK_INT(berth_lease_valid_sec(got), 0);
    CHECK_INT(berth_lease_prefix_len(got), 56);
    CHECK_INT(berth_lease_type(got), BERTH_LEASE_PD);
    CHECK(berth_lease_revision(got) == REVISION);
    berth_lease_free(got);
}

/* ---- HI-165: what else may stand there ---- */

/* The checksum is made right again, so that what is behind it is looked at. */
static void seal(GByteArray *value)
{
    uint32_t crc = codec_crc((BerthBytes){value->data + 12, value->len - 12});

    for (int i = 0; i < 4; i++)
        value->data[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

static void cut_short(GByteArray *value)
{
    g_byte_array_set_size(value, value->len - 1);
    seal(value);
}

static void make_long(GByteArray *value)
{
    g_byte_array_append(value, (const uint8_t *)"", 1);
    seal(value);
}

static void set_version(GByteArray *value)
{
    value->data[12] = CODEC_VERSION + 1;
    seal(value);
}

static void flip_bit(GByteArray *value)
{
    value->data[value->len - 1] ^= 1;
}

static void set_key_len(GByteArray *value)
{
    value->data[21] = 0xff;
    value->data[22] = 0xff;
    seal(value);
}

static void set_key(GByteArray *value)
{
    value->data[23] ^= 1;
    seal(value);
}

/* Behind the binding key. */
static uint8_t *lease_at(GByteArray *value, unsigned offset)
{
    return value->data + 23 + (value->data[21] << 8 | value->data[22]) + offset;
}

static void set_type(GByteArray *value)
{
    *lease_at(value, 0) = 9;
    seal(value);
}

static void set_state(GByteArray *value)
{
    *lease_at(value, 2) = 200;
    seal(value);
}

static void set_flags(GByteArray *value)
{
    *lease_at(value, 3) = 0x80;
    seal(value);
}

static void set_valid(GByteArray *value)
{
    memset(lease_at(value, 33), 0, 4);
    seal(value);
}

static void set_cltt(GByteArray *value)
{
    memset(lease_at(value, 41), 0xff, 8);
    seal(value);
}

static void set_hwaddr_len(GByteArray *value)
{
    *lease_at(value, 51) = 21;
    seal(value);
}

static void set_garbage(GByteArray *value)
{
    g_byte_array_set_size(value, 0);
    g_byte_array_append(value, (const uint8_t *)"{\"ip\":\"192.0.2.7\"}", 18);
}

static void set_empty(GByteArray *value)
{
    g_byte_array_set_size(value, 0);
}

static void set_head_only(GByteArray *value)
{
    g_byte_array_set_size(value, 23);
    seal(value);
}

static void set_megabyte(GByteArray *value)
{
    g_byte_array_set_size(value, 1 << 20);
    memset(value->data, 0xa5, value->len);
    seal(value);
}

typedef struct Damage {
    const char *name;
    void (*damage)(GByteArray *value);
    const char *why;
} Damage;

static const Damage damages[] = {
    {"HI-165: a byte is missing", cut_short, "its length is wrong"},
    {"HI-165: a byte too many", make_long, "its length is wrong"},
    {"HI-165: another version", set_version, "it is of another version"},
    {"HI-165: a bit is another", flip_bit, "its checksum is wrong"},
    {"HI-165: the key's length is wrong", set_key_len, "its length is wrong"},
    {"HI-165: another client's key", set_key, "its binding key is another client's"},
    {"HI-165: an unknown type", set_type, "its type is unknown"},
    {"HI-165: an unknown state", set_state, "its state is unknown"},
    {"HI-165: unknown flags", set_flags, "its length is wrong"},
    {"HI-165: a lifetime of 0", set_valid, "its lifetime is 0"},
    {"HI-165: its time is no time", set_cltt, "its time is out of range"},
    {"HI-165: a long hardware address", set_hwaddr_len, "its length is wrong"},
    {"HI-165: another product's value", set_garbage, "its checksum is wrong"},
    {"HI-165: nothing in it", set_empty, "it is too short"},
    {"HI-165: a head and nothing else", set_head_only, "its length is wrong"},
    {"HI-165: a megabyte", set_megabyte, "it is of another version"},
    {0},
};

static void test_damage(void)
{
    for (const Damage *row = damages; row->name; row++) {
        BerthLease *lease = lease4(), *got = berth_lease_new();
        g_autoptr(GByteArray) value = value_of(lease, SELF);

        berth_row("%s", row->name);
        row->damage(value);
        CHECK_TEXT(read_back(value, berth_lease_addr(lease), got), row->why);
        berth_lease_free(lease);
        berth_lease_free(got);
    }
}

static void test_wrong_address(void)
{
    BerthLease *lease = lease4(), *got = berth_lease_new();
    g_autoptr(GByteArray) value = value_of(lease, SELF);

    berth_row("HI-165: wrong address inside");
    CHECK_TEXT(read_back(value, addr_of("192.0.2.8"), got), "it is of another address");
    berth_lease_free(lease);
    berth_lease_free(got);
}

/* Every bit of the body, one after the other. */
static void test_every_bit(void)
{
    BerthLease *lease = lease6(), *got = berth_lease_new();
    g_autoptr(GByteArray) value = value_of(lease, SELF);

    for (size_t bit = CODEC_REVISION_LEN * (size_t)8; bit < value->len * (size_t)8; bit++) {
        berth_row("HI-165: bit %zu", bit);
        value->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(read_back(value, berth_lease_addr(lease), got) != NULL);
        value->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    berth_lease_free(lease);
    berth_lease_free(got);
}

static void test_fields(void)
{
    uint8_t buffer[CODEC_KEY_MAX], mapped[16] = {[10] = 0xff, [11] = 0xff};
    BerthAddr addr = addr_of("192.0.2.7"), got;

    berth_row("fields");
    CHECK_BYTES(codec_key(addr, buffer), ((BerthBytes){(const uint8_t *)"\300\0\2\7", 4}));
    CHECK(codec_addr(codec_key(addr, buffer), 4, &got) && memcmp(&got, &addr, 16) == 0);
    CHECK(!codec_addr(codec_key(addr, buffer), 6, &got));
    CHECK(!codec_addr(berth_bytes("192.0.2.7"), 4, &got));
    CHECK(!codec_addr((BerthBytes){mapped, 16}, 6, &got));
    CHECK_INT(codec_crc(berth_bytes("123456789")), 0xcbf43926);
}

/* ---- recent ---- */

static void add(Recent *recent, const char *key, int64_t now, uint64_t revision)
{
    uint8_t value[CODEC_REVISION_LEN];

    codec_put_revision(revision, value);
    recent_add(recent, now, berth_bytes(key), (BerthBytes){value, sizeof(value)});
}

static void each(void *data, BerthBytes key, BerthBytes value)
{
    g_string_append_printf(data, "%.*s=%d ", (int)key.len, (const char *)key.data,
                           (int)codec_revision(value));
}

static void test_recent(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    Recent *recent = recent_new(60);

    berth_row("what is old goes, and is known to");
    recent_stored(recent, 5);
    CHECK(recent_covers(recent, 5) && !recent_covers(recent, 4));
    add(recent, "a", 100, 6);
    add(recent, "b", 120, 7);
    CHECK(recent_covers(recent, 5));
    add(recent, "c", 161, 8);
    CHECK(recent_covers(recent, 6) && !recent_covers(recent, 5));
    recent_each(recent, 161, each, got);
    CHECK_TEXT(got->str, "b=7 c=8 ");
    berth_row("of each address the last");
    add(recent, "b", 161, 9);
    g_string_truncate(got, 0);
    recent_each(recent, 161, each, got);
    CHECK_TEXT(got->str, "c=8 b=9 ");
    berth_row("... and what is earlier may come after it");
    add(recent, "c", 161, 7);
    g_string_truncate(got, 0);
    recent_each(recent, 161, each, got);
    CHECK_TEXT(got->str, "c=8 b=9 ");
    berth_row("no more than so many");
    for (unsigned i = 0; i < RECENT_MAX + 10; i++)
        add(recent, "d", 161, 10 + i);
    CHECK_INT(recent_count(recent), RECENT_MAX);
    recent_free(recent);
}

static const BerthTest tests[] = {
    {"round", test_round},
    {"client_bytes", test_client_bytes},
    {"removal", test_removal},
    {"damage", test_damage},
    {"address", test_wrong_address},
    {"every_bit", test_every_bit},
    {"fields", test_fields},
    {"recent", test_recent},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("lease_redis_codec", tests, argc, argv);
}
