/* env - what a script is told, as the variables of its environment: Kea's names, Kea's texts.
 *
 * An environment is an array of "NAME=value". Whatever a client may choose freely has only printing
 * characters in it, the rest as \xHH: no line end, no NUL, no quiet trick. */
#pragma once

#include <berth/plugin.h>

GPtrArray *env_new(void);
/* Ends it with NULL: to be handed on. */
const char *const *env_list(GPtrArray *env);

void env_bool(GPtrArray *env, const char *name, bool value);
void env_addr(GPtrArray *env, const char *name, BerthAddr addr);
void env_query4(GPtrArray *env, BerthPacket *pkt);
void env_query6(GPtrArray *env, BerthPacket *pkt);
void env_subnet4(GPtrArray *env, const BerthPacket *pkt);
/* Who asks: PKT4_CLIENT_ID, PKT4_HWADDR. */
void env_client4(GPtrArray *env, const BerthPacket *pkt);
/* The identity association of the lease that is extended. */
void env_ia6(GPtrArray *env, const BerthLease *lease);
/* PREFIX_ADDRESS and so on, of either family; NULL: all of them, empty. */
void env_lease4(GPtrArray *env, const char *prefix, const BerthLease *lease);
void env_lease6(GPtrArray *env, const char *prefix, const BerthLease *lease);
/* LEASES4_SIZE, LEASES4_AT0_…, DELETED_LEASES4_SIZE, …: what the packet has changed. */
void env_leases(GPtrArray *env, const BerthPacket *pkt);
