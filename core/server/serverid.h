/* serverid - the server's DUID (RFC 9915 section 11): made once, kept in a file, and never changed
 * by accident. Clients know their server by it, so a file that can't be read or understood is an
 * error, and only what the configuration's `server-id` says otherwise changes what the file has. */
#pragma once

#include "core/server/family.h"

typedef struct BerthServerId BerthServerId;

/* Reads the file and sets `family->env.duid`, at once where all is known, else as soon as the
 * system has told of its interfaces: before a socket is opened. NULL with errors. The configuration
 * of the family is in force. */
BerthServerId *berth_serverid_new(BerthFamily *family, BerthErrors *errors);
void berth_serverid_free(BerthServerId *id); /* NULL is fine */
