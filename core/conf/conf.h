/* conf - a configuration snapshot: read, checked, indexed, immutable, counted.
 *
 * Made by one path for start-up, -t, config-test, config-set and reload. Packets pin the snapshot
 * that they were received under, and it is freed when the last reference is gone. Lookups here are
 * the packet path's: they allocate nothing. */
#pragma once

#include "core/base/addr.h"
#include "core/base/log.h"
#include "core/base/world.h"
#include "core/conf/class.h"
#include "core/conf/node.h"
#include "core/expr/scrub.h"
#include "core/host/hosts.h"
#include "core/wire/ids.h"
#include "core/wire/opttype.h"
#include "hooks/hook.h"
#include <berth/conf.h>
#include <berth/lease.h>

typedef struct BerthConf BerthConf;

/* An option as it will be sent; one entry of option-data, compiled. */
typedef struct BerthOptData {
    const BerthOptDef *def;
    uint16_t code;
    const char *space;
    BerthBytes value; /* the whole option content, sub-options already inside */
    BerthGuard guard; /* whom it is for */
    bool always_send, never_send;
    uint32_t enterprise; /* of a space vendor-N, or in an option of vendors; 0: neither */
} BerthOptData;

/* Which options a scope has, by code: most that clients ask for none has. Codes above 255 are all
 * taken for such. */
typedef struct BerthOptCodes {
    uint64_t bits[4];
} BerthOptCodes;

static inline bool berth_codes_have(const BerthOptCodes *codes, uint16_t code)
{
    return code > UINT8_MAX || codes->bits[code / 64] >> code % 64 & 1;
}

/* The option-data of one scope: sorted by (space, code). `own` are those of them in the space of
 * the family, dhcp4 or dhcp6, and `codes` theirs; `vendor` those in spaces vendor-N. `entries` is
 * what the file said, for config-get (optdata.h). */
typedef struct BerthOptList {
    const BerthOptData *at;
    size_t n;
    const BerthOptData *own;
    size_t n_own;
    const BerthOptData *vendor;
    size_t n_vendor;
    BerthOptCodes codes;
    bool always; /* any of `own` is sent always */
    struct BerthOptEntry *const *entries;
    size_t n_entries;
} BerthOptList;

typedef enum BerthAllocator {
    BERTH_ALLOCATOR_ITERATIVE,
    BERTH_ALLOCATOR_RANDOM,
    BERTH_ALLOCATOR_FLQ,
    BERTH_ALLOCATOR_SHARED_FLQ,
} BerthAllocator;

/* What is made of the names that clients give themselves. */
typedef enum BerthNameMode {
    BERTH_NAME_NEVER, /* a client's own name counts; the same order as the words of the table */
    BERTH_NAME_ALWAYS,
    BERTH_NAME_WHEN_PRESENT,
    BERTH_NAME_WHEN_NOT_PRESENT,
} BerthNameMode;

typedef struct BerthNaming {
    int mode;                             /* BerthNameMode: when a name is made of the address */
    const char *prefix, *suffix;          /* of names that are made, or that have no domain */
    const char *characters, *replacement; /* hostname-char-set as it stands there */
    BerthScrub *scrub;                    /* of the two; NULL: nothing is replaced */
} BerthNaming;

/* What global, shared network and subnet have in common and inherit. -1: not set. */
typedef struct BerthParams {
    int64_t valid_sec, min_valid_sec, max_valid_sec; /* min/max -1: as valid_sec */
    int64_t renew_sec, rebind_sec;                   /* T1, T2; -1: not sent unless calculated */
    bool calculate_tee_times;
    double t1_percent, t2_percent; /* of the valid lifetime; DHCPv6: of the preferred one */
    double cache_threshold; /* fraction of the lifetime during which a renewal writes nothing */
    int64_t cache_max_age_sec;
    double adaptive_threshold; /* how full a pool is from where on lifetimes are least; -1: never */
    bool store_extended_info;
    bool rapid_commit;
    int allocator; /* BerthAllocator */
    /* Which reservations count; `hosts_mode` is the file's older word for them, until it is read.
     */
    bool hosts_global, hosts_in_subnet, hosts_out_of_pool;
    const char *hosts_mode;
    /* DHCPv4 */
    bool authoritative, match_client_id;
    int64_t offer_sec; /* how long an offered address is a lease; -1, 0: it is only held */
    BerthAddr next_server;
    const char *server_hostname, *boot_file_name;
    BerthNaming naming;
    /* DHCPv6 */
    int64_t preferred_sec;                        /* never above valid_sec */
    int64_t min_preferred_sec, max_preferred_sec; /* -1: as preferred_sec */
    int pd_allocator;                             /* BerthAllocator */
} BerthParams;

typedef struct BerthSubnet BerthSubnet;
typedef struct BerthNetwork BerthNetwork;

/* A subnet by the bytes of a name, of an address: whatever clients on it are known by; and by one
 * of the classes that it is for, 0: everybody. */
typedef struct BerthSubnetLink {
    BerthBytes key;
    unsigned number;
    const BerthSubnet *subnet;
} BerthSubnetLink;

/* A range of addresses, or of prefixes of one length: delegated_len apart from first to last. */
typedef struct BerthPool {
    const BerthSubnet *subnet;
    BerthLeaseType type;
    BerthAddr first, last; /* its first and last address */
    uint8_t delegated_len; /* how long a lease of it is: 32, 128, or delegated-len */
    uint8_t prefix_len;    /* of a prefix pool */
    uint8_t excluded_len;  /* RFC 6603; 0: nothing is excluded */
    BerthAddr excluded;    /* excluded-prefix, which lies in the pool's first prefix */
    uint32_t id;           /* pool-id */
    unsigned index;        /* in BerthFamilyConf.pools */
    BerthOptList options;
    BerthGuards guards;
    const BerthNaming *naming;     /* what is in force here; NULL: that of the subnet */
    const char *text;              /* "192.0.2.10 - 192.0.2.99", "2001:db8:8::/45" */
    const BerthNode *node;         /* its map in the file, for errors */
    const BerthNode *user_context; /* of the file, or NULL */
} BerthPool;

struct BerthSubnet {
    uint32_t id;
    BerthAddr prefix;
    uint8_t prefix_len;
    const char *text; /* "192.0.2.0/24" as configured */
    const char *interface;
    BerthBytes interface_id; /* DHCPv6: what relays call the link; len 0: nothing */
    BerthList relays;        /* of BerthAddr: relay ip-addresses */
    BerthParams params;      /* resolved: nothing to inherit is left */
    BerthOptList options;
    const BerthPool *pools; /* of addresses, in the order of the file */
    size_t n_pools;
    const BerthPool *pd_pools; /* of prefixes */
    size_t n_pd_pools;
    const BerthPool *const *pools_by_addr, *const *pd_pools_by_addr;
    const BerthNetwork *network; /* that it is part of, or NULL */
    const BerthSubnet *outer;    /* the subnet that it lies inside of, or NULL */
    BerthGuards guards;
    bool guards_pools;     /* one of its pools is not for everybody */
    bool names_pools;      /* one of them says what is made of names */
    const BerthNode *node; /* its map in the file, for errors */
    const BerthNode *user_context;
};

/* Subnets that lie on one link: a client on it may have addresses of any of them. What the network
 * says its subnets inherit, interface, interface-id and relays, too. */
struct BerthNetwork {
    const char *name;
    const char *interface;
    BerthBytes interface_id;
    BerthList relays;
    BerthParams params, params_in; /* in force, and as written */
    BerthOptList options;
    const BerthSubnet
        *subnets; /* neighbours in BerthFamilyConf.subnets, in the order of the file */
    size_t n_subnets;
    BerthGuards guards;
    const struct BerthByClass
        *by_class; /* its subnets by whom they are for; NULL: all are for everybody */
    const BerthNode *node;
    const BerthNode *user_context;
};

/* client-classes of the family's map: one definition. What is -1 or NULL in `params` it does not
 * say. */
typedef struct BerthClass {
    const char *name;
    unsigned number;
    BerthExpr *test, *template_test; /* NULL: others put clients into it */
    bool additional;                 /* looked at only where a list names it */
    bool after_known;                /* asks for KNOWN or UNKNOWN, itself or by another class */
    BerthOptList options;
    BerthParams params;
    BerthList optdefs_in; /* of BerthOptDefIn */
    const BerthNode *node;
    const struct BerthClassIn *in;
} BerthClass;

/* Tests of one moment that say `what == constant` about the same thing. */
typedef struct BerthClassCase {
    BerthBytes value;
    unsigned at; /* in BerthFamilyConf.classes */
} BerthClassCase;

typedef struct BerthClassSwitch {
    const BerthExpr *of;         /* one of them, to find the thing by */
    const BerthClassCase *cases; /* sorted */
    size_t n;
} BerthClassSwitch;

/* Those that are tested at one moment: some one by one, the others all at once. */
typedef struct BerthClassPlan {
    const unsigned *each; /* in BerthFamilyConf.classes, in their order */
    size_t n_each;
    const BerthClassSwitch *switches;
    size_t n_switches;
} BerthClassPlan;

typedef struct BerthIfaceName {
    const char *name; /* "*", "eth0" */
    BerthAddr
        addr; /* "eth0/192.0.2.1": only this one; "eth0/2001:db8::1": this one, too; else any */
} BerthIfaceName;

typedef struct BerthInterfacesConf {
    const BerthIfaceName *names;
    size_t n_names;
    bool raw;         /* dhcp-socket-type */
    bool use_routing; /* outbound-interface */
} BerthInterfacesConf;

/* A plugin that shall be loaded, in order. */
typedef struct BerthPluginConf {
    const char *name; /* base name, or absolute path of the file */
    const BerthNode *parameters;
    const BerthNode *at; /* for errors */
    const char *library; /* as hooks-libraries spells it, NULL when it does not stand there */
    bool usual;          /* not named by the file, but of the usual set */
    /* Of Dhcp4 and Dhcp6, where these differ: `for_family` tells which of them name it. */
    const BerthNode *parameters_of[2];
    bool for_family[2];
    const BerthNode *differs_at; /* where the other family says something else; NULL: nowhere */
} BerthPluginConf;

/* The inner maps and lists of Dhcp4 or Dhcp6 as they stand in the file; NULL when absent. */
struct BerthMaps {
    const BerthNode *interfaces, *subnets, *networks, *options, *optdefs, *loggers, *hooks,
        *plugins, *expired, *classes, *reservations, *sanity;
    const BerthNode *compatibility, *user_context, *server_id;
};

/* What a server makes its DUID of; what is 0 or empty it finds itself. */
typedef struct BerthServerIdConf {
    BerthDuidType type;
    BerthBytes identifier;
    uint16_t htype;
    uint32_t time, enterprise_id;
    bool persist;
} BerthServerIdConf;

/* Where the hardware address of a DHCPv6 client is taken from. */
typedef enum BerthMacSource {
    BERTH_MAC_RAW,
    BERTH_MAC_DUID,
    BERTH_MAC_LINK_LOCAL,
    BERTH_MAC_CLIENT_LINK_ADDR, /* RFC 6939 */
    BERTH_MAC_REMOTE_ID,        /* RFC 4649 */
    BERTH_MAC_SUBSCRIBER_ID,    /* RFC 4580 */
    BERTH_MAC_DOCSIS_CMTS,
    BERTH_MAC_DOCSIS_MODEM,
    BERTH_MAC_SOURCES,
} BerthMacSource;

/* One family's map: Dhcp4 or Dhcp6. */
typedef struct BerthFamilyConf {
    int family;   /* 4 or 6 */
    bool present; /* the file has its map; otherwise nothing below is filled in */
    const BerthNode *node;
    const struct BerthFamilyTables *tables; /* names and tables of the family (tables.h) */
    BerthInterfacesConf interfaces;
    BerthParams params;
    BerthOptList options;
    const BerthSubnet *subnets; /* in the order of the file, those of networks behind the others */
    size_t n_subnets;
    const BerthNetwork *networks; /* shared-networks */
    size_t n_networks;
    const BerthClass *classes; /* client-classes, in their order */
    size_t n_classes;
    const BerthClass **class_of_number; /* NULL where it has no definition */
    GHashTable *class_numbers;          /* every name that is said -> number */
    bool has_classes;                   /* it says the name of any */
    BerthClassPlan first_classes, known_classes;
    const BerthPool *pools; /* all, one array: of each subnet the address pools, then the others */
    size_t n_pools;
    const BerthNode *lease_database; /* for the backend's table; NULL: defaults */
    const char *lease_type;          /* "memfile" by default */
    BerthHosts *hosts;       /* those that stand in it; on the main thread others may come */
    const uint8_t *host_ids; /* BerthHostIdType: by what a client is looked for, in this order */
    size_t n_host_ids;
    BerthList host_ids_in; /* of const char * */
    bool unique_hosts, early_hosts;
    int64_t decline_probation_sec;
    int64_t parked_packet_limit;
    int64_t unwarned_reclaim_cycles;
    int64_t reclaim_wait_sec, hold_reclaimed_sec, max_reclaim_leases,
        max_reclaim_msec; /* expired-… */
    int64_t flush_reclaimed_wait_sec;
    int lease_checks, extended_info_checks; /* sanity-checks: the words' places in their tables */
    /* DHCPv4 */
    bool echo_client_id, stash_agent_options;
    bool ignore_server_id; /* compatibility.ignore-dhcp-server-identifier */
    bool exclude_first_last_24;
    bool lenient_options;        /* compatibility.lenient-option-parsing */
    bool ignore_link_selection;  /* compatibility.ignore-rai-link-selection */
    const BerthAddr *server_ids; /* option 54 of any scope, sorted */
    size_t n_server_ids;
    /* DHCPv6 */
    BerthServerIdConf server_id;
    const uint8_t *mac_sources; /* BerthMacSource, in the order in which they are tried */
    size_t n_mac_sources;
    const uint16_t *relay_supplied; /* codes that relays may supply (RFC 6422), sorted */
    size_t n_relay_supplied;
    bool allow_address_registration; /* RFC 9686 */
    bool reconfigure_accept, reconfigure_on_change;

    const BerthOptDef *optdefs; /* of option-def, sorted by (space, code) */
    size_t n_optdefs;
    GPtrArray *unclaimed;  /* of BerthNode *: keys of the map for the plugins' GLOBAL rows */
    struct BerthMaps maps; /* what the map holds that is read by itself */
    const struct BerthInterfacesIn *interfaces_in; /* interfaces-config, key by key */
    const struct BerthServerIdIn *server_id_in;    /* server-id, likewise */
    BerthList mac_sources_in, relay_supplied_in;   /* of const char * */
    BerthParams params_in;                         /* as written, for the subnets to inherit */
    BerthList loggers_in;                          /* of BerthLoggerIn */
    BerthList optdefs_in;                          /* of BerthOptDefIn */
    struct BerthConfIndex *index;
} BerthFamilyConf;

struct BerthConf {
    int refs; /* atomic: the last one may be dropped in a job */
    BerthDoc *doc;
    BerthArena arena;
    char *file;
    BerthFamilyConf v4, v6;
    BerthLogger *loggers; /* of both */
    size_t n_loggers;
    BerthPluginConf *plugins;
    size_t n_plugins;
    BerthList plugins_off;   /* of const char *: of the usual set, but switched off */
    GPtrArray *warnings;     /* of char * */
    GPtrArray *scrubs;       /* of BerthScrub: those of all scopes */
    BerthCallouts *callouts; /* filled by the loader */
    void *loaded;            /* the loader's: plugins of this snapshot and their configurations */
    void (*loaded_free)(void *loaded);
    BerthWorld *retired; /* no more in force: what is large is freed in a job of this world */
};

/* Reads and checks a file; NULL with errors. The plugins' own tables are checked later, by the
 * loader: keys of a family's map that no core table has are left for it in `unclaimed`. */
BerthConf *berth_conf_read(const char *path, BerthErrors *errors);
/* The same from a parsed document, which it takes over: config-test, config-set. */
BerthConf *berth_conf_from_doc(BerthDoc *doc, const char *file, BerthErrors *errors);
/* The same, but never NULL: with errors it is good for nothing but to let the loader add what it
 * finds wrong, so that a person is told everything at once. */
BerthConf *berth_conf_draft(BerthDoc *doc, const char *file, BerthErrors *errors);

BerthConf *berth_conf_ref(BerthConf *conf);
void berth_conf_unref(BerthConf *conf); /* NULL is fine */

/* The family of this number, 4 or 6. */
static inline const BerthFamilyConf *berth_conf_family(const BerthConf *conf, int family)
{
    return family == 6 ? &conf->v6 : &conf->v4;
}

/* hosts: one from a map, as it is read at load; NULL with errors. It knows the classes that the
 * configuration does. */
BerthHost *berth_conf_host_read(const BerthFamilyConf *family, const BerthNode *map,
                                uint32_t subnet_id, BerthErrors *errors);
/* Why a host does not come to a set, for people; g_free it. */
char *berth_conf_host_clash(const BerthHost *host, BerthHostsPut put, const BerthHostsClash *clash);

/* Every table of the core with the place of its map, ended by {0}: the reference manual. */
typedef struct BerthConfTable {
    const char *place; /* "Dhcp4.subnet4[].pools[]" */
    const BerthConfItem *items;
} BerthConfTable;
extern const BerthConfTable berth_conf_tables[];
/* The nearest key of the family's map itself, NULL when nothing is near. */
const char *berth_conf_suggest(const BerthFamilyConf *family, const char *key);

/* Of the family's subnets. */
const BerthSubnet *berth_conf_subnet_by_id(const BerthFamilyConf *family, uint32_t id);
/* Whether its guard and that of its network let the set in. */
bool berth_conf_admits(const BerthSubnet *subnet, const BerthClassSet *set);
/* The subnets below are those that let the set in; NULL: whoever they are for. */
/* The subnet whose prefix contains `addr` (the longest), NULL if none. */
const BerthSubnet *berth_conf_subnet_of(const BerthFamilyConf *family, BerthAddr addr,
                                        const BerthClassSet *set);
/* The subnet that lists this relay address (giaddr, link-address), else the one that contains it.
 */
const BerthSubnet *berth_conf_subnet_by_relay(const BerthFamilyConf *family, BerthAddr relay,
                                              const BerthClassSet *set);
/* The subnet bound to this interface by name, NULL if none. */
const BerthSubnet *berth_conf_subnet_by_interface(const BerthFamilyConf *family, const char *name,
                                                  const BerthClassSet *set);
/* The subnet whose interface-id is what a relay sent, NULL if none. */
const BerthSubnet *berth_conf_subnet_by_interface_id(const BerthFamilyConf *family, BerthBytes id,
                                                     const BerthClassSet *set);
/* The subnets of one link, in turn: the next one behind `subnet` when one has begun at `first`;
 * NULL when all have been. A subnet that is in no network is alone. */
const BerthSubnet *berth_conf_next_subnet(const BerthSubnet *first, const BerthSubnet *subnet,
                                          const BerthClassSet *set);
/* The innermost of the same that `addr` lies in; NULL: none. `subnet` may be one that does not let
 * the set in. */
const BerthSubnet *berth_conf_link_subnet_of(const BerthFamilyConf *family,
                                             const BerthSubnet *subnet, BerthAddr addr,
                                             const BerthClassSet *set);
/* The pool of addresses that `addr` is in, the pool of prefixes; NULL if none. */
const BerthPool *berth_conf_pool_of(const BerthSubnet *subnet, BerthAddr addr);
/* What is made of the name of a client with this address: by its pool, or by the subnet. */
const BerthNaming *berth_conf_naming_of(const BerthSubnet *subnet, BerthAddr addr);
const BerthPool *berth_conf_pd_pool_of(const BerthSubnet *subnet, BerthAddr prefix);
/* The excluded prefix (of pool->excluded_len > 0) of one delegated prefix of the pool. */
BerthAddr berth_conf_excluded(const BerthPool *pool, BerthAddr prefix);
/* Whether relays may supply this option for the client (RFC 6422). */
bool berth_conf_relay_supplies(const BerthFamilyConf *family, uint16_t code);

/* DHCPv4: whether any scope gives this server identifier (option 54). */
bool berth_conf_is_server_id(const BerthFamilyConf *family, BerthAddr id);

/* The family's configuration as plugins see it while it is made. */
const BerthSetup *berth_conf_setup(const BerthFamilyConf *family);
/* A definition by code or name: of option-def, else the standard one; NULL when there is none. */
const BerthOptDef *berth_conf_optdef(const BerthFamilyConf *family, const char *space,
                                     uint16_t code);
const BerthOptDef *berth_conf_optdef_name(const BerthFamilyConf *family, const char *space,
                                          const char *name);

/* Where a reply's options come from: the host that the client is; the pools that its leases are of,
 * in the order of its IAs; the subnet, and its network; the family. What is NULL is left out; the
 * first one among the pools ends them. */
#define BERTH_SCOPE_POOLS 8
typedef struct BerthScope {
    const BerthFamilyConf *family;
    const BerthSubnet *subnet;
    const BerthPool *pools[BERTH_SCOPE_POOLS];
    const BerthClassSet *classes; /* NULL: none, and options with a tag are for nobody */
    const BerthOptList *host;     /* the client's own */
} BerthScope;

/* The cases of that value: their number, and the first of them. */
size_t berth_conf_class_cases(const BerthClassSwitch *of, BerthBytes value, size_t *ret_first);
/* The number of a class by its name, 0: the configuration does not say it. */
unsigned berth_conf_class_number(const BerthFamilyConf *family, const char *name);
/* The same; `name` becomes the configuration's own, where that says it. */
unsigned berth_conf_class_named(const BerthFamilyConf *family, const char **name);
/* The option to send, of the family's own space: the innermost scope that has it wins (host, pool,
 * subnet, network, classes in the order of entry, global). NULL: none, or never-send in any of them
 * (Kea: the flags are sticky).
 */
const BerthOptData *berth_conf_option(const BerthScope *scope, uint16_t code);
/* Whether the subnet or its network has the option for somebody in these classes. */
bool berth_conf_link_has_option(const BerthSubnet *subnet, const BerthClassSet *classes,
                                uint16_t code);
/* Those of any of the scopes. */
BerthOptCodes berth_conf_codes(const BerthScope *scope);
/* Codes with always-send in any of the scopes, each once, as many as `ret` has room for; returns
 * their number. */
unsigned berth_conf_always_sent(const BerthScope *scope, uint16_t *ret, size_t size);
/* Of an option that stands in a reply once for each enterprise, all of them; as many as there is
 * room for; returns their number. */
unsigned berth_conf_option_each(const BerthScope *scope, uint16_t code, const BerthOptData **ret,
                                size_t size);

/* An option of space vendor-N: the innermost, and what any scope says of it. */
typedef struct BerthVendorOption {
    const BerthOptData *data;
    bool always, never;
} BerthVendorOption;
#define BERTH_VENDOR_OPTIONS_MAX 64
bool berth_conf_has_vendor_options(const BerthScope *scope);
/* Those of one enterprise, by their codes; returns their number. */
unsigned berth_conf_vendor_options(const BerthScope *scope, uint32_t enterprise,
                                   BerthVendorOption ret[BERTH_VENDOR_OPTIONS_MAX]);

/* "Dhcp4": { … } as config-get shows it, into an open object: every key with its value in force. */
void berth_conf_write_family(const BerthConf *conf, const BerthFamilyConf *family, BerthJson *json);
/* The options of one scope as its list "option-data". */
void berth_conf_write_options(const BerthOptList *options, BerthJson *json);
/* One of its subnets with what it inherits, options too: tells whether a configuration
 * tells the subnet's clients anything else than another. */
void berth_conf_write_subnet(const BerthFamilyConf *family, const BerthSubnet *subnet,
                             BerthJson *json);
/* The same as the first for each family that is present. */
void berth_conf_write(const BerthConf *conf, BerthJson *json);
