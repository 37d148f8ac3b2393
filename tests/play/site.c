/* site - see site.h. */
#include "tests/play/dialect.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define LEASES "/data/leases.csv"

/* ---- making ---- */

static void on_sent(void *data, const BerthDatagram *datagram);

Site *site_new(void)
{
    Site *site = g_new0(Site, 1);
    int fd = g_file_open_tmp("berth-play-XXXXXX", &site->conf_path, NULL);

    g_assert(fd >= 0);
    close(fd);
    site->sim = sim_world_new(1);
    sim_on_sent(site->sim, on_sent, site);
    site->globals = g_string_new(NULL);
    site->subnet = g_string_new(NULL);
    site->rules = g_string_new(NULL);
    site->interface = g_strdup("eth0");
    site->pools = g_strdup(dialect.pools);
    g_assert(berth_addr_parse(dialect.address, &site->address) == 0);
    site->clients = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, client_free);
    g_queue_init(&site->replies);
    site->wrong = g_string_new(NULL);
    return site;
}

void site_free(Site *site)
{
    if (site->server)
        site_crash(site);
    sim_end(site->sim);
    sim_world_free(site->sim);
    g_queue_clear_full(&site->replies, reply_free);
    g_hash_table_unref(site->clients);
    g_string_free(site->globals, TRUE);
    g_string_free(site->subnet, TRUE);
    g_string_free(site->rules, TRUE);
    g_string_free(site->wrong, TRUE);
    if (site->heard)
        g_string_free(site->heard, TRUE);
    g_free(site->interface);
    g_free(site->pools);
    g_free(site->subnets);
    g_free(site->answer);
    g_unlink(site->conf_path);
    g_free(site->conf_path);
    g_free(site);
}

Client *site_client(Site *site, const char *name)
{
    Client *client = g_hash_table_lookup(site->clients, name);

    if (client)
        return client;
    client = client_new(name);
    g_hash_table_insert(site->clients, client->name, client);
    return client;
}

/* ---- configuration ---- */

static char *plugin_text(const Site *site)
{
    return site->rules->len
               ? g_strdup_printf(", { name = \"t_hooks\"; parameters = { rules = ( %s ); }; }",
                                 site->rules->str)
               : g_strdup("");
}

char *site_pools_text(const char *pools)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) ranges = g_strsplit(pools, ";", -1);

    for (char **range = ranges; *range && **range; range++)
        g_string_append_printf(text, "%s{ pool = \"%s\"; }", range == ranges ? "" : ", ",
                               g_strstrip(*range));
    return g_strdup(text->str);
}

void site_write_conf(Site *site)
{
    g_autofree char *plugin = plugin_text(site);
    const bool is_wanted = site->heard || g_getenv(dialect.log_variable);
    g_autofree char *text = dialect_conf(site, plugin, is_wanted ? "DEBUG" : "NONE");

    g_assert(g_file_set_contents(site->conf_path, text, -1, NULL));
}

/* ---- life ---- */

static void hear(void *run, const BerthLogEvent *event)
{
    Site *site = run;

    g_string_append_printf(site->heard, "%s %s\n", event->id, event->text);
    if (g_getenv(dialect.log_variable))
        g_printerr("%s %s\n", event->id, event->text);
}

static const BerthLogSink ear = {.size = sizeof(ear), .write = hear};

static char *take_errors(BerthErrors *errors)
{
    char *text = errors->lines->len ? berth_errors_text(errors) : g_strdup("");

    berth_errors_clear(errors);
    return text;
}

static void begin(Site *site, BerthErrors *errors)
{
    BerthServerOptions options = {
        .conf_file = site->conf_path,
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {"/data", "/log", "/run", "/script"},
        .no_path_checks = true,
    };

    site_write_conf(site);
    berth_errors_init(errors);
    site->server = berth_server_new(sim_world(site->sim), &options);
    if (site->heard)
        berth_log_add_sink(site->server->log, &ear, site);
    berth_server_start(site->server, errors);
    memset(site->drops, 0, sizeof(site->drops));
    site->all_drops = 0;
}

char *site_start(Site *site)
{
    BerthErrors errors;
    int seconds = 0;

    begin(site, &errors);
    /* A slow disk may take longer. */
    do
        site_run(site, SIM_SEC);
    while (site->server->state == BERTH_SERVER_LOADING && ++seconds < 5);
    if (site->server->state != BERTH_SERVER_READY && errors.lines->len == 0)
        berth_errors_add(&errors, NULL, NULL, "the server did not become ready");
    return take_errors(&errors);
}

static void add_leases(Site *site, unsigned n)
{
    BerthBytes file = berth_disk_get(sim_disk(site->sim), LEASES);
    g_autoptr(GString) text = g_string_new_len((const char *)file.data, (gssize)file.len);

    for (unsigned i = 1; i <= n; i++)
        dialect_lease_row(i, text);
    berth_disk_put(sim_disk(site->sim), LEASES,
                   (BerthBytes){(const uint8_t *)text->str, text->len});
}

char *site_start_loading(Site *site, unsigned n_leases)
{
    BerthErrors errors;

    add_leases(site, n_leases);
    sim_slow_reads(site->sim, 5 * SIM_MSEC);
    begin(site, &errors);
    site_run(site, 20 * SIM_MSEC);
    if (site->server->state != BERTH_SERVER_LOADING && errors.lines->len == 0)
        berth_errors_add(&errors, NULL, NULL, "the server is not loading leases");
    return take_errors(&errors);
}

char *site_reload(Site *site)
{
    int64_t before = site->server->reloaded_usec;

    site_write_conf(site);
    berth_server_reload(site->server, NULL);
    site_run(site, 100 * SIM_MSEC);
    return g_strdup(site->server->reloaded_usec == before ? "the reload failed" : "");
}

static void on_stopped(void *data, int exit_value)
{
    (void)exit_value;
    *(bool *)data = true;
}

void site_stop(Site *site)
{
    bool stopped = false;

    berth_server_on_stopped(site->server, on_stopped, &stopped);
    berth_server_stop(site->server, 0);
    for (int i = 0; i < 100 && !stopped; i++)
        site_run(site, 100 * SIM_MSEC);
    if (!stopped)
        g_string_append(site->wrong, "; the server did not stop");
    berth_server_free(g_steal_pointer(&site->server));
}

void site_crash(Site *site)
{
    sim_cut_power(site->sim);
    sim_drain(site->sim);
    berth_server_free(g_steal_pointer(&site->server));
    sim_power_up(site->sim);
}

void site_run(Site *site, int64_t usec)
{
    int64_t until = sim_now(site->sim) + usec;

    sim_run(site->sim, until);
    /* The clock stands at the last event; a timer of our own brings it to the end. */
    if (sim_now(site->sim) < until)
        sim_advance(site->sim, until);
}

/* ---- packets ---- */

unsigned site_rows(Site *site, const char *addr)
{
    BerthBytes file = berth_disk_get(sim_disk(site->sim), LEASES);
    g_autofree char *text = g_strndup((const char *)file.data, file.len);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *start = g_strconcat(addr, ",", NULL);
    unsigned n = 0;

    for (char **line = lines; *line; line++)
        n += g_str_has_prefix(*line, start);
    return n;
}

static void on_sent(void *data, const BerthDatagram *datagram)
{
    Site *site = data;
    Reply *reply = reply_new(datagram);

    dialect_check_stored(site, reply);
    g_queue_push_tail(&site->replies, reply);
}

void site_send(Site *site, const Query *query)
{
    sim_deliver(site->sim, &query->datagram, 0);
}

Reply *site_reply(Site *site)
{
    for (int i = 0; i < 1000 && g_queue_is_empty(&site->replies); i++)
        site_run(site, SIM_MSEC);
    return g_queue_pop_head(&site->replies);
}

/* ---- counters ---- */

uint64_t site_counter(Site *site, const char *name)
{
    return *berth_stats_counter(site->server->families[0]->env.stats, name);
}

/* Of those that begin with "pkt4-" or "pkt6-". */
static uint64_t counter_of(Site *site, const char *name)
{
    g_autofree char *whole = g_strdup_printf("%s-%s", dialect.prefix, name);

    return site_counter(site, whole);
}

static char *drop_name(unsigned reason)
{
    g_autofree char *lower = g_ascii_strdown(berth_drop_info((BerthDropReason)reason)->name, -1);

    return g_strdup(g_strdelimit(lower, "_", '-'));
}

static unsigned times(char **names, const char *name)
{
    unsigned n = 0;

    for (; names && *names; names++)
        n += strcmp(*names, name) == 0;
    return n;
}

void site_check_drops(Site *site, const char *names, GString *wrong)
{
    g_auto(GStrv) list = names ? g_strsplit(names, ",", -1) : NULL;
    uint64_t all = counter_of(site, "receive-drop");
    unsigned n = list ? g_strv_length(list) : 0, known = 0;

    if (all != site->all_drops + n)
        g_string_append_printf(wrong, "; %s-receive-drop went up by %u, not %u", dialect.prefix,
                               (unsigned)(all - site->all_drops), n);
    site->all_drops = all;
    for (unsigned i = BERTH_DROP_NONE + 1; i < BERTH_DROP_COUNT; i++) {
        g_autofree char *name = drop_name(i), *counter = g_strconcat("drop-", name, NULL);
        uint64_t value = counter_of(site, counter);
        unsigned want = times(list, name);

        known += want;
        if (value != site->drops[i] + want)
            g_string_append_printf(wrong, "; %s went up by %u, not %u", counter,
                                   (unsigned)(value - site->drops[i]), want);
        site->drops[i] = value;
    }
    if (known != n)
        g_string_append_printf(wrong, "; not all of '%s' are reasons", names);
}
