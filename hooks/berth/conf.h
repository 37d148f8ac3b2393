/* berth/conf.h - configuration as declared tables.
 *
 * A table has one row a key and describes a C struct. From it the core reads, checks, defaults and
 * documents the key, and finds the nearest name for a misspelt one. The core's own maps and the
 * plugins' parameters use the same rows. The filled struct is immutable and lives as long as the
 * configuration snapshot it belongs to; all strings and lists in it too. */
#pragma once

#include <berth/json.h>

typedef enum BerthConfType {
    BERTH_CONF_END,
    BERTH_CONF_BOOL,   /* bool */
    BERTH_CONF_INT,    /* int64_t, checked against min and max when max > min */
    BERTH_CONF_REAL,   /* double, likewise */
    BERTH_CONF_STRING, /* const char *, NULL when absent and without default; min and max: of its
                          length */
    BERTH_CONF_WORD,   /* int: index into `words`; case does not matter, true and false may be words
                        */
    BERTH_CONF_ADDR,   /* BerthAddr; "" is its default */
    BERTH_CONF_STRINGS, /* BerthList of const char *; its default has commas between them */
    BERTH_CONF_MAP,  /* BerthList of 0 or 1 struct, by `items` and `item_size`; default "{}": 1 */
    BERTH_CONF_LIST, /* BerthList of structs, by `items` and `item_size` */
    BERTH_CONF_NODE, /* const BerthNode *, unread */
    BERTH_CONF_IGNORED, /* known to Kea, without effect here (yet): read over, `help` says why */
    BERTH_CONF_REFUSED, /* known to Kea, not supported: an error unless it is empty or false */
    BERTH_CONF_ALIAS,   /* another spelling of the key that `fallback` names; warned about */
} BerthConfType;

/* `n` elements one after the other; the table says of what type. */
typedef struct BerthList {
    const void *at;
    size_t n;
} BerthList;

typedef enum BerthConfFlags {
    BERTH_CONF_REQUIRED = 1, /* an error when absent */
    BERTH_CONF_SECRET = 2,   /* never shown: config-get and logs have "*****" */
    BERTH_CONF_INHERIT = 4,  /* when absent, the value of the enclosing scope */
    BERTH_CONF_GLOBAL = 8,   /* plugins: a key of Dhcp4 itself, not of `parameters` */
    BERTH_CONF_GLOBAL6 = 16, /* the same, of Dhcp6 */
    BERTH_CONF_QUIET = 32,   /* config-get leaves it out when it is an empty list */
} BerthConfFlags;

typedef struct BerthConfItem {
    const char *key;
    BerthConfType type;
    size_t offset;
    const char
        *fallback; /* the default as text; NULL: none (0, false, NULL, -1 for INT and REAL) */
    const char *help;
    unsigned flags;
    int64_t min, max;
    const char *const *words;          /* WORD: the allowed words, ended by NULL */
    const struct BerthConfItem *items; /* MAP, LIST: the table of the inner struct */
    size_t item_size;
} BerthConfItem;

/* The member's C type is checked: `_Generic` has no row for another one. */
#define BERTH_CONF_AT(T, member, ctype) _Generic(((T *)0)->member, ctype : offsetof(T, member))
#define BERTH_BOOL(T, member) BERTH_CONF_BOOL, BERTH_CONF_AT(T, member, bool)
#define BERTH_INT(T, member) BERTH_CONF_INT, BERTH_CONF_AT(T, member, int64_t)
#define BERTH_REAL(T, member) BERTH_CONF_REAL, BERTH_CONF_AT(T, member, double)
#define BERTH_STRING(T, member) BERTH_CONF_STRING, BERTH_CONF_AT(T, member, const char *)
#define BERTH_WORD(T, member) BERTH_CONF_WORD, BERTH_CONF_AT(T, member, int)
#define BERTH_ADDR(T, member) BERTH_CONF_ADDR, BERTH_CONF_AT(T, member, BerthAddr)
#define BERTH_STRINGS(T, member) BERTH_CONF_STRINGS, BERTH_CONF_AT(T, member, BerthList)
#define BERTH_MAP(T, member) BERTH_CONF_MAP, BERTH_CONF_AT(T, member, BerthList)
#define BERTH_LIST(T, member) BERTH_CONF_LIST, BERTH_CONF_AT(T, member, BerthList)
#define BERTH_NODE(T, member) BERTH_CONF_NODE, BERTH_CONF_AT(T, member, const BerthNode *)
#define BERTH_IGNORED BERTH_CONF_IGNORED, 0
#define BERTH_REFUSED BERTH_CONF_REFUSED, 0
#define BERTH_ALIAS BERTH_CONF_ALIAS, 0
