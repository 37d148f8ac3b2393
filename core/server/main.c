/* main - berthd: the command line, signals, and one server on the real world. */
#include "core/net/link.h"
#include "core/server/explain.h"
#include "core/server/server.h"

#include <getopt.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Arguments {
    BerthServerOptions options;
    const char *check;   /* -t FILE */
    const char *explain; /* --explain KEY */
    bool version, long_version, report, help;
} Arguments;

static const char usage[] =
    "berthd, the Berth DHCP server\n"
    "\n"
    "  berthd -c FILE      serve by this configuration, in the foreground\n"
    "  berthd -t FILE      check a configuration and its plugins, and exit (-T: the same)\n"
    "  --explain KEY       what a key of the configuration is for: valid-lifetime, pools.pool,\n"
    "                      lease_redis.host; with a plugin's name, all its keys\n"
    "  -d                  log everything, whatever the configuration says\n"
    "  -p PORT             listen on this port instead of 67 and 547\n"
    "  -X                  allow files and plugins outside the directories meant for them\n"
    "  -v, -V, -W          version; long form; build report\n"
    "\n"
    "A file in libconfig syntax is Berth's own form, one in JSON is read as Kea's. SIGHUP reads "
    "the\n"
    "file again, SIGTERM and SIGINT stop. Environment: BERTH_PLUGIN_PATH, and KEA_DHCP_DATA_DIR,\n"
    "KEA_LOG_FILE_DIR, KEA_CONTROL_SOCKET_DIR, KEA_HOOK_SCRIPTS_PATH, KEA_PIDFILE_DIR name\n"
    "directories.\n";

static bool read_port(const char *text, uint16_t *ret)
{
    uint64_t port;

    if (!g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL))
        return false;
    *ret = (uint16_t)port;
    return true;
}

static bool read_arguments(int argc, char **argv, Arguments *ret)
{
    static const struct option longer[] = {{"explain", required_argument, NULL, 'e'},
                                           {"help", no_argument, NULL, 'h'},
                                           {"version", no_argument, NULL, 'v'},
                                           {0}};
    int c;

    while ((c = getopt_long(argc, argv, "c:t:T:p:dvVWXh", longer, NULL)) != -1)
        switch (c) {
        case 'e':
            ret->explain = optarg;
            break;
        case 'c':
            ret->options.conf_file = optarg;
            break;
        case 't':
        case 'T':
            ret->check = optarg;
            break;
        case 'p':
            if (!read_port(optarg, &ret->options.port)) {
                fprintf(stderr, "berthd: -p wants a port from 1 to 65535, not '%s'\n", optarg);
                return false;
            }
            break;
        case 'd':
            ret->options.verbose = true;
            break;
        case 'v':
            ret->version = true;
            break;
        case 'V':
            ret->long_version = true;
            break;
        case 'W':
            ret->report = true;
            break;
        case 'X':
            ret->options.no_path_checks = true;
            break;
        case 'h':
            ret->help = true;
            break;
        default:
            return false;
        }
    return true;
}

/* The directory that the environment names, else the one built in, and Kea's, whose files are read.
 */
static char *directories(const char *variable, const char *built_in, const char *kea)
{
    const char *set = g_getenv(variable);

    return set && *set ? g_strdup(set) : g_strdup_printf("%s:%s", built_in, kea);
}

static void set_directories(BerthServerOptions *options)
{
    const char *plugins = g_getenv("BERTH_PLUGIN_PATH");

    options->plugin_path = plugins && *plugins ? plugins : BERTH_PLUGIN_DIR;
    options->paths[BERTH_PATH_DATA] =
        directories("KEA_DHCP_DATA_DIR", BERTH_STATE_DIR, "/var/lib/kea");
    options->paths[BERTH_PATH_LOG] = directories("KEA_LOG_FILE_DIR", BERTH_LOG_DIR, "/var/log/kea");
    options->paths[BERTH_PATH_RUN] =
        directories("KEA_CONTROL_SOCKET_DIR", BERTH_RUN_DIR, "/run/kea:/var/run/kea");
    options->paths[BERTH_PATH_SCRIPT] =
        directories("KEA_HOOK_SCRIPTS_PATH", BERTH_SCRIPT_DIR, "/usr/share/kea/scripts");
}

/* Called kea-dhcp6 it speaks of DHCPv6 before it knows its configuration. */
static int family_of(const char *program)
{
    g_autofree char *name = g_path_get_basename(program);

    return strcmp(name, "kea-dhcp6") == 0 ? 6 : 4;
}

/* Called kea-dhcp4 or kea-dhcp6 the program tells the Kea that it speaks, first word on the first
 * line. */
static bool plays_kea(const char *program)
{
    g_autofree char *name = g_path_get_basename(program);

    return g_str_has_prefix(name, "kea-");
}

static void print_version(const char *program, const Arguments *arguments)
{
    bool kea = plays_kea(program);

    printf("%s\n", kea ? BERTH_KEA_LEVEL : BERTH_VERSION);
    if (arguments->long_version || arguments->report)
        printf("Berth %s, speaking Kea %s\nplugins: %s\nGLib %u.%u.%u\n", BERTH_VERSION,
               BERTH_KEA_LEVEL, BERTH_PLUGIN_DIR, GLIB_MAJOR_VERSION, GLIB_MINOR_VERSION,
               GLIB_MICRO_VERSION);
}

static int explain(const Arguments *arguments)
{
    BerthLibraryPlaces places = {g_strsplit(arguments->options.plugin_path, ":", 0),
                                 arguments->options.no_path_checks};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    int r = berth_explain(arguments->explain, &places, text, &error);

    fputs(text->str, stdout);
    if (r < 0)
        fprintf(stderr, "berthd: %s\n", error->message);
    g_strfreev(places.dirs);
    return r < 0 ? 1 : 0;
}

static void print_errors(const BerthErrors *errors)
{
    for (unsigned i = 0; i < errors->lines->len; i++)
        fprintf(stderr, "Error encountered: %s\n", (const char *)errors->lines->pdata[i]);
}

static int check(BerthWorld *world, Arguments *arguments)
{
    BerthErrors errors;
    BerthServer *server;
    bool good;

    arguments->options.conf_file = arguments->check;
    server = berth_server_new(world, &arguments->options);
    berth_errors_init(&errors);
    good = berth_server_check(server, &errors);
    print_errors(&errors);
    if (good)
        printf("%s: the configuration is good\n", arguments->check);
    berth_errors_clear(&errors);
    berth_server_free(server);
    return good ? 0 : 1;
}

typedef struct Daemon {
    BerthServer *server;
    GMainLoop *loop;
    int exit_value;
} Daemon;

static gboolean on_hangup(void *data)
{
    berth_server_reload(((Daemon *)data)->server, NULL);
    return G_SOURCE_CONTINUE;
}

static gboolean on_terminate(void *data)
{
    berth_server_stop(((Daemon *)data)->server, 0);
    return G_SOURCE_CONTINUE;
}

static void on_stopped(void *data, int exit_value)
{
    Daemon *daemon = data;

    daemon->exit_value = exit_value;
    g_main_loop_quit(daemon->loop);
}

/* "<configuration>.kea-dhcp4.pid" (or kea-dhcp6, called by that name) in KEA_PIDFILE_DIR, where
 * start scripts look for it; NULL without. */
static char *pid_file(const char *conf_file, int family)
{
    const char *dir = g_getenv("KEA_PIDFILE_DIR");
    g_autofree char *base = g_path_get_basename(conf_file);
    char *dot = strrchr(base, '.');

    if (!dir || !*dir)
        return NULL;
    if (dot && dot != base)
        *dot = 0;
    return g_strdup_printf("%s/%s.%s.pid", dir, base, berth_family_names(family)->daemon);
}

static bool write_pid(const char *path)
{
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
    g_autoptr(GError) error = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
        return true;
    fprintf(stderr, "berthd: can't write the pid file: %s\n", error->message);
    return false;
}

static int serve(BerthWorld *world, const Arguments *arguments)
{
    g_autofree char *pid_path = pid_file(arguments->options.conf_file, arguments->options.family);
    Daemon daemon = {.loop = g_main_loop_new(NULL, FALSE)};
    BerthErrors errors;

    berth_errors_init(&errors);
    daemon.server = berth_server_new(world, &arguments->options);
    berth_server_on_stopped(daemon.server, on_stopped, &daemon);
    g_unix_signal_add(SIGHUP, on_hangup, &daemon);
    g_unix_signal_add(SIGTERM, on_terminate, &daemon);
    g_unix_signal_add(SIGINT, on_terminate, &daemon);
    if (berth_server_start(daemon.server, &errors) && (!pid_path || write_pid(pid_path)))
        g_main_loop_run(daemon.loop);
    else
        daemon.exit_value = 1;
    berth_errors_clear(&errors);
    berth_server_free(daemon.server);
    g_main_loop_unref(daemon.loop);
    if (pid_path && daemon.exit_value == 0)
        unlink(pid_path);
    return daemon.exit_value;
}

static int run(const char *program, Arguments *arguments)
{
    BerthWorld *world;
    int r;

    if (arguments->version || arguments->long_version || arguments->report) {
        print_version(program, arguments);
        return 0;
    }
    if (arguments->explain)
        return explain(arguments);
    if (arguments->help || (!arguments->check && !arguments->options.conf_file)) {
        fputs(usage, arguments->help ? stdout : stderr);
        return arguments->help ? 0 : 2;
    }
    world = berth_world_real_new(NULL);
    berth_net_attach(world);
    r = arguments->check ? check(world, arguments) : serve(world, arguments);
    berth_world_real_free(world);
    return r;
}

int main(int argc, char **argv)
{
    Arguments arguments = {.options.family = family_of(argv[0])};
    int r;

    umask(0027);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!read_arguments(argc, argv, &arguments)) {
        fputs(usage, stderr);
        return 2;
    }
    set_directories(&arguments.options);
    r = run(argv[0], &arguments);
    for (int kind = 0; kind < BERTH_PATHS; kind++)
        g_free((char *)arguments.options.paths[kind]);
    return r;
}
