/* extinfo - what relays said, as the user-context of a stored lease has it: older forms are brought
 * into today's, and what can't be right is taken out (Kea's extended-info-checks). */
#pragma once

#include "core/lease/lease.h"

/* How much is looked at: the form; what is asked for by; all of it. In the order of the words. */
typedef enum BerthExtinfoCheck {
    BERTH_EXTINFO_NONE,
    BERTH_EXTINFO_FIX,
    BERTH_EXTINFO_STRICT,
    BERTH_EXTINFO_PEDANTIC,
} BerthExtinfoCheck;

/* Another user-context for the lease, "" for none; g_free it. NULL: it stays. *ret_problem is why
 * something was taken out, else NULL. */
char *berth_extinfo_check(const BerthLease *lease, BerthExtinfoCheck check,
                          const char **ret_problem);
