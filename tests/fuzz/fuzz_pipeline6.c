/* fuzz_pipeline6 - any DHCPv6 datagrams through the whole server; see pipeline.h. What begins as a
 * relay's comes from one, everything else from a client of the link, to the group. */
#include "core/v6/steps6.h"
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>

const char pipeline_conf[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; } "
    ");\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    /* What the vectors of clients name as their server. */
    "    server-id = { type = \"LL\"; htype = 1; identifier = \"020000000002\"; };\n"
    "    valid-lifetime = 60; preferred-lifetime = 40; decline-probation-period = 60;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 1; hold-reclaimed-time = 60; };\n"
    "    relay-supplied-options = ( \"23\" );\n"
    "    option-data = ( { name = \"dns-servers\"; data = \"2001:db8::53\"; },\n"
    "        { name = \"domain-search\"; data = \"example.org\"; always-send = true; },\n"
    "        { space = \"vendor-4491\"; name = \"tftp-servers\"; data = \"2001:db8::69\"; } );\n"
    "    subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\";\n"
    "                  rapid-commit = true; pools = ( { pool = \"2001:db8::1000/120\"; } );\n"
    "                  pd-pools = ( { prefix = \"2001:db8:1::\"; prefix-len = 48;\n"
    "                      delegated-len = 56; excluded-prefix = \"2001:db8:1:1::\";\n"
    "                      excluded-prefix-len = 64; } ); },\n"
    "                { id = 2; subnet = \"2001:db8:2::/64\"; interface-id = \"eth0\";\n"
    "                  pools = ( { pool = \"2001:db8:2::/64\"; } ); } );\n"
    "};\n";

static const BerthAddr client = {{0xfe, 0x80, [8] = 2, [11] = 0xff, [12] = 0xfe, [15] = 1}};
static const BerthAddr relay = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0xee}};

/* ---- replies ---- */

static bool is_of_server(BerthType6 type)
{
    return type == BERTH_ADVERTISE || type == BERTH_REPLY || type == BERTH_ADDR_REG_REPLY;
}

void pipeline_sent(Run *run, const BerthDatagram *datagram)
{
    BerthArena arena;
    BerthMsg6 msg;

    require(datagram->dst.b[0] != 0xff && !berth_addr_is_any(datagram->dst),
            "a reply went where none may go");
    require(datagram->data.len <= BERTH_MSG6_MAX, "a reply of a wrong length");
    berth_arena_init(&arena, 256u << 10);
    require(berth_msg6_parse(&msg, datagram->data, &arena) == BERTH_PARSE6_OK,
            "a reply cannot be read");
    require(is_of_server(msg.type) && (msg.n_relays == 0 || msg.is_relay_reply),
            "a reply of another type");
    require(datagram->dst_port == (msg.n_relays ? BERTH_PORT6_SERVER : BERTH_PORT6_CLIENT),
            "a reply to another port");
    require(berth_options6_find(msg.options, BERTH_D6O_SERVERID) != NULL,
            "a reply without server identifier");
    if (msg.xid == run->proof_xid)
        run->proof_xid = 0;
    berth_arena_clear(&arena);
}

/* ---- queries ---- */

static void deliver_from(Run *run, BerthAddr src, uint16_t port, const uint8_t *data, size_t size)
{
    BerthDatagram in = {.src = src,
                        .dst = BERTH_GROUP_RELAYS_AND_SERVERS,
                        .src_port = port,
                        .dst_port = BERTH_PORT6_SERVER,
                        .data = {data, size}};

    sim_deliver(run->sim, &in, 0);
}

/* An INFORMATION-REQUEST, which needs no address. */
void pipeline_ask(Run *run)
{
    uint8_t bytes[] = {BERTH_INFORMATION_REQUEST, (uint8_t)(run->proof_xid >> 16),
                       (uint8_t)(run->proof_xid >> 8), (uint8_t)run->proof_xid};

    deliver_from(run, client, BERTH_PORT6_CLIENT, bytes, sizeof(bytes));
}

void pipeline_deliver(Run *run, const uint8_t *data, size_t size)
{
    bool is_relayed = size > 0 && data[0] == BERTH_RELAY_FORW;
    BerthAddr src = client;

    /* RFC 9686: what is registered is the source of the message, wherever a client puts it first.
     */
    if (size >= 38 && data[0] == BERTH_ADDR_REG_INFORM)
        memcpy(src.b, data + 22, sizeof(src.b));
    if (is_relayed)
        deliver_from(run, relay, BERTH_PORT6_SERVER, data, size);
    else
        deliver_from(run, src, BERTH_PORT6_CLIENT, data, size);
}
