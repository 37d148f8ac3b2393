/* request - see request.h. */
#include "request.h"

#include <errno.h>

#define SUBNET_ID_MAX INT64_C(4294967294)
#define LOGGER "host-cmds-hooks"

/* ---- beginning and end ---- */

static void say(const Request *request, BerthLevel level, const char *what, const char *text)
{
    g_autofree char *id = g_strconcat("HOST_CMDS_RESERV_", request->kind->stem, what, NULL);

    BERTH_LOG(request->server, level, LOGGER, id, "%s command %s", request->kind->name, text);
}

Request *request_new(BerthCommand *command, Run *run, const Kind *kind)
{
    Request *request = g_new0(Request, 1);
    g_autofree char *text = NULL;

    *request = (Request){
        .command = command,
        .server = berth_command_server(command),
        .run = run,
        .kind = kind,
        .family = berth_command_family(command),
        .args = berth_command_arguments(command),
        .targets = kind->targets,
    };
    request->shown =
        request->args ? berth_node_json(request->args) : g_strdup("(missing parameters)");
    text = g_strdup_printf("called (parameters: %s)", request->shown);
    say(request, BERTH_INFO, "", text);
    return request;
}

void request_end(Request *request, int result, const char *format, ...)
{
    bool is_failure = result == BERTH_RESULT_ERROR;
    g_autofree char *text = NULL, *told = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    told = is_failure ? g_strdup_printf("failed (parameters: %s, reason: %s)", request->shown, text)
                      : g_strdup_printf("success (parameters: %s)", request->shown);
    say(request, is_failure ? BERTH_ERROR : BERTH_INFO, is_failure ? "_FAILED" : "_SUCCESS", told);
    berth_command_done(request->command, result, "%s", text);
    g_free(request->shown);
    g_free(request);
}

void request_fail(Request *request, GError *error)
{
    request_end(request, BERTH_RESULT_ERROR, "%s", error->message);
    g_error_free(error);
}

/* ---- arguments ---- */

static bool fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool fail(GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    berth_fail(error, -EINVAL, "%s", text);
    return false;
}

bool request_map(const Request *request, GError **error)
{
    return berth_node_kind(request->args) == BERTH_NODE_MAP ||
           fail(error, "Parameters missing or are not a map.");
}

static bool wrong_type(GError **error, const char *key)
{
    return fail(error, "invalid type specified for parameter '%s'", key);
}

/* Older manuals say primary and alternate. */
bool request_target(Request *request, GError **error)
{
    static const struct {
        const char *word;
        Targets targets;
    } words[] = {{"memory", TARGET_MEMORY},
                 {"database", TARGET_DATABASE},
                 {"all", TARGET_ALL},
                 {"primary", TARGET_MEMORY},
                 {"alternate", TARGET_DATABASE}};
    const BerthNode *node = berth_node_get(request->args, "operation-target");
    const char *word = berth_node_string(node, NULL);

    if (!node || (word && strcmp(word, "default") == 0))
        return true;
    if (!word)
        return wrong_type(error, "operation-target");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].word, word) == 0) {
            request->targets = words[i].targets;
            return true;
        }
    return fail(error,
                "The 'operation-target' value (%s) is not within expected set: (memory, database, "
                "all, default)",
                word);
}

bool request_integer(const Request *request, const char *key, int64_t max, int64_t *ret,
                     GError **error)
{
    const BerthNode *node = berth_node_get(request->args, key);
    int64_t value = berth_node_int(node, 0);

    if (!node)
        return fail(error, "missing parameter '%s'", key);
    if (berth_node_kind(node) != BERTH_NODE_INT)
        return wrong_type(error, key);
    if (value < 0 || value > max)
        return fail(error,
                    "The '%s' value (%" G_GINT64_FORMAT
                    ") is not within expected range: (0 - %" G_GINT64_FORMAT ")",
                    key, value, max);
    *ret = value;
    return true;
}

bool request_subnet(Request *request, bool is_required, GError **error)
{
    int64_t id = 0;

    if (!is_required && !berth_node_get(request->args, "subnet-id"))
        return true;
    if (!request_integer(request, "subnet-id", SUBNET_ID_MAX, &id, error))
        return false;
    request->has_subnet = true;
    request->subnet_id = (uint32_t)id;
    return true;
}

bool request_subnet_exists(const Request *request, GError **error)
{
    BerthSubnetView view;

    return !request->has_subnet || request->subnet_id == BERTH_HOST_GLOBAL ||
           berth_server_subnet(request->server, request->family, request->subnet_id, &view) ||
           fail(error, "IPv%d subnet with ID of '%u' is not configured", request->family,
                request->subnet_id);
}

/* What the text is an identifier of does not matter to how it is written. */
static bool read_id(Request *request, const char *text, GError **error)
{
    int len;

    if (*text == '\0' || strcmp(text, "''") == 0)
        return fail(error, "Unable to query for empty 'identifier'.");
    len = berth_host_id_read(BERTH_HOST_FLEX_ID, text, request->id);
    if (len <= 0)
        return fail(error, "Unable to parse 'identifier' value.");
    request->id_len = (size_t)len;
    return true;
}

bool request_id(Request *request, const char *where, GError **error)
{
    const char *type = berth_node_string(berth_node_get(request->args, "identifier-type"), NULL);
    const char *text = berth_node_string(berth_node_get(request->args, "identifier"), NULL);
    int number;

    if (!type)
        return fail(error, "%s'identifier-type' is either missing or not a string.", where);
    if (!text)
        return fail(error, "%s'identifier' is either missing or not a string.", where);
    if (!read_id(request, text, error))
        return false;
    number = berth_host_id_type(type);
    if (number < 0)
        return fail(error, "Value of 'identifier-type' was not recognized.");
    request->id_type = (BerthHostIdType)number;
    return true;
}

static bool read_addr(Request *request, const char *text, GError **error)
{
    if (berth_addr_parse(text, &request->addr) < 0)
        return fail(error, "Failed to convert string to address '%s': Invalid argument", text);
    request->has_addr = true;
    return true;
}

static bool select_by_addr(Request *request, const BerthNode *node, GError **error)
{
    const char *text = berth_node_string(node, NULL);

    if (!text)
        return fail(error, "'ip-address' is not a string.");
    if (!read_addr(request, text, error))
        return false;
    return request->has_subnet ||
           fail(error,
                "missing parameter 'subnet-id', use 'reservation-get-by-address' with 'ip-address' "
                "set to \"%s\" to get the list of reservations with this address",
                text);
}

static bool select_by_id(Request *request, GError **error)
{
    const BerthNode *args = request->args;

    if (!request_id(request, "No 'ip-address' provided and ", error))
        return false;
    return request->has_subnet ||
           fail(
               error,
               "missing parameter 'subnet-id', use 'reservation-get-by-id' with 'identifier-type' "
               "set to \"%s\" and 'identifier' to \"%s\" to get the list of reservations with this "
               "identifier",
               berth_node_string(berth_node_get(args, "identifier-type"), ""),
               berth_node_string(berth_node_get(args, "identifier"), ""));
}

bool request_selector(Request *request, GError **error)
{
    const BerthNode *addr = berth_node_get(request->args, "ip-address");
    bool says_nothing = !addr && !berth_node_get(request->args, "identifier-type") &&
                        !berth_node_get(request->args, "identifier");

    if (!request_map(request, error) || !request_subnet(request, says_nothing, error) ||
        !request_target(request, error))
        return false;
    return addr ? select_by_addr(request, addr, error) : select_by_id(request, error);
}

bool request_addr(Request *request, GError **error)
{
    const BerthNode *node = berth_node_get(request->args, "ip-address");
    const char *text = berth_node_string(node, NULL);

    if (!node)
        return fail(error, "missing parameter 'ip-address'");
    return text ? read_addr(request, text, error) : wrong_type(error, "ip-address");
}

bool request_hostname(Request *request, GError **error)
{
    const BerthNode *node = berth_node_get(request->args, "hostname");

    request->hostname = berth_node_string(node, NULL);
    if (!node)
        return fail(error, "missing parameter 'hostname'");
    return request->hostname ? true : wrong_type(error, "hostname");
}
