/* rkap - the Reconfigure Key Authentication Protocol, RFC 9915 section 20.4: what stands in option
 * 11 of the REPLY that tells a client its key, and of a RECONFIGURE. */
#pragma once

#include "core/base/bytes.h"

#define BERTH_RKAP_KEY 16
#define BERTH_RKAP_AUTH 28 /* bytes of the option */

typedef enum BerthRkapType { BERTH_RKAP_TELLS_KEY = 1, BERTH_RKAP_SIGNS } BerthRkapType;

/* The value of the option; `value` is the key or the digest. */
void berth_rkap_write(uint8_t ret[BERTH_RKAP_AUTH], uint64_t replay, BerthRkapType type,
                      const uint8_t value[BERTH_RKAP_KEY]);
/* HMAC-MD5 of a whole message (without the relays around it), in whose option 11 the digest is all
 * zeros. */
void berth_rkap_digest(BerthBytes message, const uint8_t key[BERTH_RKAP_KEY],
                       uint8_t ret[BERTH_RKAP_KEY]);
