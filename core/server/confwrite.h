/* confwrite - config-write: the configuration in force becomes a file.
 *
 * It is what was read, with what commands have changed since, and not what config-get shows: no
 * default is made a line, and secrets are as they are. The text is in the syntax of the file that
 * the server was started with, is read back before it counts, and takes the place of the old file
 * in one go. A job does it. And config-hash-get: whether the configuration in force has changed. */
#pragma once

#include "core/server/command.h"

typedef struct BerthConfWrite BerthConfWrite;

/* The member "hash" of an open object: another one when config-get would show anything else. */
void berth_confwrite_hash(const struct BerthFamily *family, BerthJson *json);
/* The command `config-hash-get`. */
void berth_confwrite_hash_command(BerthCommand *command, const void *conf, void *run);

/* The command `config-write`, `filename` in its arguments; without it the file of the start. */
void berth_confwrite_command(BerthCommand *command, const void *conf, void *run);
