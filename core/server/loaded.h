/* loaded - the plugins of one snapshot: between loader.c, which knows when, and loaded.c, which
 * fills and checks. Nobody else includes this. */
#pragma once

#include "core/server/library.h"
#include "core/server/loader.h"

typedef struct BerthUse {
    BerthLibrary *library;
    const BerthPluginConf *at;
    void *conf;       /* the first of these */
    void *conf_of[2]; /* what callouts of DHCPv4 and of DHCPv6 get: the same, unless each family has
                         its own; NULL: none are called */
    bool prepared[2];
    bool fresh; /* this snapshot started the plugin, and is not yet in force */
} BerthUse;

typedef struct BerthLoaded {
    BerthLoader *loader;
    BerthUse *uses; /* in load order */
    size_t n;
} BerthLoaded;

/* Whether each family has parameters of its own. */
static inline bool berth_use_is_split(const BerthUse *use)
{
    return use->library->plugin.prepare_for != NULL;
}

/* NULL when the snapshot is not prepared. */
static inline const BerthLoaded *berth_loaded(const BerthConf *conf)
{
    return conf ? conf->loaded : NULL;
}

BerthServer *berth_loader_server(const BerthLoader *loader);

/* What each plugin needs stands before it, no command is there twice or a core's. */
void berth_loaded_check(const BerthLoaded *loaded, BerthErrors *errors);
/* Fills the plugins' configurations, and lets them prepare these. */
void berth_loaded_fill(BerthLoaded *loaded, BerthConf *conf, BerthErrors *errors);
/* Undoes the latter, once. */
void berth_loaded_release(const BerthLoaded *loaded);
