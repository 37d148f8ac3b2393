/* inproc - see inproc.h. */
#include "tests/bench/inproc.h"

BerthServer *inproc_start(BerthWorld *world, const char *folder, const char *conf)
{
    g_autofree char *path = g_build_filename(folder, "bench.conf", NULL);
    BerthServerOptions options = {.conf_file = path,
                                  .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
                                  .paths = {folder, folder, folder},
                                  .port = 67,
                                  .no_path_checks = true};
    BerthServer *server;
    BerthErrors errors;

    if (!g_file_set_contents(path, conf, -1, NULL))
        g_error("%s: cannot be written", path);
    server = berth_server_new(world, &options);
    berth_errors_init(&errors);
    if (!berth_server_start(server, &errors))
        g_error("%s", berth_errors_text(&errors));
    while (server->state == BERTH_SERVER_LOADING)
        g_main_context_iteration(NULL, TRUE);
    return server;
}
