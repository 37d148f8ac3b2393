/* say - messages that several steps log, in Kea's words and under its identifiers. Those that are
 * wanted by few cost the others a look at the logger. */
#include "core/packet/classes.h"
#include "core/v4/steps4.h"

#define HEX_TEXT ((size_t)3 * 255)

void v4_say_asked(BerthPacket *pkt, const char *id, const char *what)
{
    char ciaddr[BERTH_ADDR_TEXT], text[BERTH_ADDR_TEXT] = "(no address)";
    BerthAddr requested;

    if (berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &requested))
        berth_addr_text(requested, text);
    berth_packet_log(pkt, BERTH_DEBUG, "bad-packets", id,
                     ": %s, client sent ciaddr %s, requested-ip-address %s", what,
                     berth_addr_text(pkt->v4.query.ciaddr, ciaddr), text);
}

static const char *client_id_text(BerthBytes client_id, char buffer[HEX_TEXT])
{
    return client_id.len > 0 ? berth_hex_text(client_id, ':', buffer, HEX_TEXT) : "(none)";
}

static BerthBytes hwaddr_of(const BerthHwaddr *hwaddr)
{
    return (BerthBytes){hwaddr->bytes, hwaddr->len};
}

/* `lease`: what is there, and of somebody else; NULL: nothing. */
void v4_say_not_declined(BerthPacket *pkt, BerthAddr addr, const BerthLease *lease)
{
    const BerthClient *client = &pkt->client;
    BerthLog *log = pkt->env->log;
    char text[BERTH_ADDR_TEXT], theirs[HEX_TEXT], its[HEX_TEXT];
    char their_id[HEX_TEXT], its_id[HEX_TEXT];

    if (!lease)
        berth_log_to(log, BERTH_WARN, "dhcp4", "DHCP4_DECLINE_LEASE_NOT_FOUND",
                     "Received DHCPDECLINE for addr %s from client %s, but no such lease found.",
                     berth_addr_text(addr, text), berth_packet_label(pkt));
    else
        berth_log_to(log, BERTH_WARN, "dhcp4", "DHCP4_DECLINE_LEASE_MISMATCH",
                     "Received DHCPDECLINE for addr %s from client %s, but the data doesn't match: "
                     "received hwaddr: %s, lease hwaddr: %s, received client-id: %s, lease "
                     "client-id: %s",
                     berth_addr_text(addr, text), berth_packet_label(pkt),
                     berth_hex_text(hwaddr_of(&client->hwaddr), ':', its, sizeof(its)),
                     berth_hex_text(hwaddr_of(&lease->hwaddr), ':', theirs, sizeof(theirs)),
                     client_id_text(client->client_id, its_id),
                     client_id_text(lease->client_id, their_id));
}

static void say_classes(BerthPacket *pkt)
{
    g_autofree char *classes = berth_packet_class_names(pkt);

    berth_packet_log(pkt, BERTH_DEBUG, "dhcp4", "DHCP4_CLASSES_ASSIGNED",
                     ": client packet has been assigned on %s message to the following classes: %s",
                     berth_type4_name(pkt->v4.query.type), classes);
}

/* What is known of the client when its subnet is. */
void v4_say_client(BerthPacket *pkt)
{
    const BerthHwaddr *hwaddr = &pkt->client.hwaddr;
    char text[HEX_TEXT];

    if (berth_log_wants(pkt->env->log, BERTH_DEBUG, "dhcp4"))
        say_classes(pkt);
    if (!pkt->hosts)
        berth_log_to(pkt->env->log, BERTH_DEBUG, "hosts",
                     "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_NULL",
                     "host not found using subnet id %u and identifier hwaddr=%s", pkt->subnet->id,
                     berth_hex_text(hwaddr_of(hwaddr), '\0', text, sizeof(text)));
}

void v4_say_subnet(BerthPacket *pkt, const BerthSubnet *subnet)
{
    const BerthAddr giaddr = pkt->v4.query.giaddr;

    if (berth_addr_is_any(giaddr))
        berth_log_to(pkt->env->log, BERTH_DEBUG, "dhcpsrv", "DHCPSRV_CFGMGR_SUBNET4_IFACE",
                     "selected subnet %s for packet received over interface %s", subnet->text,
                     pkt->iface.name);
    else
        berth_log_to(pkt->env->log, BERTH_DEBUG, "dhcpsrv", "DHCPSRV_CFGMGR_SUBNET4_RELAY",
                     "selected subnet %s, because of matching relay addr %s", subnet->text,
                     berth_addr_text(giaddr, (char[BERTH_ADDR_TEXT]){0}));
    berth_packet_log(pkt, BERTH_DEBUG, "packets", "DHCP4_SUBNET_SELECTED",
                     ": the subnet with ID %u was selected for client assignments", subnet->id);
}

void v4_say_lease(BerthPacket *pkt, BerthAddr addr, bool is_own)
{
    BerthLog *log = pkt->env->log;
    char text[BERTH_ADDR_TEXT];

    if (!berth_log_wants(log, BERTH_DEBUG, "alloc-engine"))
        return;
    berth_addr_text(addr, text);
    if (pkt->v4.query.type == BERTH_DHCPDISCOVER)
        berth_log_write(log, BERTH_DEBUG, "alloc-engine",
                        is_own ? "ALLOC_ENGINE_V4_OFFER_EXISTING_LEASE"
                               : "ALLOC_ENGINE_V4_OFFER_NEW_LEASE",
                        "allocation engine will try to offer %s lease to the client %s",
                        is_own ? "existing" : "new", berth_packet_label(pkt));
    else if (is_own)
        berth_packet_log(pkt, BERTH_DEBUG, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_EXTEND_LEASE",
                         ": extending lifetime of the lease for address %s", text);
    else
        berth_packet_log(pkt, BERTH_DEBUG, "alloc-engine",
                         "ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED",
                         ": trying to allocate requested address %s", text);
}
