/* command - the registry of commands, and running one: JSON in, JSON out.
 *
 * Kea's framing: {"command", "arguments", "service"} in, {"result", "text", "arguments"} out. Core
 * commands are in commands.c; plugins add theirs by BERTH_ON_COMMAND. Transports are plugins. */
#pragma once

#include "core/base/json.h"
#include "core/conf/node.h"
#include <berth/plugin.h>

#define BERTH_COMMAND_BYTES (1u << 20) /* longest command, kea's configuration included */

typedef struct BerthCommands BerthCommands;

BerthCommands *berth_commands_new(BerthServer *server);
void berth_commands_free(BerthCommands *commands);

/* Adds a command, or replaces the one that the same owner had (a new configuration). -EEXIST when
 * another owner has it. `owner` is a plugin's name; NULL: the core. */
int berth_commands_add(BerthCommands *commands, const char *owner, const BerthHook *hook,
                       const void *conf, void *run);
void berth_commands_remove(BerthCommands *commands, const char *owner);
/* Names in order, ended by NULL; g_free the array only. */
const char **berth_commands_names(BerthCommands *commands);

/* Runs the command in `json`; see berth_server_command_in. */
void berth_commands_run(BerthCommands *commands, int family, BerthBytes json,
                        BerthAnswered answered, void *data);

/* What berth_command_family is the number of. */
struct BerthFamily *berth_command_its_family(const BerthCommand *command);

/* The core's own commands, ended by {0}. */
extern const BerthHook berth_core_commands[];
