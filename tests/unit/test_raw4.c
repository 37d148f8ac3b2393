/* The headers of a frame: every field, and checksums that a receiver would accept. */
#include "core/base/addr.h"
#include "core/net/raw4.h"
#include "tests/lib/rows.h"
#include <errno.h>

/* The receiver's side of RFC 1071: over everything, the checksum included, the sum is all ones. */
static uint16_t sum_of(const uint8_t *data, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)data[i] << (i % 2 ? 0 : 8);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static BerthDatagram datagram(const uint8_t *data, size_t len)
{
    return (BerthDatagram){.src = berth_addr4(0xc0000201),
                           .dst = berth_addr4(0xc000024d),
                           .src_port = 67,
                           .dst_port = 68,
                           .data = {data, len}};
}

static void test_bytes(void)
{
    /* Made by another implementation. */
    static const char want[] = "45000021123400004011"
                               "e449"
                               "c0000201c000024d"
                               "00430044000d"
                               "3e24";
    uint8_t got[BERTH_RAW4_HEADERS], expected[BERTH_RAW4_HEADERS];
    BerthDatagram d = datagram((const uint8_t *)"berth", 5);

    berth_row("192.0.2.1 to 192.0.2.77, 5 bytes");
    CHECK_INT(berth_hex_parse(want, expected, sizeof(expected)), BERTH_RAW4_HEADERS);
    CHECK_INT(berth_raw4_headers(&d, 0x1234, got), 0);
    CHECK_BYTES(((BerthBytes){got, sizeof(got)}), ((BerthBytes){expected, sizeof(expected)}));
}

static void test_checksums(void)
{
    static const size_t lens[] = {0, 1, 2, 3, 300, 576, 1472, 65506, 65507};
    g_autofree uint8_t *packet = g_malloc(BERTH_RAW4_HEADERS + 65507);
    uint8_t *data = packet + BERTH_RAW4_HEADERS;

    for (size_t i = 0; i < 65507; i++)
        data[i] = (uint8_t)(i * 7 + 255 - (i >> 8));
    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        BerthDatagram d = datagram(data, lens[i]);
        uint32_t udp_len = (uint32_t)lens[i] + 8;

        berth_row("%zu bytes", lens[i]);
        CHECK_INT(berth_raw4_headers(&d, (uint16_t)i, packet), 0);
        CHECK_INT(sum_of(packet, 20, 0), 0xffff);
        CHECK_INT(sum_of(packet + 12, 8 + udp_len, 17 + udp_len), 0xffff);
        CHECK_INT(packet[2] << 8 | packet[3], lens[i] + 28);
        CHECK_INT(packet[24] << 8 | packet[25], udp_len);
    }
}

/* RFC 768: 0 means that there is no checksum, so a sum that comes to 0 is sent as all ones. */
static void test_zero(void)
{
    uint8_t data[2] = {0}, got[BERTH_RAW4_HEADERS];
    BerthDatagram d = datagram(data, 2);

    berth_row("a checksum of zero");
    CHECK_INT(berth_raw4_headers(&d, 0, got), 0);
    data[0] = got[26]; /* adding the complement that is missing makes the sum all ones */
    data[1] = got[27];
    CHECK_INT(berth_raw4_headers(&d, 0, got), 0);
    CHECK_INT(got[26] << 8 | got[27], 0xffff);
}

static void test_too_long(void)
{
    static const uint8_t data[65508];
    uint8_t got[BERTH_RAW4_HEADERS];
    BerthDatagram d = datagram(data, sizeof(data));

    berth_row("a byte more than IPv4 holds");
    CHECK_INT(berth_raw4_headers(&d, 0, got), -EMSGSIZE);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"bytes", test_bytes},
        {"checksums", test_checksums},
        {"zero", test_zero},
        {"too long", test_too_long},
        {0},
    };

    return berth_tests_main("raw4", tests, argc, argv);
}
