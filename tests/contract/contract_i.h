/* contract_i - what the files of the contract share. */
#pragma once

#include "tests/contract/contract.h"

#include "core/lease/unit.h"
#include "tests/lib/rows.h"

#define CONTRACT_ADDRS 256
#define CONTRACT_START INT64_C(1767225600)

extern const BerthContract *contract_subject;
extern int contract_family;

/* The lease of address `octet` for the client of this letter (contract.c), renewed `version` times;
 * its bytes stand in `id`. */
void contract_fill(BerthLease *lease, unsigned octet, char letter, unsigned version,
                   uint8_t id[255]);
/* The number of the address; CONTRACT_ADDRS or more: it is none of ours. */
unsigned contract_octet(const BerthLease *lease);

extern const BerthTest contract_shared_tests[]; /* shared.c: several servers */
extern const BerthTest contract_swap_tests[];   /* swap.c: what is optional in the role */
