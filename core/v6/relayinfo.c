/* relayinfo - what the relays said, kept with the lease as Kea keeps it (store-extended-info):
 *
 *     { "ISC": { "relay-info": [ { "hop": 1, "link": "2001:db8::1", "options": "0x00250006…",
 *         "peer": "fe80::1", "relay-id": "0003…", "remote-id": "0000…" }, … ] } }
 *
 * The relay next to the server is the first. */
#include "core/base/json.h"
#include "core/v6/steps6.h"

static size_t options_size(BerthOptions6 options)
{
    size_t size = 0;

    for (BERTH_EACH_OPTION6(option, options))
        size += 4 + option->value.len;
    return size;
}

static void put_options(BerthJson *json, BerthOptions6 options)
{
    size_t size = options_size(options);
    g_autofree uint8_t *buffer = g_malloc(size + 1);
    BerthWriter w = berth_writer(buffer, size);

    for (BERTH_EACH_OPTION6(option, options))
        berth_write_option6(&w, option->code, option->value);
    if (size > 0)
        berth_json_hex(json, "options", "0x", berth_writer_bytes(&w));
}

static void put_identifier(BerthJson *json, const char *key, BerthOptions6 options, uint16_t code)
{
    BerthBytes value;

    if (berth_options6_bytes(options, code, &value) && value.len > 0)
        berth_json_hex(json, key, "", value);
}

static void put_relay(BerthJson *json, const BerthRelay6 *relay)
{
    char text[BERTH_ADDR_TEXT];

    berth_json_begin_object(json, NULL);
    berth_json_uint(json, "hop", relay->hops);
    berth_json_string(json, "link", berth_addr_text(relay->link, text));
    put_options(json, relay->options);
    berth_json_string(json, "peer", berth_addr_text(relay->peer, text));
    put_identifier(json, "relay-id", relay->options, BERTH_D6O_RELAY_ID);
    put_identifier(json, "remote-id", relay->options, BERTH_D6O_REMOTE_ID);
    berth_json_end(json);
}

/* What has no room in the end is not even begun. */
static bool is_too_long(const BerthMsg6 *query)
{
    size_t size = 0;

    for (unsigned i = 0; i < query->n_relays; i++)
        size += options_size(query->relays[i].options);
    return 2 * size > BERTH_LEASE_INFO_MAX;
}

void v6_keep_relay_info(BerthPacket *pkt, BerthLease *lease)
{
    const BerthMsg6 *query = &pkt->v6.query;
    g_autoptr(GString) text = NULL;
    BerthJson *json;

    if (query->n_relays == 0 || !v6_subnet_of(pkt, lease)->params.store_extended_info ||
        is_too_long(query))
        return;
    text = g_string_new(NULL);
    json = berth_json_new(text, 0);
    berth_json_begin_list(json, NULL);
    for (unsigned i = 0; i < query->n_relays; i++)
        put_relay(json, &query->relays[i]);
    berth_json_end(json);
    berth_json_free(json);
    berth_packet_put_info(pkt, lease, "relay-info", text->str);
}
