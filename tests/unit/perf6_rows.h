/* perf6_rows - the client, the server and the leases that the rows of berthperf's tests of DHCPv6
 * are about. */
#pragma once

#include "core/wire/msg6.h"
#include "tests/lib/rows.h"
#include "tools/perf/v6/template6.h"

#define XID 0x123456u
static const uint8_t perf6_id[PERF_DUID_LL_LEN] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 7};
static const uint8_t perf6_server[] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1}; /* the responder's */

static inline BerthAddr perf6_addr(const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static inline void perf6_conf(PerfConf *conf, unsigned n_levels)
{
    BerthAddr relay = perf6_addr("2001:db8:5::1");

    perf_conf_init(conf);
    conf->is_v6 = true;
    conf->n_clients = 1;
    conf->levels = n_levels;
    conf->wants[PERF_PREFIX] = true;
    conf->local_port = perf_conf_server_port(conf);
    g_array_append_val(conf->relays, relay);
}

static inline PerfPatch perf6_patch(void)
{
    return (PerfPatch){
        .xid = XID,
        .waited_ms = 3999,
        .id = {perf6_id, sizeof(perf6_id)},
        .relay = perf6_addr("2001:db8:5::1"),
        .leases = {{perf6_addr("2001:db8::4d"), 128}, {perf6_addr("3fff:0:0:300::"), 56}}};
}

static inline const char *perf6_text(BerthBytes bytes, BerthArena *arena)
{
    GString *text = g_string_new(NULL);
    g_autofree BerthMsg6 *message = g_new0(BerthMsg6, 1);
    const char *copy;

    if (CHECK_INT(berth_msg6_parse(message, bytes, arena), BERTH_PARSE6_OK))
        berth_msg6_text(message, text);
    copy = berth_arena_strdup(arena, text->str);
    g_string_free(text, TRUE);
    return copy;
}
