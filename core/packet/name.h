/* name - the name that a client gives itself, in options 12 and 81 of DHCPv4 and 39 of DHCPv6: what
 * the configuration leaves of it (all, if `naming` is NULL), and its two forms. Names are
 * written into a BerthWriter; one that is longer than the writer leaves it `full`. */
#pragma once

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/conf/conf.h"

#define BERTH_NAME_MAX 255 /* of a lease */

/* What hostname-char-set leaves of the text, in small letters. */
void berth_name_add_kept(BerthWriter *name, const BerthNaming *naming, BerthBytes text);

/* The same of each part between two dots, which stay. */
void berth_name_add_dotted(BerthWriter *name, const BerthNaming *naming, BerthBytes text);

/* The dot of the root, unless it is there or nothing is. */
void berth_name_add_root(BerthWriter *name);

/* Labels (RFC 1035 section 3.1) as such text, a dot behind each; up to the root's label or, in a
 * partial name, the end. False: a label is too long or is cut off. */
bool berth_name_add_labels(BerthWriter *name, const BerthNaming *naming, BerthBytes wire);

/* "laptop.example.org." as labels, with that of the root; "" and "." are the root. False: a label
 * is empty or too long. */
bool berth_name_write_labels(BerthWriter *w, BerthBytes text);

/* "myhost-192-0-2-1", "myhost-2001-db8--1": for a client that leaves its name to the server. */
void berth_name_make(BerthWriter *name, const BerthNaming *naming, BerthAddr addr);

/* Adds the domain (ddns-qualifying-suffix), unless the name ends with it, and the dot of the root
 * or, if not `is_rooted`, takes that away. */
void berth_name_qualify(BerthWriter *name, const BerthNaming *naming, bool is_rooted);

/* Whether nothing stands between two dots, or before the first. */
bool berth_name_has_gap(BerthBytes text);
