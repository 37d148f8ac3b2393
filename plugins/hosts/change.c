/* change - the commands that change reservations: in the configuration in force (until the next
 * reload), in the database, or in both.
 *
 * Both: first in memory, where it is known at once whether it can be, then in the database; when
 * that refuses, memory is as it was. */
#include "commands.h"
#include "scope.h"
#include "walk.h"
#include <errno.h>

static const Kind add_kind = {"reservation-add", "ADD", TARGET_DATABASE};
static const Kind update_kind = {"reservation-update", "UPDATE", TARGET_DATABASE};
static const Kind del_kind = {"reservation-del", "DEL", TARGET_DATABASE};

/* One in memory that was replaced, added (`was` NULL) or removed (`is` NULL). */
typedef struct Change {
    BerthHost *was, *is;
} Change;

/* A command that changes, while the database is asked. */
typedef struct Changing {
    Request *request;
    GArray *changes; /* of Change */
    const char *text;
    bool forced_global;
} Changing;

static void change_clear(void *data)
{
    Change *change = data;

    berth_host_unref(change->was);
    berth_host_unref(change->is);
}

static Changing *changing_new(Request *request, const char *text)
{
    Changing *changing = g_new0(Changing, 1);

    *changing = (Changing){.request = request, .text = text};
    changing->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    g_array_set_clear_func(changing->changes, change_clear);
    return changing;
}

static void changing_free(Changing *changing)
{
    g_array_unref(changing->changes);
    g_free(changing);
}

/* ---- in memory ---- */

static void note(Changing *changing, const BerthHost *was, BerthHost *is)
{
    Change change = {was ? berth_host_ref((BerthHost *)was) : NULL, is ? berth_host_ref(is) : NULL};

    g_array_append_val(changing->changes, change);
}

static int change_memory(Changing *changing, const BerthHost *was, BerthHost *is, GError **error)
{
    const Request *request = changing->request;
    int r;

    note(changing, was, is);
    if (was && is)
        r = berth_server_replace_host(request->server, request->family, BERTH_HOSTS_MEMORY, was, is,
                                      error);
    else if (is)
        r = berth_server_put_host(request->server, request->family, BERTH_HOSTS_MEMORY, is, error);
    else
        r = berth_server_remove_host(request->server, request->family, BERTH_HOSTS_MEMORY, was);
    if (r < 0)
        g_array_set_size(changing->changes, changing->changes->len - 1);
    return r;
}

/* What was there before can be there again. */
static void undo(Changing *changing)
{
    for (unsigned i = changing->changes->len; i-- > 0;) {
        Change change = g_array_index(changing->changes, Change, i);
        BerthHost *was = change.was ? berth_host_ref(change.was) : NULL;
        BerthHost *is = change.is ? berth_host_ref(change.is) : NULL;

        change_memory(changing, is, was, NULL);
        berth_host_unref(was);
        berth_host_unref(is);
    }
}

/* ---- in the database ---- */

static void finish(Changing *changing)
{
    Request *request = changing->request;
    const char *text = changing->text;
    bool forced_global = changing->forced_global;

    changing_free(changing);
    request_end(request, BERTH_RESULT_OK, "%s%s", text,
                forced_global ? " subnet-id not specified, assumed global (subnet-id 0)." : "");
}

static void refuse(Changing *changing, int result, const char *why)
{
    Request *request = changing->request;

    undo(changing);
    changing_free(changing);
    request_end(request, result, "%s", why);
}

static void on_changed(void *data, BerthHostOutcome outcome, const char *why)
{
    Changing *changing = data;
    bool is_removal = changing->request->kind == &del_kind;

    if (outcome == BERTH_HOST_DONE ||
        (is_removal && outcome == BERTH_HOST_MISSING && changing->changes->len))
        finish(changing);
    else if (outcome == BERTH_HOST_MISSING && is_removal)
        refuse(changing, BERTH_RESULT_EMPTY, "Host not deleted (not found).");
    else if (outcome == BERTH_HOST_MISSING)
        refuse(changing, BERTH_RESULT_ERROR, "Host not updated (not found).");
    else if (outcome == BERTH_HOST_CLASH)
        refuse(changing, BERTH_RESULT_ERROR, "Database duplicate entry error");
    else
        refuse(changing, BERTH_RESULT_ERROR, why);
}

/* False: there is none, or this one can't. */
static bool has_database(const Request *request, const char *missing, GError **error)
{
    void *source;

    return !(request->targets & TARGET_DATABASE) ||
           berth_server_host_source(request->server, request->family, &source) ||
           berth_fail(error, -ENOENT, "%s", missing) == 0;
}

/* ---- reservation-add, reservation-update ---- */

static bool read_map(Request *request, const char *missing, const BerthNode **ret, GError **error)
{
    *ret = berth_node_get(request->args, "reservation");
    if (!*ret)
        berth_fail(error, -EINVAL, "%s",
                   request->args ? missing : "no parameters specified for the command");
    else if (berth_node_kind(*ret) != BERTH_NODE_MAP)
        berth_fail(
            error, -EINVAL,
            "invalid command: expected 'reservation' to be a map, got something else instead");
    else
        return request_target(request, error);
    return false;
}

static BerthHost *read_host(const Request *request, const BerthNode *map, Scope *ret_scope,
                            GError **error)
{
    const bool is_update = request->kind == &update_kind;

    return scope_read(request, map, is_update, ret_scope, error)
               ? berth_server_read_host(request->server, request->family, map, ret_scope->subnet_id,
                                        error)
               : NULL;
}

static const BerthHost *known(const Request *request, BerthHostTarget target, const BerthHost *host)
{
    return berth_server_find_host(request->server, request->family, target,
                                  berth_host_subnet_id(host), berth_host_type(host),
                                  berth_host_id(host));
}

static bool put_in_memory(Changing *changing, BerthHost *host, GError **error)
{
    const Request *request = changing->request;
    const BerthHost *was = NULL;

    if (!(request->targets & TARGET_MEMORY))
        return true;
    if (request->kind == &update_kind) {
        was = known(request, BERTH_HOSTS_MEMORY, host);
        if (!was) {
            berth_fail(error, -ENOENT, "Host not updated (not found).");
            return false;
        }
    }
    return change_memory(changing, was, host, error) == 0;
}

static void put_in_database(Changing *changing, BerthHost *host)
{
    Request *request = changing->request;
    void *source;
    const BerthHostSource *ops =
        berth_server_host_source(request->server, request->family, &source);

    berth_command_defer(request->command);
    (request->kind == &update_kind ? ops->update : ops->add)(source, host, on_changed, changing);
}

static void put(Request *request, BerthHost *host, const Scope *scope)
{
    const bool is_update = request->kind == &update_kind;
    Changing *changing = changing_new(request, is_update ? "Host updated." : "Host added.");
    g_autoptr(GError) error = NULL;

    changing->forced_global = scope->is_assumed;
    if (!put_in_memory(changing, host, &error))
        refuse(changing, BERTH_RESULT_ERROR, error->message);
    else if (request->targets & TARGET_DATABASE)
        put_in_database(changing, host);
    else
        finish(changing);
}

static void add_or_update(Request *request, const char *no_map, const char *no_database)
{
    const BerthNode *map;
    BerthHost *host = NULL;
    GError *error = NULL;
    Scope scope;

    if (read_map(request, no_map, &map, &error))
        host = read_host(request, map, &scope, &error);
    if (host && has_database(request, no_database, &error))
        put(request, host, &scope);
    else
        request_fail(request, error);
    berth_host_unref(host);
}

void reservation_add(BerthCommand *command, const void *conf, void *run)
{
    (void)conf;
    add_or_update(request_new(command, run, &add_kind), "reservation must be specified",
                  "Host database not available, cannot add host.");
}

void reservation_update(BerthCommand *command, const void *conf, void *run)
{
    (void)conf;
    add_or_update(request_new(command, run, &update_kind),
                  "invalid command: expected 'reservation' as the sole parameter inside the "
                  "'arguments' map, didn't get it instead",
                  "host database not available, cannot update host");
}

/* ---- reservation-del ---- */

static void delete_in_memory(Changing *changing)
{
    const Request *request = changing->request;
    const BerthHost *host;

    while (request->targets & TARGET_MEMORY && (host = walk_find(request, BERTH_HOSTS_MEMORY, 0)) &&
           change_memory(changing, host, NULL, NULL) == 0)
        ;
}

static void delete_in_database(Changing *changing)
{
    Request *request = changing->request;
    const BerthHostKey key = {.subnet_id = request->subnet_id,
                              .by_addr = request->has_addr,
                              .addr = request->addr,
                              .type = request->id_type,
                              .id = {request->id, request->id_len}};
    void *source;
    const BerthHostSource *ops =
        berth_server_host_source(request->server, request->family, &source);

    berth_command_defer(request->command);
    ops->remove(source, &key, on_changed, changing);
}

void reservation_del(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &del_kind);
    GError *error = NULL;
    Changing *changing;

    (void)conf;
    if (!request_selector(request, &error) ||
        !has_database(request,
                      "Unable to delete a host because there is no hosts-database configured.",
                      &error)) {
        request_fail(request, error);
        return;
    }
    changing = changing_new(request, "Host deleted.");
    delete_in_memory(changing);
    if (request->targets & TARGET_DATABASE)
        delete_in_database(changing);
    else if (changing->changes->len)
        finish(changing);
    else
        refuse(changing, BERTH_RESULT_EMPTY, "Host not deleted (not found).");
}
