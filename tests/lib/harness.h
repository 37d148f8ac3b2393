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

/* Loads the plugin of the file `path` with `parameters` (JSON text of a map; NULL: none). There are
 * two subnets, 192.0.2.0/24 and 2001:db8:1::/64, both with the id 1. NULL with `error`: it could
 * not be loaded or does not want to start. */
BerthHarness *berth_harness_new(const char *path, const char *parameters, GError **error);
/* The same with these members (JSON text without braces; NULL: none) in the maps Dhcp4 and Dhcp6.
 */
BerthHarness *berth_harness_new_with(const char *path, const char *parameters, const char *globals4,
                                     const char *globals6, GError **error);
/* The same with the plugin named by the map of one family, 4 or 6, alone: for parameters that are
 * each family's own. */
BerthHarness *berth_harness_new_for(const char *path, int family, const char *parameters,
                                    GError **error);
/* A check (rows.h): the parameters are refused, with this in what is said of them. */
void berth_harness_check_refused(const char *path, const char *parameters, const char *want);
/* The same of the parameters for one family. */
void berth_harness_check_refused_for(const char *path, int family, const char *parameters,
                                     const char *want);
/* Stops and unloads the plugin; packets are gone. NULL is fine. */
void berth_harness_free(BerthHarness *harness);

/* A new configuration, as after a reload. False with `error`: the old one is in force. */
bool berth_harness_reload(BerthHarness *harness, const char *parameters, GError **error);

BerthServer *berth_harness_server(BerthHarness *harness);
/* Lets time pass; timers fire and jobs run. 0: only what waits now. */
void berth_harness_pass(BerthHarness *harness, uint64_t msec);

/* A packet of DHCPv4 with this payload ("01 01 06 00 …", spaces as you like), parsed if it is a
 * message. It lives until the harness is freed. NULL: the text is no hex. */
BerthPacket *berth_harness_packet(BerthHarness *harness, const char *text);
/* The same, made of a message type, the hardware address aa:bb:cc:dd:ee:ff, and options in hex ("3c
 * 03 50 58 45"; NULL: none). */
BerthPacket *berth_harness_message(BerthHarness *harness, BerthType4 type, const char *options);

/* The same for DHCPv6. The message has the client's DUID 00:03:00:01:aa:bb:cc:dd:ee:ff, and options
 * in hex, each its code and length in two bytes ("0006 0002 0017" asks for option 23). */
BerthPacket *berth_harness_packet6(BerthHarness *harness, const char *text);
BerthPacket *berth_harness_message6(BerthHarness *harness, BerthType6 type, const char *options);
/* A new packet: the one of `pkt` as it comes through one more relay with this link-address, which
 * adds options in hex (NULL: none). */
BerthPacket *berth_harness_relayed6(BerthHarness *harness, const BerthPacket *pkt, const char *link,
                                    const char *options);

/* What the server's steps do between the points: one more lease of the packet, empty but for its
 * type, to be filled (NULL: it has too many); and an empty reply of this BerthType4 or
 * BerthType6. */
BerthLease *berth_harness_add_lease(BerthPacket *pkt, BerthLeaseAct act);
void berth_harness_add_reply(BerthPacket *pkt, unsigned type);

/* Runs the plugin's callouts at a hook point, as the server would. After a PARK the next run of
 * this point goes on behind the callout that parked, at any other time it begins with the first. */
BerthVerdict berth_harness_run(BerthHarness *harness, const char *point, BerthPacket *pkt,
                               BerthLease *lease);
/* Whether the packet that parked was resumed since; then *ret is the verdict. */
bool berth_harness_resumed(BerthHarness *harness, BerthPacket *pkt, BerthVerdict *ret);

/* Whether a host at this address answers ICMP echo requests, after a millisecond; at first none
 * does. */
void berth_harness_host(BerthHarness *harness, const char *addr, bool answers);
/* How many requests were sent to it. */
unsigned berth_harness_asked(BerthHarness *harness, const char *addr);

/* A program that the plugin has started and that has not ended: its path, its arguments and its
 * environment, a line each, valid until the next call; the i-th as they were started, NULL: no
 * more. It never runs. Every path is one, but "missing" in its name is -ENOENT and "locked"
 * -EACCES. */
const char *berth_harness_program(BerthHarness *harness, unsigned i);
bool berth_harness_program_is_killed(BerthHarness *harness, unsigned i);
void berth_harness_end_program(BerthHarness *harness, unsigned i, int status);

/* A statistic's value; of the family 4 or 6, or as berth_server_counter finds it. */
uint64_t berth_harness_counter(BerthHarness *harness, const char *name);
uint64_t berth_harness_counter_in(BerthHarness *harness, int family, const char *name);
/* All that was logged, a line a message: "LEVEL logger ID text". */
const char *berth_harness_log(BerthHarness *harness);
/* Runs a command ({"command": …}); the answer as JSON, valid until the next call. NULL: none yet.
 */
const char *berth_harness_command(BerthHarness *harness, const char *json);
