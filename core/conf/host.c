/* Reservations: what is reserved for single clients, of the whole family, of a network, of a
 * subnet. Kea has none of a network; there each belongs to the subnet that its address lies in, and
 * without an address to all subnets of the network. */
#include "core/conf/host.h"
#include "core/base/json.h"
#include "core/wire/ids.h"

#define PATH_MAX_TEXT 256

/* ---- by what clients are looked for ---- */

static void read_identifiers(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *const *names = family->host_ids_in.at;
    const char *path = berth_build_path(build, "host-reservation-identifiers");
    uint8_t *ids = berth_build_array(build, BERTH_HOST_ID_TYPES, sizeof(*ids));

    family->host_ids = ids;
    for (size_t i = 0; i < family->host_ids_in.n; i++) {
        const bool is_auto = strcmp(names[i], "auto") == 0;
        const int type = is_auto ? 0 : berth_host_id_type(names[i]);

        if (type < 0 || (family->family == 6 &&
                         (type == BERTH_HOST_CIRCUIT_ID || type == BERTH_HOST_CLIENT_ID)))
            berth_build_fail(build, berth_node_get(family->node, "host-reservation-identifiers"),
                             path, "\"%s\" is no identifier of reservations", names[i]);
        else if (memchr(ids, type, family->n_host_ids) && !is_auto)
            berth_build_fail(build, berth_node_get(family->node, "host-reservation-identifiers"),
                             path, "\"%s\" stands there twice", names[i]);
        else if (!is_auto)
            ids[family->n_host_ids++] = (uint8_t)type;
    }
    /* Kea: all of them, in its order. */
    for (int type = 0; family->n_host_ids == 0 && type < BERTH_HOST_ID_TYPES; type++)
        ids[type] = (uint8_t)type;
    if (family->n_host_ids == 0)
        family->n_host_ids = BERTH_HOST_ID_TYPES;
}

/* ---- one host ---- */

/* Kea: exactly one. */
static bool read_id(const BerthReading *reading, const BerthHostIn *in, BerthHostSpec *spec,
                    uint8_t bytes[BERTH_HOST_ID_MAX])
{
    int found = -1, len;

    for (int type = 0; type < BERTH_HOST_ID_TYPES; type++) {
        if (!in->ids[type])
            continue;
        if (found >= 0)
            return berth_build_fail(reading->build, reading->node, reading->path,
                                    "the '%s' and '%s' are mutually exclusive",
                                    berth_host_id_name((BerthHostIdType)found),
                                    berth_host_id_name((BerthHostIdType)type));
        found = type;
    }
    if (found < 0)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "one of hw-address, duid, %sflex-id is needed",
                                reading->build->family->family == 4 ? "client-id, circuit-id, "
                                                                    : "");
    spec->id_type = (BerthHostIdType)found;
    len = berth_host_id_read(spec->id_type, in->ids[found], bytes);
    if (len < 0)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no %s; write hex, or 'text'", in->ids[found],
                                berth_host_id_name(spec->id_type));
    spec->id = (BerthBytes){bytes, (size_t)len};
    return true;
}

static bool read_options(const BerthReading *reading, const BerthHostIn *in, BerthOptList *ret)
{
    g_autofree char *path = g_strdup_printf("%s.option-data", reading->path);
    const unsigned errors = reading->build->fill.errors->lines->len;

    *ret = berth_build_options(reading->build, in->options, path);
    return reading->build->fill.errors->lines->len == errors;
}

static void check_boot(const BerthReading *reading, const BerthHostIn *in)
{
    const BerthParams params = {
        .next_server = in->next_server,
        .server_hostname = in->server_hostname,
        .boot_file_name = in->boot_file_name,
    };

    if (reading->build->family->family == 4)
        berth_build_check_boot(reading->build, reading->node, reading->path, &params);
}

static bool is_empty(const char *text)
{
    return !text || !text[0];
}

/* Whether there is anything that few hosts have. */
static bool has_more(const BerthHostIn *in, const BerthOptList *options)
{
    return options->n > 0 || in->classes.n > 0 || in->user_context ||
           !is_empty(in->server_hostname) || !is_empty(in->boot_file_name) ||
           !berth_addr_is_any(in->next_server);
}

static char *options_text(const BerthOptList *options)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_conf_write_options(options, json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

static BerthHost *make(const BerthHostSpec *spec, const BerthHostIn *in,
                       const BerthOptList *options)
{
    g_autofree char *text = options->n > 0 ? options_text(options) : NULL;
    g_autofree char *context = in->user_context ? berth_node_json(in->user_context) : NULL;
    const BerthHostMore more = {
        .next_server = in->next_server,
        .server_hostname = in->server_hostname,
        .boot_file_name = in->boot_file_name,
        .classes = in->classes.at,
        .n_classes = (unsigned)in->classes.n,
        .options = options->n > 0 ? berth_optlist_copy(options) : NULL,
        .options_text = text,
        .context = context,
    };
    BerthHostSpec whole = *spec;

    whole.more = has_more(in, options) ? &more : NULL;
    return berth_host_new(&whole);
}

static void read_keys(const BerthReading *reading, BerthHostIn *in, GPtrArray *unclaimed)
{
    const BerthScopeIn scope = {
        .tables = &reading->build->family->tables->host, .ret = in, .unclaimed = unclaimed};

    berth_build_scope(reading->build, reading->node, reading->path, &scope);
    if (reading->build->family->family == 6)
        in->next_server = BERTH_ADDR4_ANY;
}

/* NULL with errors. */
static BerthHost *read_host(const BerthReading *reading, const BerthHostScope *scope,
                            GPtrArray *unclaimed)
{
    const BerthErrors *errors = reading->build->fill.errors;
    const unsigned n_errors = errors->lines->len;
    uint8_t id[BERTH_HOST_ID_MAX];
    BerthHostIn in = {0};
    BerthOptList options = {0};
    BerthHostSpec spec = {
        .family = reading->build->family->family,
        .subnet_id = scope->subnet_id,
        .addrs = scope->addrs,
    };

    read_keys(reading, &in, unclaimed);
    if (errors->lines->len > n_errors || !read_id(reading, &in, &spec, id) ||
        !berth_build_host_addrs(reading, scope, &in, &spec))
        return NULL;
    spec.hostname = in.hostname;
    check_boot(reading, &in);
    if (!reading->build->at_run_time)
        berth_build_guard(reading, &in.classes);
    if (!read_options(reading, &in, &options) || errors->lines->len > n_errors)
        return NULL;
    return make(&spec, &in, &options);
}

/* ---- their lists ---- */

/* "hw-address" as Kea says it in these texts; NULL: it names others another way. */
static const char *who(const BerthHost *host)
{
    return berth_host_type(host) == BERTH_HOST_HWADDR ? "HW address"
           : berth_host_type(host) == BERTH_HOST_DUID ? "DUID"
                                                      : NULL;
}

static char *clash_of_id(const BerthHost *host, const char *id)
{
    if (who(host))
        return g_strdup_printf("failed to add new host using the %s '%s' to the IPv%d subnet id "
                               "'%u' as this host has already been added",
                               who(host), id, host->family, host->subnet_id);
    return g_strdup_printf("failed to add duplicate IPv%d host using identifier: %s=%s",
                           host->family, berth_host_id_name(berth_host_type(host)), id);
}

/* Kea's words, with the quote that it forgets. */
static char *clash_of_addr(const BerthHost *host, const char *id, const char *addr)
{
    const bool is6 = host->family == 6;

    return g_strdup_printf(
        "failed to add %s using the HW address '%s and DUID '%s' to the IPv%d subnet id '%u' for "
        "%s %s: There's already %s",
        is6 ? "address reservation for host" : "new host",
        berth_host_type(host) == BERTH_HOST_HWADDR ? id : "(null)",
        berth_host_type(host) == BERTH_HOST_DUID ? id : "(null)", host->family, host->subnet_id,
        is6 ? "address/prefix" : "the address", addr,
        is6 ? "reservation for this address/prefix" : "a reservation for this address");
}

char *berth_conf_host_clash(const BerthHost *host, BerthHostsPut put, const BerthHostsClash *clash)
{
    char id[BERTH_HOST_ID_TEXT], addr[BERTH_ADDR_TEXT];

    berth_host_id_text(berth_host_type(host), berth_host_id(host), id);
    if (put == BERTH_HOSTS_HAVE_ID)
        return clash_of_id(host, id);
    if (put == BERTH_HOSTS_HAVE_ADDR)
        return clash_of_addr(host, id, berth_addr_text(clash->addr->addr, addr));
    return g_strdup_printf("more than %u reservations", BERTH_HOSTS_MAX);
}

static void put(const BerthReading *reading, BerthHost *host)
{
    BerthHostsClash clash;
    const BerthHostsPut put = berth_hosts_put(reading->build->family->hosts, host, &clash);
    g_autofree char *why = put ? berth_conf_host_clash(host, put, &clash) : NULL;

    if (why)
        berth_build_fail(reading->build, reading->node, reading->path, "%s", why);
}

static void add(const BerthReading *reading, const BerthHostScope *scope)
{
    BerthHost *host = read_host(reading, scope, NULL);

    if (host)
        put(reading, host);
    berth_host_unref(host);
}

/* The text of the first address of a map, NULL: it has none. */
static const char *first_address(const BerthNode *node)
{
    const BerthNode *list = berth_node_get(node, "ip-addresses");

    return berth_node_string(list ? berth_node_first(list) : berth_node_get(node, "ip-address"),
                             NULL);
}

static const BerthSubnet *subnet_of(const BerthNetwork *network, BerthAddr addr)
{
    for (size_t i = 0; i < network->n_subnets; i++) {
        const BerthSubnet *subnet = &network->subnets[i];

        if (subnet->text && berth_prefix_contains(subnet->prefix, subnet->prefix_len, addr))
            return subnet;
    }
    return NULL;
}

static void add_to_network(const BerthReading *reading, BerthHostScope *scope,
                           const BerthNetwork *network)
{
    const char *text = first_address(reading->node);
    BerthAddr addr;

    if (text && text[0] && berth_addr_parse(text, &addr) == 0) {
        scope->subnet = subnet_of(network, addr);
        scope->subnet_id = scope->subnet ? scope->subnet->id : 0;
        if (scope->subnet)
            add(reading, scope);
        else
            berth_build_fail(reading->build, reading->node, reading->path,
                             "%s lies in no subnet of the network", text);
        return;
    }
    for (size_t i = 0; i < network->n_subnets; i++) {
        scope->subnet = &network->subnets[i];
        scope->subnet_id = scope->subnet->id;
        add(reading, scope);
    }
}

static void read_list(BerthBuild *build, const BerthNode *map, const char *path,
                      BerthHostScope *scope, const BerthNetwork *network)
{
    const BerthNode *list = berth_node_get(map, "reservations");
    g_autofree char *list_path = g_strdup_printf("%s.reservations", path);
    const size_t n = berth_build_count(build, list, list_path);
    const BerthNode *node = n > 0 ? list->value.children.first : NULL;

    for (size_t i = 0; i < n; i++, node = node->next) {
        char at[PATH_MAX_TEXT];
        const BerthReading reading = {build, node, at};

        g_snprintf(at, sizeof(at), "%s[%zu]", list_path, i);
        if (!berth_build_is_map(build, node, at))
            continue;
        if (network)
            add_to_network(&reading, scope, network);
        else
            add(&reading, scope);
    }
}

static size_t count_all(const BerthFamilyConf *family)
{
    size_t n = 0;

    for (size_t i = 0; i < family->n_subnets; i++) {
        const BerthNode *list = berth_node_get(family->subnets[i].node, "reservations");

        n += list && list->kind == BERTH_NODE_LIST ? list->value.children.count : 0;
    }
    return n;
}

/* "Dhcp4.subnet4[3]", whatever list of subnets it stands in. */
static void read_subnets(BerthBuild *build, BerthHostScope *scope)
{
    const BerthFamilyConf *family = build->family;
    const BerthNetwork *network = NULL;
    size_t at = 0;

    for (size_t i = 0; i < family->n_subnets; i++, at++) {
        const BerthSubnet *subnet = &family->subnets[i];
        char path[PATH_MAX_TEXT];

        if (subnet->network != network)
            at = 0;
        network = subnet->network;
        if (network)
            g_snprintf(path, sizeof(path), "%s.shared-networks[%zu].%s[%zu]", family->tables->map,
                       (size_t)(network - family->networks), family->tables->subnets, at);
        else
            g_snprintf(path, sizeof(path), "%s.%s[%zu]", family->tables->map,
                       family->tables->subnets, at);
        scope->subnet = subnet;
        scope->subnet_id = subnet->id;
        read_list(build, subnet->node, path, scope, NULL);
    }
}

void berth_build_hosts(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    BerthHostAddr addrs[BERTH_HOST_ADDRS_MAX];
    BerthHostScope scope = {.addrs = addrs};

    read_identifiers(build);
    family->hosts = berth_hosts_new(family->unique_hosts);
    berth_hosts_expect(family->hosts, count_all(family));
    read_list(build, family->node, family->tables->map, &scope, NULL);
    for (size_t i = 0; i < family->n_networks; i++) {
        g_autofree char *path = g_strdup_printf("%s.shared-networks[%zu]", family->tables->map, i);

        read_list(build, family->networks[i].node, path, &scope, &family->networks[i]);
    }
    read_subnets(build, &scope);
}

/* ---- at run time ---- */

static void check_unclaimed(const BerthReading *reading, const GPtrArray *unclaimed)
{
    for (unsigned i = 0; i < unclaimed->len; i++) {
        const BerthNode *node = unclaimed->pdata[i];

        if (strcmp(node->key, "subnet-id") != 0)
            berth_build_fail(reading->build, node, reading->path, "unknown key \"%s\"", node->key);
    }
}

BerthHost *berth_conf_host_read(const BerthFamilyConf *family, const BerthNode *map,
                                uint32_t subnet_id, BerthErrors *errors)
{
    BerthConf conf = {.warnings = g_ptr_array_new_with_free_func(g_free)};
    BerthFamilyConf copy = *family;
    BerthHostAddr addrs[BERTH_HOST_ADDRS_MAX];
    const BerthSubnet *subnet = subnet_id ? berth_conf_subnet_by_id(family, subnet_id) : NULL;
    const BerthHostScope scope = {subnet, subnet_id, addrs};
    BerthBuild build = {.conf = &conf, .family = &copy, .at_run_time = true};
    const BerthReading reading = {&build, map, "reservation"};
    g_autoptr(GPtrArray) unclaimed = g_ptr_array_new();
    BerthHost *host = NULL;

    berth_arena_init(&conf.arena, SIZE_MAX / 2);
    build.fill = (BerthFill){.arena = &conf.arena, .errors = errors, .warnings = conf.warnings};
    if (berth_build_is_map(&build, map, reading.path))
        host = read_host(&reading, &scope, unclaimed);
    check_unclaimed(&reading, unclaimed);
    if (berth_errors_any(errors))
        g_clear_pointer(&host, berth_host_unref);
    g_ptr_array_unref(conf.warnings);
    berth_arena_clear(&conf.arena);
    return host;
}
