/* fuzz_pipeline - any DHCPv4 datagrams through the whole server; see pipeline.h. The highest bit of
 * hops says that one was sent to the server's address, not broadcast. */
#include "tests/fuzz/pipeline.h"

#define SERVER 0xc0000201u
#define PAYLOAD_MAX (1500 - BERTH_IP_UDP4)

/* clang-format off */
const char pipeline_conf[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; },\n"
    "    { name = \"bootp\"; }, { name = \"limits\"; },\n"
    "    { name = \"flex_id\"; parameters = { replace-client-id = true;\n"
    "        identifier-expression = \"ifelse(relay4[1].exists, concat(relay4[1].hex, option[77].hex), '')\"; }; },\n"
    "    { name = \"flex_option\"; parameters = { options = (\n"
    "        { code = 67; add = \"concat(option[host-name].text, '.boot')\"; csv-format = true; },\n"
    "        { code = 224; add = \"hexstring(concat(option[60].hex, option[61].hex), ':')\"; },\n"
    "        { code = 60; supersede = \"lcase(option[60].hex)\"; destination = \"query\"; },\n"
    "        { code = 6; remove = \"option[host-name].exists\"; },\n"
    "        { code = 125; sub-options = ( { code = 9; space = \"vendor-4491\"; add = \"option[77].hex\"; } ); },\n"
    "        { code = 43; sub-options = ( { code = 3; space = \"vendor-encapsulated-options-space\";\n"
    "            supersede = \"option[60].hex\"; } ); } ); }; } );\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    "    valid-lifetime = 60; min-valid-lifetime = 1; max-valid-lifetime = 600;\n"
    "    authoritative = true; decline-probation-period = 60; calculate-tee-times = true;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 1; hold-reclaimed-time = 60; };\n"
    "    store-extended-info = true; stash-agent-options = true;\n"
    "    ddns-qualifying-suffix = \"site.example\"; hostname-char-replacement = \"-\";\n"
    "    host-reservation-identifiers = ( \"flex-id\", \"hw-address\", \"client-id\", \"circuit-id\", \"duid\" );\n"
    "    option-def = ( { name = \"box\"; code = 225; type = \"record\"; record-types = \"uint8,string\"; },\n"
    "        { name = \"inner\"; code = 1; space = \"vendor-9\"; type = \"uint16\"; array = true; } );\n"
    "    client-classes = ( { name = \"bomb\"; test = \"match('(a+)+b', option[60].text)\"; },\n"
    "        { name = \"cut\"; test = \"split(option[77].text, '.', 2) == substring(option[60].hex, -3, 3)\"; },\n"
    "        { name = \"port\"; template-test = \"concat(relay4[1].hex, option[77].hex)\"; only-in-additional-list = false;\n"
    "          user-context = \"{ \\\"limits\\\": { \\\"address-limit\\\": 2, \\\"rate-limit\\\": \\\"100 packets per second\\\" } }\"; },\n"
    "        { name = \"vendor\"; test = \"vendor[4491].option[1].exists or member('KNOWN')\";\n"
    "          option-data = ( { name = \"vendor-encapsulated-options\"; csv-format = false; data = \"0103\"; } ); } );\n"
    "    option-data = ( { name = \"routers\"; data = \"192.0.2.254\"; },\n"
    "        { name = \"domain-name\"; data = \"example.org\"; always-send = true; },\n"
    "        { name = \"box\"; data = \"1, text\"; },\n"
    "        { name = \"inner\"; space = \"vendor-9\"; data = \"1, 2\"; always-send = true; },\n"
    "        { name = \"tftp-servers\"; space = \"vendor-4491\"; data = \"192.0.2.69\"; always-send = true; },\n"
    "        { name = \"classless-static-route\"; data = \"10.0.0.0/8 - 192.0.2.254\"; } );\n"
    "    reservations = ( { circuit-id = \"'g1'\"; hostname = \"of.a.circuit\"; client-classes = ( \"cut\" ); } );\n"
    "    reservations-global = true; reservations-in-subnet = true;\n"
    "    subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; boot-file-name = \"pxe.0\";\n"
    "                  pools = ( { pool = \"192.0.2.2 - 192.0.2.200\"; } );\n"
    "                  reservations = ( { hw-address = \"0a:00:00:00:00:02\"; ip-address = \"192.0.2.20\"; hostname = \"two\"; },\n"
    "                      { client-id = \"00aabbcc\"; ip-address = \"192.0.2.230\"; } ); },\n"
    "                { id = 2; subnet = \"10.0.0.0/8\"; rapid-commit = true; offer-lifetime = 5;\n"
    "                  pools = ( { pool = \"10.0.0.10 - 10.0.0.20\"; } ); } );\n"
    "    shared-networks = ( { name = \"n\"; subnet4 = (\n"
    "        { id = 3; subnet = \"198.51.100.0/24\"; pools = ( { pool = \"198.51.100.10 - 198.51.100.12\"; } ); },\n"
    "        { id = 4; subnet = \"203.0.113.0/24\"; option-data = ( { name = \"v6-only-preferred\"; data = \"300\"; } );\n"
    "          pools = ( { pool = \"203.0.113.10 - 203.0.113.12\"; client-classes = ( \"cut\" ); } ); } ); } );\n"
    "};\n";
/* clang-format on */

static void check_destination(const BerthDatagram *datagram)
{
    uint32_t dst = berth_addr_to4(datagram->dst), net = dst >> 24;

    require(dst == UINT32_MAX || (net != 0 && net != 127 && net < 224),
            "a reply went where none may go");
    require(dst != SERVER, "a reply went to the server itself");
    require(!datagram->to_hwaddr || (datagram->hwaddr.bytes[0] & 1) == 0,
            "a frame went to a group address");
}

void pipeline_sent(Run *run, const BerthDatagram *datagram)
{
    BerthArena arena;
    BerthMsg4 msg;

    check_destination(datagram);
    require(datagram->data.len >= BERTH_MSG4_MIN && datagram->data.len <= PAYLOAD_MAX,
            "a reply of a wrong length");
    berth_arena_init(&arena, 256u << 10);
    require(berth_msg4_parse(&msg, datagram->data, BERTH_BOOTREPLY, &arena) == BERTH_PARSE4_OK,
            "a reply cannot be read");
    /* What is for a client of BOOTP has neither. */
    require(msg.type == BERTH_DHCPOFFER || msg.type == BERTH_DHCPACK || msg.type == BERTH_DHCPNAK ||
                !msg.has_option[BERTH_DHO_DHCP_MESSAGE_TYPE],
            "a reply of another type");
    require(msg.has_option[BERTH_DHO_DHCP_SERVER_IDENTIFIER] ==
                msg.has_option[BERTH_DHO_DHCP_MESSAGE_TYPE],
            "a reply without server identifier");
    if (msg.type == BERTH_DHCPACK && msg.xid == run->proof_xid)
        run->proof_xid = 0;
    berth_arena_clear(&arena);
}

/* A client of our own asks for options, which needs no address. */
void pipeline_ask(Run *run)
{
    uint8_t bytes[300] = {
        1,    1,    6,    0,  0, 0, 0,  0, [12] = 192, 0, 2, 250, [28] = 2, 'l', [236] = 0x63,
        0x82, 0x53, 0x63, 53, 1, 8, 255};
    BerthDatagram in = {.src = berth_addr4(0xc00002fa),
                        .dst = berth_addr4(SERVER),
                        .src_port = 68,
                        .dst_port = 67,
                        .data = {bytes, sizeof(bytes)}};

    bytes[5] = (uint8_t)(run->proof_xid >> 16);
    bytes[6] = (uint8_t)(run->proof_xid >> 8);
    bytes[7] = (uint8_t)run->proof_xid;
    sim_deliver(run->sim, &in, 0);
}

void pipeline_deliver(Run *run, const uint8_t *data, size_t size)
{
    BerthDatagram in = {.src = BERTH_ADDR4_ANY,
                        .dst = berth_addr4(UINT32_MAX),
                        .src_port = 68,
                        .dst_port = 67,
                        .data = {data, size}};

    if (size >= 28 && data[3] & 0x80) {
        in.dst = berth_addr4(SERVER);
        memcpy(in.src.b + 12, data + 12, 4);
    }
    sim_deliver(run->sim, &in, 0);
}
