/* opttype - what an option's bytes mean: a format, and text <-> bytes by it.
 *
 * Formats are data (berth/options4.def, berth/options6.def, option-def), written as Kea's
 * vocabulary writes them: "uint8", "ipv4-address array", "record(uint8, fqdn)", "record(boolean,
 * ipv4-address) array", "empty + dhcp-agent-options-space" for one that only holds sub-options. */
#pragma once

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include <glib.h>

typedef enum BerthOptField {
    BERTH_OPT_BINARY = 1,
    BERTH_OPT_BOOLEAN,
    BERTH_OPT_EMPTY,
    BERTH_OPT_FQDN,
    BERTH_OPT_IPV4,
    BERTH_OPT_IPV6,
    BERTH_OPT_IPV6_PREFIX,
    BERTH_OPT_PSID,
    BERTH_OPT_STRING,
    BERTH_OPT_TUPLE,
    BERTH_OPT_UINT8,
    BERTH_OPT_UINT16,
    BERTH_OPT_UINT32,
    BERTH_OPT_INT8,
    BERTH_OPT_INT16,
    BERTH_OPT_INT32,
    BERTH_OPT_INTERNAL, /* own text syntax, by code: 121 and 162; of DHCPv6 144, and 67 has none */
} BerthOptField;

#define BERTH_OPT_FIELDS_MAX 16
typedef struct BerthOptFormat {
    uint8_t fields[BERTH_OPT_FIELDS_MAX]; /* BerthOptField: one, or those of a record */
    uint8_t n_fields;
    bool array;     /* the last field repeats, at least once (RFC 2610: a flag, then addresses) */
    char space[40]; /* sub-options are of this space; "" none */
} BerthOptFormat;

/* A definition: of the standard tables or of option-def. Strings belong to whoever made it. */
typedef struct BerthOptDef {
    const char *space; /* "dhcp4", "dhcp-agent-options-space", "vendor-4491", … */
    uint16_t code;
    const char *name;
    BerthOptFormat format;
    uint8_t family; /* 6; 4 and 0 are DHCPv4: a tuple's length takes one byte there */
} BerthOptDef;

/* Reads a format. 0, or -EINVAL: also for one whose fields could not be told apart, such as an
 * array of strings or a string before another field. */
int berth_optformat_parse(const char *text, BerthOptFormat *ret);

/* The standard definition, NULL when there is none. Tables are constant: options4.def and
 * options6.def by code, sub-options searched. A name is looked up within its space; `family` is 4
 * or 6, because a vendor has a space of the same name in both. */
const BerthOptDef *berth_optdef_find(int family, const char *space, uint16_t code);
const BerthOptDef *berth_optdef_find_name(int family, const char *space, const char *name);

/* Bytes from the `data` of an option-data entry: comma-separated fields by `format` (csv), "\\,"
 * being a comma inside a field; or, when `csv` is false or the format is binary: hex in Kea's
 * spellings, or 'text' in single quotes. The bytes are in `arena`. 0, or -EINVAL with `error`
 * saying which field and what was expected. Longer than 255 is fine (RFC 3396). Without a
 * definition (NULL): binary. */
int berth_opt_from_text(const BerthOptDef *def, const char *text, bool csv, BerthArena *arena,
                        BerthBytes *ret, GError **error);

/* Appends the text of the bytes, in the syntax that berth_opt_from_text reads with csv; when the
 * bytes do not fit the format, or there is none (NULL), "0x" and hex, which it reads without. The
 * text is printable ASCII whatever the bytes are, and its length is at most linear in theirs. */
void berth_opt_to_text(const BerthOptDef *def, BerthBytes bytes, GString *ret);

/* The only length the format allows, or 0 when it varies. */
size_t berth_optformat_fixed_len(const BerthOptFormat *format);
