/* class - client classes: their names as numbers, the sets of them that packets have, and what lets
 * only members in. A part of conf.h.
 *
 * Every name that a configuration says gets a number within its snapshot and family; a name that
 * it does not say is nobody's business there. What a set has, a guard asks by bits. */
#pragma once

#include <berth/conf.h>
#include <berth/expr.h>

/* Numbers that are the same everywhere; 0 is none. */
enum {
    BERTH_CLASS_ALL = 1,
    BERTH_CLASS_KNOWN,
    BERTH_CLASS_UNKNOWN,
    BERTH_CLASS_BOOTP,
    BERTH_CLASS_DROP,
    BERTH_CLASS_REJECT,
    BERTH_CLASS_SKIP_DDNS,
    BERTH_CLASS_FIRST_OWN,
};
#define BERTH_CLASS_NAMES_MAX 65535
#define BERTH_CLASSES_MAX 128 /* that one packet may be in */

/* Which subnets of a network let a set in, in the order of the file: it goes round them again and
 * again. */
#define BERTH_LINK_MAX 64
typedef struct BerthLinkMemo {
    const struct BerthNetwork *network; /* NULL: of none yet */
    unsigned n_classes;                 /* that the set had */
    unsigned n;                         /* above BERTH_LINK_MAX: too many to be kept */
    unsigned first, near;               /* where a round began, and has come to, most likely */
    const struct BerthSubnet *at[BERTH_LINK_MAX];
} BerthLinkMemo;

/* What somebody is in: bits by number, and the numbers and names in the order of entry; the number
 * of a name that has none is 0. Who takes a class out sets `link->network` to NULL. */
typedef struct BerthClassSet {
    uint64_t *bits;
    unsigned n_words;
    const uint16_t *numbers;
    const char *const *names;
    unsigned n;
    BerthLinkMemo *link; /* NULL: nothing is remembered */
} BerthClassSet;

static inline bool berth_classes_have(const BerthClassSet *set, unsigned number)
{
    return number / 64 < set->n_words && (set->bits[number / 64] >> (number % 64) & 1);
}

/* Lets in who is in one of the classes; n 0: everybody. What is of no snapshot (a reservation that
 * was made at run time) has names instead of numbers. */
typedef struct BerthGuard {
    const uint16_t *numbers;
    unsigned n;
    const char *const *names;
} BerthGuard;

bool berth_guard_admits_name(const BerthGuard *guard, const BerthClassSet *set);

/* Without a set (NULL) nothing is guarded. */
static inline bool berth_guard_admits(const BerthGuard *guard, const BerthClassSet *set)
{
    if (guard->n == 0 || !set)
        return true;
    if (guard->names)
        return berth_guard_admits_name(guard, set);
    for (unsigned i = 0; i < guard->n; i++)
        if (berth_classes_have(set, guard->numbers[i]))
            return true;
    return false;
}

/* As the file has it. */
typedef struct BerthGuardIn {
    const char *one;           /* client-class */
    BerthList any, additional; /* of const char * */
} BerthGuardIn;

/* Of a network, subnet or pool. */
typedef struct BerthGuards {
    BerthGuard any;        /* who may be in it */
    BerthGuard additional; /* classes that are looked at when a lease of it is given */
    BerthGuardIn in;
} BerthGuards;
