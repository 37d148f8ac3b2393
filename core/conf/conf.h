/* conf - a configuration snapshot: read, checked, indexed, immutable, counted.
 *
 * Made by one path for start-up, -t, config-test, config-set and reload. Packets pin the snapshot
 * that they were received under, and it is freed when the last reference is gone. Lookups here are
 * the packet path's: they allocate nothing. */
#pragma once

#include "core/base/addr.h"
#include "core/base/log.h"
#include "core/conf/node.h"
#include "core/wire/opttype.h"
#include "hooks/hook.h"
#include <berth/conf.h>

typedef struct BerthConf BerthConf;

/* An option as it will be sent; one entry of option-data, compiled. */
typedef struct BerthOptData {
    const BerthOptDef *def;
    uint16_t code;
    const char *space;
    BerthBytes value; /* the whole option content, sub-options already inside */
    bool always_send, never_send;
} BerthOptData;

/* The option-data of one scope: sorted by (space, code). `entries` is what the file said, for
 * config-get (optdata.h). */
typedef struct BerthOptList {
    const BerthOptData *at;
    size_t n;
    struct BerthOptEntry *const *entries;
    size_t n_entries;
} BerthOptList;

typedef enum BerthAllocator {
    BERTH_ALLOCATOR_ITERATIVE,
    BERTH_ALLOCATOR_RANDOM,
    BERTH_ALLOCATOR_FLQ,
    BERTH_ALLOCATOR_SHARED_FLQ,
} BerthAllocator;

/* What global, shared network and subnet have in common and inherit. -1: not set. */
typedef struct BerthParams {
    int64_t valid_sec, min_valid_sec, max_valid_sec; /* min/max -1: as valid_sec */
    int64_t renew_sec, rebind_sec;                   /* T1, T2; -1: not sent unless calculated */
    bool calculate_tee_times;
    double t1_percent, t2_percent;
    double cache_threshold; /* fraction of the lifetime during which a renewal writes nothing */
    int64_t cache_max_age_sec;
    bool authoritative, match_client_id;
    BerthAddr next_server;
    const char *server_hostname, *boot_file_name;
    int allocator; /* BerthAllocator */
} BerthParams;

typedef struct BerthSubnet BerthSubnet;

typedef struct BerthPool {
    const BerthSubnet *subnet;
    BerthAddr first, last;
    uint32_t id;    /* pool-id */
    unsigned index; /* in berth_conf_pools() */
    BerthOptList options;
    const char *text;
    const BerthNode *node;         /* its map in the file, for errors */
    const BerthNode *user_context; /* of the file, or NULL */
} BerthPool;

struct BerthSubnet {
    uint32_t id;
    BerthAddr prefix;
    uint8_t prefix_len;
    const char *text; /* "192.0.2.0/24" as configured */
    const char *interface;
    BerthList relays;   /* of BerthAddr: relay ip-addresses */
    BerthParams params; /* resolved: nothing to inherit is left */
    BerthOptList options;
    const BerthPool *pools; /* in the order of the file */
    size_t n_pools;
    const BerthPool *const *pools_by_addr;
    const BerthNode *node; /* its map in the file, for errors */
    const BerthNode *user_context;
};

typedef struct BerthIfaceName {
    const char *name; /* "*", "eth0" */
    BerthAddr addr;   /* "eth0/192.0.2.1", else any */
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
} BerthPluginConf;

/* The inner maps and lists of Dhcp4 as they stand in the file; NULL when absent. */
struct BerthMaps4 {
    const BerthNode *interfaces, *subnets, *options, *optdefs, *loggers, *hooks, *plugins, *expired;
    const BerthNode *compatibility, *user_context;
    bool reservations_in_subnet;
};

/* One family's map, Dhcp4 here. */
typedef struct BerthFamilyConf {
    const BerthNode *node;
    BerthInterfacesConf interfaces;
    BerthParams params;
    BerthOptList options;
    const BerthSubnet *subnets; /* in the order of the file */
    size_t n_subnets;
    const BerthPool *pools; /* all, one array */
    size_t n_pools;
    const BerthNode *lease_database; /* for the backend's table; NULL: defaults */
    const char *lease_type;          /* "memfile" by default */
    int64_t decline_probation_sec;
    int64_t parked_packet_limit;
    bool echo_client_id;
    bool ignore_server_id; /* compatibility.ignore-dhcp-server-identifier */
    bool exclude_first_last_24;
    int64_t unwarned_reclaim_cycles;
    int64_t reclaim_wait_sec, hold_reclaimed_sec, max_reclaim_leases,
        max_reclaim_msec; /* expired-… */
    int64_t flush_reclaimed_wait_sec;
    const BerthOptDef *optdefs; /* of option-def, sorted by (space, code) */
    size_t n_optdefs;
    struct BerthMaps4 maps;                        /* what the map holds that is read by itself */
    const struct BerthInterfacesIn *interfaces_in; /* interfaces-config, key by key */
    BerthList loggers_in;                          /* of BerthLoggerIn */
    BerthList optdefs_in;                          /* of BerthOptDefIn */
} BerthFamilyConf;

struct BerthConf {
    int refs; /* atomic: the last one may be dropped in a job */
    BerthDoc *doc;
    BerthArena arena;
    char *file;
    BerthFamilyConf v4;
    BerthLogger *loggers;
    size_t n_loggers;
    BerthPluginConf *plugins;
    size_t n_plugins;
    BerthList plugins_off; /* of const char *: of the usual set, but switched off */
    GPtrArray *warnings;   /* of char * */
    GPtrArray *unclaimed;  /* of BerthNode *: keys of the Dhcp4 map for the plugins' GLOBAL rows */
    BerthCallouts *callouts; /* filled by the loader */
    void *loaded;            /* the loader's: plugins of this snapshot and their configurations */
    void (*loaded_free)(void *loaded);
    struct BerthConfIndex *index;
};

/* Reads and checks a file; NULL with errors. The plugins' own tables are checked later, by the
 * loader: keys of the family's map that no core table has are left for it in `unclaimed`. */
BerthConf *berth_conf_read(const char *path, BerthErrors *errors);
/* The same from a parsed document, which it takes over: config-test, config-set. */
BerthConf *berth_conf_from_doc(BerthDoc *doc, const char *file, BerthErrors *errors);
/* The same, but never NULL: with errors it is good for nothing but to let the loader add what it
 * finds wrong, so that a person is told everything at once. */
BerthConf *berth_conf_draft(BerthDoc *doc, const char *file, BerthErrors *errors);

BerthConf *berth_conf_ref(BerthConf *conf);
void berth_conf_unref(BerthConf *conf); /* NULL is fine */

/* The rows of the Dhcp4 map itself but those that subnets have too (berth_conf_params4), for
 * suggestions and the manual. */
extern const BerthConfItem berth_conf_global4[];
extern const BerthConfItem berth_conf_params4[];
/* Every table of the core with the place of its map, ended by {0}: the reference manual. */
typedef struct BerthConfTable {
    const char *place; /* "Dhcp4.subnet4[].pools[]" */
    const BerthConfItem *items;
} BerthConfTable;
extern const BerthConfTable berth_conf_tables4[];

const BerthSubnet *berth_conf_subnet_by_id(const BerthConf *conf, uint32_t id);
/* The subnet whose prefix contains `addr` (the longest), NULL if none. */
const BerthSubnet *berth_conf_subnet_of(const BerthConf *conf, BerthAddr addr);
/* The subnet that lists this relay address, else the one that contains it. */
const BerthSubnet *berth_conf_subnet_by_relay(const BerthConf *conf, BerthAddr relay);
/* The subnet bound to this interface by name, NULL if none. */
const BerthSubnet *berth_conf_subnet_by_interface(const BerthConf *conf, const char *name);
const BerthPool *berth_conf_pool_of(const BerthSubnet *subnet, BerthAddr addr);

/* A definition by code or name: of option-def, else the standard one; NULL when there is none. */
const BerthOptDef *berth_conf_optdef(const BerthConf *conf, const char *space, uint16_t code);
const BerthOptDef *berth_conf_optdef_name(const BerthConf *conf, const char *space,
                                          const char *name);

/* The option to send, of space dhcp4: the innermost scope that has it wins (pool, subnet, global);
 * `pool` and `subnet` may be NULL. NULL: none, or never-send in any of them (Kea: the flags are
 * sticky). */
const BerthOptData *berth_conf_option(const BerthConf *conf, const BerthSubnet *subnet,
                                      const BerthPool *pool, uint16_t code);
/* Codes with always-send in any of the scopes, each once, into `ret` of 256; returns their number.
 */
unsigned berth_conf_always_sent(const BerthConf *conf, const BerthSubnet *subnet,
                                const BerthPool *pool, uint8_t *ret);

/* "Dhcp4": { … } as config-get shows it, into an open object: every key with its value in force. */
void berth_conf_write(const BerthConf *conf, BerthJson *json);
