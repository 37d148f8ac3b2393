/* confwrite - see confwrite.h. */
#include "core/server/confwrite.h"

#include "core/server/server.h"

#include <errno.h>

/* What a new file may have of the mode of the one that the server was started with: it has the
 * same secrets. */
#define NEW_MODE 0640
#define ANY_MODE 0777

struct BerthConfWrite {
    BerthServer *server;
    BerthCommand *command;
    BerthConf *conf; /* pinned */
    BerthSyntax syntax;
    char *path, *started_with;
    BerthErrors errors;
    size_t size;
};

/* ---- in the job ---- */

/* The file of the start may be a link, which stays, and what it leads to is replaced. Whatever else
 * is a link would lead out of the folder: there the link is replaced. */
static char *real_path(const BerthConfWrite *writing)
{
    BerthWorld *world = writing->server->world;
    bool is_followed =
        world->ops->file_real_path && strcmp(writing->path, writing->started_with) == 0;
    char *real = is_followed ? world->ops->file_real_path(world, writing->path) : NULL;

    return real ? real : g_strdup(writing->path);
}

/* Whoever may read the old one may read the new one, and nobody else. */
static int take_mode(BerthConfWrite *writing, BerthFile *file, const char *path)
{
    BerthWorld *world = writing->server->world;
    int r;

    if (!world->ops->file_take_mode)
        return 0;
    r = world->ops->file_take_mode(file, path, ANY_MODE);
    return r == -ENOENT ? world->ops->file_take_mode(file, writing->started_with, NEW_MODE) : r;
}

static int write_beside(BerthConfWrite *writing, const char *next, const char *path,
                        const char *text)
{
    BerthFile *file;
    int r = berth_file_open(writing->server, next, BERTH_OPEN_NEW, &file);

    if (r < 0)
        return r;
    r = take_mode(writing, file, path);
    if (r == 0)
        r = berth_file_append(file, berth_bytes(text));
    if (r == 0)
        r = berth_file_sync(file);
    berth_file_close(file);
    return r;
}

/* The old file as it was, or the new one. */
static int replace(BerthConfWrite *writing, const char *text)
{
    BerthServer *server = writing->server;
    g_autofree char *path = real_path(writing);
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *next = g_strconcat(path, ".new", NULL);
    int r = write_beside(writing, next, path, text);

    if (r == 0)
        r = berth_file_rename(server, next, path);
    if (r == 0)
        return berth_file_sync_dir(server, dir);
    berth_file_unlink(server, next);
    return r;
}

static void work(void *data)
{
    BerthConfWrite *writing = data;
    g_autofree char *text = berth_doc_text(writing->conf->doc, writing->syntax, &writing->errors);
    int r = text ? replace(writing, text) : 0;

    if (r < 0)
        berth_errors_add(&writing->errors, NULL, NULL, "Unable to write file %s: %s", writing->path,
                         g_strerror(-r));
    writing->size = text ? strlen(text) : 0;
}

/* ---- before and after ---- */

static void answer(BerthConfWrite *writing)
{
    BerthCommand *command = writing->command;
    g_autofree char *why = NULL;
    BerthJson *json;

    if (berth_errors_any(&writing->errors)) {
        why = berth_errors_text(&writing->errors);
        berth_command_done(command, BERTH_RESULT_ERROR, "Error during config-write: %s", why);
        return;
    }
    json = berth_command_answer(command);
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "filename", writing->path);
    berth_json_uint(json, "size", writing->size);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "Configuration written to %s successful",
                       writing->path);
}

static void done(void *data)
{
    BerthConfWrite *writing = data;

    writing->server->conf_write = NULL;
    answer(writing);
    berth_conf_unref(writing->conf);
    berth_errors_clear(&writing->errors);
    g_free(writing->path);
    g_free(writing->started_with);
    g_free(writing);
}

/* Kea's rule: a file beside the one that the server was started with. NULL: `filename` is not. */
static char *path_of(BerthServer *server, const char *filename)
{
    const char *conf_file = server->options.conf_file;
    g_autofree char *dir = g_path_get_dirname(conf_file), *wanted = g_path_get_dirname(filename);

    if (!*filename || g_str_has_suffix(filename, "/"))
        return NULL;
    if (strcmp(dir, wanted) == 0)
        return g_strdup(filename);
    return strchr(filename, '/') ? NULL : g_build_filename(dir, filename, NULL);
}

static void begin(BerthCommand *command, char *path)
{
    BerthServer *server = berth_command_server(command);
    BerthConfWrite *writing = g_new0(BerthConfWrite, 1);

    writing->server = server;
    writing->command = command;
    writing->conf = berth_conf_ref(server->conf);
    writing->syntax = server->syntax;
    writing->path = path;
    writing->started_with = g_strdup(server->options.conf_file);
    berth_errors_init(&writing->errors);
    server->conf_write = writing;
    berth_command_defer(command);
    server->world->ops->job(server->world, work, done, writing);
}

void berth_confwrite_command(BerthCommand *command, const void *conf, void *run)
{
    const BerthNode *arguments = berth_command_arguments(command);
    const BerthNode *filename = berth_node_get(arguments, "filename");
    const char *conf_file = ((BerthServer *)run)->options.conf_file;
    const char *name = filename ? berth_node_string(filename, NULL) : conf_file;
    char *path;

    (void)conf;
    if (berth_node_kind(arguments) != BERTH_NODE_NULL &&
        berth_node_kind(arguments) != BERTH_NODE_MAP)
        berth_command_done(command, BERTH_RESULT_ERROR, "Argument must be a map");
    else if (!name)
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "passed parameter 'filename' is not a string");
    else if (((BerthServer *)run)->conf_write)
        berth_command_done(command, BERTH_RESULT_CONFLICT, "a config-write is under way");
    else if ((path = path_of(run, name)))
        begin(command, path);
    else
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "not allowed to write config into %s: file %s must be in the same "
                           "directory as the config file (%s)",
                           name, name, conf_file);
}

/* ---- has it changed? ---- */

void berth_confwrite_hash(const BerthFamily *family, BerthJson *json)
{
    const BerthConf *conf = family->server->conf;
    GString *text = g_string_new(NULL);
    BerthJson *shown = berth_json_new(text, 0);
    g_autofree char *digest = NULL, *hash = NULL;

    berth_conf_write_family(conf, berth_family_conf(family, conf), shown);
    berth_json_free(shown);
    digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
    hash = g_ascii_strup(digest, -1);
    g_string_free(text, TRUE);
    berth_json_string(json, "hash", hash);
}

void berth_confwrite_hash_command(BerthCommand *command, const void *conf, void *run)
{
    BerthJson *json = berth_command_answer(command);

    (void)conf;
    (void)run;
    berth_json_begin_object(json, NULL);
    berth_confwrite_hash(berth_command_its_family(command), json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}
