/* reconfigure - who is asked to come back by RECONFIGURE (core/v6/reconfigure.h), and when: on a
 * command, or after a reload that concerns them. */
#pragma once

#include "core/server/server.h"

/* The command "reconfigure". */
void berth_reconfigure_command(BerthCommand *command, const void *conf, void *server);
/* A configuration is in force that has replaced `old`, which is still there: asks the clients of
 * subnets that have changed, if reconfigure-on-change says so. */
void berth_reconfigure_changed(BerthServer *server, const BerthConf *old);
