/* rkap: the digest of a RECONFIGURE and the option that holds it, against values that others have
 * computed. */
#include "core/wire/rkap.h"
#include "tests/lib/rows.h"

#include <berth/plugin.h>

static void test_digest(void)
{
    /* The first two are of RFC 2202 section 2; the last is a RECONFIGURE as it is signed, computed
     * with Python's hmac module. */
    static const struct {
        const char *name, *key, *message, *want;
    } rows[] = {
        {"RFC 2202, 1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "9294727a3638bb1c13f48ef8158bfc9d"},
        {"RFC 2202, 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
         "ddd"
         "dddddddd",
         "56be34521d144c88dbb8c733f0e8b3f6"},
        {"a RECONFIGURE", "00112233445566778899aabbccddeeff",
         "0a0000000002000a000300010200000000fe0001000a000300010a00000000610013000105000b001c030100"
         "0123456789abcdef0200000000000000000000000000000000",
         "ceb95343dfdfb4e4e15c98c1702623f7"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t key[BERTH_RKAP_KEY], message[256], digest[BERTH_RKAP_KEY];
        char text[2 * BERTH_RKAP_KEY + 1];
        int n = berth_hex_parse(rows[i].message, message, sizeof(message));

        berth_row("%s", rows[i].name);
        CHECK(berth_hex_parse(rows[i].key, key, sizeof(key)) == BERTH_RKAP_KEY && n > 0);
        berth_rkap_digest((BerthBytes){message, (size_t)n}, key, digest);
        berth_hex_text((BerthBytes){digest, sizeof(digest)}, 0, text, sizeof(text));
        CHECK_TEXT(text, rows[i].want);
    }
}

static void test_option(void)
{
    static const uint8_t value[BERTH_RKAP_KEY] = {0xaa, [15] = 0xbb};
    uint8_t auth[BERTH_RKAP_AUTH];
    char text[2 * BERTH_RKAP_AUTH + 1];

    berth_rkap_write(auth, UINT64_C(0x0123456789abcdef), BERTH_RKAP_TELLS_KEY, value);
    berth_hex_text((BerthBytes){auth, sizeof(auth)}, 0, text, sizeof(text));
    CHECK_TEXT(text, "0301000123456789abcdef01aa0000000000000000000000000000bb");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"digest", test_digest},
        {"option", test_option},
        {0},
    };

    return berth_tests_main("rkap", tests, argc, argv);
}
