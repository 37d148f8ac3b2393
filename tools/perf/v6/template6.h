/* template6 - DHCPv6 messages made once, by libberth's writer or from a file, and patched per send.
 *
 * In front stand the levels of relays, then the client's message. What has another length in each
 * message is put behind it: client identifier and server identifier (the order of options means
 * nothing, RFC 9915 section 21), and then the relays' lengths are known. */
#pragma once

#include "tools/perf/family.h"

#define PERF_PACKET6_MAX 2000
#define PERF_IAID 1 /* of IA_NA and of IA_PD, which are numbered apart */

/* Offsets are from the beginning of the message; 0: this template has no such field. */
typedef struct PerfTemplate6 {
    uint8_t bytes[PERF_PACKET6_MAX];
    uint16_t len;
    uint16_t xid, elapsed;
    uint16_t leases[PERF_PARTS]; /* the address; the length of the prefix, and the prefix */
    uint16_t mac;                /* from a file: six bytes that are as the end of the identity */
    bool has_server;
    unsigned n_levels;
    uint16_t relays[PERF_LEVELS_MAX]; /* of each level: hop count and addresses … */
    uint16_t inner[PERF_LEVELS_MAX];  /* … and the length of its Relay Message option */
} PerfTemplate6;

/* From conf->templates[step] when there is one, else made of the other settings. */
bool perf_template6_make(PerfTemplate6 *ret, PerfStep step, const PerfConf *conf, GError **error);

/* Writes the patched message into a buffer of at least PERF_PACKET6_MAX; its length. */
size_t perf_template6_write(const PerfTemplate6 *template, const PerfPatch *patch,
                            BerthBytes server, uint8_t *ret);
