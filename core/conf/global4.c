/* What Dhcp4 holds but subnets, options and plugins: lifetimes, interfaces, loggers,
 * lease-database. */
#include "core/conf/build.h"

#define SNAME_MAX 64
#define FILE_MAX 128
#define IFNAME_MAX 15

/* ---- the parameters that scopes inherit ---- */

static const BerthNode *place(const BerthNode *map, const char *key)
{
    const BerthNode *node = berth_node_get(map, key);

    return node ? node : map;
}

static void check_lifetimes(BerthBuild *build, const BerthNode *node, const char *path,
                            const BerthParams *params)
{
    if (params->min_valid_sec > params->valid_sec)
        berth_errors_add(build->fill.errors, place(node, "min-valid-lifetime"), path,
                         "min-valid-lifetime %" G_GINT64_FORMAT
                         " is above valid-lifetime %" G_GINT64_FORMAT,
                         params->min_valid_sec, params->valid_sec);
    if (params->max_valid_sec >= 0 && params->max_valid_sec < params->valid_sec)
        berth_errors_add(build->fill.errors, place(node, "max-valid-lifetime"), path,
                         "max-valid-lifetime %" G_GINT64_FORMAT
                         " is below valid-lifetime %" G_GINT64_FORMAT,
                         params->max_valid_sec, params->valid_sec);
}

static bool same_lifetimes(const BerthParams *a, const BerthParams *b)
{
    return a->min_valid_sec == b->min_valid_sec && a->valid_sec == b->valid_sec &&
           a->max_valid_sec == b->max_valid_sec;
}

/* RFC 2131 section 4.4.5: T1 is before T2 and T2 before the lease ends. Kea leaves a timer that
 * does not fit away, and so do we. */
static void fit_timers(BerthBuild *build, const BerthNode *node, const char *path,
                       BerthParams *params)
{
    if (params->rebind_sec == 0)
        params->rebind_sec = -1;
    if (params->renew_sec == 0)
        params->renew_sec = -1;
    if (params->rebind_sec >= params->valid_sec) {
        berth_build_warn(build, place(node, "rebind-timer"), path,
                         "rebind-timer %" G_GINT64_FORMAT
                         " is not below valid-lifetime %" G_GINT64_FORMAT "; it is not sent",
                         params->rebind_sec, params->valid_sec);
        params->rebind_sec = -1;
    }
    const bool has_t2 = params->rebind_sec >= 0;
    const int64_t limit = has_t2 ? params->rebind_sec : params->valid_sec;

    if (params->renew_sec >= limit) {
        berth_build_warn(build, place(node, "renew-timer"), path,
                         "renew-timer %" G_GINT64_FORMAT " is not below %s %" G_GINT64_FORMAT
                         "; it is not sent",
                         params->renew_sec, has_t2 ? "rebind-timer" : "valid-lifetime", limit);
        params->renew_sec = -1;
    }
}

static void check_percents(BerthBuild *build, const BerthNode *node, const char *path,
                           const BerthParams *params)
{
    if (params->t1_percent > 0 && params->t1_percent < params->t2_percent && params->t2_percent < 1)
        return;
    berth_errors_add(build->fill.errors, place(node, "t1-percent"), path,
                     "t1-percent %g and t2-percent %g do not fit; 0 < t1-percent < t2-percent < 1 "
                     "is needed",
                     params->t1_percent, params->t2_percent);
}

static void check_boot(BerthBuild *build, const BerthNode *node, const char *path,
                       const BerthParams *params)
{
    if (!berth_addr_is4(params->next_server))
        berth_errors_add(build->fill.errors, place(node, "next-server"), path,
                         "next-server must be an IPv4 address");
    if (params->server_hostname && strlen(params->server_hostname) > SNAME_MAX)
        berth_errors_add(build->fill.errors, place(node, "server-hostname"), path,
                         "server-hostname is longer than %d bytes", SNAME_MAX);
    if (params->boot_file_name && strlen(params->boot_file_name) > FILE_MAX)
        berth_errors_add(build->fill.errors, place(node, "boot-file-name"), path,
                         "boot-file-name is longer than %d bytes", FILE_MAX);
}

/* What a scope has from `outer` was reported there. */
void berth_build_params(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthParams *params, const BerthParams *outer)
{
    if (!outer || !same_lifetimes(params, outer))
        check_lifetimes(build, node, path, params);
    if (!outer || params->t1_percent != outer->t1_percent ||
        params->t2_percent != outer->t2_percent)
        check_percents(build, node, path, params);
    if (!outer || berth_node_get(node, "next-server") || berth_node_get(node, "server-hostname") ||
        berth_node_get(node, "boot-file-name"))
        check_boot(build, node, path, params);
    fit_timers(build, node, path, params);
}

/* ---- interfaces-config ---- */

#define INTERFACES "Dhcp4.interfaces-config"

/* "eth0", "eth0/192.0.2.1", "*". */
static bool parse_interface(BerthBuild *build, const char *text, BerthIfaceName *ret)
{
    const char *slash = strchr(text, '/');
    const size_t len = slash ? (size_t)(slash - text) : strlen(text);
    BerthAddr addr = BERTH_ADDR4_ANY;

    if (len == 0 || len > IFNAME_MAX)
        return false;
    if (slash &&
        (text[0] == '*' || berth_addr_parse(slash + 1, &addr) < 0 || !berth_addr_is4(addr)))
        return false;
    *ret = (BerthIfaceName){
        .name = berth_arena_printf(&build->conf->arena, "%.*s", (int)len, text),
        .addr = addr,
    };
    return true;
}

static bool listed(const BerthInterfacesConf *conf, const BerthIfaceName *name)
{
    for (size_t i = 0; i < conf->n_names; i++)
        if (strcmp(conf->names[i].name, name->name) == 0 &&
            berth_addr_equal(conf->names[i].addr, name->addr))
            return true;
    return false;
}

static void read_names(BerthBuild *build, const BerthNode *node, const BerthList *texts)
{
    BerthInterfacesConf *conf = &build->conf->v4.interfaces;
    BerthIfaceName *names = berth_build_array(build, texts->n, sizeof(*names));
    const char *const *text = texts->at;
    const BerthNode *at = place(node, "interfaces");

    conf->names = names;
    for (size_t i = 0; i < texts->n; i++) {
        BerthIfaceName *name = &names[conf->n_names];

        if (!parse_interface(build, text[i], name))
            berth_errors_add(build->fill.errors, at, INTERFACES ".interfaces",
                             "\"%s\" is no interface; write \"eth0\", \"eth0/192.0.2.1\" or \"*\"",
                             text[i]);
        else if (listed(conf, name))
            berth_errors_add(build->fill.errors, at, INTERFACES ".interfaces",
                             "\"%s\" stands there twice", text[i]);
        else
            conf->n_names++;
    }
}

void berth_build_interfaces(BerthBuild *build)
{
    BerthFamilyConf *v4 = &build->conf->v4;
    BerthInterfacesIn *in = berth_build_array(build, 1, sizeof(*in));

    v4->interfaces_in = in;
    berth_build_map(build, v4->maps.interfaces, INTERFACES, berth_conf_interfaces4, in);
    v4->interfaces = (BerthInterfacesConf){
        .raw = in->socket_type == BERTH_SOCKET_RAW,
        .use_routing = in->outbound == BERTH_OUTBOUND_ROUTING,
    };
    read_names(build, v4->maps.interfaces, &in->interfaces);
    if (v4->interfaces.raw && v4->interfaces.use_routing) {
        berth_build_warn(build, place(v4->maps.interfaces, "outbound-interface"), INTERFACES,
                         "outbound-interface use-routing needs dhcp-socket-type udp; replies leave "
                         "by the interface that the query came in");
        v4->interfaces.use_routing = false;
    }
    if (in->interfaces.n == 0)
        berth_build_warn(build, v4->maps.interfaces ? v4->maps.interfaces : v4->node, INTERFACES,
                         "no interface is listed: nothing is served");
}

/* ---- loggers and lease-database ---- */

void berth_build_loggers(BerthBuild *build)
{
    BerthConf *conf = build->conf;
    const BerthNode *list = conf->v4.maps.loggers;
    const size_t n = berth_build_count(build, list, "Dhcp4.loggers");
    const BerthNode *node = n ? list->value.children.first : NULL;
    BerthLoggerIn *in = berth_build_array(build, n, sizeof(*in));

    conf->n_loggers = n;
    conf->loggers = berth_build_array(build, n, sizeof(BerthLogger));
    conf->v4.loggers_in = (BerthList){in, n};
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *path = g_strdup_printf("Dhcp4.loggers[%zu]", i);

        berth_build_map(build, node, path, berth_conf_logger, &in[i]);
        conf->loggers[i] = (BerthLogger){
            .name = in[i].name,
            .level = in[i].severity > BERTH_FATAL ? BERTH_LOG_NONE : in[i].severity,
            .debuglevel = (int)in[i].debuglevel,
        };
    }
}

void berth_build_lease_database(BerthBuild *build)
{
    BerthFamilyConf *v4 = &build->conf->v4;
    const BerthNode *type;

    v4->lease_type = "memfile";
    if (!berth_build_is_map(build, v4->lease_database, "Dhcp4.lease-database"))
        return;
    type = berth_node_get(v4->lease_database, "type");
    if (type && (type->kind != BERTH_NODE_STRING || type->value.string[0] == '\0'))
        berth_errors_add(build->fill.errors, type, "Dhcp4.lease-database.type",
                         "must be the name of a lease backend, \"memfile\" for a file");
    v4->lease_type = berth_node_string(type, "memfile");
}
