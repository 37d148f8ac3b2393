/* What Dhcp6 alone holds: server-id, mac-sources, relay-supplied-options. */
#include "core/conf/build.h"

#define HWADDR_MAX BERTH_HWADDR_MAX
#define IDENTIFIER_MAX 122 /* RFC 9915 section 11.1: 128 bytes behind the type, 6 before this */

/* ---- server-id ---- */

static void read_server_id(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const BerthNode *node = family->maps.server_id;
    const char *path = berth_build_path(build, "server-id");
    BerthServerIdIn *in = berth_build_array(build, 1, sizeof(*in));
    uint8_t bytes[IDENTIFIER_MAX];
    int n;

    berth_build_map(build, node, path, berth_conf_serverid, in);
    family->server_id_in = in;
    family->server_id = (BerthServerIdConf){
        .type = (BerthDuidType)(in->type + 1),
        .htype = (uint16_t)in->htype,
        .time = (uint32_t)in->time,
        .enterprise_id = (uint32_t)in->enterprise_id,
        .persist = in->persist,
    };
    if (!in->identifier || in->identifier[0] == '\0')
        return;
    n = berth_hex_parse(in->identifier, bytes,
                        family->server_id.type == BERTH_DUID_EN ? IDENTIFIER_MAX : HWADDR_MAX);
    if (n <= 0)
        berth_build_fail(build, berth_node_get(node, "identifier"), path,
                         "identifier: \"%s\" is not the hex digits of 1 to %d bytes",
                         in->identifier,
                         family->server_id.type == BERTH_DUID_EN ? IDENTIFIER_MAX : HWADDR_MAX);
    else
        family->server_id.identifier =
            berth_arena_copy(&build->conf->arena, (BerthBytes){bytes, (size_t)n});
}

/* ---- mac-sources ---- */

static const struct {
    const char *name;
    BerthMacSource source;
} mac_names[] = {
    {"raw", BERTH_MAC_RAW},
    {"duid", BERTH_MAC_DUID},
    {"ipv6-link-local", BERTH_MAC_LINK_LOCAL},
    {"client-link-addr-option", BERTH_MAC_CLIENT_LINK_ADDR},
    {"rfc6939", BERTH_MAC_CLIENT_LINK_ADDR},
    {"remote-id", BERTH_MAC_REMOTE_ID},
    {"rfc4649", BERTH_MAC_REMOTE_ID},
    {"subscriber-id", BERTH_MAC_SUBSCRIBER_ID},
    {"rfc4580", BERTH_MAC_SUBSCRIBER_ID},
    {"docsis-cmts", BERTH_MAC_DOCSIS_CMTS},
    {"docsis-modem", BERTH_MAC_DOCSIS_MODEM},
};

/* -1: no such name. */
static int mac_source(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mac_names); i++)
        if (strcmp(mac_names[i].name, name) == 0)
            return (int)mac_names[i].source;
    return -1;
}

static void add_source(uint8_t *sources, size_t *n, int source)
{
    if (memchr(sources, source, *n) == NULL)
        sources[(*n)++] = (uint8_t)source;
}

static void read_mac_sources(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *const *names = family->mac_sources_in.at;
    uint8_t *sources = berth_build_array(build, BERTH_MAC_SOURCES, sizeof(*sources));

    family->mac_sources = sources;
    for (size_t i = 0; i < family->mac_sources_in.n; i++) {
        const bool is_any = strcmp(names[i], "any") == 0;
        const int source = is_any ? 0 : mac_source(names[i]);

        if (source < 0)
            berth_build_fail(build, berth_node_get(family->node, "mac-sources"),
                             berth_build_path(build, "mac-sources"),
                             "\"%s\" is no source; there are any, raw, duid, ipv6-link-local, "
                             "client-link-addr-option, remote-id, subscriber-id, docsis-cmts and "
                             "docsis-modem",
                             names[i]);
        for (int j = 0; is_any && j < BERTH_MAC_SOURCES; j++)
            add_source(sources, &family->n_mac_sources, j);
        if (!is_any && source >= 0)
            add_source(sources, &family->n_mac_sources, source);
    }
}

/* ---- relay-supplied-options ---- */

/* The code that a name or number means; 0: none. */
static uint16_t option_code(const BerthFamilyConf *family, const char *text)
{
    const BerthOptDef *def;
    guint64 code;

    if (g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &code, NULL))
        return (uint16_t)code;
    def = berth_conf_optdef_name(family, family->tables->space, text);
    return def ? def->code : 0;
}

static int compare_codes(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static void read_relay_supplied(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *const *texts = family->relay_supplied_in.at;
    uint16_t *codes = berth_build_array(build, family->relay_supplied_in.n + 1, sizeof(*codes));
    size_t n = 0;

    /* RFC 6422 section 5: what the registry marks; only this one is. */
    codes[n++] = BERTH_D6O_ERP_LOCAL_DOMAIN_NAME;
    for (size_t i = 0; i < family->relay_supplied_in.n; i++) {
        const uint16_t code = option_code(family, texts[i]);

        if (code == 0)
            berth_build_fail(build, berth_node_get(family->node, "relay-supplied-options"),
                             berth_build_path(build, "relay-supplied-options"),
                             "\"%s\" is no option of space %s", texts[i], family->tables->space);
        else
            codes[n++] = code;
    }
    qsort(codes, n, sizeof(*codes), compare_codes);
    family->relay_supplied = codes;
    family->n_relay_supplied = n;
}

bool berth_conf_relay_supplies(const BerthFamilyConf *family, uint16_t code)
{
    return family->n_relay_supplied > 0 &&
           bsearch(&code, family->relay_supplied, family->n_relay_supplied, sizeof(code),
                   compare_codes);
}

void berth_build_global6(BerthBuild *build)
{
    read_server_id(build);
    read_mac_sources(build);
    read_relay_supplied(build);
}
