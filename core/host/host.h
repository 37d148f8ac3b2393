/* host - one host as the indexes keep it: berth/host.h has what is asked of it.
 *
 * A host is one block of some hundred bytes, since there may be a million of them. What few have
 * (options, classes, the fields of BOOTP, a user-context) stands in a second one. It keeps nothing
 * of the configuration that it was read with. */
#pragma once

#include "core/base/addr.h"
#include <berth/host.h>

/* What few hosts have. Strings are never NULL. */
typedef struct BerthHostMore {
    BerthAddr next_server;
    const char *server_hostname, *boot_file_name;
    const char *const *classes;
    unsigned n_classes;
    struct BerthOptList *options; /* one block, made by core/conf; NULL: none */
    const char *options_text;     /* the list as JSON, "": none */
    const char *context;          /* JSON, "": none */
} BerthHostMore;

struct BerthHost {
    int refs;
    uint32_t subnet_id;
    BerthHostMore *more; /* NULL: nothing of it */
    uint16_t n_addrs;
    uint8_t family, id_type, id_len;
    BerthHostAddr addrs[]; /* then the bytes of the identifier, and the host name */
};

/* Those that somebody is. */
typedef struct BerthHostList {
    struct BerthHostList *next;
    BerthHost *host;
} BerthHostList;

#define BERTH_HOST_ADDRS_MAX 256

/* What it is made of; everything is copied, but `more.options`, which it takes over. `more` NULL,
 * or strings in it: nothing. */
typedef struct BerthHostSpec {
    int family;
    uint32_t subnet_id;
    BerthHostIdType id_type;
    BerthBytes id; /* at most BERTH_HOST_ID_MAX */
    const BerthHostAddr *addrs;
    unsigned n_addrs;     /* at most BERTH_HOST_ADDRS_MAX */
    const char *hostname; /* NULL: none */
    const BerthHostMore *more;
} BerthHostSpec;

/* With one reference. */
BerthHost *berth_host_new(const BerthHostSpec *spec);

/* Whether both are about the same addresses. */
bool berth_host_addr_equal(const BerthHostAddr *a, const BerthHostAddr *b);
/* Whether one of its addresses or prefixes is this. */
bool berth_host_has(const BerthHost *host, BerthPrefix prefix);
/* NULL: it has none. */
const struct BerthOptList *berth_host_options(const BerthHost *host);
