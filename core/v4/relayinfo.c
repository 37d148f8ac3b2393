/* relayinfo - what the relay said, kept with the lease as Kea keeps it (store-extended-info):
 *
 *     { "ISC": { "relay-agent-info": { "relay-id": "AABBCC", "remote-id": "010203",
 *         "sub-options": "0x02030102030C03AABBCC" } } } */
#include "core/base/json.h"
#include "core/v4/steps4.h"

#define REMOTE_ID 2 /* RFC 3046 */
#define RELAY_ID 12 /* RFC 6925 */

static void put_sub(BerthJson *json, const char *key, const BerthPacket *pkt, uint8_t sub)
{
    BerthBytes value;

    if (berth_query4_get_sub(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS, sub, &value) && value.len > 0)
        berth_json_hex(json, key, "", value);
}

void v4_keep_relay_info(BerthPacket *pkt, BerthLease *lease)
{
    g_autoptr(GString) text = NULL;
    BerthBytes info;
    BerthJson *json;

    if (!pkt->subnet->params.store_extended_info ||
        !berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_AGENT_OPTIONS, &info) || info.len == 0)
        return;
    text = g_string_new(NULL);
    json = berth_json_new(text, 0);
    berth_json_begin_object(json, NULL);
    put_sub(json, "relay-id", pkt, RELAY_ID);
    put_sub(json, "remote-id", pkt, REMOTE_ID);
    berth_json_hex(json, "sub-options", "0x", info);
    berth_json_end(json);
    berth_json_free(json);
    berth_packet_put_info(pkt, lease, "relay-agent-info", text->str);
}
