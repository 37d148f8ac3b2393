/* names - the classes of a client, as its lease keeps them: {"ISC": {"client-classes": ["a", "b"]}}
 * in the user-context, Kea's form. */
#pragma once

#include <berth/plugin.h>

typedef void (*NamesEach)(void *data, const char *name);
void names_each(BerthBytes context, NamesEach each, void *data);
bool names_have(BerthBytes context, const char *name);
/* The context with the classes of the packet, and all else as it was; NULL: it has them, or can't
 * take them. g_free it. */
char *names_put(BerthBytes context, const BerthPacket *pkt);
