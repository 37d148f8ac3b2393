/* loader - which plugins a configuration snapshot has, and the plugins that the server runs.
 *
 * A snapshot is made ready in three moves. Preparing, in a job, opens files, fills and checks the
 * plugins' configurations and freezes the callouts; it changes nothing that the server sees.
 * Starting, on the main thread, starts the new plugins beside those that run; it can fail, and then
 * all is as before. Adopting puts the snapshot in force, and can't fail. A plugin that is gone is
 * stopped, and its code unmapped, from a clean stack when the last snapshot that uses it has been
 * freed. */
#pragma once

#include "core/conf/conf.h"
#include <berth/plugin.h>

typedef struct BerthLoader BerthLoader;
struct BerthServerOptions;
struct BerthCommands;

/* `options` and `commands` must outlive it. */
BerthLoader *berth_loader_new(BerthServer *server, const struct BerthServerOptions *options,
                              struct BerthCommands *commands);
/* Stops all plugins, the last first. Snapshots should be gone. NULL is fine. */
void berth_loader_free(BerthLoader *loader);

/* Any thread, one call at a time beside the main thread's. `conf` may be a draft with errors: what
 * is wrong with its plugins is added to them. False with errors: `conf` is as it was, to be
 * unreferenced. An unprepared snapshot can't be applied. */
bool berth_loader_prepare(BerthLoader *loader, BerthConf *conf, BerthErrors *errors);

/* Starts what is new, and runs dhcp4_srv_configured and dhcp6_srv_configured. False with errors:
 * nothing has changed. A snapshot that is freed instead of adopted stops again what it started. */
bool berth_loader_start(BerthLoader *loader, BerthConf *conf, BerthErrors *errors);
/* Puts `conf`, which was started, in force: commands, log sinks, apply. Pins it until the next one.
 */
void berth_loader_adopt(BerthLoader *loader, BerthConf *conf);
/* Both. */
bool berth_loader_apply(BerthLoader *loader, BerthConf *conf, BerthErrors *errors);

/* What fills a role in a prepared snapshot, and its run state; `name` NULL: the first. NULL:
 * nobody. */
const BerthRole *berth_loader_role(const BerthLoader *loader, const BerthConf *conf,
                                   const char *role, const char *name, void **ret_run);
/* The role's own configuration, filled from its table out of `node` (NULL: defaults) into the
 * snapshot's memory. NULL with errors. */
const void *berth_loader_role_conf(BerthConf *conf, const BerthRole *role, const BerthNode *node,
                                   const char *path, BerthErrors *errors);

/* Whether the key of this role is a secret. */
bool berth_loader_role_hides(const BerthConf *conf, const BerthRole *role, const char *key);

/* Keeps the plugin that the function `code` belongs to in place until the unpin: for jobs. NULL,
 * which unpin takes, when it is no plugin's. */
typedef struct BerthLibrary BerthLibrary;
BerthLibrary *berth_loader_pin(BerthLoader *loader, const void *code);
void berth_loader_unpin(BerthLoader *loader, BerthLibrary *library);

/* The plugins of a prepared snapshot as objects of an open list: name, version, about, file, and
 * what its callouts did and took. */
void berth_loader_write(const BerthLoader *loader, const BerthConf *conf, BerthJson *json);
