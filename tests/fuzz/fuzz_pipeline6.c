/* fuzz_pipeline6 - any DHCPv6 datagrams through the whole server; see pipeline.h. What begins as a
 * relay's comes from one, everything else from a client of the link, to the group. What a client is
 * told to have stands in the table as its lease, and no two of them overlap. */
#include "core/v6/steps6.h"
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>

/* clang-format off */
const char pipeline_conf[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; }, { name = \"limits\"; },\n"
    "    { name = \"flex_id\"; parameters = { identifier-expression = \"concat(relay6[0].option[37].hex, option[15].hex)\"; }; },\n"
    "    { name = \"flex_option\"; parameters = { options = (\n"
    "        { code = 31; add = \"ifelse(option[15].exists,'3000::1','3000::2')\"; csv-format = true; },\n"
    "        { code = 59; add = \"concat('tftp://', hexstring(option[1].hex, ':'))\"; },\n"
    "        { code = 16; supersede = \"concat(0x0000118b, option[15].hex)\"; destination = \"query\"; },\n"
    "        { code = 23; remove = \"option[39].exists\"; },\n"
    "        { code = 17; sub-options = ( { code = 9; space = \"vendor-4491\"; add = \"option[15].hex\"; } ); } ); }; } );\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    "    # What the vectors of clients name as their server.\n"
    "    server-id = { type = \"LL\"; htype = 1; identifier = \"020000000002\"; };\n"
    "    valid-lifetime = 60; preferred-lifetime = 40; decline-probation-period = 60;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 1; hold-reclaimed-time = 60; };\n"
    "    relay-supplied-options = ( \"23\" ); store-extended-info = true;\n"
    "    mac-sources = ( \"any\" ); ddns-qualifying-suffix = \"site.example\"; ddns-replace-client-name = \"when-not-present\";\n"
    "    host-reservation-identifiers = ( \"flex-id\", \"hw-address\", \"duid\" );\n"
    "    client-classes = ( { name = \"bomb\"; test = \"match('(a+)+b', option[15].hex)\"; },\n"
    "        { name = \"port\"; template-test = \"relay6[0].option[18].hex\";\n"
    "          user-context = \"{ \\\"limits\\\": { \\\"address-limit\\\": 2, \\\"prefix-limit\\\": 1 } }\"; },\n"
    "        { name = \"vendor\"; test = \"vendor[4491].option[1].exists or vendor-class[4491].data[0] == 'docsis' or member('KNOWN')\"; } );\n"
    "    option-data = ( { name = \"dns-servers\"; data = \"2001:db8::53\"; },\n"
    "        { name = \"domain-search\"; data = \"example.org\"; always-send = true; },\n"
    "        { space = \"vendor-4491\"; name = \"tftp-servers\"; data = \"2001:db8::69\"; always-send = true; } );\n"
    "    reservations = ( { flex-id = \"'port'\"; hostname = \"of.a.port\"; client-classes = ( \"vendor\" ); } );\n"
    "    reservations-global = true; reservations-in-subnet = true;\n"
    "    subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\";\n"
    "                  rapid-commit = true; pools = ( { pool = \"2001:db8::1000/120\"; } );\n"
    "                  pd-pools = ( { prefix = \"2001:db8:1::\"; prefix-len = 48;\n"
    "                      delegated-len = 56; excluded-prefix = \"2001:db8:1:1::\";\n"
    "                      excluded-prefix-len = 64; } );\n"
    "                  reservations = ( { hw-address = \"02:00:00:00:00:01\"; ip-addresses = ( \"2001:db8::1001\", \"2001:db8::7\" );\n"
    "                      prefixes = ( \"2001:db8:1:700::/56\", \"2001:db8:77::/60\" ); hostname = \"one\"; } ); },\n"
    "                { id = 2; subnet = \"2001:db8:2::/64\"; interface-id = \"eth0\";\n"
    "                  pools = ( { pool = \"2001:db8:2::/64\"; } ); } );\n"
    "    shared-networks = ( { name = \"n\"; relay = { ip-addresses = ( \"2001:db8:9::1\" ); }; subnet6 = (\n"
    "        { id = 3; subnet = \"2001:db8:3::/64\"; pools = ( { pool = \"2001:db8:3::10 - 2001:db8:3::12\"; } ); },\n"
    "        { id = 4; subnet = \"2001:db8:4::/64\"; pools = ( { pool = \"2001:db8:4::/112\"; client-classes = ( \"vendor\" ); } );\n"
    "          pd-pools = ( { prefix = \"2001:db8:5::\"; prefix-len = 62; delegated-len = 64; } ); } ); } );\n"
    "};\n";
/* clang-format on */

static const BerthAddr client = {{0xfe, 0x80, [8] = 2, [11] = 0xff, [12] = 0xfe, [15] = 1}};
static const BerthAddr relay = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0xee}};

/* ---- replies ---- */

static bool is_of_server(BerthType6 type)
{
    return type == BERTH_ADVERTISE || type == BERTH_REPLY || type == BERTH_ADDR_REG_REPLY;
}

/* Neither a prefix in another, nor an address in one but those that its client made there. */
static void check_alone(const BerthTable *table, const BerthLease *lease, int64_t now)
{
    BerthLease other;

    for (uint32_t iter = 0; berth_table_next(table, &iter, &other);)
        require(berth_addr_equal(other.addr, lease->addr) || !berth_lease_is_valid(&other, now) ||
                    other.state == BERTH_LEASE_REGISTERED ||
                    !berth_prefix_contains(lease->addr, MIN(lease->prefix_len, other.prefix_len),
                                           other.addr),
                "two leases overlap");
}

/* What a client is told to have is its lease, and nobody else's. */
static void check_given(const Run *run, const BerthClient *of, const BerthIaLease6 *given)
{
    const BerthLeases *leases = run->server->families[0]->env.leases;
    const BerthTable *table = berth_leases_table(leases);
    BerthLease lease;

    require(berth_table_get(table, given->addr, &lease) && lease.state == BERTH_LEASE_ACTIVE &&
                lease.prefix_len == given->len && berth_lease_belongs_to(&lease, of),
            "what was given is no lease of the client");
    check_alone(table, &lease, berth_leases_now(leases));
}

static void check_ia(const Run *run, const BerthMsg6 *msg, const BerthOption6 *option)
{
    BerthClient of = {.type = option->code == BERTH_D6O_IA_PD ? BERTH_LEASE_PD : BERTH_LEASE_NA};
    BerthIaLease6 given;
    BerthIa6 ia;

    berth_options6_bytes(msg->options, BERTH_D6O_CLIENTID, &of.client_id);
    require(berth_option6_ia(option, &ia), "an IA cannot be read");
    require(ia.t1 <= ia.t2 || ia.t2 == 0, "T1 is after T2");
    of.iaid = ia.iaid;
    for (BERTH_EACH_OPTION6(inside, berth_option6_inside(option))) {
        if (inside->code != BERTH_D6O_IAADDR && inside->code != BERTH_D6O_IAPREFIX)
            continue;
        require(berth_option6_lease(inside, &given), "a lease cannot be read");
        require(given.preferred_sec <= given.valid_sec, "preferred for longer than valid");
        require(given.len > 0 &&
                    berth_addr_equal(given.addr, berth_prefix_first(given.addr, given.len)),
                "a prefix has host bits");
        if (msg->type == BERTH_REPLY && given.valid_sec > 0)
            check_given(run, &of, &given);
    }
}

static void check_options(const Run *run, const BerthMsg6 *msg)
{
    for (BERTH_EACH_OPTION6(option, msg->options)) {
        require(option->code != BERTH_D6O_ORO && option->code != BERTH_D6O_RELAY_MSG &&
                    option->code != BERTH_D6O_IA_TA && option->code != BERTH_D6O_RSOO &&
                    option->code != BERTH_D6O_RELAY_SOURCE_PORT,
                "an option that no server sends");
        if (option->code == BERTH_D6O_IA_NA || option->code == BERTH_D6O_IA_PD)
            check_ia(run, msg, option);
    }
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
    check_options(run, &msg);
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
