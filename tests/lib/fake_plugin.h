/* fake_plugin - a plugin whose sources are compiled into the test, run by hand on a fake server:
 * its structs filled from JSON by its own tables, then start, apply, stop as the server calls them.
 */
#pragma once

#include "tests/lib/fake_server.h"

typedef struct BerthFakePlugin BerthFakePlugin;

/* `conf` is the JSON text of one map with the plugin's own keys and those that it has in Dhcp4.
 * NULL with `error`: the tables, prepare or start refuse it; nothing is left then. */
BerthFakePlugin *berth_fake_plugin_start(BerthServer *server, const BerthPlugin *plugin,
                                         const char *conf, GError **error);
/* As after a reload. False with `error`: the tables or prepare refuse it. */
bool berth_fake_plugin_apply(BerthFakePlugin *fake, const char *conf, GError **error);
void *berth_fake_plugin_run(BerthFakePlugin *fake);
/* NULL is fine. */
void berth_fake_plugin_stop(BerthFakePlugin *fake);
