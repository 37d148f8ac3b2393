/* bytes - see bytes.h. */
#include "core/base/bytes.h"

#include <endian.h>

BerthBytes berth_read(BerthReader *r, size_t len)
{
    const uint8_t *at = r->at;

    if (r->failed || len > berth_reader_left(r)) {
        r->failed = true;
        r->at = r->end;
        return (BerthBytes){NULL, 0};
    }
    if (len > 0)
        r->at += len;
    return (BerthBytes){at, len};
}

static uint32_t read_number(BerthReader *r, size_t len)
{
    BerthBytes bytes = berth_read(r, len);
    uint32_t value = 0;

    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

uint8_t berth_read_u8(BerthReader *r)
{
    return (uint8_t)read_number(r, 1);
}

uint16_t berth_read_u16(BerthReader *r)
{
    return (uint16_t)read_number(r, 2);
}

uint32_t berth_read_u32(BerthReader *r)
{
    return read_number(r, 4);
}

/* Room for `len` bytes, or NULL and `full`. Once full a writer stays full, so that nothing short
 * slips in behind something that was left out. */
static uint8_t *reserve(BerthWriter *w, size_t len)
{
    uint8_t *at = w->at;

    if (w->full || len > berth_writer_left(w)) {
        w->full = true;
        return NULL;
    }
    if (len > 0)
        w->at += len;
    return at;
}

void berth_write(BerthWriter *w, BerthBytes bytes)
{
    uint8_t *at = reserve(w, bytes.len);

    if (at && bytes.len > 0)
        memcpy(at, bytes.data, bytes.len);
}

void berth_write_zeros(BerthWriter *w, size_t len)
{
    uint8_t *at = reserve(w, len);

    if (at && len > 0)
        memset(at, 0, len);
}

void berth_write_u8(BerthWriter *w, uint8_t value)
{
    berth_write(w, (BerthBytes){&value, 1});
}

void berth_write_u16(BerthWriter *w, uint16_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

    berth_write(w, (BerthBytes){bytes, sizeof(bytes)});
}

void berth_write_u32(BerthWriter *w, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};

    berth_write(w, (BerthBytes){bytes, sizeof(bytes)});
}

static uint64_t rotl(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

/* Inline, so that v stays in registers: each packet and each loaded lease makes several hashes. */
__attribute__((always_inline)) static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

/* Up to eight bytes, the first the lowest. */
static uint64_t load_little(const uint8_t *at, size_t len)
{
    uint64_t word = 0;

    while (len-- > 0)
        word = word << 8 | at[len];
    return word;
}

/* All but the last rounds; `width` is mixed into v[1] and tells the two forms apart. */
__attribute__((always_inline)) static inline void absorb(BerthHashSeed seed, BerthBytes bytes,
                                                         uint64_t width, uint64_t v[4])
{
    size_t whole = bytes.len / 8 * 8;
    uint64_t word;

    v[0] = seed.k0 ^ 0x736f6d6570736575;
    v[1] = seed.k1 ^ 0x646f72616e646f6d ^ width;
    v[2] = seed.k0 ^ 0x6c7967656e657261;
    v[3] = seed.k1 ^ 0x7465646279746573;
    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, bytes.data + i, sizeof(word));
        word = le64toh(word);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)bytes.len << 56;
    if (bytes.len > whole)
        word |= load_little(bytes.data + whole, bytes.len - whole);
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

__attribute__((always_inline)) static inline uint64_t squeeze(uint64_t v[4])
{
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t berth_hash(BerthHashSeed seed, BerthBytes bytes)
{
    uint64_t v[4];

    absorb(seed, bytes, 0, v);
    v[2] ^= 0xff;
    return squeeze(v);
}

void berth_hash_long(BerthHashSeed seed, BerthBytes bytes, uint64_t ret[2])
{
    uint64_t v[4];

    absorb(seed, bytes, 0xee, v);
    v[2] ^= 0xee;
    ret[0] = squeeze(v);
    v[1] ^= 0xdd;
    ret[1] = squeeze(v);
}
