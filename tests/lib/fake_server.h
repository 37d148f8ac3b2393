/* fake_server - a BerthServer for the tests of a plugin's own rooms: a fake world, a disk in
 * memory, and the log as text.
 *
 * It defines the functions of berth/plugin.h and berth/world.h that take a server, in place of the
 * core's. So only a program that links fake_server_dep has it, and it must use no room of the core
 * that stands on a real server. */
#pragma once

#include "tests/lib/fake_disk.h"
#include "tests/lib/fake_world.h"
#include <berth/plugin.h>

/* `disk` is lent, and survives the server; NULL: there are no files. Data paths are below "/data".
 */
BerthServer *berth_fake_server_new(BerthDisk *disk);
void berth_fake_server_free(BerthServer *server);

/* To let jobs run and time pass: berth_fake_world_settle, _pass. */
BerthFakeWorld *berth_fake_server_world(BerthServer *server);

/* Every message since the last clear as "ERROR ID text\n", at most 1 MiB of it. */
const char *berth_fake_server_log(const BerthServer *server);
void berth_fake_server_clear_log(BerthServer *server);
