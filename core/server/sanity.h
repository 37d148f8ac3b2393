/* sanity - what a store brings is looked at before it is taken (sanity-checks), by Kea's rules:
 * whether a lease lies in its subnet, and whether what relays said is kept in today's form. */
#pragma once

#include "core/base/log.h"
#include "core/conf/conf.h"
#include "core/lease/lease.h"

/* False: the lease is not to be taken. It may have another subnet after it, and another
 * user-context, which is *ret_context, to be g_free'd when the lease is no more used. */
bool berth_sanity_check(const BerthFamilyConf *family, BerthLog *log, BerthLease *lease,
                        char **ret_context);
