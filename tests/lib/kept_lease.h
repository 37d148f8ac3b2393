/* kept_lease - a lease that owns its bytes, for stores of the tests. */
#pragma once

#include "core/lease/lease.h"

BerthLease kept_lease(const BerthLease *lease);
void kept_lease_clear(BerthLease *lease);
