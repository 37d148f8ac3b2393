/* optvalue - see optvalue.h. */
#include "tools/perf/optvalue.h"

#include "core/base/addr.h"
#include "core/wire/opttype.h"
#include "tools/perf/family.h"
#include <berth/packet.h>
#include <math.h>
#include <stdlib.h>

#define DUID_MIN 3      /* a type, and something */
#define DUID_BASE_MIN 8 /* what is counted up is its end */
#define OPTION_MEMORY 65536
#define OPTION_PAD 0
#define OPTION_OVERLOAD 52
#define OPTION_END 255

void perf_option_error(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error)
        *error = g_error_new_valist(PERF_OPTION_ERROR, 0, format, args);
    va_end(args);
}

/* ---- numbers and addresses ---- */

bool perf_read_number(const char *text, double min, double max, double *ret, GError **error)
{
    char *end;
    double value = g_ascii_strtod(text, &end);

    if (end == text || *end || isnan(value) || value < min || value > max) {
        perf_option_error(error, "'%s': expected a number from %g to %g", text, min, max);
        return false;
    }
    *ret = value;
    return true;
}

bool perf_read_address(const PerfConf *conf, const char *text, BerthAddr *ret, GError **error)
{
    BerthAddr addr;

    if (berth_addr_parse(text, &addr) < 0 || berth_addr_is4(addr) == conf->is_v6) {
        perf_option_error(error, "'%s' is no IPv%c address", text, conf->is_v6 ? '6' : '4');
        return false;
    }
    *ret = addr;
    return true;
}

bool perf_read_relay(PerfConf *conf, const char *text, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    BerthAddr first, last;
    BerthU128 span, step = 1;

    if (!ends[0] || !perf_read_address(conf, ends[0], &first, error) ||
        !perf_read_address(conf, ends[1] ? ends[1] : ends[0], &last, error)) {
        g_prefix_error(error, "expected ADDRESS or FIRST-LAST of relays (%s): ",
                       conf->is_v6 ? "link-address" : "giaddr");
        return false;
    }
    span = berth_addr_to_number(last) - berth_addr_to_number(first);
    if (span && (uint64_t)span == 0)
        step = (BerthU128)1 << 64;
    if (span / step >= PERF_RELAYS_MAX - conf->relays->len) {
        perf_option_error(error, "'%s': a range goes up, and there are at most %u relays", text,
                          PERF_RELAYS_MAX);
        return false;
    }
    for (BerthU128 at = 0; at <= span; at += step) {
        BerthAddr relay = berth_addr_from_number(berth_addr_to_number(first) + at);

        g_array_append_val(conf->relays, relay);
    }
    return true;
}

/* ---- clients ---- */

static bool read_mac(const char *text, uint8_t ret[6])
{
    return berth_hex_parse(text, ret, 6) == 6;
}

static bool read_duid(const char *text, uint8_t ret[PERF_ID_MAX], int min, uint8_t *ret_len)
{
    int len = berth_hex_parse(text, ret, PERF_ID_MAX);

    if (len < min)
        return false;
    *ret_len = (uint8_t)len;
    return true;
}

bool perf_read_base(PerfConf *conf, const char *text, GError **error)
{
    uint8_t mac[6];

    if (g_ascii_strncasecmp(text, "mac=", 4) == 0 && read_mac(text + 4, mac)) {
        perf_conf_set_mac(conf, mac);
        return true;
    }
    if (conf->is_v6 && g_ascii_strncasecmp(text, "duid=", 5) == 0 &&
        read_duid(text + 5, conf->base, DUID_BASE_MIN, &conf->base_len))
        return true;
    perf_option_error(error, "'%s': expected mac=00:0c:01:02:03:04%s", text,
                      conf->is_v6 ? ", or duid= and 8 to 130 bytes in hex" : "");
    return false;
}

/* A MAC address makes a DUID, too. */
static bool read_id(bool is_v6, const char *text, uint8_t ret[PERF_ID_MAX], uint8_t *ret_len)
{
    uint8_t mac[6];

    if (!read_mac(text, mac))
        return is_v6 && read_duid(text, ret, DUID_MIN, ret_len);
    if (is_v6)
        perf_duid_ll(mac, ret);
    else
        memcpy(ret, mac, 6);
    *ret_len = is_v6 ? PERF_DUID_LL_LEN : 6;
    return true;
}

typedef struct IdFile {
    const char *path;
    unsigned line;
    GHashTable *seen; /* text of the identity: its line */
    PerfConf *conf;
} IdFile;

static bool read_id_line(IdFile *file, char *line, GError **error)
{
    PerfIds *ids = &file->conf->ids;
    uint8_t id[PERF_ID_MAX], len;
    char text[3 * PERF_ID_MAX];
    gpointer before;

    line[strcspn(line, "#")] = '\0';
    if (!*g_strstrip(line))
        return true;
    if (!read_id(file->conf->is_v6, line, id, &len)) {
        perf_option_error(error, "%s:%u: '%s' is no MAC address%s", file->path, file->line, line,
                          file->conf->is_v6 ? " and no DUID" : "");
        return false;
    }
    berth_hex_text((BerthBytes){id, len}, ':', text, sizeof(text));
    before = g_hash_table_lookup(file->seen, text);
    if (before || ids->ends->len >= PERF_CLIENTS_MAX) {
        perf_option_error(error, "%s:%u: %s %s", file->path, file->line, text,
                          before ? "is in this file already; a client is counted once"
                                 : "is one client too many");
        return false;
    }
    g_hash_table_insert(file->seen, g_strdup(text), GUINT_TO_POINTER(file->line));
    g_byte_array_append(ids->bytes, id, len);
    g_array_append_val(ids->ends, ids->bytes->len);
    return true;
}

bool perf_read_ids(PerfConf *conf, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    IdFile file = {.path = path, .seen = seen, .conf = conf};
    char *rest;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        file.line++;
        if (!read_id_line(&file, line, error))
            return false;
    }
    if (conf->ids.ends->len)
        return true;
    perf_option_error(error, "%s: there is no %s in it", path,
                      conf->is_v6 ? "DUID and no MAC address" : "MAC address");
    return false;
}

/* ---- DHCP options ---- */

/* Those that berthperf writes itself, and those that are in no message. */
static bool is_own_option(bool is_v6, unsigned long code)
{
    static const uint8_t own4[] = {OPTION_PAD,
                                   OPTION_OVERLOAD,
                                   BERTH_DHO_DHCP_REQUESTED_ADDRESS,
                                   BERTH_DHO_DHCP_MESSAGE_TYPE,
                                   BERTH_DHO_DHCP_SERVER_IDENTIFIER,
                                   BERTH_DHO_DHCP_CLIENT_IDENTIFIER};
    static const uint8_t own6[] = {0,
                                   BERTH_D6O_CLIENTID,
                                   BERTH_D6O_SERVERID,
                                   BERTH_D6O_IA_NA,
                                   BERTH_D6O_IAADDR,
                                   BERTH_D6O_ELAPSED_TIME,
                                   BERTH_D6O_RELAY_MSG,
                                   BERTH_D6O_STATUS_CODE,
                                   BERTH_D6O_RAPID_COMMIT,
                                   BERTH_D6O_IA_PD,
                                   BERTH_D6O_IAPREFIX};

    if (is_v6)
        return code > UINT16_MAX || (code < 256 && memchr(own6, (int)code, sizeof(own6)));
    return code >= OPTION_END || memchr(own4, (int)code, sizeof(own4));
}

/* The definition for "60" or "vendor-class-identifier", and the code; an unknown code has none. */
static bool find_option(bool is_v6, const char *name, const BerthOptDef **ret, uint16_t *ret_code,
                        GError **error)
{
    uint8_t family = is_v6 ? 6 : 4;
    const char *space = is_v6 ? "dhcp6" : "dhcp4";
    char *end;
    unsigned long code = strtoul(name, &end, 10);

    *ret = *end ? berth_optdef_find_name(family, space, name)
                : berth_optdef_find(family, space, (uint16_t)MIN(code, UINT16_MAX));
    if (*end && !*ret) {
        perf_option_error(error, "there is no DHCPv%c option '%s'", is_v6 ? '6' : '4', name);
        return false;
    }
    if (*ret)
        code = (*ret)->code;
    if (is_own_option(is_v6, code)) {
        perf_option_error(error,
                          "option '%s' is not to be given: berthperf writes it itself, or no "
                          "message has it",
                          name);
        return false;
    }
    *ret_code = (uint16_t)code;
    return true;
}

static void append_option(PerfConf *conf, uint16_t code, BerthBytes value)
{
    guint n = conf->options->len;

    g_array_set_size(conf->options, n + 1);
    g_array_index(conf->options, PerfOption, n) =
        (PerfOption){code, g_bytes_new(value.data, value.len)};
}

bool perf_read_option(PerfConf *conf, const char *text, GError **error)
{
    size_t name_len = strcspn(text, ",=");
    g_autofree char *name = g_strndup(text, name_len);
    bool is_hex = text[name_len] == ',';
    const BerthOptDef *def;
    uint16_t code;
    BerthArena arena;
    BerthBytes value;
    int r;

    if (!text[name_len] || name_len == 0) {
        perf_option_error(error, "'%s': expected CODE,HEX or NAME=VALUE or CODE=VALUE", text);
        return false;
    }
    if (!find_option(conf->is_v6, name, &def, &code, error))
        return false;
    berth_arena_init(&arena, OPTION_MEMORY);
    r = berth_opt_from_text(def, text + name_len + 1, !is_hex, &arena, &value, error);
    if (r == 0)
        append_option(conf, code, value);
    berth_arena_clear(&arena);
    /* cppcheck-suppress memleak ; the array has it */
    return r == 0;
}

/* ---- what is done ---- */

static bool read_share(PerfConf *conf, const char *part, GError **error)
{
    const char *const *names = perf_family(conf)->kinds;
    const char *equals = strchr(part, '=');

    for (size_t k = 0; equals && k < PERF_KINDS; k++)
        if (strlen(names[k]) == (size_t)(equals - part) &&
            strncmp(names[k], part, (size_t)(equals - part)) == 0)
            return perf_read_number(equals + 1, 0, 100, &conf->weights[k], error);
    perf_option_error(error, "'%s': expected %s=, %s=, %s=, %s= or %s= and a percentage", part,
                      names[0], names[1], names[2], names[3], names[4]);
    return false;
}

bool perf_read_mix(PerfConf *conf, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    double sum = 0;

    memset(conf->weights, 0, sizeof(conf->weights));
    for (size_t i = 0; parts[i]; i++)
        if (!read_share(conf, parts[i], error))
            return false;
    for (size_t k = 0; k < PERF_KINDS; k++)
        sum += conf->weights[k];
    if (sum > 99.99 && sum < 100.01)
        return true;
    perf_option_error(error, "'%s' is %g percent together, not 100", text, sum);
    return false;
}

bool perf_read_max_drops(PerfConf *conf, const char *text, GError **error)
{
    size_t len = strlen(text);
    g_autofree char *number = g_strndup(text, len && text[len - 1] == '%' ? len - 1 : len);
    bool is_percent = strlen(number) < len;
    double value;

    if (!perf_read_number(number, is_percent ? 0.001 : 1, is_percent ? 100 : 1e12, &value, error))
        return false;
    if (is_percent)
        conf->max_drop_percent = value;
    else
        conf->max_drops = (uint64_t)value;
    return true;
}

bool perf_read_scenario(PerfConf *conf, const char *text, GError **error)
{
    conf->is_avalanche = strcmp(text, "avalanche") == 0;
    if (conf->is_avalanche || strcmp(text, "basic") == 0)
        return true;
    perf_option_error(error, "'%s': expected basic or avalanche", text);
    return false;
}

bool perf_read_parts(PerfConf *conf, const char *text, GError **error)
{
    static const char *const names[] = {"address-only", "prefix-only", "address-and-prefix"};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i]) == 0) {
            conf->wants[PERF_ADDRESS] = i != 1;
            conf->wants[PERF_PREFIX] = i != 0;
            return true;
        }
    perf_option_error(error, "'%s': expected address-only, prefix-only or address-and-prefix",
                      text);
    return false;
}

bool perf_read_template(PerfConf *conf, const char *text, GError **error)
{
    for (size_t i = 0; i < PERF_STEPS; i++)
        if (!conf->templates[i]) {
            conf->templates[i] = g_strdup(text);
            return true;
        }
    perf_option_error(error,
                      "'%s' is one template too many: there are DISCOVER, REQUEST, renewal, "
                      "RELEASE and rebinding",
                      text);
    return false;
}
