/* What Dhcp4 and Dhcp6 hold but parameters, subnets, options and plugins: interfaces, loggers,
 * lease-database. */
#include "core/conf/build.h"

#define IFNAME_MAX 15

/* ---- interfaces-config ---- */

/* "eth0", "eth0/192.0.2.1" or "eth0/2001:db8::1", "*". */
static bool parse_interface(BerthBuild *build, const char *text, BerthIfaceName *ret)
{
    const char *slash = strchr(text, '/');
    const size_t len = slash ? (size_t)(slash - text) : strlen(text);
    BerthAddr addr = build->family->family == 4 ? BERTH_ADDR4_ANY : BERTH_ADDR6_ANY;

    if (len == 0 || len > IFNAME_MAX)
        return false;
    if (slash && (text[0] == '*' || berth_addr_parse(slash + 1, &addr) < 0 ||
                  !berth_build_is_own(build, addr)))
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

static void read_names(BerthBuild *build, const BerthNode *at, const char *path,
                       const BerthList *texts)
{
    BerthInterfacesConf *conf = &build->family->interfaces;
    BerthIfaceName *names = berth_build_array(build, texts->n, sizeof(*names));
    const char *const *text = texts->at;

    conf->names = names;
    for (size_t i = 0; i < texts->n; i++) {
        BerthIfaceName *name = &names[conf->n_names];

        if (!parse_interface(build, text[i], name))
            berth_errors_add(build->fill.errors, at, path,
                             "\"%s\" is no interface; write \"eth0\", \"%s\" or \"*\"", text[i],
                             build->family->tables->iface);
        else if (listed(conf, name))
            berth_errors_add(build->fill.errors, at, path, "\"%s\" stands there twice", text[i]);
        else
            conf->n_names++;
    }
}

void berth_build_interfaces(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const BerthNode *map = family->maps.interfaces, *at = berth_node_get(map, "interfaces");
    const char *path = berth_build_path(build, "interfaces-config");
    BerthInterfacesIn *in = berth_build_array(build, 1, sizeof(*in));
    const BerthScopeIn scope = {.tables = &family->tables->interfaces, .ret = in};

    family->interfaces_in = in;
    berth_build_scope(build, map, path, &scope);
    family->interfaces = (BerthInterfacesConf){
        .raw = family->family == 4 && in->socket_type == BERTH_SOCKET_RAW,
        .use_routing = in->outbound == BERTH_OUTBOUND_ROUTING,
    };
    read_names(build, at, berth_build_path(build, "interfaces-config.interfaces"), &in->interfaces);
    if (family->interfaces.raw && family->interfaces.use_routing) {
        berth_build_warn(build, berth_node_get(map, "outbound-interface"), path,
                         "outbound-interface use-routing needs dhcp-socket-type udp; replies leave "
                         "by the interface that the query came in");
        family->interfaces.use_routing = false;
    }
    if (in->interfaces.n == 0)
        berth_build_warn(build, map ? map : family->node, path,
                         "no interface is listed: nothing is served");
}

/* ---- loggers and lease-database ---- */

static size_t count_loggers(BerthBuild *build, BerthFamilyConf *family)
{
    build->family = family;
    return berth_build_count(build, family->maps.loggers, berth_build_path(build, "loggers"));
}

static void read_loggers(BerthBuild *build, BerthFamilyConf *family, size_t n)
{
    BerthConf *conf = build->conf;
    const BerthNode *node = berth_node_first(family->maps.loggers);
    BerthLoggerIn *in = berth_build_array(build, n, sizeof(*in));

    family->loggers_in = (BerthList){in, n};
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *path = g_strdup_printf("%s.loggers[%zu]", family->tables->map, i);

        berth_build_map(build, node, path, berth_conf_logger, &in[i]);
        conf->loggers[conf->n_loggers++] = (BerthLogger){
            .name = in[i].name,
            .level = in[i].severity > BERTH_FATAL ? BERTH_LOG_NONE : in[i].severity,
            .debuglevel = (int)in[i].debuglevel,
        };
    }
}

void berth_build_loggers(BerthBuild *build)
{
    BerthConf *conf = build->conf;
    const size_t n4 = count_loggers(build, &conf->v4), n6 = count_loggers(build, &conf->v6);

    conf->loggers = berth_build_array(build, n4 + n6, sizeof(BerthLogger));
    read_loggers(build, &conf->v4, n4);
    read_loggers(build, &conf->v6, n6);
}

void berth_build_lease_database(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const BerthNode *type;

    family->lease_type = "memfile";
    if (!berth_build_is_map(build, family->lease_database,
                            berth_build_path(build, "lease-database")))
        return;
    type = berth_node_get(family->lease_database, "type");
    if (type && (type->kind != BERTH_NODE_STRING || type->value.string[0] == '\0'))
        berth_errors_add(build->fill.errors, type, berth_build_path(build, "lease-database.type"),
                         "must be the name of a lease backend, \"memfile\" for a file");
    family->lease_type = berth_node_string(type, "memfile");
}
