/* harness - one plugin's .so in a server that has nothing else: no sockets, no files, a clock that
 * the test moves. For a plugin's own test, in this tree or out of it; it needs only installed
 * headers.
 *
 * What a callout says of a packet, what it did to it, what it counted and logged, and what its
 * commands answer can be asked for. The plugin is loaded, started, and stopped as in a real server.
 */
#pragma once

#include <berth/plugin.h>

typedef struct BerthHarness BerthHarness;

/* Loads the plugin of the file `path` with `parameters` (JSON text of a map; NULL: none). There is
 * one subnet, 192.0.2.0/24 with the id 1. NULL with `error`: it could not be loaded or does not
 * want to start. */
BerthHarness *berth_harness_new(const char *path, const char *parameters, GError **error);
/* The same with the members `globals` (JSON text without braces; NULL: none) in the Dhcp4 map. */
BerthHarness *berth_harness_new_with(const char *path, const char *parameters, const char *globals,
                                     GError **error);
/* Stops and unloads the plugin; packets are gone. NULL is fine. */
void berth_harness_free(BerthHarness *harness);

/* A new configuration, as after a reload. False with `error`: the old one is in force. */
bool berth_harness_reload(BerthHarness *harness, const char *parameters, GError **error);

BerthServer *berth_harness_server(BerthHarness *harness);
/* Lets time pass; timers fire and jobs run. 0: only what waits now. */
void berth_harness_pass(BerthHarness *harness, uint64_t msec);

/* A packet with this payload ("01 01 06 00 …", spaces as you like), parsed if it is a DHCP message.
 * It lives until the harness is freed. NULL: the text is no hex. */
BerthPacket *berth_harness_packet(BerthHarness *harness, const char *text);
/* The same, made of a message type, the hardware address aa:bb:cc:dd:ee:ff, and options in hex ("3c
 * 03 50 58 45"; NULL: none). */
BerthPacket *berth_harness_message(BerthHarness *harness, BerthType4 type, const char *options);

/* Runs the plugin's callouts at a hook point, as the server would. After a PARK the next run of
 * this point goes on behind the callout that parked, at any other time it begins with the first. */
BerthVerdict berth_harness_run(BerthHarness *harness, const char *point, BerthPacket *pkt,
                               BerthLease *lease);
/* Whether the packet that parked was resumed since; then *ret is the verdict. */
bool berth_harness_resumed(BerthHarness *harness, BerthPacket *pkt, BerthVerdict *ret);

/* A statistic's value. */
uint64_t berth_harness_counter(BerthHarness *harness, const char *name);
/* All that was logged, a line a message: "LEVEL logger ID text". */
const char *berth_harness_log(BerthHarness *harness);
/* Runs a command ({"command": …}); the answer as JSON, valid until the next call. NULL: none yet.
 */
const char *berth_harness_command(BerthHarness *harness, const char *json);
