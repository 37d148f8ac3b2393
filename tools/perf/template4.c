/* template4 - see template4.h. */
#include "tools/perf/template4.h"

#include "core/wire/msg4.h"
#include <stdlib.h>
#include <string.h>

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

void perf_template_patch(const PerfTemplate *template, const PerfPatch *patch, uint8_t *ret)
{
    memcpy(ret, template->bytes, template->len);
    put32_if(ret, template->xid, patch->xid);
    put32_if(ret, template->giaddr, patch->giaddr);
    put32_if(ret, template->ciaddr, patch->address);
    put32_if(ret, template->ip, patch->address);
    put32_if(ret, template->server, patch->server);
    if (template->secs)
        put16(ret + template->secs, patch->secs);
    if (template->mac)
        memcpy(ret + template->mac, patch->mac, 6);
    if (template->client_id)
        memcpy(ret + template->client_id, patch->mac, 6);
}

/* ---- making ---- */

const char *perf_step_name(PerfStep step)
{
    static const char *const names[PERF_STEPS] = {"DISCOVER", "REQUEST", "REQUEST (renewal)",
                                                  "RELEASE"};

    return names[step];
}

typedef struct Options {
    BerthOption4 list[256 + OWN_OPTIONS];
    size_t n;
} Options;

static void add(Options *options, uint8_t code, const void *data, size_t len)
{
    options->list[options->n++] = (BerthOption4){code, {data, len}};
}

static bool user_has(const PerfConf *conf, uint8_t code)
{
    for (guint i = 0; i < conf->options->len; i++)
        if (g_array_index(conf->options, PerfOption, i).code == code)
            return true;
    return false;
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
    if (step != PERF_GIVE_BACK && !user_has(conf, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST))
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

        add(options, option->code, data, len);
    }
    if (conf->relays->len && conf->local_port != PERF_PORT_SERVER &&
        !user_has(conf, BERTH_DHO_DHCP_AGENT_OPTIONS))
        add(options, BERTH_DHO_DHCP_AGENT_OPTIONS, source_port, sizeof(source_port));
}

/* Where the values are that are patched. */
static void find_values(PerfTemplate *template)
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

static bool build(PerfTemplate *ret, PerfStep step, const PerfConf *conf, GError **error)
{
    static const BerthType4 types[PERF_STEPS] = {BERTH_DHCPDISCOVER, BERTH_DHCPREQUEST,
                                                 BERTH_DHCPREQUEST, BERTH_DHCPRELEASE};
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
                    perf_step_name(step), PERF_PACKET_MAX);
        return false;
    }
    ret->len = (uint16_t)len;
    ret->xid = 4, ret->secs = 8, ret->giaddr = 24, ret->mac = 28;
    ret->ciaddr = step == PERF_RENEWAL || step == PERF_GIVE_BACK ? 12 : 0;
    find_values(ret);
    return true;
}

/* ---- from a file ---- */

typedef struct Field {
    const char *name;
    size_t offset;
    unsigned len;
} Field;

/* clang-format off */
static const Field fields[] = {
    {"xid",       offsetof(PerfTemplate, xid),       4},
    {"secs",      offsetof(PerfTemplate, secs),      2},
    {"ciaddr",    offsetof(PerfTemplate, ciaddr),    4},
    {"giaddr",    offsetof(PerfTemplate, giaddr),    4},
    {"mac",       offsetof(PerfTemplate, mac),       6},
    {"client-id", offsetof(PerfTemplate, client_id), 6},
    {"ip",        offsetof(PerfTemplate, ip),        4},
    {"server",    offsetof(PerfTemplate, server),    4},
};
/* clang-format on */

static bool read_offset(PerfTemplate *ret, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    char *end = NULL;
    unsigned long at = equals ? strtoul(equals + 1, &end, 0) : 0;

    for (size_t i = 0; equals && *end == '\0' && end > equals + 1 && i < G_N_ELEMENTS(fields);
         i++) {
        uint16_t value = (uint16_t)at;

        if (strlen(fields[i].name) != (size_t)(equals - text) ||
            strncmp(fields[i].name, text, (size_t)(equals - text)) != 0)
            continue;
        if (at + fields[i].len > ret->len)
            break;
        memcpy((uint8_t *)ret + fields[i].offset, &value, sizeof(value));
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "%s: expected FIELD=OFFSET within the template's %u bytes, FIELD being xid, secs, "
                "ciaddr, giaddr, mac, client-id, ip or server",
                text, ret->len);
    return false;
}

/* Hex digits in any grouping, lines and all. */
static bool read_hex(PerfTemplate *ret, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    size_t digits = 0;
    int len;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    for (const char *at = text; *at; at++)
        if (!g_ascii_isspace(*at) && *at != ':')
            text[digits++] = *at;
    text[digits] = '\0';
    len = berth_hex_parse(text, ret->bytes, sizeof(ret->bytes));
    if (len >= 0 && len >= BERTH_MSG4_HEADER && digits % 2 == 0) {
        ret->len = (uint16_t)len;
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "%s: a template is an even number of hex digits, %d to %d bytes of DHCP message",
                path, BERTH_MSG4_HEADER, PERF_PACKET_MAX);
    return false;
}

static bool from_file(PerfTemplate *ret, const char *spec, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(spec, ":", 2);
    g_auto(GStrv) offsets = g_strsplit(parts[1] ? parts[1] : "", ",", -1);

    if (!read_hex(ret, parts[0], error))
        return false;
    ret->xid = 4, ret->secs = 8, ret->giaddr = 24, ret->mac = 28;
    find_values(ret);
    for (size_t i = 0; offsets[i]; i++)
        if (!read_offset(ret, offsets[i], error))
            return false;
    return true;
}

bool perf_template_make(PerfTemplate *ret, PerfStep step, const PerfConf *conf, GError **error)
{
    *ret = (PerfTemplate){.len = 0};
    if (!conf->templates[step])
        return build(ret, step, conf, error);
    return from_file(ret, conf->templates[step], error);
}
