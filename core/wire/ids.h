/* ids - identifiers of clients and their text: client-id, DUID, hardware address, the log label. */
#pragma once

#include "core/wire/msg4.h"

/* "[hwtype=1 aa:bb:cc:dd:ee:ff], cid=[01:aa:…], tid=0x1a2b" with "no hwaddr info" and "no info"
 * where absent. At most `size` - 1 characters; returns `buffer`. */
#define BERTH_LABEL_SIZE 900
const char *berth_label4(const BerthMsg4 *msg, char *buffer, size_t size);
