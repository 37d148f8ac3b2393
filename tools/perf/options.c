/* options - see options.h. */
#include "tools/perf/options.h"

#include "core/base/addr.h"
#include "tools/perf/optvalue.h"
#include "tools/perf/wire.h"
#include <getopt.h>
#include <stddef.h>
#include <string.h>

typedef enum Type { FLAG, OFF, DOUBLE, U16, U32, U64, TEXT, CALL, NOTHING } Type;

typedef struct Spec {
    int letter; /* above 255: only the long name */
    const char *name, *value;
    Type type;
    size_t at;
    double min, max;
    bool (*call)(PerfConf *conf, const char *text, GError **error);
    const char *help;
} Spec;

static bool read_local(PerfConf *conf, const char *text, GError **error);
static bool only_offers(PerfConf *conf, const char *text, GError **error);
static bool renew_rate(PerfConf *conf, const char *text, GError **error);
static bool release_rate(PerfConf *conf, const char *text, GError **error);

#define AT(field) offsetof(PerfConf, field)
#define DAYS 8640000
enum { LONG_ONLY = 256 };

/* clang-format off */
static const Spec specs[] = {
    {'r', "rate",         "RATE",     DOUBLE,  AT(rate),        0.001, 1e7, NULL, "begin RATE exchanges a second (open loop)"},
    {'w', "window",       "N",        U32,     AT(window),      1, 1 << 24, NULL, "keep N exchanges running (closed loop; 64, or 1 without -R)"},
    {256, "scenario",     "NAME",     CALL,    0,               0, 0, perf_read_scenario, "basic, or avalanche: all clients at once, again until served"},
    {'p', "period",       "SECONDS",  DOUBLE,  AT(period_sec),  0.001, DAYS, NULL, "end after this time"},
    {'n', "count",        "N",        U64,     AT(n_exchanges), 1, 1e15, NULL, "end after N exchanges (one a client, when nothing else ends it)"},
    {257, "warm-up",      "SECONDS",  DOUBLE,  AT(warm_up_sec), 0, DAYS, NULL, "run so long before counting"},
    {'P', "preload",      "N",        U32,     AT(preload),     0, 1 << 24, NULL, "begin with N exchanges at once (with -r)"},
    {'d', "drop-time",    "SECONDS",  DOUBLE,  AT(drop_sec),    0.001, 3600, NULL, "no answer by then is a drop (1); avalanche: the first wait"},
    {'D', "max-drops",    "N[%]",     CALL,    0,               0, 0, perf_read_max_drops, "end when so many are dropped"},
    {'W', "linger",       "SECONDS",  DOUBLE,  AT(linger_sec),  0, DAYS, NULL, "wait for answers at the end no longer than this"},
    {'i', "offers",       NULL,       CALL,    0,               0, 0, only_offers, "DISCOVER and OFFER only (DHCPv6: SOLICIT and ADVERTISE)"},
    {258, "mix",          "MIX",      CALL,    0,               0, 0, perf_read_mix, "percent: dora=50,do=5,renew=30,rebind=10,release=5; -6: sarr, sa"},
    {'f', "renew-rate",   "RATE",     CALL,    0,               0, 0, renew_rate, "renewals a second, of the exchanges that -r begins"},
    {'F', "release-rate", "RATE",     CALL,    0,               0, 0, release_rate, "RELEASEs a second, likewise"},
    {'R', "clients",      "N",        U32,     AT(n_clients),   1, 1 << 24, NULL, "so many clients (1)"},
    {'b', "base",         "mac=MAC",  CALL,    0,               0, 0, perf_read_base, "the first client; the next ones count up (-6: or duid=HEX)"},
    {'M', "mac-list",     "FILE",     CALL,    0,               0, 0, perf_read_ids, "clients from a file, a MAC address a line (-6: or a DUID)"},
    {'g', "giaddr",       "ADDRESS",  CALL,    0,               0, 0, perf_read_relay, "be this relay; again, or FIRST-LAST: several (-6: link-address)"},
    {'A', "levels",       "N",        U32,     AT(levels),      0, PERF_LEVELS_MAX, NULL, "DHCPv6: through so many relays (1; 0 with -I)"},
    {'I', "interface",    "NAME",     TEXT,    AT(interface),   0, 0, NULL, "be clients on this interface, not a relay"},
    {'l', "local",        "ADDRESS",  CALL,    0,               0, 0, read_local, "bind to this address (and be this relay)"},
    {'L', "local-port",   "PORT",     U16,     AT(local_port),  1, 65535, NULL, "send from and listen at this port (67; 68 with -I; -6: 547, 546)"},
    {'N', "remote-port",  "PORT",     U16,     AT(server_port), 1, 65535, NULL, "the server's port (67; -6: 547)"},
    {263, "merge",        NULL,       FLAG,    AT(merges),      0, 0, NULL, "hand messages to the kernel in lumps (UDP segmentation)"},
    {'B', "broadcast",    NULL,       FLAG,    AT(broadcast),   0, 0, NULL, "set the broadcast flag"},
    {'c', "rapid-commit", NULL,       FLAG,    AT(rapid_commit), 0, 0, NULL, "ask for an ACK or a REPLY at once"},
    {'e', "lease-type",   "TYPE",     CALL,    0,               0, 0, perf_read_parts, "DHCPv6: address-only, prefix-only or address-and-prefix"},
    {'1', "one-server",   NULL,       FLAG,    AT(one_server),  0, 0, NULL, "keep to the server that answers first"},
    {259, "no-client-id", NULL,       OFF,     AT(client_id),   0, 0, NULL, "leave option 61 out (default: 01 and the MAC address)"},
    {'o', "option",       "OPTION",   CALL,    0,               0, 0, perf_read_option, "CODE,HEX or NAME=VALUE: send this option too"},
    {'T', "template",     "FILE[:FIELD=OFFSET,...]", CALL, 0,   0, 0, perf_read_template, "the DISCOVER in hex; again: REQUEST, renewal, RELEASE, rebinding"},
    {'s', "seed",         "N",        U64,     AT(seed),        0, 1e15, NULL, "the same run again"},
    {'t', "report",       "SECONDS",  DOUBLE,  AT(report_sec),  0, DAYS, NULL, "a line so often (1); 0: none"},
    {260, "json",         NULL,       FLAG,    AT(is_json),     0, 0, NULL, "lines of JSON instead of text"},
    {'q', "quiet",        NULL,       FLAG,    AT(is_quiet),    0, 0, NULL, "only the tables at the end"},
    {261, "record",       "FILE",     TEXT,    AT(record),      0, 0, NULL, "write a line for every lease"},
    {262, "null",         NULL,       FLAG,    AT(is_null),     0, 0, NULL, "be the other side: answer everything, keep nothing"},
    {'4', "ipv4",         NULL,       NOTHING, 0,               0, 0, NULL, "DHCPv4"},
    {'6', "ipv6",         NULL,       NOTHING, 0,               0, 0, NULL, "DHCPv6"},
    {'u', "unique",       NULL,       NOTHING, 0,               0, 0, NULL, "check that addresses are unique (always)"},
    {'v', "version",      NULL,       FLAG,    AT(wants_version), 0, 0, NULL, "print the version"},
    {'h', "help",         NULL,       FLAG,    AT(wants_help),  0, 0, NULL, "print this"},
};
/* clang-format on */
#define N_SPECS G_N_ELEMENTS(specs)

/* ---- the readers that belong to the command line alone ---- */

static bool read_local(PerfConf *conf, const char *text, GError **error)
{
    if (perf_read_address(conf, text, &conf->local, error))
        return true;
    g_prefix_error(error, "expected an address (an interface is given by -I): ");
    return false;
}

static bool only_offers(PerfConf *conf, const char *text G_GNUC_UNUSED,
                        GError **error G_GNUC_UNUSED)
{
    conf->weights[PERF_DORA] = 0;
    conf->weights[PERF_DO] = 100;
    return true;
}

static bool renew_rate(PerfConf *conf, const char *text, GError **error)
{
    return perf_read_number(text, 0, 1e7, &conf->renew_rate, error);
}

static bool release_rate(PerfConf *conf, const char *text, GError **error)
{
    return perf_read_number(text, 0, 1e7, &conf->release_rate, error);
}

/* ---- reading ---- */

static bool store_number(const Spec *spec, void *field, const char *text, GError **error)
{
    double value;

    if (!perf_read_number(text, spec->min, spec->max, &value, error))
        return false;
    if (spec->type == DOUBLE)
        *(double *)field = value;
    else if (spec->type == U16)
        *(uint16_t *)field = (uint16_t)value;
    else if (spec->type == U32)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = (uint64_t)value;
    if (spec->type == DOUBLE || value == (double)(uint64_t)value)
        return true;
    perf_option_error(error, "'%s': expected a whole number", text);
    return false;
}

static bool store(const Spec *spec, PerfConf *conf, const char *text, GError **error)
{
    void *field = (char *)conf + spec->at;

    switch (spec->type) {
    case NOTHING:
        return true;
    case FLAG:
    case OFF:
        *(bool *)field = spec->type == FLAG;
        return true;
    case TEXT:
        g_free(*(char **)field);
        *(char **)field = g_strdup(text);
        return true;
    case CALL:
        return spec->call(conf, text, error);
    default:
        return store_number(spec, field, text, error);
    }
}

typedef struct Tables {
    char letters[3 * N_SPECS + 2];
    struct option longs[N_SPECS + 1];
} Tables;

static void make_tables(Tables *ret)
{
    char *at = ret->letters;

    *at++ = ':'; /* messages are ours */
    for (size_t i = 0; i < N_SPECS; i++) {
        const Spec *spec = &specs[i];

        ret->longs[i] = (struct option){spec->name, spec->value != NULL, NULL, spec->letter};
        if (spec->letter >= LONG_ONLY)
            continue;
        *at++ = (char)spec->letter;
        if (spec->value)
            *at++ = ':';
    }
}

static const Spec *find_spec(int letter)
{
    for (size_t i = 0; i < N_SPECS; i++)
        if (specs[i].letter == letter)
            return &specs[i];
    return NULL;
}

static bool read_one(int letter, const char *argument, PerfConf *conf, GError **error)
{
    const Spec *spec = find_spec(letter);

    if (!spec) {
        perf_option_error(error,
                          letter == ':' ? "%s needs a value; see berthperf -h"
                                        : "there is no option %s; see berthperf -h",
                          argument);
        return false;
    }
    if (store(spec, conf, optarg, error))
        return true;
    if (spec->letter < LONG_ONLY)
        g_prefix_error(error, "-%c: ", spec->letter);
    else
        g_prefix_error(error, "--%s: ", spec->name);
    return false;
}

/* ---- what goes together ---- */

static bool check_rates(PerfConf *conf, GError **error)
{
    double others = conf->renew_rate + conf->release_rate;

    if (others <= 0)
        return true;
    if (conf->rate <= 0 || others > conf->rate) {
        perf_option_error(error, "-f and -F are a part of -r: give an -r of at least %g", others);
        return false;
    }
    conf->weights[conf->weights[PERF_DO] > 0 ? PERF_DO : PERF_DORA] = conf->rate - others;
    conf->weights[PERF_RENEW] = conf->renew_rate;
    conf->weights[PERF_RELEASE] = conf->release_rate;
    return true;
}

/* What only the other family has. */
static const char *find_stranger(const PerfConf *conf)
{
    if (conf->is_v6 && (conf->broadcast || !conf->client_id))
        return "-B and --no-client-id are DHCPv4's";
    if (!conf->is_v6 && (conf->levels != PERF_LEVELS_UNSAID || conf->wants[PERF_PREFIX]))
        return "-A and -e are DHCPv6's";
    if (!conf->is_v6 && conf->interface && (conf->relays->len || !berth_addr_is_any(conf->local)))
        return "-I is for clients on a wire, -g and -l are for relays: give one of them";
    return NULL;
}

static const char *find_conflict(const PerfConf *conf)
{
    if (conf->is_avalanche && (conf->rate > 0 || conf->window || conf->warm_up_sec > 0))
        return "an avalanche has no -r, -w or --warm-up: all clients begin at once";
    if (conf->is_avalanche && conf->weights[PERF_DORA] < 100)
        return "an avalanche is of full exchanges: no -i, --mix, -f or -F";
    if (conf->rate > 0 && conf->window)
        return "-r begins exchanges by the clock, -w when others end: give one of them";
    if (conf->preload && conf->rate <= 0)
        return "-P goes with -r";
    if (conf->levels == 0 && conf->relays->len)
        return "-A 0 is without relays, -g is one: give one of them";
    if (conf->ids.ends->len && conf->n_clients > conf->ids.ends->len)
        return "-R is more than there are clients in the file of -M";
    return find_stranger(conf);
}

static void fill_in(PerfConf *conf)
{
    bool is_client;

    if (!conf->n_clients)
        conf->n_clients = conf->ids.ends->len ? conf->ids.ends->len : 1;
    if (!conf->window)
        conf->window = conf->n_clients > 1 ? PERF_WINDOW : 1;
    if (!conf->n_exchanges && conf->period_sec <= 0 && conf->rate <= 0)
        conf->n_exchanges = conf->n_clients;
    if (conf->levels == PERF_LEVELS_UNSAID)
        conf->levels = !conf->interface || conf->relays->len ? 1 : 0;
    is_client = !conf->is_null && (conf->is_v6 ? conf->levels == 0 : conf->interface != NULL);
    if (!conf->local_port)
        conf->local_port = is_client ? perf_conf_client_port(conf) : perf_conf_server_port(conf);
    if (!conf->server_port)
        conf->server_port = perf_conf_uses_frames(conf) && conf->is_null
                                ? perf_conf_client_port(conf)
                                : perf_conf_server_port(conf);
}

/* Where no relay was said, it is the address from which the server is reached. */
static bool add_relay(PerfConf *conf, GError **error)
{
    BerthAddr relay = conf->local;

    if (berth_addr_is_any(relay) && !perf_wire_route(conf->server, &relay)) {
        perf_option_error(error, "there is no route to the server");
        return false;
    }
    g_array_append_val(conf->relays, relay);
    return true;
}

/* What only one interface knows: a group, or an address that is link-local. */
static bool needs_interface(BerthAddr addr)
{
    return addr.b[0] == 0xff || (addr.b[0] == 0xfe && (addr.b[1] & 0xc0) == 0x80);
}

/* A relay of DHCPv4 is where its answers are sent to; so it has to be here. Those of DHCPv6 go to
 * where the query came from. */
static bool check_relays(PerfConf *conf, GError **error)
{
    if (conf->relays->len == 0 && !add_relay(conf, error))
        return false;
    for (guint i = 0; !conf->is_v6 && i < conf->relays->len; i++) {
        BerthAddr relay = g_array_index(conf->relays, BerthAddr, i);
        char text[BERTH_ADDR_TEXT];

        if (perf_wire_is_local(relay))
            continue;
        perf_option_error(error,
                          "-g %s is no address of this host, so no answer would arrive: "
                          "ip addr add it, or ip route add local RANGE dev lo",
                          berth_addr_text(relay, text));
        return false;
    }
    return true;
}

/* Which way messages go: by an interface, or by the routes to the server. */
static bool check_way(PerfConf *conf, GError **error)
{
    if (conf->is_null || perf_conf_uses_frames(conf) || (conf->is_v6 && conf->levels == 0))
        return true;
    /* RFC 9915 section 7.1: All_DHCP_Relay_Agents_and_Servers, All_DHCP_Servers. A relay on the
     * wire of the interface that has no address of its own says nothing. */
    if (conf->interface && conf->relays->len == 0 && berth_addr_is_any(conf->local))
        return true;
    return check_relays(conf, error);
}

static bool check(PerfConf *conf, GError **error)
{
    const char *conflict;

    if (!check_rates(conf, error))
        return false;
    conflict = find_conflict(conf);
    if (!conflict && !conf->is_null && !conf->interface && berth_addr_is_any(conf->server))
        conflict = "which server? Give its address, or -I and the interface that it is on";
    if (!conflict && !conf->is_null && !conf->interface && needs_interface(conf->server))
        conflict = "a group, or a link-local address, needs -I and the interface";
    if (conflict) {
        perf_option_error(error, "%s", conflict);
        return false;
    }
    fill_in(conf);
    return check_way(conf, error);
}

/* "all" and "servers", as perfdhcp has them, are groups of DHCPv6. */
static bool read_server(int n, char **arguments, PerfConf *conf, GError **error)
{
    const char *text = n > 0 ? arguments[0] : "all";

    if (n > 1) {
        perf_option_error(error, "'%s': there is one server; see berthperf -h", arguments[1]);
        return false;
    }
    if (n == 0 && (!conf->is_v6 || !conf->interface || conf->is_null))
        return true;
    if (conf->is_v6 && strcmp(text, "all") == 0)
        text = "ff02::1:2";
    if (conf->is_v6 && strcmp(text, "servers") == 0)
        text = "ff05::1:3";
    return perf_read_address(conf, text, &conf->server, error);
}

/* The family is needed to read the rest. Of several the last counts. */
static void read_family(int argc, char **argv, const Tables *tables, PerfConf *ret)
{
    uint8_t mac[6];
    int letter;

    while ((letter = getopt_long(argc, argv, tables->letters, tables->longs, NULL)) != -1)
        if (letter == '4' || letter == '6')
            ret->is_v6 = letter == '6';
    memcpy(mac, ret->base, sizeof(mac));
    perf_conf_set_mac(ret, mac);
}

bool perf_options_parse(int argc, char **argv, PerfConf *ret, GError **error)
{
    Tables tables = {.letters = ""};
    int letter;

    make_tables(&tables);
    opterr = 0;
    optind = 0;
    read_family(argc, argv, &tables, ret);
    optind = 0;
    while ((letter = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (!read_one(letter, argv[MIN(optind, argc) - 1], ret, error))
            return false;
        if (ret->wants_help || ret->wants_version)
            return true;
    }
    return read_server(argc - optind, argv + optind, ret, error) && check(ret, error);
}

void perf_options_help(GString *ret)
{
    g_string_append(ret, "berthperf [OPTION...] SERVER        load on a server, as a relay\n"
                         "berthperf [OPTION...] -I INTERFACE  load as clients on its wire\n"
                         "berthperf -6 [OPTION...] ...        the same for DHCPv6\n"
                         "berthperf --null [OPTION...]        the bare responder\n\n");
    for (size_t i = 0; i < N_SPECS; i++) {
        const Spec *spec = &specs[i];
        g_autofree char *left = g_strdup_printf("--%s%s%s", spec->name, spec->value ? " " : "",
                                                spec->value ? spec->value : "");

        if (spec->letter < LONG_ONLY)
            g_string_append_printf(ret, "  -%c, %-24s %s\n", spec->letter, left, spec->help);
        else
            g_string_append_printf(ret, "      %-24s %s\n", left, spec->help);
    }
    g_string_append(ret,
                    "\nExit status: 0 all were served, 3 some were not, 1 a reply was wrong or "
                    "an error, 2 usage.\nThe manual is berthperf(8).\n");
}
