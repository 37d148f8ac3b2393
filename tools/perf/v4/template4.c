/* template4 - see template4.h. */
#include "tools/perf/v4/template4.h"

#include "core/wire/msg4.h"
#include "tools/perf/template.h"

#define OWN_OPTIONS 8
#define OPTION_PAD 0
#define OPTION_RAPID_COMMIT 80 /* RFC 4039 */
#define OPTION_END 255
#define SUB_SOURCE_PORT 19 /* of option 82, RFC 8357 */

/* ---- patching ---- */

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

static void put32_if(uint8_t *message, uint16_t offset, uint32_t value)
{
    if (offset)
        put32(message + offset, value);
}

void perf_template4_patch(const PerfTemplate4 *template, const PerfPatch *patch, uint8_t *ret)
{
    const PerfLease *lease = &patch->leases[PERF_ADDRESS];
    uint32_t address = perf_lease_is_none(lease) ? 0 : berth_addr_to4(lease->addr);

    memcpy(ret, template->bytes, template->len);
    put32_if(ret, template->xid, patch->xid);
    put32_if(ret, template->giaddr, berth_addr_to4(patch->relay));
    put32_if(ret, template->ciaddr, address);
    put32_if(ret, template->ip, address);
    put32_if(ret, template->server, patch->server);
    if (template->secs)
        put16(ret + template->secs, (uint16_t)MIN(patch->waited_ms / 1000, UINT16_MAX));
    if (template->mac)
        memcpy(ret + template->mac, patch->id.data, 6);
    if (template->client_id)
        memcpy(ret + template->client_id, patch->id.data, 6);
}

/* ---- making ---- */

typedef struct Options {
    BerthOption4 list[256 + OWN_OPTIONS];
    size_t n;
} Options;

static void add(Options *options, uint8_t code, const void *data, size_t len)
{
    options->list[options->n++] = (BerthOption4){code, {data, len}};
}

/* RFC 2131 section 4.4.1, table 5: which message has which. */
static void add_own(Options *options, PerfStep step, const PerfConf *conf)
{
    static const uint8_t zeros[4], id[7] = {1};
    static const uint8_t wanted[] = {1, 3, 6, 12, 15, 28};

    if (conf->client_id)
        add(options, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, id, sizeof(id));
    if (step == PERF_REQUEST)
        add(options, BERTH_DHO_DHCP_REQUESTED_ADDRESS, zeros, 4);
    if (step == PERF_REQUEST || step == PERF_GIVE_BACK)
        add(options, BERTH_DHO_DHCP_SERVER_IDENTIFIER, zeros, 4);
    if (step == PERF_DISCOVER && conf->rapid_commit)
        add(options, OPTION_RAPID_COMMIT, NULL, 0);
    if (step != PERF_GIVE_BACK &&
        !perf_conf_has_option(conf, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST))
        add(options, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST, wanted, sizeof(wanted));
}

/* RFC 2131 table 5: a RELEASE has no other options. RFC 8357: a relay that wants its answers at
 * another port than 67 says so. */
static void add_others(Options *options, PerfStep step, const PerfConf *conf)
{
    static const uint8_t source_port[] = {SUB_SOURCE_PORT, 0};

    for (guint i = 0; step != PERF_GIVE_BACK && i < conf->options->len; i++) {
        const PerfOption *option = &g_array_index(conf->options, PerfOption, i);
        gsize len;
        const void *data = g_bytes_get_data(option->value, &len);

        add(options, (uint8_t)option->code, data, len);
    }
    if (conf->relays->len && conf->local_port != perf_conf_server_port(conf) &&
        !perf_conf_has_option(conf, BERTH_DHO_DHCP_AGENT_OPTIONS))
        add(options, BERTH_DHO_DHCP_AGENT_OPTIONS, source_port, sizeof(source_port));
}

/* Where the values are that are patched. */
static void find_values(PerfTemplate4 *template)
{
    const uint8_t *bytes = template->bytes;

    for (size_t at = BERTH_MSG4_HEADER; at + 1 < template->len && bytes[at] != OPTION_END;
         at += bytes[at] == OPTION_PAD ? 1u : 2u + bytes[at + 1]) {
        uint16_t value = (uint16_t)(at + 2);

        if (value + bytes[at + 1] > template->len)
            return;
        if (bytes[at] == BERTH_DHO_DHCP_CLIENT_IDENTIFIER && bytes[at + 1] == 7)
            template->client_id = value + 1;
        else if (bytes[at] == BERTH_DHO_DHCP_REQUESTED_ADDRESS)
            template->ip = value;
        else if (bytes[at] == BERTH_DHO_DHCP_SERVER_IDENTIFIER)
            template->server = value;
    }
}

static bool build(PerfTemplate4 *ret, PerfStep step, const PerfConf *conf, GError **error)
{
    static const BerthType4 types[PERF_STEPS] = {BERTH_DHCPDISCOVER, BERTH_DHCPREQUEST,
                                                 BERTH_DHCPREQUEST, BERTH_DHCPRELEASE,
                                                 BERTH_DHCPREQUEST};
    BerthMsg4 message = {.op = BERTH_BOOTREQUEST,
                         .hops = conf->relays->len ? 1 : 0,
                         .flags = conf->broadcast ? BERTH_FLAG4_BROADCAST : 0,
                         .ciaddr = BERTH_ADDR4_ANY,
                         .yiaddr = BERTH_ADDR4_ANY,
                         .siaddr = BERTH_ADDR4_ANY,
                         .giaddr = BERTH_ADDR4_ANY,
                         .hwaddr = {.type = 1, .len = 6},
                         .type = types[step]};
    BerthWriter writer = berth_writer(ret->bytes, sizeof(ret->bytes));
    Options options = {.n = 0};
    BerthMsg4Left left_out = {.options = 0};
    int len;

    add_own(&options, step, conf);
    add_others(&options, step, conf);
    len =
        berth_msg4_write(&message, options.list, options.n, sizeof(ret->bytes), &writer, &left_out);
    if (len < 0 || left_out.options > 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
                    "the options given by -o do not fit into a %s of %d bytes: give fewer",
                    perf_family4.steps[step], PERF_PACKET_MAX);
        return false;
    }
    ret->len = (uint16_t)len;
    ret->xid = 4, ret->secs = 8, ret->giaddr = 24, ret->mac = 28;
    ret->ciaddr = step == PERF_DISCOVER || step == PERF_REQUEST ? 0 : 12;
    find_values(ret);
    return true;
}

/* ---- from a file ---- */

/* clang-format off */
static const PerfField fields[] = {
    {"xid",       offsetof(PerfTemplate4, xid),       4},
    {"secs",      offsetof(PerfTemplate4, secs),      2},
    {"ciaddr",    offsetof(PerfTemplate4, ciaddr),    4},
    {"giaddr",    offsetof(PerfTemplate4, giaddr),    4},
    {"mac",       offsetof(PerfTemplate4, mac),       6},
    {"client-id", offsetof(PerfTemplate4, client_id), 6},
    {"ip",        offsetof(PerfTemplate4, ip),        4},
    {"server",    offsetof(PerfTemplate4, server),    4},
};
/* clang-format on */

static bool from_file(PerfTemplate4 *ret, const char *spec, GError **error)
{
    PerfTemplateFile file = {.bytes = ret->bytes, .size = sizeof(ret->bytes)};
    bool good;

    if (!perf_template_read(&file, spec, BERTH_MSG4_HEADER, error))
        return false;
    ret->len = file.len;
    ret->xid = 4, ret->secs = 8, ret->giaddr = 24, ret->mac = 28;
    find_values(ret);
    good = perf_template_offsets(&file, fields, G_N_ELEMENTS(fields), ret, error);
    g_strfreev(file.offsets);
    return good;
}

bool perf_template4_make(PerfTemplate4 *ret, PerfStep step, const PerfConf *conf, GError **error)
{
    *ret = (PerfTemplate4){.len = 0};
    if (!conf->templates[step])
        return build(ret, step, conf, error);
    return from_file(ret, conf->templates[step], error);
}
