/* bytes - one cursor for reading and one for writing, each with its bounds inside.
 *
 * All wire code goes through these; nowhere does a raw pointer travel with a length beside it. A
 * reader that ran past its end answers zeros and remembers it (`failed`), so a decoder may read a
 * whole header and test once. A writer that is full writes nothing more and remembers it. */
#pragma once

#include <berth/types.h>

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
BerthBytes berth_read(BerthReader *r, size_t len);
uint8_t berth_read_u8(BerthReader *r);
uint16_t berth_read_u16(BerthReader *r); /* big endian */
uint32_t berth_read_u32(BerthReader *r);

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

/* All or nothing: either the whole value is written or `full` is set and nothing is. */
void berth_write(BerthWriter *w, BerthBytes bytes);
void berth_write_zeros(BerthWriter *w, size_t len);
void berth_write_u8(BerthWriter *w, uint8_t value);
void berth_write_u16(BerthWriter *w, uint16_t value); /* big endian */
void berth_write_u32(BerthWriter *w, uint32_t value);

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
