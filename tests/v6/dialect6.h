/* dialect6 - between the files of this folder. */
#pragma once

#include "tests/play/message.h"

/* What the server calls itself, as script_bytes reads it. */
#define DIALECT6_SERVER_ID "0x000300010200000000fe"

/* A client's own identifier, else a DUID-LL of its hardware address. */
void dialect6_duid(const Client *client, GByteArray *ret);

/* Calls for each address and prefix with a lifetime that a REPLY gives the client. */
void dialect6_each_given(const Reply *reply, void (*call)(void *data, BerthAddr addr), void *data);
