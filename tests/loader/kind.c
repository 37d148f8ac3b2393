/* kind - a plugin of many kinds, one .so each: t_good, and those that a loader has to refuse. NAME
 * is the name of the file, and IS_t_… is defined for the kind. What happens to it goes to the log.
 */
#include <berth/plugin.h>
#include <errno.h>

#ifndef IS_t_bare

typedef struct Conf {
    const char *word;
    int64_t count, global;
    bool is_checked;
    unsigned subnets, networks, classes; /* with the member "t-good" in their user-context */
} Conf;

typedef struct Run {
    BerthServer *server;
    BerthCommand *waiting; /* of t_later, for the timer */
    BerthTimer *timer;
} Run;

/* Configurations that are prepared and not yet released; a test may keep it so, a plugin may not.
 */
static int live;

static void say(const Run *run, const char *what)
{
    berth_server_log(run->server, BERTH_INFO, "kinds", "KIND", "%s %s", NAME, what);
}

static const BerthConfItem conf_items[] = {
    {"word", BERTH_STRING(Conf, word), "none", "a word"},
    {"count", BERTH_INT(Conf, count), "3", "a number", .min = 1, .max = 9},
#ifdef IS_t_good
    {"t-good-global", BERTH_INT(Conf, global), "7", "a key of Dhcp4", .flags = BERTH_CONF_GLOBAL},
#endif
#ifdef IS_t_offset
    {"far", BERTH_CONF_INT, 1000000, "7", "a member that is not there"},
#endif
    {0},
};

static int prepare(void *conf, GError **error)
{
    (void)conf;
#ifdef IS_t_prepare
    return berth_fail(error, -EINVAL, "not today");
#else
    (void)error;
    g_atomic_int_inc(&live);
    return 0;
#endif
}

static void release(void *conf)
{
    (void)conf;
    g_atomic_int_add(&live, -1);
}

#ifdef IS_t_good
static int check(BerthServer *server, void *conf_data, GError **error)
{
    Conf *conf = conf_data;
    g_autofree char *path = NULL;

    conf->is_checked = true;
    return berth_server_path(server, BERTH_PATH_SCRIPT, conf->word, &path, error);
}

static int read_context(void *conf_data, const BerthContext *context, GError **error)
{
    Conf *conf = conf_data;
    const char *word = berth_node_string(berth_node_get(context->map, "t-good"), NULL);

    if (!word || !conf->is_checked)
        return 0;
    conf->subnets += context->of == BERTH_CONTEXT_SUBNET && context->subnet_id == 7;
    conf->networks += context->of == BERTH_CONTEXT_NETWORK && strcmp(context->name, "net") == 0;
    conf->classes += context->of == BERTH_CONTEXT_CLASS && context->is_template;
    return strcmp(word, "bad") == 0 ? berth_fail(error, -EINVAL, "it is bad") : 0;
}
#endif

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    (void)conf;
    if (run->server)
        return berth_fail(error, -EINVAL, "the run state is not new");
    run->server = server;
    say(run, "start");
#ifdef IS_t_start
    return berth_fail(error, -EIO, "no luck");
#else
    return 0;
#endif
}

static void apply(const void *conf, void *run)
{
    (void)conf;
    say(run, "apply");
}

static void stop(void *run)
{
    if (((Run *)run)->timer)
        berth_timer_free(((Run *)run)->timer);
    say(run, "stop");
}

static BerthVerdict on_packet(BerthPacket *pkt, const void *conf, void *run)
{
    (void)pkt;
    (void)conf;
    (void)run;
    return BERTH_CONTINUE;
}

#ifdef IS_t_veto
static BerthVerdict on_server(BerthServer *server, const void *conf, void *run)
{
    (void)server;
    (void)conf;
    (void)run;
    return BERTH_DROP;
}
#endif

#if defined(IS_t_good) || defined(IS_t_command) || defined(IS_t_core_command)
static void on_command(BerthCommand *command, const void *conf_data, void *run)
{
    const Conf *conf = conf_data;

    (void)run;
    berth_command_done(command, BERTH_RESULT_OK, "%s %d %d, live %d, contexts %u %u %u", conf->word,
                       (int)conf->count, (int)conf->global, g_atomic_int_get(&live), conf->subnets,
                       conf->networks, conf->classes);
}
#endif

#ifdef IS_t_later
static void on_timer(void *data)
{
    const Run *run = data;

    say(run, "answers");
    berth_command_done(run->waiting, BERTH_RESULT_OK, "later");
}

static void on_later(BerthCommand *command, const void *conf, void *run_state)
{
    Run *run = run_state;

    (void)conf;
    run->waiting = command;
    run->timer = berth_timer_new(run->server, on_timer, run);
    berth_timer_set(run->server, run->timer, 1000000);
    berth_command_defer(command);
}
#endif

#ifdef IS_t_unresolved
BerthVerdict berth_that_is_nowhere(BerthPacket *pkt, const void *conf, void *run);
#endif

#ifdef IS_t_larger
typedef struct Hook {
    BerthHook hook;
    void *later[2];
} Hook;
static const Hook hooks[] = {
    {BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, on_packet), {NULL}},
    {BERTH_ON_PACKET("pkt4_send", BERTH_NORMAL, on_packet), {NULL}},
    {{0}, {NULL}},
};
#else
static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, on_packet),
#ifdef IS_t_good
    BERTH_ON_COMMAND("t-good", on_command),
#endif
#ifdef IS_t_later
    BERTH_ON_COMMAND("t-later", on_later),
#endif
#ifdef IS_t_command
    BERTH_ON_COMMAND("t-good", on_command),
#endif
#ifdef IS_t_core_command
    BERTH_ON_COMMAND("version-get", on_command),
#endif
#ifdef IS_t_unresolved
    BERTH_ON_PACKET("pkt4_send", BERTH_NORMAL, berth_that_is_nowhere),
#endif
#ifdef IS_t_point
    BERTH_ON_PACKET("pkt4_recieve", BERTH_NORMAL, on_packet),
#endif
#ifdef IS_t_subject
    BERTH_ON_PACKET("lease4_select", BERTH_NORMAL, on_packet),
#endif
#ifdef IS_t_veto
    BERTH_ON_SERVER("dhcp4_srv_configured", BERTH_NORMAL, on_server),
#endif
    {0},
};
#endif

#ifdef IS_t_needs
static const char *const needs[] = {"t_good", NULL};
#endif

#if defined(IS_t_sink) || defined(IS_t_role)
static void write_event(void *run_state, const BerthLogEvent *event)
{
    Run *run = run_state;

    (void)event;
    ++*berth_server_counter(run->server, "t-sink-events");
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_event};
static const BerthRole roles[] = {
#ifdef IS_t_sink
    BERTH_LOG_SINK(&sink),
#else
    {"barista", "b", &sink, NULL, 0},
#endif
    {0},
};
#endif

#ifdef IS_t_larger
/* As a later 1.x would make it. */
typedef struct Larger {
    BerthPlugin plugin;
    void *later[4];
} Larger;
__attribute__((visibility("default"))) extern const Larger berth_plugin;
const Larger berth_plugin = {
    .plugin = {.abi = BERTH_ABI,
               .size = sizeof(Larger),
               .conf_item_size = sizeof(BerthConfItem),
               .hook_size = sizeof(Hook),
               .role_size = sizeof(BerthRole),
               .name = NAME,
               .version = "1.9",
               .conf_size = sizeof(Conf),
               .conf = conf_items,
               .prepare = prepare,
               .release = release,
               .run_size = sizeof(Run),
               .start = start,
               .apply = apply,
               .stop = stop,
               .hooks = &hooks[0].hook},
};
#else

#if defined(IS_t_misnamed)
#define DIFFERENT .name = "other"
#elif defined(IS_t_abi)
#define DIFFERENT .abi = 99
#elif defined(IS_t_sizes)
#define DIFFERENT .hook_size = 8
#elif defined(IS_t_needs)
#define DIFFERENT .needs = needs
#elif defined(IS_t_sink) || defined(IS_t_role)
#define DIFFERENT .roles = roles
#elif defined(IS_t_good)
#define DIFFERENT .version = "1.2.3", .check = check, .read_context = read_context
#else
#define DIFFERENT .version = "1.2.3"
#endif

BERTH_PLUGIN(.name = NAME, .about = "a kind of plugin", .conf_size = sizeof(Conf),
             .conf = conf_items, .prepare = prepare, .release = release, .run_size = sizeof(Run),
             .start = start, .apply = apply, .stop = stop, .hooks = hooks, DIFFERENT);
#endif

#else /* no descriptor at all */
void berth_nothing(void);
void berth_nothing(void)
{
}
#endif
