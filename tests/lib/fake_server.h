/* fake_server - a BerthServer for the tests of a plugin's own rooms: a fake world, a disk and
 * streams in memory, and the log as text.
 *
 * It defines the functions of berth/plugin.h and berth/world.h that take a server, in place of the
 * core's. So only a program that links fake_server_dep has it, and it must use no room of the core
 * that stands on a real server. */
#pragma once

#include "tests/lib/fake_disk.h"
#include "tests/lib/fake_stream.h"
#include "tests/lib/fake_world.h"
#include <berth/plugin.h>

/* `disk` is lent, and survives the server; NULL: there are no files. Data paths are below "/data",
 * logs below "/log", sockets below "/run". */
BerthServer *berth_fake_server_new(BerthDisk *disk);
void berth_fake_server_free(BerthServer *server);

/* To let jobs run and time pass: berth_fake_world_settle, _pass. */
BerthFakeWorld *berth_fake_server_world(BerthServer *server);

/* What listens is reached by these, and what connects reaches them. */
BerthFakeStreams *berth_fake_server_streams(BerthServer *server);

/* What a name is looked up to, once more each time; other names are of no host. */
void berth_fake_server_add_host(BerthServer *server, const char *name, const char *addr);

/* Who runs the commands that a transport brings; without one they are never answered. */
typedef void (*BerthFakeCommand)(void *data, BerthBytes json, BerthAnswered answered,
                                 void *answered_data);
void berth_fake_server_on_command(BerthServer *server, BerthFakeCommand call, void *data);

/* Every message since the last clear as "ERROR ID text\n", at most 1 MiB of it. */
const char *berth_fake_server_log(const BerthServer *server);
void berth_fake_server_clear_log(BerthServer *server);
