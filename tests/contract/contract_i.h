/* contract_i - what the files of the contract share. */
#pragma once

#include "tests/contract/contract.h"

#include "core/lease/unit.h"
#include "tests/lib/rows.h"

#define CONTRACT_ADDRS 256
#define CONTRACT_START INT64_C(1767225600)

extern const BerthContract *contract_subject;
extern int contract_family;

/* What a client's lease looks like; everything that a store could lose or mix up is in some row. */
typedef struct Kind {
    char letter;
    uint8_t hw_len, id_len; /* IPv6 has 3 to 130 bytes of the identifier, where it is anybody's */
    uint8_t state;
    uint32_t valid_sec, pool_id;
    const char *hostname;
    bool fwd, rev;
    const char *context;
} Kind;

/* One address of the model, of a load, or of a change on its way. */
typedef struct Cell {
    const Kind *kind; /* NULL: no lease */
    unsigned version; /* renewals */
    uint64_t revision;
} Cell;

#define CONTRACT_LETTERS "abcdefghrsmn" /* of all kinds */
const Kind *contract_kind(char letter); /* NULL: there is none */
/* Its bytes stand in `id`. */
void contract_fill_cell(BerthLease *lease, unsigned octet, Cell cell, uint8_t id[255]);
/* It is that lease, and nothing of it is lost. */
void contract_check(const BerthLease *got, unsigned octet, Cell cell);
/* The lease of address `octet` for the client of this letter, renewed `version` times;
 * its bytes stand in `id`. */
void contract_fill(BerthLease *lease, unsigned octet, char letter, unsigned version,
                   uint8_t id[255]);
/* The number of the address; CONTRACT_ADDRS or more: it is none of ours. */
unsigned contract_octet(const BerthLease *lease);

extern const BerthTest contract_shared_tests[]; /* shared.c: several servers */
extern const BerthTest contract_swap_tests[];   /* swap.c: what is optional in the role */
