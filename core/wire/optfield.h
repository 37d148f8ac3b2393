/* optfield - between the rooms of opttype: one field as text and as bytes, and what has its own
 * syntax.
 *
 * Bytes are made in a GByteArray, because text of a configuration has no natural limit; they are
 * read through a BerthReader over the whole option. */
#pragma once

#include "core/wire/opttype.h"

/* A field on its way: what it is, how it is called in messages, where its bytes go. */
typedef struct BerthOptWriting {
    const BerthOptDef *def;
    unsigned field; /* counted from 1, for messages */
    GByteArray *out;
    GError **error;
} BerthOptWriting;

/* "ipv4-address" */
const char *berth_optfield_name(BerthOptField type);
/* The bytes of a field of fixed size, else 0. */
size_t berth_optfield_size(BerthOptField type);

/* Appends the bytes of one field. 0, or -EINVAL with the error set. */
int berth_optfield_write(BerthOptWriting *writing, BerthOptField type, const char *text);
/* Appends the text of one field, read from `r`; `all` is the whole option, for DNS compression. */
bool berth_optfield_read(const BerthOptDef *def, BerthOptField type, BerthReader *r, BerthBytes all,
                         GString *ret);

/* A domain name in wire form. The text may, and after reading does, end with a dot. Names whose
 * labels hold anything but printable characters are not read. */
int berth_optname_write(GByteArray *out, const char *text);
bool berth_optname_read(BerthReader *r, BerthBytes all, GString *ret);

/* The options with a syntax of their own: 121 (RFC 3442), and 162 and 144 of DHCPv6 (RFC 9463). */
int berth_optroutes_write(BerthOptWriting *writing, const char *text);
bool berth_optroutes_read(BerthBytes bytes, GString *ret);
int berth_optdnr_write(BerthOptWriting *writing, const char *text);
bool berth_optdnr_read(BerthBytes bytes, int family, GString *ret);

/* Splits at `separator` and strips blanks; backslash and separator mean the character itself. No
 * text at all: no parts. */
GPtrArray *berth_opttext_split(const char *text, char separator);
/* A whole number, decimal or "0x", within the bounds. */
bool berth_opttext_number(const char *text, int64_t min, int64_t max, int64_t *ret);
/* Appends text with a backslash before each `separator`. */
void berth_opttext_escape(const char *text, char separator, GString *ret);
/* Appends "0x" and lower-case hex; for no bytes nothing. */
void berth_opttext_hex(BerthBytes bytes, GString *ret);
/* Appends the bytes of hex in Kea's spellings, or of 'text'. 0, or -EINVAL. */
int berth_opttext_binary(const char *text, GByteArray *out);
/* What of an option's text (csv) has a place in its format: its fields without empty ones, and no
 * more than the format has, which is what Kea reads of it. Appended to `ret`; returns how many
 * fields were left away. */
unsigned berth_opttext_trim(const BerthOptDef *def, const char *text, GString *ret);
/* Answers -EINVAL and sets the error: field 2 (uint8): "x" is not <expected>. */
int berth_optwriting_fail(const BerthOptWriting *writing, BerthOptField type, const char *text,
                          const char *expected);

static inline void berth_opt_append(GByteArray *out, uint64_t value, unsigned len)
{
    while (len--) {
        guint8 byte = (guint8)(value >> (8 * len));

        g_byte_array_append(out, &byte, 1);
    }
}
