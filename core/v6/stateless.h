/* stateless - clients that accept RECONFIGURE and have no lease: they asked for information alone
 * (RFC 9915 section 18.3.6), and were told a key with it. What a lease keeps of the others is kept
 * here, in memory and of a bounded number: who was heard longest ago makes room, and who has not
 * come back in twice the longest usual time (section 7.6) is taken to be gone. A restart forgets
 * all of them; each is told a key again when it refreshes what it knows. */
#pragma once

#include "core/v6/reach.h"

#define V6_STATELESS_MAX 4096u
#define V6_STATELESS_SEC (2 * 86400)

typedef struct V6Stateless V6Stateless;
V6Stateless *v6_stateless_new(BerthWorld *world);
void v6_stateless_free(V6Stateless *stateless); /* NULL is fine */

/* The client was heard, on a link of the subnet (0: of none), and has been told the key. */
void v6_stateless_put(V6Stateless *stateless, BerthBytes duid, uint32_t subnet_id,
                      const V6Reach *reach);
/* False: it is not known. Bytes of the reach are good until the next call. */
bool v6_stateless_find(V6Stateless *stateless, BerthBytes duid, V6Reach *ret);
void v6_stateless_remove(V6Stateless *stateless, BerthBytes duid);

/* Those of these subnets (a set of ids by GUINT_TO_POINTER; NULL: all) shall be asked, beside those
 * that are to be asked already; and one of them after the other: false when there is none left. The
 * bytes are good until the next call. */
void v6_stateless_mark(V6Stateless *stateless, GHashTable *subnets);
bool v6_stateless_next_marked(V6Stateless *stateless, BerthBytes *ret_duid);
