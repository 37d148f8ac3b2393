/* inproc - a server in the process that measures it. */
#pragma once

#include "core/server/server.h"

/* With all its files in `folder`, the plugins of BERTH_PLUGIN_PATH and this configuration; returns
 * when its leases are loaded. Ends the program where it does not start. */
BerthServer *inproc_start(BerthWorld *world, const char *folder, const char *conf);
