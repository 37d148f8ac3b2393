/* reload - a new configuration while the server runs: read and checked in a job, put in force in
 * one go on the main thread, and until then nothing has changed.
 *
 * Where it names another lease store, the leases go there first (swap.h), and it is in force when
 * they have; a reload that comes meanwhile waits. A command that changes the lease store is a
 * reload of the configuration in force with that one member replaced. */
#pragma once

#include "core/conf/conf.h"
#include "core/server/command.h"

typedef struct BerthConfReload BerthConfReload;
struct BerthFamily;

/* Goes over to the store of this `lease-database` (JSON text). The command, which is deferred, is
 * answered when the leases begin to be copied, or with why they do not. */
void berth_reload_lease_database(struct BerthFamily *family, const char *lease_database,
                                 BerthCommand *command);

/* A job reads it, so that the server has to stay. NULL: there is none. */
bool berth_reload_is_reading(const BerthConfReload *reload);
/* With the server: who still waits is told that it ends. */
void berth_reload_end(BerthServer *server);
