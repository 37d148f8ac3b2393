/* test_route - the plugin between leases that change and a kernel in memory. */
#include "tests/lib/fake_plugin.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <stdlib.h>

extern const BerthPlugin berth_plugin;

/* ---- leases and routes, in place of the server's and the kernel's ---- */

typedef struct Site {
    BerthServer *server;
    BerthFakePlugin *plugin;
    GPtrArray *leases; /* of BerthLease *, as they are now */
    GPtrArray *old;    /* kept for their bytes */
    GArray *routes;    /* of BerthRoute: the kernel's */
    bool is_loading, has_no_family, list_fails;
    int add_result; /* of every addition */
    unsigned n_lists, n_jobs;
    BerthLeaseChanged changed;
    void *changed_data;
} Site;

/* The functions of plugin.h know no Site. */
static Site *the_site;

int berth_server_leases(BerthServer *server, int family, uint32_t *iter, unsigned max,
                        BerthLeaseEach each, void *data)
{
    (void)server;
    CHECK_INT(family, 6);
    if (the_site->is_loading)
        return -EAGAIN;
    for (unsigned i = 0; i < MIN(max, 2); i++) {
        if (*iter >= the_site->leases->len)
            return 0;
        each(data, g_ptr_array_index(the_site->leases, (*iter)++));
    }
    return 1;
}

int berth_server_follow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                               void *data)
{
    (void)server;
    if (the_site->has_no_family || family != 6)
        return -ESRCH;
    the_site->changed = changed;
    the_site->changed_data = data;
    return 0;
}

void berth_server_unfollow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                                  void *data)
{
    (void)server;
    (void)data;
    CHECK(family == 6 && the_site->changed == changed);
    the_site->changed = NULL;
}

static bool is_same_place(const BerthRoute *a, const BerthRoute *b)
{
    return memcmp(&a->prefix, &b->prefix, sizeof(a->prefix)) == 0 &&
           a->prefix_len == b->prefix_len && a->table == b->table && a->metric == b->metric;
}

static int change_one(Site *site, const BerthRouteChange *change)
{
    for (unsigned i = 0; i < site->routes->len; i++) {
        const BerthRoute *route = &g_array_index(site->routes, BerthRoute, i);

        if (!is_same_place(route, &change->route))
            continue;
        if (!change->is_removal)
            return -EEXIST;
        if (route->protocol != change->route.protocol)
            continue;
        g_array_remove_index(site->routes, i);
        return 0;
    }
    if (change->is_removal)
        return -ESRCH;
    if (site->add_result == 0)
        g_array_append_val(site->routes, change->route);
    return site->add_result;
}

void berth_routes_change(BerthServer *server, BerthRouteChange *changes, size_t n)
{
    (void)server;
    the_site->n_jobs++;
    for (size_t i = 0; i < n; i++)
        changes[i].result = change_one(the_site, &changes[i]);
}

int berth_routes_list(BerthServer *server, uint8_t protocol, uint32_t table, BerthRouteEach each,
                      void *data)
{
    (void)server;
    the_site->n_lists++;
    if (the_site->list_fails)
        return -EPERM;
    for (unsigned i = 0; i < the_site->routes->len; i++) {
        const BerthRoute *route = &g_array_index(the_site->routes, BerthRoute, i);

        if (route->protocol == protocol && route->table == table)
            each(data, route);
    }
    return 0;
}

/* ---- a site ---- */

static BerthAddr addr(const char *text)
{
    BerthAddr ret = {{0}};

    CHECK_INT(berth_addr_parse(text, &ret), 0);
    return ret;
}

static void site_init(Site *site)
{
    *site = (Site){.server = berth_fake_server_new(NULL)};
    site->leases = g_ptr_array_new_with_free_func((GDestroyNotify)berth_lease_free);
    site->old = g_ptr_array_new_with_free_func((GDestroyNotify)berth_lease_free);
    site->routes = g_array_new(FALSE, FALSE, sizeof(BerthRoute));
    the_site = site;
}

static void site_settle(Site *site)
{
    berth_fake_world_settle(berth_fake_server_world(site->server));
}

static void site_start(Site *site, const char *conf)
{
    g_autoptr(GError) error = NULL;

    site->plugin = berth_fake_plugin_start(site->server, &berth_plugin, conf, &error);
    CHECK_TEXT(error ? error->message : "", "");
    site_settle(site);
}

static void site_clear(Site *site)
{
    berth_fake_plugin_stop(site->plugin);
    CHECK(!site->changed);
    site_settle(site);
    berth_fake_server_free(site->server);
    g_ptr_array_unref(site->leases);
    g_ptr_array_unref(site->old);
    g_array_unref(site->routes);
}

#define CONTEXT1 "{ \"berth-route\": { \"via\": \"fe80::1\", \"interface\": \"eth0\" } }"
#define CONTEXT2 "{ \"berth-route\": { \"via\": \"2001:db8:99::1\" } }"

static BerthLease *lease_of(Site *site, const char *prefix, uint8_t len, const char *context)
{
    BerthLease *lease = berth_lease_new();

    berth_lease_set_type(lease, BERTH_LEASE_PD);
    berth_lease_set_addr(lease, addr(prefix), len);
    berth_lease_set_lifetimes(lease, 3600, 1800);
    berth_lease_set_cltt(lease, berth_server_now(site->server));
    berth_lease_set_context(lease, berth_bytes(context));
    return lease;
}

static void site_add(Site *site, const char *prefix, uint8_t len, const char *context)
{
    BerthLease *lease = lease_of(site, prefix, len, context);

    g_ptr_array_add(site->leases, lease);
    if (site->changed)
        site->changed(site->changed_data, NULL, lease);
}

/* The i-th lease becomes `after`, NULL: none. */
static void site_change(Site *site, unsigned i, BerthLease *after)
{
    BerthLease *before = g_ptr_array_index(site->leases, i);

    site->changed(site->changed_data, before, after);
    g_ptr_array_add(site->old, before);
    if (after)
        site->leases->pdata[i] = after;
    else
        g_ptr_array_steal_index(site->leases, i);
}

static void add_kernel_route(Site *site, const char *prefix, uint8_t len, const char *via,
                             uint8_t protocol, uint32_t metric)
{
    BerthRoute route = {.prefix = addr(prefix),
                        .prefix_len = len,
                        .protocol = protocol,
                        .via = addr(via),
                        .interface = "eth0",
                        .table = 254,
                        .metric = metric};

    g_array_append_val(site->routes, route);
}

static gint compare_routes(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(BerthAddr));
}

static void check_routes(Site *site, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    site_settle(site);
    g_array_sort(site->routes, compare_routes);
    for (unsigned i = 0; i < site->routes->len; i++) {
        const BerthRoute *route = &g_array_index(site->routes, BerthRoute, i);
        char prefix[BERTH_ADDR_TEXT], via[BERTH_ADDR_TEXT];

        g_string_append_printf(got, "%s%s/%u %s %s %u/%u/%u", i ? ", " : "",
                               berth_addr_text(route->prefix, prefix), route->prefix_len,
                               berth_addr_text(route->via, via), route->interface, route->protocol,
                               route->table, route->metric);
    }
    CHECK_TEXT(got->str, want);
}

static uint64_t counter(Site *site, const char *name)
{
    return *berth_server_counter_in(site->server, 6, name);
}

#define ROUTE1 "2001:db8:1::/48 fe80::1 eth0 147/254/1024"
#define ROUTE2 "2001:db8:2::/56 2001:db8:99::1  147/254/1024"

/* ---- what changes ---- */

static void test_changes(void)
{
    Site site;
    BerthLease *lease;

    site_init(&site);
    site_start(&site, "{}");
    check_routes(&site, "");
    berth_row("a prefix on the link, one by a relay");
    site_add(&site, "2001:db8:1::", 48, CONTEXT1);
    site_add(&site, "2001:db8:2::", 56, CONTEXT2);
    check_routes(&site, ROUTE1 ", " ROUTE2);
    CHECK_INT(site.n_jobs, 1);
    CHECK_INT(counter(&site, "route-added"), 2);
    berth_row("renewed");
    site_change(&site, 0, lease_of(&site, "2001:db8:1::", 48, CONTEXT1));
    check_routes(&site, ROUTE1 ", " ROUTE2);
    CHECK_INT(site.n_jobs, 1);
    berth_row("by another relay");
    site_change(&site, 0, lease_of(&site, "2001:db8:1::", 48, CONTEXT2));
    check_routes(&site, "2001:db8:1::/48 2001:db8:99::1  147/254/1024, " ROUTE2);
    berth_row("released");
    lease = lease_of(&site, "2001:db8:1::", 48, CONTEXT2);
    berth_lease_set_state(lease, BERTH_LEASE_RELEASED);
    site_change(&site, 0, lease);
    check_routes(&site, ROUTE2);
    berth_row("expired");
    lease = lease_of(&site, "2001:db8:2::", 56, CONTEXT2);
    berth_lease_set_state(lease, BERTH_LEASE_RECLAIMED);
    site_change(&site, 1, lease);
    check_routes(&site, "");
    berth_row("given to another, of another length");
    site_change(&site, 1, lease_of(&site, "2001:db8:2::", 60, CONTEXT1));
    check_routes(&site, "2001:db8:2::/60 fe80::1 eth0 147/254/1024");
    site_change(&site, 1, lease_of(&site, "2001:db8:2::", 56, CONTEXT2));
    check_routes(&site, ROUTE2);
    berth_row("removed");
    site_change(&site, 1, NULL);
    check_routes(&site, "");
    CHECK_INT(counter(&site, "route-added"), 5);
    CHECK_INT(counter(&site, "route-removed"), 5);
    CHECK_INT(counter(&site, "route-failed"), 0);
    site_clear(&site);
}

static void test_not_routed(void)
{
    Site site;
    BerthLease *address;

    site_init(&site);
    site_start(&site, "{}");
    berth_row("an address, a prefix of which nothing is known");
    address = lease_of(&site, "2001:db8:1::5", 128, CONTEXT1);
    berth_lease_set_type(address, BERTH_LEASE_NA);
    g_ptr_array_add(site.leases, address);
    site.changed(site.changed_data, NULL, address);
    site_add(&site, "2001:db8:3::", 48, "");
    check_routes(&site, "");
    CHECK_INT(site.n_jobs, 0);
    site_clear(&site);
}

/* ---- the start ---- */

static void test_start(void)
{
    Site site;
    BerthLease *expired;

    site_init(&site);
    site.is_loading = true;
    site_add(&site, "2001:db8:1::", 48, CONTEXT1);
    site_add(&site, "2001:db8:2::", 56, CONTEXT2);
    site_add(&site, "2001:db8:3::", 48, CONTEXT1);
    expired = site.leases->pdata[2];
    berth_lease_set_cltt(expired, berth_server_now(site.server) - 3601);
    add_kernel_route(&site, "2001:db8:1::", 48, "fe80::1", 147, 1024);
    add_kernel_route(&site, "2001:db8:3::", 48, "fe80::1", 147, 1024);
    add_kernel_route(&site, "2001:db8:4::", 48, "fe80::1", 4, 1024);
    site_start(&site, "{}");
    berth_row("while the leases are loaded nothing is touched");
    CHECK_INT(site.n_lists, 0);
    CHECK_INT(site.routes->len, 3);
    berth_row("then what no lease backs is removed, what is missing is added");
    site.is_loading = false;
    berth_fake_world_pass(berth_fake_server_world(site.server), G_USEC_PER_SEC);
    check_routes(&site, ROUTE1 ", " ROUTE2 ", 2001:db8:4::/48 fe80::1 eth0 4/254/1024");
    CHECK_INT(counter(&site, "route-added"), 1);
    CHECK_INT(counter(&site, "route-removed"), 1);
    berth_row("they stay when the server stops");
    berth_fake_plugin_stop(site.plugin);
    check_routes(&site, ROUTE1 ", " ROUTE2 ", 2001:db8:4::/48 fe80::1 eth0 4/254/1024");
    berth_row("and are found again");
    site_start(&site, "{}");
    check_routes(&site, ROUTE1 ", " ROUTE2 ", 2001:db8:4::/48 fe80::1 eth0 4/254/1024");
    CHECK_INT(counter(&site, "route-added"), 1);
    site_clear(&site);
}

static void test_refused(void)
{
    static const struct {
        const char *conf, *error;
    } rows[] = {
        {"{ \"protocol\": 4 }", "protocol"},
        {"{ \"metric\": 0 }", "metric"},
        {"{ \"table\": 4294967296 }", "table"},
        {"{ \"protokol\": 5 }", "did you mean \"protocol\"?"},
        {"{}", "there is no Dhcp6"},
    };
    Site site;

    site_init(&site);
    site.has_no_family = true;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        berth_row("%s", rows[i].conf);
        CHECK(!berth_fake_plugin_start(site.server, &berth_plugin, rows[i].conf, &error));
        CHECK_HAS(error ? error->message : "", rows[i].error);
    }
    site_clear(&site);
}

/* ---- what goes wrong ---- */

static void pass_sec(Site *site, unsigned sec)
{
    berth_fake_world_pass(berth_fake_server_world(site->server), sec * INT64_C(1000000));
}

static void test_check(void)
{
    Site site;

    site_init(&site);
    site_start(&site, "{ \"check-interval\": 30 }");
    site_add(&site, "2001:db8:1::", 48, CONTEXT1);
    check_routes(&site, ROUTE1);
    berth_row("somebody has removed it");
    g_array_set_size(site.routes, 0);
    pass_sec(&site, 20);
    check_routes(&site, "");
    pass_sec(&site, 11);
    check_routes(&site, ROUTE1);
    berth_row("it can't be added: tried again with every check");
    g_array_set_size(site.routes, 0);
    site.add_result = -ENETUNREACH;
    pass_sec(&site, 61);
    check_routes(&site, "");
    CHECK_INT(counter(&site, "route-failed"), 2);
    CHECK_HAS(berth_fake_server_log(site.server), "WARN BERTH_ROUTE_FAIL the route to "
                                                  "2001:db8:1::/48 via fe80::1 on eth0 can't be "
                                                  "added: Network is unreachable");
    site.add_result = 0;
    pass_sec(&site, 30);
    check_routes(&site, ROUTE1);
    berth_row("another's route in its place is left alone");
    g_array_set_size(site.routes, 0);
    add_kernel_route(&site, "2001:db8:1::", 48, "fe80::9", 4, 1024);
    pass_sec(&site, 30);
    check_routes(&site, "2001:db8:1::/48 fe80::9 eth0 4/254/1024");
    CHECK_HAS(berth_fake_server_log(site.server), "there is another of the same metric");
    site_change(&site, 0, NULL);
    check_routes(&site, "2001:db8:1::/48 fe80::9 eth0 4/254/1024");
    berth_row("the list can't be had: it is asked for again");
    site.list_fails = true;
    pass_sec(&site, 30);
    CHECK_HAS(berth_fake_server_log(site.server), "WARN BERTH_ROUTE_LIST_FAIL");
    site.list_fails = false;
    add_kernel_route(&site, "2001:db8:5::", 48, "fe80::9", 147, 1024);
    pass_sec(&site, 30);
    check_routes(&site, "2001:db8:1::/48 fe80::9 eth0 4/254/1024");
    site_clear(&site);
}

static void test_many(void)
{
    Site site;
    char prefix[32];

    site_init(&site);
    site_start(&site, "{ \"max-routes\": 1500, \"check-interval\": 0 }");
    for (unsigned i = 0; i < 2000; i++) {
        g_snprintf(prefix, sizeof(prefix), "2001:db8:%x::", i);
        site_add(&site, prefix, 48, CONTEXT1);
    }
    site_settle(&site);
    berth_row("as many as are allowed, many a job");
    CHECK_INT(site.routes->len, 1500);
    CHECK_INT(site.n_jobs, 3);
    CHECK_INT(counter(&site, "route-failed"), 500);
    CHECK_HAS(berth_fake_server_log(site.server), "ERROR BERTH_ROUTE_FULL");
    berth_row("warnings are few");
    berth_fake_server_clear_log(site.server);
    g_array_set_size(site.routes, 0);
    site.add_result = -ENETDOWN;
    CHECK(berth_fake_plugin_apply(site.plugin, "{ \"max-routes\": 1500, \"metric\": 5 }", NULL));
    site_settle(&site);
    CHECK(strlen(berth_fake_server_log(site.server)) < 3000);
    site_clear(&site);
}

static void test_reload(void)
{
    Site site;

    site_init(&site);
    site_start(&site, "{}");
    site_add(&site, "2001:db8:1::", 48, CONTEXT1);
    check_routes(&site, ROUTE1);
    berth_row("another metric");
    CHECK(berth_fake_plugin_apply(site.plugin, "{ \"metric\": 5 }", NULL));
    check_routes(&site, "2001:db8:1::/48 fe80::1 eth0 147/254/5");
    berth_row("another protocol and table");
    CHECK(berth_fake_plugin_apply(site.plugin, "{ \"table\": 99, \"protocol\": 33 }", NULL));
    check_routes(&site, "2001:db8:1::/48 fe80::1 eth0 33/99/1024");
    berth_row("the same");
    CHECK(berth_fake_plugin_apply(site.plugin, "{ \"table\": 99, \"protocol\": 33 }", NULL));
    check_routes(&site, "2001:db8:1::/48 fe80::1 eth0 33/99/1024");
    berth_row("stopped while a job runs");
    site_add(&site, "2001:db8:2::", 56, CONTEXT2);
    berth_timers_run(&berth_fake_server_world(site.server)->world.timers, INT64_MAX - 1);
    site_clear(&site);
}

/* ---- packets ---- */

typedef struct Packet {
    BerthAddr source;
    void *memory; /* the last that was given */
} Packet;

BerthAddr berth_query_source(const BerthPacket *pkt)
{
    return ((const Packet *)(const void *)pkt)->source;
}

const char *berth_packet_interface(const BerthPacket *pkt)
{
    (void)pkt;
    return "eth0";
}

void *berth_packet_alloc(BerthPacket *pkt, size_t size)
{
    Packet *packet = (void *)pkt;

    g_free(packet->memory);
    return packet->memory = g_malloc0(size);
}

static void test_packets(void)
{
    static const struct {
        const char *name, *source, *context, *want;
        BerthLeaseType type;
    } rows[] = {
        {"from the link", "fe80::1", "", CONTEXT1, BERTH_LEASE_PD},
        {"from a relay", "2001:db8:99::1", "", CONTEXT2, BERTH_LEASE_PD},
        {"another relay than before", "2001:db8:99::1", CONTEXT1, CONTEXT2, BERTH_LEASE_PD},
        {"as before: the text is left as it is", "fe80::1",
         "{\"berth-route\":{\"interface\":\"eth0\",\"via\":\"fe80::1\"}}",
         "{\"berth-route\":{\"interface\":\"eth0\",\"via\":\"fe80::1\"}}", BERTH_LEASE_PD},
        {"an address", "fe80::1", "", "", BERTH_LEASE_NA},
        {"a context that is none", "fe80::1", "7", "7", BERTH_LEASE_PD},
        {"from nowhere", "::", "", "", BERTH_LEASE_PD},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (const BerthHook *hook = berth_plugin.hooks; hook->name; hook++) {
            Packet packet = {.source = addr(rows[i].source)};
            BerthLease *lease = berth_lease_new();
            g_autofree char *got = NULL;
            BerthBytes context;

            berth_row("%s, %s", rows[i].name, hook->name);
            berth_lease_set_type(lease, rows[i].type);
            berth_lease_set_context(lease, berth_bytes(rows[i].context));
            CHECK_INT(hook->call.lease((BerthPacket *)(void *)&packet, lease, NULL, NULL),
                      BERTH_CONTINUE);
            context = berth_lease_context(lease);
            got = g_strndup((const char *)context.data, context.len);
            CHECK_TEXT(got, rows[i].want);
            berth_lease_free(lease);
            g_free(packet.memory);
        }
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"changes", test_changes}, {"not_routed", test_not_routed}, {"start", test_start},
        {"refused", test_refused}, {"check", test_check},           {"many", test_many},
        {"reload", test_reload},   {"packets", test_packets},       {0},
    };

    return berth_tests_main("route", tests, argc, argv);
}
