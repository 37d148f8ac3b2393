/* build - what the rooms that make a snapshot share while they make it.
 *
 * Everything they make lives in the snapshot's arena. It has no limit of its own: the document that
 * it is made from is bounded (node.h), and what is made of it grows in step. */
#pragma once

#include "core/conf/schema.h"
#include "core/conf/tables4.h"

typedef struct BerthBuild BerthBuild;
struct BerthBuild {
    BerthConf *conf;
    BerthFill fill; /* unknown keys are errors */
};

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
/* Fills `ret` from one map by one table. */
void berth_build_map(BerthBuild *build, const BerthNode *node, const char *path,
                     const BerthConfItem *items, void *ret);
/* The number of elements of a list; 0 and an error when `node` is there but is no list. */
size_t berth_build_count(BerthBuild *build, const BerthNode *node, const char *path);
/* Whether `node` is absent or a map; an error when it is something else. */
bool berth_build_is_map(BerthBuild *build, const BerthNode *node, const char *path);

/* global4: what Dhcp4 holds but subnets and options. */
void berth_build_params(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthParams *params, const BerthParams *outer);
void berth_build_interfaces(BerthBuild *build);
void berth_build_loggers(BerthBuild *build);
void berth_build_lease_database(BerthBuild *build);

/* pluginlist: the plugins to load, in order. `top` is the list at the top of the file. */
void berth_build_plugins(BerthBuild *build, const BerthNode *top);

/* optdef: the definitions of option-def. */
void berth_build_optdefs(BerthBuild *build);
/* optdata: the options of one scope, compiled. */
BerthOptList berth_build_options(BerthBuild *build, const BerthNode *node, const char *path);

/* subnet: subnets with their pools and ids. */
void berth_build_subnets(BerthBuild *build);
/* pool: the pools of a subnet into `pools`, which has room for all. Returns how many are right. A
 * subnet without text has no prefix (an error, reported before), so nothing is outside of it. */
size_t berth_build_pools(BerthBuild *build, const BerthNode *node, const char *path,
                         const BerthSubnet *subnet, BerthPool *pools);
/* Fills pools_by_addr of all subnets. Pools that share addresses are errors. */
void berth_build_sort_pools(BerthBuild *build);

/* index: the sorted arrays that lookups search. */
void berth_build_index(BerthBuild *build);
