/* env - see env.h. */
#include "env.h"

#define IA_NA_CODE 3 /* option codes: RFC 9915 sections 21.4 and 21.21 */
#define IA_PD_CODE 25
#define NAME_TEXT (4 * 256 + 1) /* a host name, every byte of it escaped */
#define ID_TEXT (3 * 256 + 1)
#define RELAY_AGENT 82

GPtrArray *env_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

const char *const *env_list(GPtrArray *env)
{
    if (env->len == 0 || env->pdata[env->len - 1])
        g_ptr_array_add(env, NULL);
    return (const char *const *)env->pdata;
}

/* ---- values ---- */

static void put(GPtrArray *env, const char *prefix, const char *name, const char *value)
{
    g_ptr_array_add(env, g_strdup_printf("%s%s=%s", prefix, name, value));
}

static void put_uint(GPtrArray *env, const char *prefix, const char *name, uint64_t value)
{
    g_ptr_array_add(env, g_strdup_printf("%s%s=%" G_GUINT64_FORMAT, prefix, name, value));
}

static void put_addr(GPtrArray *env, const char *prefix, const char *name, BerthAddr addr)
{
    char text[BERTH_ADDR_TEXT];

    put(env, prefix, name, berth_addr_text(addr, text));
}

static void put_id(GPtrArray *env, const char *prefix, const char *name, BerthBytes id)
{
    char text[ID_TEXT];

    put(env, prefix, name, berth_hex_text(id, ':', text, sizeof(text)));
}

/* NAME and NAME_TYPE; both are empty where there is none. */
static void put_hwaddr(GPtrArray *env, const char *prefix, const char *name, BerthHwaddr hwaddr)
{
    g_autofree char *type = g_strconcat(name, "_TYPE", NULL);

    put_id(env, prefix, name, (BerthBytes){hwaddr.bytes, hwaddr.len});
    if (hwaddr.len)
        put_uint(env, prefix, type, hwaddr.type);
    else
        put(env, prefix, type, "");
}

void env_bool(GPtrArray *env, const char *name, bool value)
{
    put(env, "", name, value ? "true" : "false");
}

void env_addr(GPtrArray *env, const char *name, BerthAddr addr)
{
    put_addr(env, "", name, addr);
}

/* ---- queries ---- */

static const char *type4_text(BerthType4 type)
{
    static const char *const names[] = {"UNKNOWN",     "DHCPDISCOVER", "DHCPOFFER",
                                        "DHCPREQUEST", "DHCPDECLINE",  "DHCPACK",
                                        "DHCPNAK",     "DHCPRELEASE",  "DHCPINFORM"};

    return names[(unsigned)type < G_N_ELEMENTS(names) ? type : 0];
}

static const char *type6_text(BerthType6 type)
{
    static const char *const names[] = {
        "UNKNOWN",       "SOLICIT",    "ADVERTISE", "REQUEST", "CONFIRM",     "RENEW",
        "REBIND",        "REPLY",      "RELEASE",   "DECLINE", "RECONFIGURE", "INFORMATION_REQUEST",
        "RELAY_FORWARD", "RELAY_REPLY"};

    if (type == BERTH_ADDR_REG_INFORM)
        return "ADDR_REG_INFORM";
    return names[(unsigned)type < G_N_ELEMENTS(names) ? type : 0];
}

static void put_ends(GPtrArray *env, const char *prefix, const BerthPacket *pkt)
{
    put_addr(env, prefix, "LOCAL_ADDR", berth_query_destination(pkt));
    put_uint(env, prefix, "LOCAL_PORT", berth_query_destination_port(pkt));
    put_addr(env, prefix, "REMOTE_ADDR", berth_query_source(pkt));
    put_uint(env, prefix, "REMOTE_PORT", berth_query_source_port(pkt));
    put_uint(env, prefix, "IFACE_INDEX", (uint64_t)berth_packet_interface_index(pkt));
    put(env, prefix, "IFACE_NAME", berth_packet_interface(pkt));
}

/* As Kea writes an option: 0x0A0B. */
static void put_option(GPtrArray *env, const char *name, BerthBytes bytes)
{
    g_autofree char *text = g_malloc(2 * bytes.len + 1);
    g_autofree char *upper = NULL, *value = NULL;

    upper = g_ascii_strup(berth_hex_text(bytes, 0, text, 2 * bytes.len + 1), -1);
    value = g_strconcat(bytes.len ? "0x" : "", upper, NULL);
    put(env, "QUERY4_OPTION_82", name, value);
}

static void put_relay(GPtrArray *env, const BerthPacket *pkt)
{
    BerthBytes bytes;

    if (!berth_query4_get(pkt, RELAY_AGENT, &bytes))
        return;
    put_option(env, "", bytes);
    if (berth_query4_get_sub(pkt, RELAY_AGENT, 1, &bytes))
        put_option(env, "_SUB_OPTION_1", bytes);
    if (berth_query4_get_sub(pkt, RELAY_AGENT, 2, &bytes))
        put_option(env, "_SUB_OPTION_2", bytes);
}

void env_query4(GPtrArray *env, BerthPacket *pkt)
{
    static const char prefix[] = "QUERY4_";
    BerthAddr giaddr = berth_query4_giaddr(pkt);

    put(env, prefix, "TYPE", type4_text(berth_query4_type(pkt)));
    put_uint(env, prefix, "TXID", berth_query4_xid(pkt));
    put_ends(env, prefix, pkt);
    put_uint(env, prefix, "HOPS", berth_query4_hops(pkt));
    put_uint(env, prefix, "SECS", berth_query4_secs(pkt));
    put_uint(env, prefix, "FLAGS", berth_query4_flags(pkt));
    put_addr(env, prefix, "CIADDR", berth_query4_ciaddr(pkt));
    put_addr(env, prefix, "SIADDR", berth_query4_siaddr(pkt));
    put_addr(env, prefix, "YIADDR", berth_query4_yiaddr(pkt));
    put_addr(env, prefix, "GIADDR", giaddr);
    env_bool(env, "QUERY4_RELAYED", memcmp(&giaddr, &BERTH_ADDR4_ANY, sizeof(giaddr)) != 0);
    put_hwaddr(env, prefix, "HWADDR", berth_query4_hwaddr(pkt));
    /* Of the frame, which nobody has who receives by UDP: so Kea says then, too. */
    put_hwaddr(env, prefix, "LOCAL_HWADDR", (BerthHwaddr){0});
    put_hwaddr(env, prefix, "REMOTE_HWADDR", (BerthHwaddr){0});
    put_relay(env, pkt);
}

void env_query6(GPtrArray *env, BerthPacket *pkt)
{
    static const char prefix[] = "QUERY6_";

    put(env, prefix, "TYPE", type6_text(berth_query6_type(pkt)));
    put_uint(env, prefix, "TXID", berth_query6_xid(pkt));
    put_ends(env, prefix, pkt);
    put_hwaddr(env, prefix, "REMOTE_HWADDR", (BerthHwaddr){0});
    put(env, prefix, "PROTO", "UDP");
    put_id(env, prefix, "CLIENT_ID", berth_query6_duid(pkt));
}

void env_subnet4(GPtrArray *env, const BerthPacket *pkt)
{
    static const char prefix[] = "SUBNET4_";
    g_autofree char *name = NULL;
    char text[BERTH_ADDR_TEXT];
    BerthAddr addr;
    uint8_t len;

    if (!berth_packet_subnet(pkt, &addr, &len)) {
        for (size_t i = 0; i < 4; i++)
            put(env, prefix, ((const char *[]){"ID", "NAME", "PREFIX", "PREFIX_LEN"})[i], "");
        return;
    }
    name = g_strdup_printf("%s/%u", berth_addr_text(addr, text), len);
    put_uint(env, prefix, "ID", berth_packet_subnet_id(pkt));
    put(env, prefix, "NAME", name);
    put_addr(env, prefix, "PREFIX", addr);
    put_uint(env, prefix, "PREFIX_LEN", len);
}

void env_client4(GPtrArray *env, const BerthPacket *pkt)
{
    BerthBytes id = {0};

    berth_query4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id);
    put_id(env, "PKT4_", "CLIENT_ID", id);
    put_hwaddr(env, "PKT4_", "HWADDR", berth_query4_hwaddr(pkt));
}

/* T1 and T2 are not settled yet where Kea shows them. */
void env_ia6(GPtrArray *env, const BerthLease *lease)
{
    static const char prefix[] = "PKT6_IA_";

    put_uint(env, prefix, "IAID", berth_lease_iaid(lease));
    put_uint(env, prefix, "IA_TYPE",
             berth_lease_type(lease) == BERTH_LEASE_PD ? IA_PD_CODE : IA_NA_CODE);
    put_uint(env, prefix, "IA_T1", 0);
    put_uint(env, prefix, "IA_T2", 0);
}

/* ---- leases ---- */

static const char *state_text(const BerthLease *lease)
{
    static const char *const names[] = {"default", "declined", "expired-reclaimed", "released",
                                        "registered"};
    unsigned state = berth_lease_state(lease);

    return state < G_N_ELEMENTS(names) ? names[state] : "unknown";
}

static const char *const lease4_names[] = {"ADDRESS",     "CLTT",  "HOSTNAME",  "HWADDR",
                                           "HWADDR_TYPE", "STATE", "SUBNET_ID", "VALID_LIFETIME",
                                           "CLIENT_ID",   NULL};
static const char *const lease6_names[] = {
    "ADDRESS",     "CLTT",  "HOSTNAME",           "HWADDR",
    "HWADDR_TYPE", "STATE", "SUBNET_ID",          "VALID_LIFETIME",
    "DUID",        "IAID",  "PREFERRED_LIFETIME", "PREFIX_LEN",
    "TYPE",        NULL};

static void put_none(GPtrArray *env, const char *prefix, const char *const *names)
{
    for (; *names; names++)
        put(env, prefix, *names, "");
}

/* What both families have. */
static void put_lease(GPtrArray *env, const char *prefix, const BerthLease *lease)
{
    char name[NAME_TEXT];

    put_addr(env, prefix, "ADDRESS", berth_lease_addr(lease));
    put_uint(env, prefix, "CLTT", (uint64_t)berth_lease_cltt(lease));
    put(env, prefix, "HOSTNAME", berth_escape(berth_lease_hostname(lease), name, sizeof(name)));
    put_hwaddr(env, prefix, "HWADDR", berth_lease_hwaddr(lease));
    put(env, prefix, "STATE", state_text(lease));
    put_uint(env, prefix, "SUBNET_ID", berth_lease_subnet_id(lease));
    put_uint(env, prefix, "VALID_LIFETIME", berth_lease_valid_sec(lease));
}

void env_lease4(GPtrArray *env, const char *prefix, const BerthLease *lease)
{
    if (!lease) {
        put_none(env, prefix, lease4_names);
        return;
    }
    put_lease(env, prefix, lease);
    put_id(env, prefix, "CLIENT_ID", berth_lease_client_id(lease));
}

void env_lease6(GPtrArray *env, const char *prefix, const BerthLease *lease)
{
    if (!lease) {
        put_none(env, prefix, lease6_names);
        return;
    }
    put_lease(env, prefix, lease);
    put_id(env, prefix, "DUID", berth_lease_client_id(lease));
    put_uint(env, prefix, "IAID", berth_lease_iaid(lease));
    put_uint(env, prefix, "PREFERRED_LIFETIME", berth_lease_preferred_sec(lease));
    put_uint(env, prefix, "PREFIX_LEN", berth_lease_prefix_len(lease));
    put(env, prefix, "TYPE", berth_lease_type(lease) == BERTH_LEASE_PD ? "IA_PD" : "IA_NA");
}

/* ---- all of a packet ---- */

static bool is_deleted(BerthLeaseAct act)
{
    return act == BERTH_ACT_RELEASE || act == BERTH_ACT_LEAVE;
}

static bool is_stored(BerthLeaseAct act)
{
    return act != BERTH_ACT_NONE && act != BERTH_ACT_OFFER && !is_deleted(act);
}

static void put_list(GPtrArray *env, const BerthPacket *pkt, const char *name, bool deleted)
{
    bool is6 = berth_packet_family(pkt) == 6;
    const BerthLease *lease;
    BerthLeaseAct act;
    unsigned n = 0;

    for (size_t i = 0; (lease = berth_packet_lease(pkt, i, &act)); i++) {
        g_autofree char *prefix = g_strdup_printf("%s_AT%u_", name, n);

        if (deleted ? !is_deleted(act) : !is_stored(act))
            continue;
        if (deleted)
            lease = berth_packet_lease_before(pkt, i);
        if (is6)
            env_lease6(env, prefix, lease);
        else
            env_lease4(env, prefix, lease);
        n++;
    }
    put_uint(env, name, "_SIZE", n);
}

void env_leases(GPtrArray *env, const BerthPacket *pkt)
{
    bool is6 = berth_packet_family(pkt) == 6;

    put_list(env, pkt, is6 ? "LEASES6" : "LEASES4", false);
    put_list(env, pkt, is6 ? "DELETED_LEASES6" : "DELETED_LEASES4", true);
}
