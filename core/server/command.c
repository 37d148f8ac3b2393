/* command - see command.h. */
#include "core/server/command.h"

#include "core/server/server.h"
#include <errno.h>

typedef struct Entry {
    char *name, *owner;
    BerthOnCommand call;
    const void *conf;
    void *run;
} Entry;

struct BerthCommands {
    BerthServer *server;
    GHashTable *by_name; /* name -> Entry */
};

struct BerthCommand {
    BerthServer *server;
    BerthFamily *family;
    BerthDoc *doc;
    const BerthNode *arguments;
    GString *body; /* of "arguments" */
    BerthJson *json;
    BerthAnswered answered;
    void *data;
    BerthOnCommand call;
    BerthLibrary *library; /* pinned until it is answered; NULL: answered at once, or the core's */
    bool deferred, done, in_handler;
};

static void entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->name);
    g_free(entry->owner);
    g_free(entry);
}

BerthCommands *berth_commands_new(BerthServer *server)
{
    BerthCommands *commands = g_new0(BerthCommands, 1);

    commands->server = server;
    commands->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    for (const BerthHook *hook = berth_core_commands; hook->name; hook++)
        berth_commands_add(commands, NULL, hook, NULL, server);
    return commands;
}

void berth_commands_free(BerthCommands *commands)
{
    if (!commands)
        return;
    g_hash_table_unref(commands->by_name);
    g_free(commands);
}

int berth_commands_add(BerthCommands *commands, const char *owner, const BerthHook *hook,
                       const void *conf, void *run)
{
    Entry *old = g_hash_table_lookup(commands->by_name, hook->name);
    Entry *entry;

    if (old && g_strcmp0(old->owner, owner) != 0)
        return -EEXIST;
    entry = g_new0(Entry, 1);
    *entry = (Entry){g_strdup(hook->name), g_strdup(owner), hook->call.command, conf, run};
    g_hash_table_replace(commands->by_name, entry->name, entry);
    return 0;
}

static gboolean is_owned_by(void *name, void *value, void *owner)
{
    (void)name;
    return g_strcmp0(((Entry *)value)->owner, owner) == 0;
}

void berth_commands_remove(BerthCommands *commands, const char *owner)
{
    g_hash_table_foreach_remove(commands->by_name, is_owned_by, (void *)owner);
}

static int compare_names(const void *a, const void *b, void *unused)
{
    (void)unused;
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **berth_commands_names(BerthCommands *commands)
{
    unsigned n;
    const char **names = (const char **)g_hash_table_get_keys_as_array(commands->by_name, &n);

    g_qsort_with_data(names, (int)n, sizeof(*names), compare_names, NULL);
    return names;
}

/* ---- one command ---- */

static void command_free(BerthCommand *command)
{
    berth_json_free(command->json);
    if (command->body)
        g_string_free(command->body, TRUE);
    berth_doc_free(command->doc);
    berth_loader_unpin(command->server->loader, command->library);
    g_free(command);
}

static void answer(BerthCommand *command, int result, const char *text)
{
    GString *out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    berth_json_begin_object(json, NULL);
    berth_json_int(json, "result", result);
    if (*text)
        berth_json_string(json, "text", text);
    berth_json_end(json);
    berth_json_free(json);
    /* An error has exactly "result" and "text"; scripts rely on it. */
    if (command->body && result != BERTH_RESULT_ERROR) {
        g_string_truncate(out, out->len - strlen(" }"));
        g_string_append(out, ", \"arguments\": ");
        g_string_append_len(out, command->body->str, (gssize)command->body->len);
        g_string_append(out, " }");
    }
    command->answered(command->data, (BerthBytes){(const uint8_t *)out->str, out->len});
    g_string_free(out, TRUE);
}

void berth_command_done(BerthCommand *command, int result, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (command->done)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    command->done = true;
    answer(command, result, text);
    if (!command->in_handler)
        command_free(command);
}

void berth_command_defer(BerthCommand *command)
{
    if (!command->deferred)
        command->library =
            berth_loader_pin(command->server->loader, (const void *)(uintptr_t)command->call);
    command->deferred = true;
}

BerthServer *berth_command_server(const BerthCommand *command)
{
    return command->server;
}

const BerthNode *berth_command_arguments(const BerthCommand *command)
{
    return command->arguments;
}

BerthJson *berth_command_answer(BerthCommand *command)
{
    if (!command->json) {
        command->body = g_string_new(NULL);
        command->json = berth_json_new(command->body, 0);
    }
    return command->json;
}

struct BerthFamily *berth_command_its_family(const BerthCommand *command)
{
    return command->family;
}

int berth_command_family(const BerthCommand *command)
{
    return command->family->env.family;
}

static BerthFamily *family_of_service(BerthServer *server, const char *service)
{
    for (int number = 4; number <= 6; number += 2)
        if (g_strcmp0(berth_family_names(number)->service, service) == 0)
            return berth_server_family(server, number);
    return NULL;
}

/* `service` may be absent, empty, or name a family that is served; it overrules the socket. */
static bool choose_family(BerthCommand *command, const BerthNode *service)
{
    const BerthNode *first = berth_node_first(service);

    if (berth_node_kind(service) == BERTH_NODE_NULL || !first)
        return true;
    command->family = berth_node_next(first)
                          ? NULL
                          : family_of_service(command->server, berth_node_string(first, NULL));
    return command->family != NULL;
}

/* "'dhcp4' alone", "'dhcp4' and 'dhcp6'" */
static const char *services_text(BerthServer *server)
{
    if (!berth_server_family(server, 6))
        return "'dhcp4' alone";
    return berth_server_family(server, 4) ? "'dhcp4' and 'dhcp6'" : "'dhcp6' alone";
}

static void refuse_service(BerthCommand *command)
{
    berth_command_done(command, BERTH_RESULT_ERROR,
                       "unsupported service: this server answers for %s",
                       services_text(command->server));
}

static void call_handler(BerthCommands *commands, BerthCommand *command)
{
    const BerthNode *root = command->doc->root;
    const char *name = berth_node_string(berth_node_get(root, "command"), NULL);
    const BerthNode *service = berth_node_get(root, "service");
    Entry *entry = name ? g_hash_table_lookup(commands->by_name, name) : NULL;

    command->arguments = berth_node_get(root, "arguments");
    if (!name)
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "invalid command: there is no string called 'command'");
    else if (!choose_family(command, service))
        refuse_service(command);
    else if (!entry)
        berth_command_done(command, BERTH_RESULT_UNSUPPORTED, "'%s' command not supported.", name);
    else {
        BERTH_LOG(commands->server, BERTH_INFO, "commands", "COMMAND_RECEIVED",
                  "Received command '%s'", name);
        command->call = entry->call;
        entry->call(command, entry->conf, entry->run);
        if (!command->done && !command->deferred)
            berth_command_done(command, BERTH_RESULT_ERROR, "the command '%s' gave no answer",
                               name);
    }
}

static BerthFamily *family_of_socket(BerthServer *server, int number)
{
    BerthFamily *family = berth_server_family(server, number);

    return family ? family : berth_server_family(server, 0);
}

void berth_commands_run(BerthCommands *commands, int family, BerthBytes json,
                        BerthAnswered answered, void *data)
{
    BerthCommand *command = g_new0(BerthCommand, 1);
    g_autofree char *why = NULL;
    BerthErrors errors;

    *command = (BerthCommand){
        .server = commands->server,
        .family = family_of_socket(commands->server, family),
        .answered = answered,
        .data = data,
        .in_handler = true,
    };
    berth_errors_init(&errors);
    command->doc = berth_doc_parse_json(json, "<command>", false, &errors);
    if (command->doc) {
        call_handler(commands, command);
    } else {
        why = berth_errors_text(&errors);
        berth_command_done(command, BERTH_RESULT_ERROR, "%s", why);
    }
    berth_errors_clear(&errors);
    command->in_handler = false;
    if (command->done)
        command_free(command);
}
