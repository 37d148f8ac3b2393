/* rkap - see rkap.h. */
#include "core/wire/rkap.h"

#include <glib.h>

void berth_rkap_write(uint8_t ret[BERTH_RKAP_AUTH], uint64_t replay, BerthRkapType type,
                      const uint8_t value[BERTH_RKAP_KEY])
{
    BerthWriter w = berth_writer(ret, BERTH_RKAP_AUTH);

    berth_write_u8(&w, 3); /* the protocol */
    berth_write_u8(&w, 1); /* its algorithm, HMAC-MD5 */
    berth_write_u8(&w, 0); /* replay detection: by a value that grows */
    berth_write_u32(&w, (uint32_t)(replay >> 32));
    berth_write_u32(&w, (uint32_t)replay);
    berth_write_u8(&w, (uint8_t)type);
    berth_write(&w, (BerthBytes){value, BERTH_RKAP_KEY});
}

void berth_rkap_digest(BerthBytes message, const uint8_t key[BERTH_RKAP_KEY],
                       uint8_t ret[BERTH_RKAP_KEY])
{
    GHmac *hmac = g_hmac_new(G_CHECKSUM_MD5, key, BERTH_RKAP_KEY);
    gsize len = BERTH_RKAP_KEY;

    g_hmac_update(hmac, message.data, (gssize)message.len);
    g_hmac_get_digest(hmac, ret, &len);
    g_hmac_unref(hmac);
}
