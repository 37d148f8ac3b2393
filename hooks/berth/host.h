/* berth/host.h - hosts: what is reserved for one client (Kea's `reservations`), and where the
 * server keeps them.
 *
 * A host belongs to a scope, which is a subnet, or the family as a whole (BERTH_HOST_GLOBAL), and
 * is found there by one identifier. It never changes; who wants another one puts another one. There
 * are two sets of them for each family: those of the configuration, which a reload makes anew, and
 * those that plugins bring from elsewhere, which are kept. Both are used by the packets from the
 * moment they are changed, which is on the main thread alone. */
#pragma once

#include <berth/conf.h>
#include <berth/json.h>
#include <berth/packet.h>
#include <berth/types.h>
#include <glib.h>

typedef struct BerthHost BerthHost;

#define BERTH_HOST_GLOBAL 0 /* the subnet id of a host that is of no subnet */

/* By what it is found. The numbers are those of Kea's databases. */
typedef enum BerthHostIdType {
    BERTH_HOST_HWADDR, /* the bytes alone, whatever the hardware type */
    BERTH_HOST_DUID,   /* DHCPv4: the one in a client identifier of RFC 4361 */
    BERTH_HOST_CIRCUIT_ID,
    BERTH_HOST_CLIENT_ID,
    BERTH_HOST_FLEX_ID,
    BERTH_HOST_ID_TYPES,
} BerthHostIdType;
#define BERTH_HOST_ID_MAX 255

/* "hw-address", and back; -EINVAL: nothing is called so. */
const char *berth_host_id_name(BerthHostIdType type);
int berth_host_id_type(const char *name);
/* Reads the text of an identifier as a reservation has it: hex, with or without "0x" and
 * separators, or 'text' in single quotes. Its length, or -EINVAL: none, too long, or no text of
 * that kind. */
int berth_host_id_read(BerthHostIdType type, const char *text, uint8_t ret[BERTH_HOST_ID_MAX]);
/* And writes it in hex, as Kea does. */
#define BERTH_HOST_ID_TEXT (3 * BERTH_HOST_ID_MAX + 1)
const char *berth_host_id_text(BerthHostIdType type, BerthBytes id,
                               char buffer[BERTH_HOST_ID_TEXT]);

/* What is reserved: an address, or a prefix of DHCPv6. */
typedef struct BerthHostAddr {
    BerthAddr addr;
    BerthAddr excluded;   /* of a prefix, RFC 6603 */
    uint8_t len;          /* 32, 128, or of the prefix */
    uint8_t excluded_len; /* 0: nothing is excluded */
    bool is_prefix;
} BerthHostAddr;

/* ---- one host ---- */

/* Reads a map as an entry of `reservations`, and checks it against the configuration in force, as
 * when that is loaded. `subnet_id` is the scope; a member "subnet-id" of the map is passed over. Of
 * a subnet that the configuration has not got any address may be reserved. NULL with `error`. The
 * caller has one reference. Options of it can't have client-classes. */
BerthHost *berth_server_read_host(BerthServer *server, int family, const BerthNode *map,
                                  uint32_t subnet_id, GError **error);
/* The same from JSON text, whose member "subnet-id" is the scope: what berth_host_json wrote. */
BerthHost *berth_server_parse_host(BerthServer *server, int family, BerthBytes json,
                                   GError **error);
BerthHost *berth_host_ref(BerthHost *host);
void berth_host_unref(BerthHost *host); /* NULL is fine */

int berth_host_family(const BerthHost *host);
uint32_t berth_host_subnet_id(const BerthHost *host);
BerthHostIdType berth_host_type(const BerthHost *host);
BerthBytes berth_host_id(const BerthHost *host);
/* The i-th address or prefix; NULL beyond the last. A host of DHCPv4 has one at most. */
const BerthHostAddr *berth_host_addr(const BerthHost *host, size_t i);
const char *berth_host_hostname(const BerthHost *host); /* "": none */
/* DHCPv4: 0.0.0.0 and "" where it says nothing. */
BerthAddr berth_host_next_server(const BerthHost *host);
const char *berth_host_server_hostname(const BerthHost *host);
const char *berth_host_boot_file_name(const BerthHost *host);
/* The i-th of its classes, NULL beyond the last. */
const char *berth_host_class(const BerthHost *host, size_t i);
/* Its user-context, JSON; len 0: none. */
BerthBytes berth_host_context(const BerthHost *host);
/* Writes its members into an open object: those of an entry of `reservations`, which read again
 * give the same. The subnet id is not among them. */
void berth_host_write(const BerthHost *host, BerthJson *json);

/* One line of JSON: its members, and "subnet-id". To be g_free'd. */
char *berth_host_json(const BerthHost *host);

/* ---- the hosts of the server ---- */

typedef enum BerthHostTarget {
    BERTH_HOSTS_MEMORY,   /* of the configuration; a reload has those that the file then says */
    BERTH_HOSTS_DATABASE, /* of plugins */
} BerthHostTarget;

/* Adds it, with a reference of its own. -EEXIST: the scope has this identifier, or, unless
 * ip-reservations-unique is false, one of its addresses already in that set; -EINVAL: it is of the
 * other family; -ENOSPC; -ESRCH: the family is not served. */
int berth_server_put_host(BerthServer *server, int family, BerthHostTarget target, BerthHost *host,
                          GError **error);
/* Puts `host` in place of `old`, which is in the set; on an error nothing has changed. */
int berth_server_replace_host(BerthServer *server, int family, BerthHostTarget target,
                              const BerthHost *old, BerthHost *host, GError **error);
/* -ENOENT: it is not in the set. */
int berth_server_remove_host(BerthServer *server, int family, BerthHostTarget target,
                             const BerthHost *host);
/* Takes all of them out of the set, for whoever reads its source anew. However many there were,
 * nobody waits for it. */
void berth_server_clear_hosts(BerthServer *server, int family, BerthHostTarget target);

/* What is found stays as long as it is in the set: who keeps it takes a reference. NULL: nothing,
 * or the family is not served. */
const BerthHost *berth_server_find_host(BerthServer *server, int family, BerthHostTarget target,
                                        uint32_t subnet_id, BerthHostIdType type, BerthBytes id);
/* The i-th that has the address, or the prefix of this length, in the scope: without
 * ip-reservations-unique there may be many. Addresses have length 32 or 128. */
const BerthHost *berth_server_host_of(BerthServer *server, int family, BerthHostTarget target,
                                      uint32_t subnet_id, const BerthHostAddr *addr, size_t i);
/* All of them, one after the other: *from starts at 0 and is what to go on from, at any later time;
 * one that is in the set all the while comes once. NULL: that was the last. The order is that in
 * which they came, but for those that have taken the places of others. */
const BerthHost *berth_server_next_host(BerthServer *server, int family, BerthHostTarget target,
                                        uint64_t *from);
size_t berth_server_count_hosts(BerthServer *server, int family, BerthHostTarget target);

/* ip-reservations-unique: whether no two hosts of a scope may have one address. */
bool berth_server_hosts_are_unique(BerthServer *server, int family);

/* ---- the database ---- */

typedef enum BerthHostOutcome {
    BERTH_HOST_DONE,
    BERTH_HOST_MISSING, /* there is none to update or to remove */
    BERTH_HOST_CLASH,   /* another one has its identifier or one of its addresses */
    BERTH_HOST_FAILED,  /* for a reason in words */
} BerthHostOutcome;
typedef void (*BerthHostDone)(void *data, BerthHostOutcome outcome, const char *why);

/* Which are to be removed: the one with the identifier, or all that have the address. */
typedef struct BerthHostKey {
    uint32_t subnet_id;
    bool by_addr;
    BerthAddr addr;
    BerthHostIdType type;
    BerthBytes id;
} BerthHostKey;

/* Who keeps the hosts of BERTH_HOSTS_DATABASE for good, and brings them into that set; commands
 * that change them ask it. Each call answers once, within it or later, when the change is in force.
 */
typedef struct BerthHostSource {
    size_t size;
    void (*add)(void *source, BerthHost *host, BerthHostDone done, void *data);
    void (*update)(void *source, BerthHost *host, BerthHostDone done, void *data);
    void (*remove)(void *source, const BerthHostKey *key, BerthHostDone done, void *data);
} BerthHostSource;

/* `ops` NULL: it is gone. A family has one: a later one takes the place of another. */
void berth_server_set_host_source(BerthServer *server, int family, const BerthHostSource *ops,
                                  void *source);
/* NULL: there is none. */
const BerthHostSource *berth_server_host_source(BerthServer *server, int family, void **ret_source);

/* ---- of a packet ---- */

typedef enum BerthHostMoment {
    BERTH_HOSTS_EARLY,  /* before the subnet is selected: with early-global-reservations-lookup */
    BERTH_HOSTS_SUBNET, /* when it is: of the subnets of its link, and global ones */
    BERTH_HOSTS_LEASE,  /* when it is known what the client gets: which of these subnets it is in */
} BerthHostMoment;
/* Finds the hosts that the packet's client is, by host-reservation-identifiers, and puts it into
 * their classes and KNOWN; the plugin hosts says when. */
void berth_packet_find_hosts(BerthPacket *pkt, BerthHostMoment moment);
/* The one whose options and names the client gets: of its subnet, else global. NULL: none. */
const BerthHost *berth_packet_host(const BerthPacket *pkt);
/* What it is by flex-id; the bytes live as long as the packet (berth_packet_alloc). Before
 * berth_packet_find_hosts: in pkt4_receive or pkt6_receive. */
void berth_packet_set_flex_id(BerthPacket *pkt, BerthBytes id);
