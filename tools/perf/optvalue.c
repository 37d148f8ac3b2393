/* optvalue - see optvalue.h. */
#include "tools/perf/optvalue.h"

#include "core/base/addr.h"
#include "core/wire/opttype.h"
#include <berth/packet.h>
#include <math.h>
#include <stdlib.h>

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

bool perf_read_address(const char *text, uint32_t *ret, GError **error)
{
    BerthAddr addr;

    if (berth_addr_parse(text, &addr) < 0 || !berth_addr_is4(addr)) {
        perf_option_error(error, "'%s' is no IPv4 address", text);
        return false;
    }
    *ret = berth_addr_to4(addr);
    return true;
}

bool perf_read_relay(PerfConf *conf, const char *text, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    uint32_t first, last;

    if (!ends[0] || !perf_read_address(ends[0], &first, error) ||
        !perf_read_address(ends[1] ? ends[1] : ends[0], &last, error)) {
        g_prefix_error(error, "expected ADDRESS or FIRST-LAST of relays (giaddr): ");
        return false;
    }
    if (last < first || last - first >= PERF_RELAYS_MAX - conf->relays->len) {
        perf_option_error(error, "'%s': a range goes up, and there are at most %u relays", text,
                          PERF_RELAYS_MAX);
        return false;
    }
    for (uint32_t i = 0; i <= last - first; i++) {
        uint32_t relay = first + i;

        g_array_append_val(conf->relays, relay);
    }
    return true;
}

/* ---- clients ---- */

static bool read_mac(const char *text, uint8_t ret[6])
{
    return berth_hex_parse(text, ret, 6) == 6;
}

bool perf_read_base(PerfConf *conf, const char *text, GError **error)
{
    const char *value = text + strlen("mac=");

    if (g_ascii_strncasecmp(text, "mac=", 4) == 0 && read_mac(value, conf->mac))
        return true;
    perf_option_error(error, "'%s': expected mac=00:0c:01:02:03:04", text);
    return false;
}

typedef struct MacFile {
    const char *path;
    unsigned line;
    GHashTable *seen; /* text of the address: its line */
    GArray *macs;
} MacFile;

static bool read_mac_line(MacFile *file, char *line, GError **error)
{
    uint8_t mac[6];
    char text[18];
    gpointer before;

    line[strcspn(line, "#")] = '\0';
    if (!*g_strstrip(line))
        return true;
    if (!read_mac(line, mac)) {
        perf_option_error(error, "%s:%u: '%s' is no MAC address", file->path, file->line, line);
        return false;
    }
    berth_hex_text((BerthBytes){mac, 6}, ':', text, sizeof(text));
    before = g_hash_table_lookup(file->seen, text);
    if (before || file->macs->len >= PERF_CLIENTS_MAX) {
        perf_option_error(error, "%s:%u: %s %s", file->path, file->line, text,
                          before ? "is in this file already; a client is counted once"
                                 : "is one client too many");
        return false;
    }
    g_hash_table_insert(file->seen, g_strdup(text), GUINT_TO_POINTER(file->line));
    g_array_append_vals(file->macs, mac, 1);
    return true;
}

bool perf_read_macs(PerfConf *conf, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    MacFile file = {.path = path, .seen = seen};
    char *rest;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    if (!conf->macs)
        conf->macs = g_array_new(FALSE, FALSE, 6);
    file.macs = conf->macs;
    rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        file.line++;
        if (!read_mac_line(&file, line, error))
            return false;
    }
    if (conf->macs->len)
        return true;
    perf_option_error(error, "%s: there is no MAC address in it", path);
    return false;
}

/* ---- DHCP options ---- */

static bool is_own_option(unsigned long code)
{
    return code == OPTION_PAD || code >= OPTION_END || code == OPTION_OVERLOAD ||
           code == BERTH_DHO_DHCP_REQUESTED_ADDRESS || code == BERTH_DHO_DHCP_MESSAGE_TYPE ||
           code == BERTH_DHO_DHCP_SERVER_IDENTIFIER || code == BERTH_DHO_DHCP_CLIENT_IDENTIFIER;
}

/* The definition for "60" or "vendor-class-identifier", and the code; an unknown code has none. */
static bool find_option(const char *name, const BerthOptDef **ret, uint8_t *ret_code,
                        GError **error)
{
    char *end;
    unsigned long code = strtoul(name, &end, 10);

    *ret = *end ? berth_optdef_find_name(4, "dhcp4", name)
                : berth_optdef_find(4, "dhcp4", (uint16_t)MIN(code, UINT16_MAX));
    if (*end && !*ret) {
        perf_option_error(error, "there is no DHCPv4 option '%s'", name);
        return false;
    }
    if (*ret)
        code = (*ret)->code;
    if (is_own_option(code)) {
        perf_option_error(error,
                          "option '%s' is not to be given: berthperf writes it itself, or no "
                          "message has it",
                          name);
        return false;
    }
    *ret_code = (uint8_t)code;
    return true;
}

static void append_option(PerfConf *conf, uint8_t code, BerthBytes value)
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
    uint8_t code;
    BerthArena arena;
    BerthBytes value;
    int r;

    if (!text[name_len] || name_len == 0) {
        perf_option_error(error, "'%s': expected CODE,HEX or NAME=VALUE or CODE=VALUE", text);
        return false;
    }
    if (!find_option(name, &def, &code, error))
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
    static const char *const names[PERF_KINDS] = {"dora", "do", "renew", "release"};
    const char *equals = strchr(part, '=');

    for (size_t k = 0; equals && k < PERF_KINDS; k++)
        if (strlen(names[k]) == (size_t)(equals - part) &&
            strncmp(names[k], part, (size_t)(equals - part)) == 0)
            return perf_read_number(equals + 1, 0, 100, &conf->weights[k], error);
    perf_option_error(error, "'%s': expected dora=, do=, renew= or release= and a percentage",
                      part);
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

bool perf_read_template(PerfConf *conf, const char *text, GError **error)
{
    for (size_t i = 0; i < PERF_STEPS; i++)
        if (!conf->templates[i]) {
            conf->templates[i] = g_strdup(text);
            return true;
        }
    perf_option_error(error,
                      "'%s' is one template too many: there are DISCOVER, REQUEST, renewal and "
                      "RELEASE",
                      text);
    return false;
}
