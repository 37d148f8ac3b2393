/* scope - the subnet that a reservation of a command is for: its "subnet-id", and whether its
 * addresses lie there, or a hint where they do. */
#pragma once

#include "request.h"

typedef struct Scope {
    uint32_t subnet_id;
    bool is_assumed; /* nothing said it, and nothing needs to: it is global */
} Scope;

/* `is_required`: it has to be said. */
bool scope_read(const Request *request, const BerthNode *map, bool is_required, Scope *ret,
                GError **error);
