/* codec - see codec.h. */
#include "codec.h"

#define FLAG_FWD 1
#define FLAG_REV 2
#define CRC_AT CODEC_REVISION_LEN
#define VERSION_AT (CRC_AT + 4)

/* ---- small things ---- */

uint32_t codec_crc(BerthBytes bytes)
{
    /* Of half bytes, reflected 0xEDB88320: the CRC of zip and Ethernet. */
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < bytes.len; i++) {
        crc = table[(crc ^ bytes.data[i]) & 15] ^ (crc >> 4);
        crc = table[(crc ^ (bytes.data[i] >> 4)) & 15] ^ (crc >> 4);
    }
    return ~crc;
}

BerthBytes codec_key(BerthAddr addr, uint8_t buffer[CODEC_KEY_MAX])
{
    size_t len = berth_addr_is4(addr) ? 4 : 16;

    memcpy(buffer, addr.b + 16 - len, len);
    return (BerthBytes){buffer, len};
}

bool codec_addr(BerthBytes key, int family, BerthAddr *ret)
{
    size_t len = family == 4 ? 4 : 16;
    BerthAddr addr = family == 4 ? BERTH_ADDR4_ANY : BERTH_ADDR6_ANY;

    if (key.len != len)
        return false;
    memcpy(addr.b + 16 - len, key.data, len);
    if (family == 6 && berth_addr_is4(addr))
        return false;
    *ret = addr;
    return true;
}

static void put_number(uint8_t *at, uint64_t number, unsigned len)
{
    for (unsigned i = len; i > 0; i--, number >>= 8)
        at[i - 1] = (uint8_t)number;
}

void codec_put_revision(uint64_t revision, uint8_t ret[CODEC_REVISION_LEN])
{
    put_number(ret, revision, CODEC_REVISION_LEN);
}

/* What is left to be read; past its end there are zeros. */
typedef struct Reader {
    BerthBytes left;
    bool failed;
} Reader;

static BerthBytes take(Reader *r, size_t len)
{
    BerthBytes bytes = {r->left.data, len};

    if (len > r->left.len) {
        r->failed = true;
        r->left.len = 0;
        return (BerthBytes){0};
    }
    r->left.data += len;
    r->left.len -= len;
    return bytes;
}

static uint64_t take_number(Reader *r, unsigned len)
{
    BerthBytes bytes = take(r, len);
    uint64_t number = 0;

    for (size_t i = 0; i < bytes.len; i++)
        number = number << 8 | bytes.data[i];
    return number;
}

uint64_t codec_revision(BerthBytes value)
{
    Reader r = {value, false};

    return take_number(&r, CODEC_REVISION_LEN);
}

/* ---- writing ---- */

static void add_number(GByteArray *out, uint64_t number, unsigned len)
{
    uint8_t bytes[8];

    put_number(bytes, number, len);
    g_byte_array_append(out, bytes, len);
}

static void add_bytes(GByteArray *out, BerthBytes bytes, unsigned len_len)
{
    add_number(out, bytes.len, len_len);
    if (bytes.len)
        g_byte_array_append(out, bytes.data, (unsigned)bytes.len);
}

static void add_lease(GByteArray *out, const BerthLease *lease)
{
    BerthAddr addr = berth_lease_addr(lease);
    BerthHwaddr hwaddr = berth_lease_hwaddr(lease);
    unsigned flags =
        (berth_lease_fqdn_fwd(lease) ? FLAG_FWD : 0) | (berth_lease_fqdn_rev(lease) ? FLAG_REV : 0);

    add_number(out, berth_lease_type(lease), 1);
    add_number(out, berth_lease_prefix_len(lease), 1);
    add_number(out, berth_lease_state(lease), 1);
    add_number(out, flags, 1);
    add_number(out, berth_lease_hwaddr_source(lease), 1);
    g_byte_array_append(out, addr.b, sizeof(addr.b));
    add_number(out, berth_lease_subnet_id(lease), 4);
    add_number(out, berth_lease_pool_id(lease), 4);
    add_number(out, berth_lease_iaid(lease), 4);
    add_number(out, berth_lease_valid_sec(lease), 4);
    add_number(out, berth_lease_preferred_sec(lease), 4);
    add_number(out, (uint64_t)berth_lease_cltt(lease), 8);
    add_number(out, hwaddr.type, 2);
    add_bytes(out, (BerthBytes){hwaddr.bytes, hwaddr.len}, 1);
    add_bytes(out, berth_lease_client_id(lease), 1);
    add_bytes(out, berth_lease_hostname(lease), 1);
    add_bytes(out, berth_lease_context(lease), 4);
}

void codec_write(GByteArray *out, const BerthLease *lease, uint64_t server)
{
    uint8_t buffer[BERTH_BINDING_MAX];
    unsigned start = out->len, from = start + 4;

    add_number(out, 0, 4);
    add_number(out, CODEC_VERSION, 1);
    add_number(out, server, 8);
    add_bytes(out, berth_lease_binding(lease, buffer), 2);
    add_lease(out, lease);
    put_number(out->data + start, codec_crc((BerthBytes){out->data + from, out->len - from}), 4);
}

void codec_write_removal(GByteArray *out, uint8_t prefix_len)
{
    add_number(out, prefix_len, 1);
}

/* ---- reading ---- */

void codec_none(BerthAddr addr, uint8_t prefix_len, uint64_t revision, BerthLease *ret)
{
    berth_lease_clear(ret);
    if (!berth_addr_is4(addr))
        berth_lease_set_type(ret, prefix_len == 128 ? BERTH_LEASE_NA : BERTH_LEASE_PD);
    berth_lease_set_addr(ret, addr, prefix_len);
    berth_lease_set_revision(ret, revision);
}

static BerthHwaddr take_hwaddr(Reader *r)
{
    BerthHwaddr hwaddr = {.type = (uint16_t)take_number(r, 2)};
    BerthBytes bytes = take(r, take_number(r, 1));

    r->failed = r->failed || bytes.len > BERTH_HWADDR_MAX;
    if (!r->failed && bytes.len) {
        hwaddr.len = (uint8_t)bytes.len;
        memcpy(hwaddr.bytes, bytes.data, bytes.len);
    }
    return hwaddr;
}

static void take_lease(Reader *r, BerthLease *ret)
{
    unsigned type = (unsigned)take_number(r, 1), prefix_len = (unsigned)take_number(r, 1);
    unsigned state = (unsigned)take_number(r, 1), flags = (unsigned)take_number(r, 1);
    BerthAddr addr = {{0}};
    BerthBytes bytes;
    uint32_t first;

    berth_lease_set_type(ret, (BerthLeaseType)type);
    berth_lease_set_state(ret, (BerthLeaseState)state);
    berth_lease_set_hwaddr_source(ret, (uint8_t)take_number(r, 1));
    bytes = take(r, sizeof(addr.b));
    if (bytes.len)
        memcpy(addr.b, bytes.data, sizeof(addr.b));
    berth_lease_set_addr(ret, addr, (uint8_t)prefix_len);
    first = (uint32_t)take_number(r, 4);
    berth_lease_set_subnet(ret, first, (uint32_t)take_number(r, 4));
    berth_lease_set_iaid(ret, (uint32_t)take_number(r, 4));
    first = (uint32_t)take_number(r, 4);
    berth_lease_set_lifetimes(ret, first, (uint32_t)take_number(r, 4));
    berth_lease_set_cltt(ret, (int64_t)take_number(r, 8));
    berth_lease_set_hwaddr(ret, take_hwaddr(r));
    berth_lease_set_client_id(ret, take(r, take_number(r, 1)));
    bytes = take(r, take_number(r, 1));
    berth_lease_set_hostname(ret, bytes, flags & FLAG_FWD, flags & FLAG_REV);
    berth_lease_set_context(ret, take(r, take_number(r, 4)));
    r->failed = r->failed || (flags & ~(unsigned)(FLAG_FWD | FLAG_REV)) != 0;
}

static const char *read_body(Reader *r, BerthAddr addr, uint64_t self, BerthLease *ret)
{
    uint8_t buffer[BERTH_BINDING_MAX];
    uint32_t crc = (uint32_t)take_number(r, 4);
    BerthAddr own;
    BerthBytes key;

    if (r->failed || codec_crc(r->left) != crc)
        return "its checksum is wrong";
    if (take_number(r, 1) != CODEC_VERSION)
        return "it is of another version";
    berth_lease_set_foreign(ret, take_number(r, 8) != self);
    key = take(r, take_number(r, 2));
    take_lease(r, ret);
    if (r->failed || r->left.len)
        return "its length is wrong";
    own = berth_lease_addr(ret);
    if (memcmp(&own, &addr, sizeof(addr)) != 0)
        return "it is of another address";
    if (berth_lease_valid_sec(ret) == 0)
        return "its lifetime is 0";
    if (berth_lease_unfit(ret))
        return berth_lease_unfit(ret);
    if (!berth_bytes_equal(key, berth_lease_binding(ret, buffer)))
        return "its binding key is another client's";
    return NULL;
}

const char *codec_read(BerthBytes value, BerthAddr addr, uint64_t self, BerthLease *ret)
{
    Reader r = {value, false};
    uint64_t revision = take_number(&r, CODEC_REVISION_LEN);

    if (!r.failed && r.left.len == 1) {
        codec_none(addr, r.left.data[0], revision, ret);
        return NULL;
    }
    berth_lease_clear(ret);
    berth_lease_set_revision(ret, revision);
    return value.len < VERSION_AT ? "it is too short" : read_body(&r, addr, self, ret);
}
