/* hop - where a delegated prefix is reached, and how a lease remembers it.
 *
 * The lease's user-context has a member of ours beside what others keep there:
 *
 *     { "berth-route": { "via": "fe80::1", "interface": "eth0" }, … }
 *
 * So the next hop is stored with the lease, whatever the backend. */
#pragma once

#include <berth/plugin.h>

typedef struct Hop {
    BerthAddr via;
    char interface[16]; /* "": where `via` is found; only a link-local one needs it */
} Hop;

bool hop_equal(const Hop *a, const Hop *b);
/* False when the context says nothing of it, or nothing that can be used. */
bool hop_read(BerthBytes context, Hop *ret);
/* The context with this hop in place of an earlier one; to be g_free'd. NULL: the context is no
 * JSON object, or the name of the interface can't be told. */
char *hop_write(BerthBytes context, const Hop *hop);
