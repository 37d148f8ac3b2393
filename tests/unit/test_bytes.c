/* The cursors stop at their bounds and remember it; the hash is SipHash-1-3. */
#include "core/base/bytes.h"
#include "tests/lib/rows.h"

static void test_read(void)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8};
    BerthReader r = berth_reader((BerthBytes){data, sizeof(data)});

    CHECK_INT(berth_read_u8(&r), 1);
    CHECK_INT(berth_read_u16(&r), 0x0203);
    CHECK_INT(berth_read_u32(&r), 0x04050607);
    CHECK_INT(berth_read(&r, 0).len, 0);
    CHECK(!r.failed);
    CHECK_INT(berth_reader_left(&r), 1);
}

static void test_read_past_end(void)
{
    static const uint8_t data[] = {1, 2, 3};
    static const size_t lens[] = {4, 5, 1000, SIZE_MAX / 2, SIZE_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        BerthReader r = berth_reader((BerthBytes){data, sizeof(data)});
        BerthBytes got = berth_read(&r, lens[i]);

        berth_row("%zu of 3", lens[i]);
        CHECK(r.failed && got.len == 0 && !got.data);
        CHECK_INT(berth_read_u8(&r), 0);
        CHECK_INT(berth_reader_left(&r), 0);
    }
    berth_row("numbers");
    BerthReader r = berth_reader((BerthBytes){data, sizeof(data)});
    CHECK_INT(berth_read_u32(&r), 0);
    CHECK(r.failed);
    berth_row("nothing at all");
    r = berth_reader((BerthBytes){NULL, 0});
    CHECK_INT(berth_read(&r, 0).len, 0);
    CHECK(!r.failed);
    CHECK_INT(berth_read_u16(&r), 0);
    CHECK(r.failed);
}

static void test_write(void)
{
    uint8_t buffer[11], want[] = {1, 2, 3, 4, 5, 6, 7, 0, 0, 'a', 'b'};
    BerthWriter w = berth_writer(buffer, sizeof(buffer));

    berth_write_u8(&w, 1);
    berth_write_u16(&w, 0x0203);
    berth_write_u32(&w, 0x04050607);
    berth_write_zeros(&w, 2);
    berth_write(&w, berth_bytes("ab"));
    CHECK(!w.full);
    CHECK_BYTES(berth_writer_bytes(&w), ((BerthBytes){want, sizeof(want)}));
    berth_write(&w, (BerthBytes){NULL, 0});
    CHECK(!w.full);
    berth_write_u8(&w, 9);
    CHECK(w.full);
    CHECK_INT(berth_writer_bytes(&w).len, sizeof(want));
}

static void test_write_all_or_nothing(void)
{
    uint8_t buffer[4] = {9, 9, 9, 9}, want[] = {1, 9, 9, 9};
    volatile size_t too_many = SIZE_MAX; /* the compiler would refuse a number that it sees */
    BerthWriter w = berth_writer(buffer, 3);

    berth_write_u8(&w, 1);
    berth_write_u32(&w, 0x02030405);
    CHECK(w.full);
    berth_write_u8(&w, 2); /* would fit, but comes after something that was left out */
    berth_write_zeros(&w, too_many);
    CHECK_BYTES(berth_writer_bytes(&w), ((BerthBytes){want, 1}));
    CHECK_BYTES(((BerthBytes){buffer, 4}), ((BerthBytes){want, 4}));
}

/* The wanted values are those of CPython 3.11, whose hash of bytes is SipHash-1-3 and whose key is
 * zero under PYTHONHASHSEED=0. */
static void test_hash(void)
{
    static const struct {
        size_t len;
        uint64_t want;
    } rows[] = {
        {1, 0x68a914128e01e473},  {2, 0x010bac45c41e3669}, {7, 0x2f098ab0c751325a},
        {8, 0xead411e67ebe2eea},  {9, 0x75927f9d95124362}, {15, 0xf30eb725bb91c9ea},
        {16, 0x8972188433a5c5b7},
    };
    BerthHashSeed seed = {0, 0};
    uint8_t data[16];

    for (uint8_t i = 0; i < sizeof(data); i++)
        data[i] = i;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%zu bytes", rows[i].len);
        CHECK(berth_hash(seed, (BerthBytes){data, rows[i].len}) == rows[i].want);
    }
    berth_row("another seed");
    CHECK(berth_hash((BerthHashSeed){1, 2}, (BerthBytes){data, 8}) !=
          berth_hash((BerthHashSeed){1, 3}, (BerthBytes){data, 8}));
    CHECK(berth_hash((BerthHashSeed){1, 2}, (BerthBytes){data, 0}) !=
          berth_hash((BerthHashSeed){2, 2}, (BerthBytes){NULL, 0}));
}

/* Each bit of the input, its length and the seed reach both halves. */
static void test_hash_long(void)
{
    BerthHashSeed seed = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    uint64_t first[2], other[2];
    uint8_t data[16] = {0};

    berth_hash_long(seed, (BerthBytes){data, 16}, first);
    CHECK(first[0] != first[1]);
    CHECK(first[0] != berth_hash(seed, (BerthBytes){data, 16}));
    for (unsigned bit = 0; bit < 8 * sizeof(data); bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        berth_hash_long(seed, (BerthBytes){data, 16}, other);
        CHECK(other[0] != first[0] && other[1] != first[1]);
        data[bit / 8] = 0;
    }
    for (size_t len = 0; len < 16; len++) {
        berth_hash_long(seed, (BerthBytes){data, len}, other);
        CHECK(other[0] != first[0] && other[1] != first[1]);
    }
    berth_hash_long((BerthHashSeed){seed.k0, seed.k1 + 1}, (BerthBytes){data, 16}, other);
    CHECK(other[0] != first[0] && other[1] != first[1]);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"read", test_read},
        {"read_past_end", test_read_past_end},
        {"write", test_write},
        {"write_all_or_nothing", test_write_all_or_nothing},
        {"hash", test_hash},
        {"hash_long", test_hash_long},
        {0},
    };

    return berth_tests_main("bytes", tests, argc, argv);
}
