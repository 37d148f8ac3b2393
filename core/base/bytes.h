/* bytes - one cursor for reading and one for writing, each with its bounds inside.
 *
 * All wire code goes through these; nowhere does a raw pointer travel with a length beside it. A
 * reader that ran past its end answers zeros and remembers it (`failed`), so a decoder may read a
 * whole header and test once. A writer that is full writes nothing more and remembers it. */
#pragma once

#include <berth/types.h>
#include <endian.h>

typedef struct BerthReader {
    const uint8_t *at, *end;
    bool failed;
} BerthReader;

static inline BerthReader berth_reader(BerthBytes bytes)
{
    return (BerthReader){bytes.data, bytes.data ? bytes.data + bytes.len : bytes.data, false};
}

static inline size_t berth_reader_left(const BerthReader *r)
{
    return (size_t)(r->end - r->at);
}

/* The next `len` bytes, or an empty run and `failed` when fewer are left. */
static inline BerthBytes berth_read(BerthReader *r, size_t len)
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

static inline uint8_t berth_read_u8(BerthReader *r)
{
    BerthBytes bytes = berth_read(r, 1);

    return bytes.len ? bytes.data[0] : 0;
}

static inline uint16_t berth_read_u16(BerthReader *r) /* big endian */
{
    BerthBytes bytes = berth_read(r, sizeof(uint16_t));
    uint16_t value = 0;

    if (bytes.len)
        memcpy(&value, bytes.data, sizeof(value));
    return be16toh(value);
}

static inline uint32_t berth_read_u32(BerthReader *r) /* big endian */
{
    BerthBytes bytes = berth_read(r, sizeof(uint32_t));
    uint32_t value = 0;

    if (bytes.len)
        memcpy(&value, bytes.data, sizeof(value));
    return be32toh(value);
}

typedef struct BerthWriter {
    uint8_t *start, *at, *end;
    bool full;
} BerthWriter;

static inline BerthWriter berth_writer(void *buffer, size_t size)
{
    return (BerthWriter){buffer, buffer, (uint8_t *)buffer + size, false};
}

static inline size_t berth_writer_left(const BerthWriter *w)
{
    return (size_t)(w->end - w->at);
}

static inline BerthBytes berth_writer_bytes(const BerthWriter *w)
{
    return (BerthBytes){w->start, (size_t)(w->at - w->start)};
}

/* Room for `len` bytes, which the caller fills; NULL and `full` without it. All or nothing, here
 * and below. Once full a writer stays full, so that nothing short slips in behind something that
 * was left out. */
static inline uint8_t *berth_write_room(BerthWriter *w, size_t len)
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

static inline void berth_write(BerthWriter *w, BerthBytes bytes)
{
    uint8_t *at = berth_write_room(w, bytes.len);

    if (bytes.len > 0 && at)
        memcpy(at, bytes.data, bytes.len);
}

static inline void berth_write_zeros(BerthWriter *w, size_t len)
{
    uint8_t *at = berth_write_room(w, len);

    if (at && len > 0)
        memset(at, 0, len);
}

static inline void berth_write_u8(BerthWriter *w, uint8_t value)
{
    berth_write(w, (BerthBytes){&value, 1});
}

static inline void berth_write_u16(BerthWriter *w, uint16_t value) /* big endian */
{
    const uint16_t be = htobe16(value);

    berth_write(w, (BerthBytes){(const uint8_t *)&be, sizeof(be)});
}

static inline void berth_write_u32(BerthWriter *w, uint32_t value) /* big endian */
{
    const uint32_t be = htobe32(value);

    berth_write(w, (BerthBytes){(const uint8_t *)&be, sizeof(be)});
}

/* Room on the stack that is written before it is read: the compiler's clearing of it would cost
 * more than what is done with it. */
#define BERTH_UNCLEARED __attribute__((uninitialized))

/* SipHash-1-3 with a secret seed: clients choose the bytes, so they must not choose the bucket. */
typedef struct BerthHashSeed {
    uint64_t k0, k1;
} BerthHashSeed;
uint64_t berth_hash(BerthHashSeed seed, BerthBytes bytes);
/* The same of 128 bits, for what is known by its hash alone. */
void berth_hash_long(BerthHashSeed seed, BerthBytes bytes, uint64_t ret[2]);

/* The last hash that was asked for, and what of: a packet asks for that of its client again and
 * again. More than 255 bytes are not remembered. */
typedef struct BerthHashMemo {
    BerthHashSeed seed;
    uint64_t hash[2];
    size_t len;
    uint8_t bytes[255];
} BerthHashMemo;
/* As berth_hash_long; valid until the next call. */
const uint64_t *berth_hash_again(BerthHashMemo *memo, BerthBytes bytes);
