/* optdata - one entry of option-data, from what the file says to the bytes that are sent. */
#pragma once

#include "core/conf/build.h"

typedef enum BerthOptState { BERTH_OPT_OPEN, BERTH_OPT_FOLDING, BERTH_OPT_FOLDED } BerthOptState;

/* `in` has code, name and space filled in, whatever the file left out. */
typedef struct BerthOptEntry {
    BerthOptionIn in;
    const BerthOptDef *def;
    const BerthNode *node;
    const char *path; /* valid while the scope is built */
    BerthBytes value; /* its own data; with its sub-options once it is folded */
    BerthGuard guard;
    unsigned order; /* in the file */
    BerthOptState state;
    bool implied; /* not in the file: holds sub-options that are */
} BerthOptEntry;

#define BERTH_OPT_VALUE_MAX 65535 /* no UDP payload holds more */

/* Whether the option holds an enterprise number and that vendor's options: 125, or 17 of DHCPv6. */
bool berth_opt_is_vendor(const BerthBuild *build, const BerthOptDef *def);
/* The enterprise number in "vendor-4491"; 0 for any other space. */
uint32_t berth_opt_space_enterprise(const char *space);
/* The number that the value of a vendor option begins with; 0: none. */
uint32_t berth_opt_enterprise(const BerthOptEntry *entry);

/* optfold: puts sub-options into the options that hold them. `entries` (of BerthOptEntry *) grows
 * by the containers that the file does not name, and is then sorted by (space, code). Options of
 * vendors need none: a client that names its vendor gets them. */
void berth_opt_fold(BerthBuild *build, GPtrArray *entries);
