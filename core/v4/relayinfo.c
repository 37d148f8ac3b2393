/* relayinfo - what the relay said, kept with the lease as Kea keeps it (store-extended-info), and
 * brought back for a renewal that does not come through the relay (stash-agent-options):
 *
 *     { "ISC": { "relay-agent-info": { "relay-id": "AABBCC", "remote-id": "010203",
 *         "sub-options": "0x02030102030C03AABBCC" } } } */
#include "core/base/json.h"
#include "core/v4/steps4.h"

#define REMOTE_ID 2 /* RFC 3046 */
#define RELAY_ID 12 /* RFC 6925 */

static void put_sub(BerthJson *json, const char *key, BerthBytes info, uint8_t sub)
{
    BerthBytes value;

    if (berth_sub4_find(info, sub, &value) && value.len > 0)
        berth_json_hex(json, key, "", value);
}

char *v4_relay_info(BerthBytes sub_options)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    put_sub(json, "relay-id", sub_options, RELAY_ID);
    put_sub(json, "remote-id", sub_options, REMOTE_ID);
    berth_json_hex(json, "sub-options", "0x", sub_options);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

#define STASH_CLASS "STASH_AGENT_OPTIONS"

/* The sub-options that the user-context of a lease holds; Kea wrote them there by themselves, once.
 */
static bool find_hex(BerthBytes context, char *ret, size_t size)
{
    BerthBytes isc, info;

    if (berth_json_find(context, "ISC", &isc) != 1 ||
        berth_json_find(isc, "relay-agent-info", &info) != 1)
        return false;
    return berth_json_find_string(info, "sub-options", ret, size) ||
           berth_json_find_string(isc, "relay-agent-info", ret, size);
}

static bool read_kept(BerthPacket *pkt, const BerthLease *lease, BerthBytes *ret)
{
    const size_t size = MIN(lease->context.len, BERTH_LEASE_INFO_MAX) + 1;
    char *hex = berth_arena_take(&pkt->arena, size);
    uint8_t *bytes = berth_arena_take(&pkt->arena, size);
    int len;

    if (!hex || !bytes || !find_hex(lease->context, hex, size))
        return false;
    len = berth_hex_parse(hex, bytes, size);
    *ret = (BerthBytes){bytes, len > 0 ? (size_t)len : 0};
    return berth_sub4_valid(*ret);
}

void v4_recover_relay_info(BerthPacket *pkt)
{
    BerthMsg4 *query = &pkt->v4.query;
    BerthBytes info;
    BerthLease lease;

    pkt->v4.relay_info_stashed = false;
    if (!pkt->conf->v4.stash_agent_options || query->type != BERTH_DHCPREQUEST ||
        (berth_msg4_bytes(query, BERTH_DHO_DHCP_AGENT_OPTIONS, &info) && info.len > 0) ||
        berth_packet_has_class(pkt, STASH_CLASS))
        return;
    if (!berth_table_get(berth_leases_table(pkt->env->leases), query->ciaddr, &lease) ||
        !berth_lease_is_valid(&lease, berth_leases_now(pkt->env->leases)) ||
        !berth_lease_belongs_to(&lease, &pkt->client) || !read_kept(pkt, &lease, &info))
        return;
    query->has_option[BERTH_DHO_DHCP_AGENT_OPTIONS] = true;
    query->option[BERTH_DHO_DHCP_AGENT_OPTIONS] = info;
    pkt->v4.relay_info_stashed = true;
    berth_packet_add_class(pkt, STASH_CLASS);
    berth_packet_log(pkt, BERTH_DEBUG, "packets", "DHCP4_RECOVERED_STASHED_RELAY_AGENT_INFO",
                     ": the relay agent information of its lease %s is that of this query",
                     berth_addr_text(lease.addr, (char[BERTH_ADDR_TEXT]){0}));
}

void v4_keep_relay_info(BerthPacket *pkt, BerthLease *lease)
{
    g_autofree char *text = NULL;
    BerthBytes info;

    if (!pkt->subnet->params.store_extended_info || pkt->v4.relay_info_stashed ||
        !berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_AGENT_OPTIONS, &info) || info.len == 0)
        return;
    text = v4_relay_info(info);
    berth_packet_put_info(pkt, lease, "relay-agent-info", text);
}
