/* name - the name that a client gives itself, in options 12 and 81 of DHCPv4 and 39 of DHCPv6: what
 * Kea's defaults leave of it, and its two forms. Names are written into a BerthWriter; one that is
 * longer than the writer leaves it `full`. */
#pragma once

#include "core/base/addr.h"
#include "core/base/bytes.h"

#define BERTH_NAME_MAX 255 /* of a lease */

/* Letters, digits, '.' and '-' are kept (hostname-char-set), small. */
void berth_name_add_kept(BerthWriter *name, BerthBytes text);

/* Labels (RFC 1035 section 3.1) as such text, a dot behind each; up to the root's label or, in a
 * partial name, the end. False: a label is too long or is cut off. */
bool berth_name_add_labels(BerthWriter *name, BerthBytes wire);

/* "laptop.example.org." as labels, with that of the root; "" and "." are the root. False: a label
 * is empty or too long. */
bool berth_name_write_labels(BerthWriter *w, BerthBytes text);

/* "myhost-192-0-2-1", "myhost-2001-db8--1": for a client that leaves its name to the server. */
void berth_name_make(BerthWriter *name, BerthAddr addr);

/* Whether nothing stands between two dots, or before the first. */
bool berth_name_has_gap(BerthBytes text);
