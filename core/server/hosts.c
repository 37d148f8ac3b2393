/* hosts - the sets of hosts as plugins reach them (berth/host.h): that of the configuration in
 * force, and that of the family. What becomes of a change for addresses that are free is told to
 * the leases. */
#include "core/server/server.h"

#include <errno.h>

/* Where the set is; NULL: the family is not served. */
static BerthHosts **set_of(BerthServer *server, int family, BerthHostTarget target)
{
    BerthFamily *of = family ? berth_server_family(server, family) : NULL;

    if (!of || !server->conf)
        return NULL;
    return target == BERTH_HOSTS_DATABASE
               ? &of->env.hosts
               : (BerthHosts **)&berth_family_conf(of, server->conf)->hosts;
}

static BerthHosts *hosts_of(BerthServer *server, int family, BerthHostTarget target)
{
    BerthHosts **hosts = set_of(server, family, target);

    return hosts ? *hosts : NULL;
}

static int not_served(GError **error, int family)
{
    return berth_fail(error, -ESRCH, "DHCPv%d is not served", family);
}

BerthHost *berth_server_read_host(BerthServer *server, int family, const BerthNode *map,
                                  uint32_t subnet_id, GError **error)
{
    BerthFamily *of = family ? berth_server_family(server, family) : NULL;
    BerthErrors errors;
    BerthHost *host;

    if (!of || !server->conf) {
        not_served(error, family);
        return NULL;
    }
    berth_errors_init(&errors);
    host = berth_conf_host_read(berth_family_conf(of, server->conf), map, subnet_id, &errors);
    if (!host) {
        g_autofree char *text = berth_errors_text(&errors);

        berth_fail(error, -EINVAL, "%s", text);
    }
    berth_errors_clear(&errors);
    return host;
}

BerthHost *berth_server_parse_host(BerthServer *server, int family, BerthBytes json, GError **error)
{
    BerthErrors errors;
    BerthDoc *doc;
    BerthHost *host = NULL;
    int64_t subnet_id = -1;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(json, "<reservation>", false, &errors);
    if (doc)
        subnet_id = berth_node_int(berth_node_get(doc->root, "subnet-id"), -1);
    if (!doc) {
        g_autofree char *text = berth_errors_text(&errors);

        berth_fail(error, -EINVAL, "%s", text);
    } else if (subnet_id < 0 || subnet_id > UINT32_MAX) {
        berth_fail(error, -EINVAL, "there is no subnet-id");
    } else {
        host = berth_server_read_host(server, family, doc->root, (uint32_t)subnet_id, error);
    }
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    return host;
}

char *berth_host_json(const BerthHost *host)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_uint(json, "subnet-id", berth_host_subnet_id(host));
    berth_host_write(host, json);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

/* The family's leases have to know what is free; when plugins stop with the server they are gone.
 */
static void tell(BerthServer *server, int family, const BerthHost *host)
{
    BerthLeases *leases = berth_server_family(server, family)->env.leases;

    if (leases)
        berth_leases_host_changed(leases, host);
}

static int put(BerthHosts *hosts, BerthHost *host, GError **error)
{
    BerthHostsClash clash;
    const BerthHostsPut put = berth_hosts_put(hosts, host, &clash);
    g_autofree char *why = put ? berth_conf_host_clash(host, put, &clash) : NULL;

    if (!why)
        return 0;
    return berth_fail(error, put == BERTH_HOSTS_FULL ? -ENOSPC : -EEXIST, "%s", why);
}

int berth_server_put_host(BerthServer *server, int family, BerthHostTarget target, BerthHost *host,
                          GError **error)
{
    BerthHosts *hosts = hosts_of(server, family, target);
    int r;

    if (!hosts)
        return not_served(error, family);
    if (berth_host_family(host) != family)
        return berth_fail(error, -EINVAL, "the host is of DHCPv%d", berth_host_family(host));
    r = put(hosts, host, error);
    if (r == 0)
        tell(server, family, host);
    return r;
}

int berth_server_remove_host(BerthServer *server, int family, BerthHostTarget target,
                             const BerthHost *host)
{
    BerthHosts *hosts = hosts_of(server, family, target);
    BerthHost *kept = berth_host_ref((BerthHost *)host);
    const bool found = hosts && berth_hosts_remove(hosts, host);

    if (found)
        tell(server, family, kept);
    berth_host_unref(kept);
    return found ? 0 : -ENOENT;
}

int berth_server_replace_host(BerthServer *server, int family, BerthHostTarget target,
                              const BerthHost *old, BerthHost *host, GError **error)
{
    BerthHost *kept = berth_host_ref((BerthHost *)old);
    int r = berth_server_remove_host(server, family, target, old);

    if (r == 0)
        r = berth_server_put_host(server, family, target, host, error);
    else
        berth_fail(error, r, "there is no such host any more");
    if (r < 0 && r != -ENOENT)
        berth_server_put_host(server, family, target, kept, NULL);
    berth_host_unref(kept);
    return r;
}

/* What becomes of a large set takes its time, a part a turn and a job, and nobody waits for it. */
void berth_server_clear_hosts(BerthServer *server, int family, BerthHostTarget target)
{
    BerthHosts **hosts = set_of(server, family, target), *before;
    BerthLeases *leases;

    if (!hosts || !*hosts)
        return;
    before = *hosts;
    leases = berth_server_family(server, family)->env.leases;
    *hosts = berth_hosts_new(berth_server_hosts_are_unique(server, family));
    if (leases)
        berth_leases_set_hosts(leases, target, *hosts);
    berth_hosts_unref(before);
}

const BerthHost *berth_server_find_host(BerthServer *server, int family, BerthHostTarget target,
                                        uint32_t subnet_id, BerthHostIdType type, BerthBytes id)
{
    const BerthHosts *hosts = hosts_of(server, family, target);

    return hosts ? berth_hosts_find(hosts, subnet_id, type, id) : NULL;
}

const BerthHost *berth_server_host_of(BerthServer *server, int family, BerthHostTarget target,
                                      uint32_t subnet_id, const BerthHostAddr *addr, size_t i)
{
    const BerthHosts *hosts = hosts_of(server, family, target);
    const BerthHost *host = NULL;
    uint32_t iter = 0;

    for (size_t n = 0; hosts && n <= i; n++) {
        host = berth_hosts_next_of(hosts, subnet_id, (BerthPrefix){addr->addr, addr->len}, &iter);
        if (!host)
            return NULL;
    }
    return host;
}

const BerthHost *berth_server_next_host(BerthServer *server, int family, BerthHostTarget target,
                                        uint64_t *from)
{
    const BerthHosts *hosts = hosts_of(server, family, target);

    return hosts ? berth_hosts_next(hosts, from) : NULL;
}

size_t berth_server_count_hosts(BerthServer *server, int family, BerthHostTarget target)
{
    const BerthHosts *hosts = hosts_of(server, family, target);

    return hosts ? berth_hosts_count(hosts) : 0;
}

bool berth_server_hosts_are_unique(BerthServer *server, int family)
{
    const BerthFamily *of = family ? berth_server_family(server, family) : NULL;

    return !of || !server->conf || berth_family_conf(of, server->conf)->unique_hosts;
}

/* ---- who keeps the second set ---- */

void berth_server_set_host_source(BerthServer *server, int family, const BerthHostSource *ops,
                                  void *source)
{
    BerthFamily *of = family ? berth_server_family(server, family) : NULL;

    if (!of)
        return;
    of->host_source = ops;
    of->host_source_data = source;
}

const BerthHostSource *berth_server_host_source(BerthServer *server, int family, void **ret_source)
{
    const BerthFamily *of = family ? berth_server_family(server, family) : NULL;

    if (!of || !of->host_source)
        return NULL;
    *ret_source = of->host_source_data;
    return of->host_source;
}
