/* wire6 - DHCPv6 messages as the tests read them: no code of the server's, so that what is wrong
 * there is not wrong here too. */
#pragma once

#include "core/base/addr.h"
#include <glib.h>

typedef struct Option6 {
    uint16_t code;
    BerthBytes value;
} Option6;

typedef struct Relay6 {
    uint8_t type, hops;
    BerthAddr link, peer;
    GArray *options; /* of Option6, without the message */
} Relay6;

typedef struct Message6 {
    uint8_t type;
    uint32_t xid;
    GArray *options; /* of Option6 */
    GArray *relays;  /* of Relay6, the outermost first */
} Message6;

/* The bytes stay the caller's. False: no message; the result is to be cleared all the same. */
bool message6_read(BerthBytes bytes, Message6 *ret);
void message6_clear(Message6 *message);
/* Options that stand one after the other; NULL: they do not end where the bytes do. */
GArray *options6_read(BerthBytes bytes);
/* The n-th of the code, counted from 0; NULL without. */
const Option6 *options6_get(const GArray *options, unsigned code, unsigned n);

uint32_t number_at(BerthBytes bytes, size_t at, unsigned size);
BerthAddr addr6_at(BerthBytes bytes, size_t at);
void put_number(GByteArray *out, uint32_t value, unsigned size);
void put_option6(GByteArray *out, unsigned code, BerthBytes value);

/* auth: what the authentication option of a message says. `what` is "key": it tells one, which is
 * kept in `known` with the replay value; "same": that which is known; "signed": by it. Each replay
 * value is greater than the last one. */
bool auth6_is(const Message6 *message, const GByteArray *payload, GByteArray *known,
              const char *what);
