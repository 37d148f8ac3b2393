/* reload - see reload.h. */
#include "core/server/reload.h"

#include "core/server/confwrite.h"
#include "core/server/server.h"
#include "core/server/swap.h"

struct BerthConfReload {
    BerthServer *server;
    bool reads;
    BerthConf *conf;
    BerthErrors errors;
    /* Of a command; NULL: the file is read. */
    BerthFamily *family;
    char *lease_database;
    BerthConf *base;       /* pinned: of which the rest is taken */
    BerthCommand *command; /* until it is answered */
};

static BerthConfReload *reload_new(BerthServer *server)
{
    BerthConfReload *reload = g_new0(BerthConfReload, 1);

    reload->server = server;
    berth_errors_init(&reload->errors);
    server->reload = reload;
    return reload;
}

static void reload_free(BerthConfReload *reload)
{
    if (!reload)
        return;
    if (reload->command)
        berth_command_done(reload->command, BERTH_RESULT_ERROR, "the server ends");
    berth_conf_unref(reload->conf);
    berth_conf_unref(reload->base);
    berth_errors_clear(&reload->errors);
    g_free(reload->lease_database);
    g_free(reload);
}

bool berth_reload_is_reading(const BerthConfReload *reload)
{
    return reload && reload->reads;
}

/* ---- in the job ---- */

static void write_family(BerthJson *json, const BerthNode *map, const BerthNode *lease_database)
{
    berth_json_begin_object(json, berth_node_key(map));
    for (const BerthNode *node = berth_node_first(map); node; node = berth_node_next(node))
        if (strcmp(berth_node_key(node), "lease-database") != 0)
            berth_json_node(json, berth_node_key(node), node);
    berth_json_node(json, "lease-database", lease_database);
    berth_json_end(json);
}

static BerthBytes bytes_of(const GString *text)
{
    return (BerthBytes){(const uint8_t *)text->str, text->len};
}

/* The document of the configuration in force, with the member replaced. */
static BerthDoc *replace(const BerthConfReload *reload, BerthErrors *errors)
{
    BerthDoc *with = berth_doc_parse_json(berth_bytes(reload->lease_database), "<lease-database>",
                                          false, errors);
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);
    BerthDoc *doc = NULL;

    berth_json_begin_object(json, NULL);
    for (const BerthNode *node = berth_node_first(reload->base->doc->root); node && with;
         node = berth_node_next(node))
        if (strcmp(berth_node_key(node), reload->family->names->map) == 0)
            write_family(json, node, with->root);
        else
            berth_json_node(json, berth_node_key(node), node);
    berth_json_end(json);
    berth_json_free(json);
    if (with)
        doc = berth_doc_parse_json(bytes_of(text), "<lease-backend-set>", true, errors);
    berth_doc_free(with);
    g_string_free(text, TRUE);
    return doc;
}

/* Reads, checks, indexes. */
static void read_conf(void *data)
{
    BerthConfReload *reload = data;
    BerthServer *server = reload->server;
    BerthDoc *doc = NULL;

    if (reload->family && !(doc = replace(reload, &reload->errors)))
        return;
    reload->conf = berth_server_prepare(server, doc, server->options.conf_file, &reload->errors);
}

/* ---- the end ---- */

static void answer_success(BerthCommand *waiter)
{
    BerthJson *json = berth_command_answer(waiter);

    berth_json_begin_object(json, NULL);
    berth_confwrite_hash(berth_command_its_family(waiter), json);
    berth_json_end(json);
    berth_command_done(waiter, BERTH_RESULT_OK, "Configuration successful.");
}

static void answer_waiters(BerthServer *server, const char *why)
{
    for (unsigned i = 0; i < server->reload_waiters->len; i++) {
        BerthCommand *waiter = server->reload_waiters->pdata[i];

        if (why)
            berth_command_done(waiter, BERTH_RESULT_ERROR, "%s", why);
        else
            answer_success(waiter);
    }
    g_ptr_array_set_size(server->reload_waiters, 0);
}

static void tell_file(BerthServer *server, const char *why)
{
    if (why)
        berth_server_say(server, BERTH_ERROR, "DYNAMIC_RECONFIGURATION_FAIL",
                         "dynamic server reconfiguration failed with file: %s; nothing has "
                         "changed: %s",
                         server->options.conf_file, why);
    else
        berth_server_say(server, BERTH_INFO, "DYNAMIC_RECONFIGURATION_SUCCESS",
                         "dynamic server reconfiguration succeeded with file: %s",
                         server->options.conf_file);
}

/* Those that came while a command ran wait for a reload of their own. */
static void end(BerthConfReload *reload, const char *why)
{
    BerthServer *server = reload->server;
    bool of_file = !reload->family;

    server->reload = NULL;
    if (reload->command)
        berth_command_done(g_steal_pointer(&reload->command), BERTH_RESULT_ERROR, "%s", why);
    reload_free(reload);
    if (of_file) {
        tell_file(server, why);
        answer_waiters(server, why);
    }
    if (server->state >= BERTH_SERVER_STOPPING)
        answer_waiters(server, "the server is stopping");
    else if (server->reload_again)
        berth_server_reload(server, NULL);
}

static void fail(BerthConfReload *reload)
{
    g_autofree char *why = berth_errors_text(&reload->errors);

    end(reload, why);
}

static void apply(BerthConfReload *reload)
{
    BerthServer *server = reload->server;

    berth_loader_adopt(server->loader, reload->conf);
    berth_server_adopt(server, g_steal_pointer(&reload->conf));
    end(reload, NULL);
}

/* ---- another store ---- */

static void on_began(void *data)
{
    BerthConfReload *reload = data;

    if (reload->command)
        berth_command_done(g_steal_pointer(&reload->command), BERTH_RESULT_OK,
                           "The leases are being copied to the new lease backend; "
                           "lease-backend-status tells how far.");
}

static void on_ended(void *data, const char *why)
{
    BerthConfReload *reload = data;

    if (!why) {
        apply(reload);
        return;
    }
    berth_errors_add(&reload->errors, NULL, NULL, "%s", why);
    fail(reload);
}

/* ---- what is read is put in force ---- */

/* Which families are served is settled at the start. */
static bool keeps_families(BerthConfReload *reload)
{
    for (int number = 4; number <= 6; number += 2) {
        const char *map = berth_family_names(number)->map;
        bool has = berth_server_family(reload->server, number) != NULL;

        if (berth_conf_family(reload->conf, number)->present == has)
            continue;
        berth_errors_add(&reload->errors, NULL, map,
                         "the map can't %s while running; restart the server for it",
                         has ? "be taken away" : "be added");
        return false;
    }
    return true;
}

/* The family that changes its store, NULL: none does. False with errors: both do, of which one
 * might fail when the other has been done. */
static bool find_swap(BerthConfReload *reload, BerthFamily **ret)
{
    *ret = NULL;
    for (BerthFamily **family = reload->server->families; *family; family++) {
        if (berth_family_keeps_store(*family, reload->conf))
            continue;
        if (*ret) {
            berth_errors_add(&reload->errors, NULL, "lease-database",
                             "can be changed for one of Dhcp4 and Dhcp6 at a time while running");
            return false;
        }
        *ret = *family;
    }
    return true;
}

static void go_on(BerthConfReload *reload)
{
    const BerthSwapEvents events = {on_began, on_ended, reload};
    BerthServer *server = reload->server;
    BerthFamily *family;

    if (server->state >= BERTH_SERVER_STOPPING)
        berth_errors_add(&reload->errors, NULL, NULL, "the server is stopping");
    if (server->state >= BERTH_SERVER_STOPPING || !reload->conf || !keeps_families(reload) ||
        !find_swap(reload, &family) ||
        !berth_loader_start(server->loader, reload->conf, &reload->errors)) {
        fail(reload);
    } else if (family) {
        if (!berth_swap_begin(family->swap, reload->conf, &events, &reload->errors))
            fail(reload);
    } else if (reload->family) {
        berth_errors_add(&reload->errors, NULL, NULL, "this lease backend is in use already");
        fail(reload);
    } else {
        apply(reload);
    }
}

static void have_read(void *data)
{
    BerthConfReload *reload = data;

    reload->reads = false;
    go_on(reload);
}

static void start(BerthConfReload *reload)
{
    BerthWorld *world = reload->server->world;

    reload->reads = true;
    world->ops->job(world, read_conf, have_read, reload);
}

void berth_server_reload(BerthServer *server, BerthCommand *waiter)
{
    /* A signal that came together with the one to stop. */
    if (server->state >= BERTH_SERVER_STOPPING) {
        if (waiter)
            berth_command_done(waiter, BERTH_RESULT_ERROR, "the server is stopping");
        return;
    }
    if (waiter)
        g_ptr_array_add(server->reload_waiters, waiter);
    /* A second request while one is being read: read once more, the file may have changed since. */
    server->reload_again = server->reload != NULL;
    if (server->reload)
        return;
    berth_server_say(server, BERTH_INFO, "DYNAMIC_RECONFIGURATION",
                     "initiate server reconfiguration using file: %s", server->options.conf_file);
    start(reload_new(server));
}

void berth_reload_lease_database(BerthFamily *family, const char *lease_database,
                                 BerthCommand *command)
{
    BerthServer *server = family->server;
    BerthConfReload *reload;

    if (server->reload) {
        berth_command_done(command, BERTH_RESULT_CONFLICT,
                           "a reload or a change of the lease backend is under way");
        return;
    }
    reload = reload_new(server);
    reload->family = family;
    reload->lease_database = g_strdup(lease_database);
    reload->base = berth_conf_ref(server->conf);
    reload->command = command;
    start(reload);
}

void berth_reload_end(BerthServer *server)
{
    reload_free(g_steal_pointer(&server->reload));
    answer_waiters(server, "the server ends");
}
