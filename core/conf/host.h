/* host - between the rooms that read reservations (host.c, hostaddr.c). */
#pragma once

#include "core/conf/build.h"

/* Where the host that is being read stands. */
typedef struct BerthHostScope {
    const BerthSubnet *subnet; /* NULL: of no single one */
    uint32_t subnet_id;
    BerthHostAddr *addrs; /* room for BERTH_HOST_ADDRS_MAX */
} BerthHostScope;

/* Fills scope->addrs and spec->n_addrs. False with an error. */
bool berth_build_host_addrs(const BerthReading *reading, const BerthHostScope *scope,
                            const BerthHostIn *in, BerthHostSpec *spec);
