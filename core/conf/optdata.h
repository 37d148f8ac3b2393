/* optdata - one entry of option-data, from what the file says to the bytes that are sent. */
#pragma once

#include "core/conf/tables4.h"

typedef enum BerthOptState { BERTH_OPT_OPEN, BERTH_OPT_FOLDING, BERTH_OPT_FOLDED } BerthOptState;

/* `in` has code, name and space filled in, whatever the file left out. */
typedef struct BerthOptEntry {
    BerthOptionIn in;
    const BerthOptDef *def;
    const BerthNode *node;
    const char *path; /* valid while the scope is built */
    BerthBytes value; /* its own data; with its sub-options once it is folded */
    BerthOptState state;
    bool implied; /* not in the file: holds sub-options that are */
} BerthOptEntry;

#define BERTH_OPT_VALUE_MAX 65535 /* no UDP payload holds more */
#define BERTH_SUBOPT_MAX 255
#define BERTH_VIVSO 125

/* optfold: puts sub-options into the options that hold them. `entries` (of BerthOptEntry *) grows
 * by the containers that the file does not name, and is then sorted by (space, code). */
typedef struct BerthBuild BerthBuild;
void berth_opt_fold(BerthBuild *build, GPtrArray *entries);
