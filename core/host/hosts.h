/* hosts - a set of hosts, found by scope and identifier, and by scope and address.
 *
 * One is made with a configuration, in a job; plugins fill another one. What is in use is changed
 * on the main thread alone. */
#pragma once

#include "core/host/host.h"

typedef struct BerthHosts BerthHosts;

#define BERTH_HOSTS_MAX (1u << 24)

/* `unique`: no two hosts of a scope have one address. */
BerthHosts *berth_hosts_new(bool unique);
BerthHosts *berth_hosts_ref(BerthHosts *hosts);
void berth_hosts_unref(BerthHosts *hosts); /* NULL is fine */
/* Of those that are put from now on. */
void berth_hosts_set_unique(BerthHosts *hosts, bool unique);
/* While it is empty: so many will come. */
void berth_hosts_expect(BerthHosts *hosts, size_t n);

/* What keeps a host out of the set. */
typedef enum BerthHostsPut {
    BERTH_HOSTS_PUT = 0,
    BERTH_HOSTS_HAVE_ID,
    BERTH_HOSTS_HAVE_ADDR,
    BERTH_HOSTS_FULL,
} BerthHostsPut;
/* Takes a reference of its own. `ret_other` (or NULL) with HAVE_ID and HAVE_ADDR: the one that is
 * there; `ret_addr` with HAVE_ADDR: the address. */
typedef struct BerthHostsClash {
    const BerthHost *other;
    const BerthHostAddr *addr;
} BerthHostsClash;
BerthHostsPut berth_hosts_put(BerthHosts *hosts, BerthHost *host, BerthHostsClash *ret_clash);
/* False: it is not there. */
bool berth_hosts_remove(BerthHosts *hosts, const BerthHost *host);
void berth_hosts_clear(BerthHosts *hosts);

size_t berth_hosts_count(const BerthHosts *hosts); /* NULL: none */
/* Whether any host has a prefix or address. */
bool berth_hosts_have_addrs(const BerthHosts *hosts);
const BerthHost *berth_hosts_find(const BerthHosts *hosts, uint32_t subnet_id, BerthHostIdType type,
                                  BerthBytes id);
/* Whether a host of any scope has the identifier. Once in a very long time it says so of one that
 * none has. */
bool berth_hosts_know(const BerthHosts *hosts, BerthHostIdType type, BerthBytes id);
/* The next one behind `*iter`, which starts at 0, that has the address or prefix in the scope. */
const BerthHost *berth_hosts_next_of(const BerthHosts *hosts, uint32_t subnet_id,
                                     BerthPrefix prefix, uint32_t *iter);
/* The next one behind `*from`, which starts at 0; NULL at the end. */
const BerthHost *berth_hosts_next(const BerthHosts *hosts, uint64_t *from);
