/* bytes - the hashes; see bytes.h. */
#include "core/base/bytes.h"

#include <endian.h>

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

/* Less than eight bytes, the first the lowest. */
static uint64_t load_little(const uint8_t *at, size_t len)
{
    uint64_t word = 0;
    uint32_t first, last;

    if (len < 4) {
        while (len-- > 0)
            word = word << 8 | at[len];
        return word;
    }
    /* Where these overlap they agree. */
    memcpy(&first, at, 4);
    memcpy(&last, at + len - 4, 4);
    return le32toh(first) | (uint64_t)le32toh(last) << (8 * (len - 4));
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

__attribute__((always_inline)) static inline void finish(uint64_t v[4])
{
    for (int i = 0; i < 3; i++)
        sip_round(v);
}

uint64_t berth_hash(BerthHashSeed seed, BerthBytes bytes)
{
    uint64_t v[4];

    absorb(seed, bytes, 0, v);
    v[2] ^= 0xff;
    finish(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void berth_hash_long(BerthHashSeed seed, BerthBytes bytes, uint64_t ret[2])
{
    uint64_t v[4];

    absorb(seed, bytes, 0xee, v);
    v[2] ^= 0xee;
    finish(v);
    ret[0] = v[0] ^ v[1];
    ret[1] = v[2] ^ v[3];
}

const uint64_t *berth_hash_again(BerthHashMemo *memo, BerthBytes bytes)
{
    if (memo->len > 0 && berth_bytes_equal(bytes, (BerthBytes){memo->bytes, memo->len}))
        return memo->hash;
    berth_hash_long(memo->seed, bytes, memo->hash);
    memo->len = bytes.len <= sizeof(memo->bytes) ? bytes.len : 0;
    if (memo->len > 0)
        memcpy(memo->bytes, bytes.data, bytes.len);
    return memo->hash;
}
