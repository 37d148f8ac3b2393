/* lease_site - leases with a fake backend, two subnets and a clock that stands still.
 *
 *   subnet 1  10.0.0.0/29   one pool, all eight addresses; .0 and .7 are nobody's
 *   subnet 2  10.2.0.0/16   pools 10.2.1.0 - 10.2.1.255 (identifier 1), 10.2.2.1 - 10.2.2.100 (2)
 *
 * Or those of IPv6:
 *
 *   subnet 1  2001:db8:1::/64  the pool 2001:db8:1::/64 (identifier 0), of prefixes
 *                              2001:db8:a000::/48 as /56 (1) and 2001:db8:b000::/52 as /60 (2)
 *   subnet 2  2001:db8:2::/64  the pool 2001:db8:2:: - 2001:db8:2::f (3), of prefixes
 *                              2001:db8:c000::/62 as /64 (4)
 *
 * Clients are letters. An address is told by its last octet, in subnet 1 where nothing else is
 * said. */
#pragma once

#include "core/lease/leases.h"
#include "tests/lib/fake_backend.h"
#include "tests/lib/fake_world.h"

typedef struct Site {
    BerthFakeWorld *world;
    BerthLog *log;
    BerthStats *stats;
    BerthLeases *leases;
    BerthFakeBackend *backend;
    BerthFakeBackend *other; /* another server's, see shared_site.h */
    BerthConf conf;
    BerthSubnet subnets[2];
    BerthPool pools[5];
    const BerthPool *by_addr[5];
    /* What was called: one letter each. */
    GString *events;
    BerthVerdict verdict; /* of on_expire */
} Site;

#define SITE_VALID 3600

void site_init(Site *site);
void site_init6(Site *site);
/* The same as site_init, but subnet 2 has one pool of 2 to the power of `bits` addresses. */
void site_init_large(Site *site, unsigned bits);
BerthAddr site_large_addr(uint32_t number); /* in that pool, counted from 0 */
void site_clear(Site *site);
void site_settle(Site *site); /* all that was submitted is committed */
void site_pass(Site *site, int64_t sec);

BerthAddr site_addr(unsigned octet);
BerthClient site_client(char letter); /* upper case: with a client identifier, too */
/* The binding of an IPv6 client, whose DUID is made of the letter. */
BerthClient site_client6(char letter, BerthLeaseType type, uint32_t iaid);
BerthPrefix site_prefix(const char *text); /* "2001:db8::/56", or an address */
const char *site_prefix_text(BerthPrefix prefix, char text[BERTH_PREFIX_TEXT]);
/* What the binding would have, in subnet 1. */
BerthLease site_lease6(const Site *site, BerthPrefix prefix, const BerthClient *client);
BerthLease site_lease(const Site *site, unsigned octet, char client);
/* Words: +5a lease of a, ~5a one that has expired, !5 declined, r5a reclaimed, s5a released, ?5a
 * offered. */
void site_set_up(Site *site, const char *script);
/* The same: +a1:ADDR is a lease of client a with IAID 1, +A1:ADDR/LEN one of a prefix; ga1: is
 * registered. */
void site_set_up6(Site *site, const char *script);
/* Adds 'o' 'c' 'f' 'u' to the events, by the result. `data` is the Site. */
void site_committed(void *data, BerthCommitResult result);
BerthPropose site_propose(Site *site, const BerthLease *before, const BerthLease *after);
/* Proposes it in place of what is there, and waits; whether it was taken on. */
bool site_commit(Site *site, const BerthLease *after);
/* A statistic of statistic-get-all, -1: not there. */
int64_t site_stat(Site *site, const char *name);
char *site_table(const Site *site);  /* "5a 6b!" in the order of addresses */
char *site_table6(const Site *site); /* "a1:2001:db8::5 A1:2001:db8::/56r" */
