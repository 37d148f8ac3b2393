/* program - the flat form of an expression, which the reader makes and the machine runs. */
#pragma once

#include "core/expr/expr.h"
#include "core/expr/regex.h"

#define PATH_MAX_CODES 8

typedef enum Op {
    OP_CONST,  /* push constant a */
    OP_FETCH,  /* push what access a finds */
    OP_EXISTS, /* push whether access a finds anything */
    OP_MEMBER, /* push whether the packet is in the class of constant a, number b */
    OP_EQUAL,
    OP_MATCH, /* whether pattern a is the whole of the top */
    OP_NOT,
    OP_AND,    /* on top is false: jump to a, leaving it; else pop */
    OP_OR,     /* on top is true: likewise */
    OP_BRANCH, /* pop; false: jump to a */
    OP_JUMP,   /* to a */
    OP_CONCAT,
    OP_SUBSTRING, /* of the top, from a, b bytes */
    OP_REST,      /* of the top, from a */
    OP_SPLIT,     /* field a of (value, delimiters) */
    OP_LCASE,
    OP_UCASE,
    OP_HEXSTRING, /* of (value, separator) */
    OP_ADDRTOTEXT,
    OP_INTTOTEXT, /* a bytes, signed */
    OP_UINTTOTEXT,
} Op;

typedef struct Step {
    Op op;
    int32_t a, b;
} Step;

typedef enum Place {
    PLACE_OPTION,       /* codes: an option of the message, and down from there */
    PLACE_RELAY_OPTION, /* codes, of relay `index` */
    PLACE_RELAY_PEER,
    PLACE_RELAY_LINK,
    PLACE_VENDOR,            /* codes below the vendor options of `enterprise`; none: they */
    PLACE_VENDOR_ENTERPRISE, /* the number of the first */
    PLACE_VENDOR_CLASS,      /* the vendor class of `enterprise` */
    PLACE_VENDOR_CLASS_DATA, /* its chunk `index` */
    PLACE_VENDOR_CLASS_ENTERPRISE,
    PLACE_IFACE,
    PLACE_SRC,
    PLACE_DST,
    PLACE_LEN,
    PLACE_MAC,
    PLACE_HLEN,
    PLACE_HTYPE,
    PLACE_CIADDR,
    PLACE_GIADDR,
    PLACE_YIADDR,
    PLACE_SIADDR,
    PLACE_MSGTYPE,
    PLACE_TRANSID,
} Place;

/* One thing of a packet. */
typedef struct Access {
    Place place;
    uint16_t codes[PATH_MAX_CODES];
    unsigned n_codes;
    int32_t index;
    uint32_t enterprise; /* 0: any */
    bool as_text;
    const BerthOptDef *def; /* of the last code; NULL: nothing is known of it */
} Access;

struct BerthExpr {
    int family;
    BerthExprType type;
    Step *steps;
    unsigned n_steps;
    BerthBytes *constants; /* each is ended by a NUL that does not count */
    unsigned n_constants;
    Access *accesses;
    unsigned n_accesses;
    Regex **patterns;
    unsigned n_patterns;
    unsigned stack; /* most values at a time */
};

/* What access finds; false: nothing. Numbers are made in `scratch`; its being full counts as
 * nothing, and the machine looks at that. */
bool berth_expr_fetch(const Access *access, const BerthExprSubject *subject, BerthWriter *scratch,
                      BerthBytes *ret);
