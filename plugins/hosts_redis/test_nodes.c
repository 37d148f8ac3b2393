/* test_nodes - see test_nodes.h. */
#include "test_nodes.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define MSEC INT64_C(1000)

Node nodes[2];
int node_family = 4;
char *node_database;
static BerthWorld *world;

/* ---- servers ---- */

static void write_log(void *run, const BerthLogEvent *event)
{
    Node *node = run;

    g_string_append_printf(node->log, "%s %s\n", event->id, event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

#define COMMON(family)                                                           \
    "\"interfaces-config\": {\"interfaces\": []},"                               \
    " \"loggers\": [{\"name\": \"kea-dhcp" #family "\", \"severity\": \"INFO\"," \
    " \"output-options\": [{\"output\": \"/dev/null\"}]}],"                      \
    " \"lease-database\": {\"type\": \"memfile\", \"persist\": false},"

void node_write_conf(const Node *node, const char *more)
{
    g_autofree char *database =
        g_strdup_printf("{\"type\": \"redis\", %s, \"key-prefix\": \"t\", \"command-timeout\": 1,"
                        " \"reconnect-wait-time\": 5, \"reconnect-wait-max\": 50}",
                        node_database);
    g_autofree char *text = g_strdup_printf(
        "{\"Dhcp4\": {" COMMON(
            4) " \"hosts-database\": %s,"
               " \"subnet4\": [{\"id\": 1, \"subnet\": \"192.0.2.0/24\"}%s]},"
               " \"Dhcp6\": {" COMMON(
                   6) " \"server-id\": {\"type\": \"EN\", \"enterprise-id\": 9, \"identifier\": "
                      "\"0102030405\", \"persist\": false},"
                      " \"hosts-databases\": [%s],"
                      " \"subnet6\": [{\"id\": 1, \"subnet\": \"2001:db8:1::/64\"}]}}",
        database, more, database);

    g_assert_true(g_file_set_contents(node->conf, text, -1, NULL));
}

static void step(void)
{
    if (!g_main_context_iteration(NULL, FALSE))
        g_usleep(200);
}

bool nodes_until(bool (*is_so)(void *data), void *data, unsigned msec)
{
    int64_t end = g_get_monotonic_time() + msec * MSEC;

    while (!is_so(data)) {
        if (g_get_monotonic_time() > end)
            return false;
        step();
    }
    return true;
}

void node_boot(Node *node)
{
    BerthServerOptions options = {.conf_file = node->conf,
                                  .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
                                  .no_path_checks = true};
    BerthErrors errors;

    for (int kind = 0; kind <= BERTH_PATH_RUN; kind++)
        options.paths[kind] = node->dir;
    berth_errors_init(&errors);
    node->server = berth_server_new(world, &options);
    berth_log_add_sink(node->server->log, &sink, node);
    if (!CHECK(berth_server_start(node->server, &errors)))
        CHECK_TEXT(berth_errors_text(&errors), "");
    berth_errors_clear(&errors);
}

static void open_node(Node *node)
{
    *node = (Node){.dir = g_dir_make_tmp("berth-hosts-XXXXXX", NULL),
                   .answer = g_string_new(NULL),
                   .log = g_string_new(NULL)};
    node->conf = g_build_filename(node->dir, "berth.conf", NULL);
    node_write_conf(node, "");
    node_boot(node);
}

void node_shut(Node *node)
{
    node->server->world->ops->end_jobs(world);
    berth_server_free(g_steal_pointer(&node->server));
}

static void close_node(Node *node)
{
    node_shut(node);
    g_unlink(node->conf);
    g_rmdir(node->dir);
    g_string_free(node->answer, TRUE);
    g_string_free(node->log, TRUE);
    g_free(node->conf);
    g_free(node->dir);
}

/* ---- commands ---- */

static void on_answered(void *data, BerthBytes json)
{
    Node *node = data;

    g_string_truncate(node->answer, 0);
    g_string_append_len(node->answer, (const char *)json.data, (gssize)json.len);
    node->is_answered = true;
}

static bool is_answered(void *data)
{
    return ((const Node *)data)->is_answered;
}

const char *node_ask(Node *node, const char *command, const char *arguments)
{
    g_autofree char *text =
        g_strdup_printf("{'command': '%s', 'arguments': {%s}}", command, arguments);

    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    node->is_answered = false;
    berth_server_command_in(node->server, node_family, berth_bytes(text), on_answered, node);
    if (!nodes_until(is_answered, node, 5000))
        g_string_assign(node->answer, "no answer");
    return node->answer->str;
}

void node_check(Node *node, const char *command, const char *arguments, const char *want)
{
    CHECK_HAS(node_ask(node, command, arguments), want);
}

void node_check_soon(Node *node, const char *command, const char *arguments, const char *want)
{
    int64_t end = g_get_monotonic_time() + 1000 * MSEC;

    while (!strstr(node_ask(node, command, arguments), want) && g_get_monotonic_time() < end)
        step();
    CHECK_HAS(node->answer->str, want);
}

static bool is_following(void *data)
{
    return strstr(node_ask(data, "hosts-redis-status", ""), "\"phase\": \"following\"") != NULL;
}

void node_await(Node *node)
{
    CHECK(nodes_until(is_following, node, 8000));
}

void nodes_begin(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        open_node(&nodes[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        node_await(&nodes[i]);
}

void nodes_end(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        close_node(&nodes[i]);
}

int nodes_main(const char *name, const BerthTest *tests, int argc, char **argv)
{
    int r;

    world = berth_world_real_new(NULL);
    r = berth_tests_main(name, tests, argc, argv);
    berth_world_real_free(world);
    g_free(node_database);
    return r;
}
