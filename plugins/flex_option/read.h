/* read - from what the configuration says of options to acts, with Kea's keys and Kea's rules. */
#pragma once

#include "act.h"

/* What an entry says, of an option or of one inside of it. */
typedef struct Entry {
    int64_t code; /* -1: not given */
    const char *name, *space, *class;
    bool csv_format;
    const char *says[3]; /* by ActKind */
    /* of an option */
    int source, destination; /* query, response */
    BerthList inside;        /* of Entry: sub-options */
    /* of one inside */
    bool container_add, container_remove;
} Entry;

extern const BerthConfItem entry_items[];

/* Appends the acts of an entry, of Act. Negative with `error`. */
int entry_read(const BerthSetup *setup, const Entry *entry, GArray *acts, GError **error);
