/* build - what the rooms that make a snapshot share while they make it.
 *
 * Everything they make lives in the snapshot's arena. It has no limit of its own: the document that
 * it is made from is bounded (node.h), and what is made of it grows in step. */
#pragma once

#include "core/conf/schema.h"
#include "core/conf/tables.h"

typedef struct BerthBuild BerthBuild;
struct BerthBuild {
    BerthConf *conf;
    BerthFamilyConf *family;   /* of conf: the one that is being read */
    BerthFill fill;            /* unknown keys are errors */
    bool at_run_time;          /* the configuration is made already, and in use */
    GHashTable *class_defs;    /* name -> BerthClass that has been read */
    BerthList reading_optdefs; /* of BerthOptDef: those of the list that is being read */
    BerthList class_optdefs;   /* of BerthOptDef: those of the class that is being read, sorted */
};

/* A map that is being read, and what errors call it. */
typedef struct BerthReading {
    BerthBuild *build;
    const BerthNode *node;
    const char *path;
} BerthReading;

/* Room for n elements in the snapshot's arena, zeroed; NULL when n is 0. */
void *berth_build_array(BerthBuild *build, size_t n, size_t size);
/* The same, filled from `data`. */
void *berth_build_copy(BerthBuild *build, const void *data, size_t n, size_t size);
/* Adds an error and answers false. */
bool berth_build_fail(BerthBuild *build, const BerthNode *at, const char *path, const char *format,
                      ...) G_GNUC_PRINTF(4, 5);
/* A warning with its place. The same text about many places is said once. */
void berth_build_warn(BerthBuild *build, const BerthNode *at, const char *path, const char *format,
                      ...) G_GNUC_PRINTF(4, 5);
/* Whether the address is of the family that is being read. */
bool berth_build_is_own(const BerthBuild *build, BerthAddr addr);
/* "Dhcp4.KEY" in the snapshot's arena. */
const char *berth_build_path(const BerthBuild *build, const char *key);
/* Fills `ret` from one map by one table. */
void berth_build_map(BerthBuild *build, const BerthNode *node, const char *path,
                     const BerthConfItem *items, void *ret);
/* A map with keys of its own and those that scopes inherit. */
typedef struct BerthScopeIn {
    const BerthTables *tables;
    void *ret;                /* by `tables` */
    BerthParams *params;      /* by the family's `params`; NULL: not of this map */
    const BerthParams *outer; /* of the scope around it, NULL: none */
    GPtrArray *unclaimed;     /* takes unknown keys; NULL: they are errors */
} BerthScopeIn;
void berth_build_scope(BerthBuild *build, const BerthNode *node, const char *path,
                       const BerthScopeIn *in);
/* The number of elements of a list; 0 and an error when `node` is there but is no list. */
size_t berth_build_count(BerthBuild *build, const BerthNode *node, const char *path);
/* Whether `node` is absent or a map; an error when it is something else. */
bool berth_build_is_map(BerthBuild *build, const BerthNode *node, const char *path);

/* naming: reads hostname-char-set, where `node` has it or there is no `outer`. */
void berth_build_naming(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthNaming *naming, const BerthNaming *outer);

/* params: checks what a scope has been given, and makes of it what is in force. `outer` is that of
 * the scope around it as it was written, NULL: none. */
void berth_build_params(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthParams *params, const BerthParams *outer);
/* params: the older word for which reservations count. */
void berth_build_host_mode(BerthBuild *build, const BerthNode *node, const char *path,
                           BerthParams *params);
/* params: what the fields of BOOTP can hold. */
void berth_build_check_boot(BerthBuild *build, const BerthNode *node, const char *path,
                            const BerthParams *params);
/* global: what the family's map holds but subnets and options. */
void berth_build_interfaces(BerthBuild *build);
void berth_build_loggers(BerthBuild *build);
void berth_build_lease_database(BerthBuild *build);
/* global6: server-id, mac-sources, relay-supplied-options. */
void berth_build_global6(BerthBuild *build);

/* pluginlist: the plugins to load, in order. `top` is the list at the top of the file. */
void berth_build_plugins(BerthBuild *build, const BerthNode *top);

/* optdef: the definitions of option-def. */
void berth_build_optdefs(BerthBuild *build);
/* The definitions of one list of option-def; `ret_in` is what the file says of them. */
BerthList berth_build_optdef_list(BerthBuild *build, const BerthNode *node, const char *path,
                                  BerthList *ret_in);
/* What a code or name means here: of the class that is being read, else berth_conf_optdef. */
const BerthOptDef *berth_build_optdef(const BerthBuild *build, const char *space, uint16_t code);
const BerthOptDef *berth_build_optdef_name(const BerthBuild *build, const char *space,
                                           const char *name);
/* Whether an option of the space may have this code; else an error. RFC 2132: 0 and 255 pad and end
 * options of DHCPv4; vendors use them for sub-options. */
bool berth_build_code_is_good(const BerthReading *reading, const char *space, int64_t code);
/* class: the names that are always there; guards, whose names get numbers; the definitions, before
 * anything that their options could be compared with; and, when all else is read, the index. */
void berth_build_class_names(BerthBuild *build);
BerthGuard berth_build_guard(const BerthReading *reading, const BerthList *names);
BerthGuard berth_build_named_guard(const BerthReading *reading, const BerthList *names);
BerthGuards berth_build_guards(const BerthReading *reading, const BerthGuardIn *in);
void berth_build_classes(BerthBuild *build);
void berth_build_class_index(BerthBuild *build);
void berth_class_clear(BerthClass *class);
/* params: what a class says of lifetimes and of the fields of BOOTP. */
void berth_build_class_params(const BerthReading *reading, BerthParams *params);
/* classplan: what is tested at which moment. */
void berth_build_class_plans(BerthBuild *build);
/* optdata: the options of one scope, compiled. */
BerthOptList berth_build_options(BerthBuild *build, const BerthNode *node, const char *path);

/* What tells which clients are on a link. */
typedef struct BerthLinkIn {
    const char *interface;
    BerthBytes interface_id;
    BerthList relays;
} BerthLinkIn;

/* network: what the networks say for their subnets, which are read next; and, when these are read,
 * what must be the same in all subnets of a network. */
void berth_build_networks(BerthBuild *build);
void berth_build_check_networks(BerthBuild *build);
/* subnet: subnets with their pools and ids, those of networks, too. */
void berth_build_subnets(BerthBuild *build);
/* The keys interface, interface-id and relay of a map; NULL where they are absent. */
BerthLinkIn berth_build_link(const BerthReading *reading, const char *interface,
                             const char *interface_id, const BerthNode *relay);
/* pool: the pools of a subnet into `pools`, which has room for all; each begins as a copy of
 * `blank`, which says subnet and type. Returns how many are right. A subnet without text has no
 * prefix (an error, reported before), so nothing is outside of it. */
size_t berth_build_pools(BerthBuild *build, const BerthNode *node, const char *path,
                         const BerthPool *blank, BerthPool *pools);
/* pdpool: one pool of prefixes; false when it is not right. */
bool berth_build_pd_pool(const BerthReading *reading, BerthPool *pool);
/* Fills pools_by_addr and pd_pools_by_addr of all subnets. Pools that share addresses are errors.
 */
void berth_build_sort_pools(BerthBuild *build);

/* hosts: the reservations of all scopes, when the subnets are read. */
void berth_build_hosts(BerthBuild *build);
/* hostopt: a copy of the options in one block of its own, to be g_free'd; of what is not sent
 * (entries) it has nothing. */
BerthOptList *berth_optlist_copy(const BerthOptList *list);

/* The subnets of a network for each class, one class after the other; 0 is everybody's. Many
 * packets look here, so the numbers, which are searched, lie close together. */
struct BerthByClass {
    const uint32_t *numbers; /* that there is a subnet for, ascending */
    const uint32_t *starts;  /* in `subnets`, and behind the last */
    size_t n;
    const BerthSubnet *const *subnets; /* of one number in the order of the file */
};

/* index: the sorted arrays that lookups search; link goes round those of networks. */
void berth_build_index(BerthBuild *build);
void berth_build_server_ids(BerthBuild *build);
