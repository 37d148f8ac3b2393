/* template4 - DHCPv4 messages made once, by libberth's writer or from a file, and patched per send.
 *
 * Of a message only a few bytes differ from client to client; where they are is found out when the
 * template is made. */
#pragma once

#include "tools/perf/family.h"

/* Offsets are from the beginning of the message; 0: this template has no such field. */
typedef struct PerfTemplate4 {
    uint8_t bytes[PERF_PACKET_MAX];
    uint16_t len;
    uint16_t xid, secs, ciaddr, giaddr, mac;
    uint16_t client_id; /* the hardware address within it */
    uint16_t ip;        /* the value of option 50 */
    uint16_t server;    /* the value of option 54 */
} PerfTemplate4;

/* From conf->templates[step] when there is one, else made of the other settings. Offsets that a
 * file is not given are those of the fixed part, and of the options 50, 54 and 61 that are found in
 * it. */
bool perf_template4_make(PerfTemplate4 *ret, PerfStep step, const PerfConf *conf, GError **error);

/* Writes the patched message, ret->len bytes, into a buffer of at least PERF_PACKET_MAX. */
void perf_template4_patch(const PerfTemplate4 *template, const PerfPatch *patch, uint8_t *ret);
