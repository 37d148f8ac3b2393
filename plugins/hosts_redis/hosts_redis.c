/* hosts_redis - reservations in Redis, for one server or several that share them: `hosts-database`
 * of type "redis". */
#include "source.h"

#include <errno.h>

typedef struct Conf {
    BerthList one4, several4, one6, several6; /* of SourceConf */
} Conf;

typedef struct Run {
    BerthServer *server;
    Source *sources[2]; /* of DHCPv4, DHCPv6; NULL: none */
} Run;

/* clang-format off */
static const BerthConfItem source_items[] = {
    {"type", BERTH_STRING(SourceConf, type), NULL, "redis", BERTH_CONF_REQUIRED},
    BERTH_REDIS_ITEMS(SourceConf, redis),
    {"readonly", BERTH_BOOL(SourceConf, readonly), "false", "commands don't change what is there"},
    {"wait-at-start", BERTH_BOOL(SourceConf, wait_at_start), "true",
     "nobody is answered before the reservations were read once; false: strangers may get reserved addresses until then"},
    {"stream-length", BERTH_INT(SourceConf, stream_length), "10000",
     "changes that Redis keeps for servers that are behind", 0, 100, 10000000},
    {"name", BERTH_IGNORED, NULL, "a database is a number here: database, key-prefix"},
    {"on-fail", BERTH_IGNORED, NULL, "what is known goes on being served"},
    {"retry-on-startup", BERTH_IGNORED, NULL, "it is always tried again"},
    {"max-reconnect-tries", BERTH_IGNORED, NULL, "it is always tried again"},
    {0},
};

static const BerthConfItem conf[] = {
    {"hosts-database",  BERTH_MAP(Conf, one4),      NULL, "where reservations are kept that commands make", BERTH_CONF_GLOBAL, .items = source_items, .item_size = sizeof(SourceConf)},
    {"hosts-databases", BERTH_LIST(Conf, several4), NULL, "the same as a list of one",                      BERTH_CONF_GLOBAL, .items = source_items, .item_size = sizeof(SourceConf)},
    {"hosts-database",  BERTH_MAP(Conf, one6),      NULL, "where reservations are kept that commands make", BERTH_CONF_GLOBAL6, .items = source_items, .item_size = sizeof(SourceConf)},
    {"hosts-databases", BERTH_LIST(Conf, several6), NULL, "the same as a list of one",                      BERTH_CONF_GLOBAL6, .items = source_items, .item_size = sizeof(SourceConf)},
    {0},
};
/* clang-format on */

/* NULL: none. */
static const SourceConf *conf_of(const Conf *all, int family)
{
    const BerthList *one = family == 6 ? &all->one6 : &all->one4;
    const BerthList *several = family == 6 ? &all->several6 : &all->several4;

    return one->n ? one->at : several->n ? several->at : NULL;
}

static int check_family(const Conf *all, int family, GError **error)
{
    const BerthList *one = family == 6 ? &all->one6 : &all->one4;
    const BerthList *several = family == 6 ? &all->several6 : &all->several4;
    const SourceConf *source = conf_of(all, family);

    if (one->n + several->n > 1)
        return berth_fail(error, -EINVAL, "hosts-databases: there can be one in Dhcp%d", family);
    if (source && strcmp(source->type, "redis") != 0)
        return berth_fail(error, -EINVAL,
                          "hosts-database: there is no type '%s'; reservations can be in \"redis\"",
                          source->type);
    return source ? berth_redis_params_check(&source->redis, error) : 0;
}

static int prepare(void *data, GError **error)
{
    int r = check_family(data, 4, error);

    return r < 0 ? r : check_family(data, 6, error);
}

/* ---- to see whether it is another one ---- */

static void put_list(GString *text, const BerthList *list)
{
    const char *const *at = list->at;

    for (size_t i = 0; i < list->n; i++)
        g_string_append_printf(text, "%s,", at[i]);
}

static char *text_of(const SourceConf *source)
{
    const BerthRedisParams *redis = &source->redis;
    const char *const strings[] = {
        redis->host,       redis->unix_socket,  redis->user,          redis->password,
        redis->key_prefix, redis->trust_anchor, redis->cert_file,     redis->key_file,
        redis->tls_name,   redis->master_name,  redis->sentinel_user, redis->sentinel_password};
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_string_append_printf(text, "%s\n", strings[i] ? strings[i] : "");
    g_string_append_printf(text,
                           "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                           " %d %d %d %g %g %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                           redis->port, redis->database, redis->tls, redis->tls_verify,
                           redis->cluster, redis->connect_timeout_sec, redis->command_timeout_sec,
                           redis->reconnect_wait_ms, redis->reconnect_wait_max_ms);
    put_list(text, &redis->sentinels);
    put_list(text, &redis->nodes);
    return g_string_free(text, FALSE);
}

/* ---- life ---- */

static void configure(Run *run, Source **at, int family, const Conf *all)
{
    const SourceConf *source = conf_of(all, family);
    g_autofree char *text = source ? text_of(source) : NULL;

    if (*at && (!source || strcmp((*at)->text, text) != 0))
        source_free(g_steal_pointer(at));
    if (!source)
        return;
    if (!*at) {
        *at = source_new(run->server, family, source, text);
        return;
    }
    (*at)->conf.readonly = source->readonly;
    (*at)->conf.wait_at_start = source->wait_at_start;
    (*at)->conf.stream_length = source->stream_length;
    source_configure(*at);
}

static void apply(const void *conf_data, void *data)
{
    Run *run = data;

    configure(run, &run->sources[0], 4, conf_data);
    configure(run, &run->sources[1], 6, conf_data);
}

static int start(BerthServer *server, const void *conf_data, void *data, GError **error)
{
    (void)error;
    ((Run *)data)->server = server;
    apply(conf_data, data);
    return 0;
}

static void stop(void *data)
{
    Run *run = data;

    source_free(run->sources[0]);
    source_free(run->sources[1]);
}

/* ---- packets and commands ---- */

static BerthVerdict wait_for(const Source *source)
{
    return source && !source->is_loaded && source->conf.wait_at_start ? BERTH_DROP : BERTH_CONTINUE;
}

static BerthVerdict on_receive4(BerthPacket *pkt, const void *conf_data, void *run)
{
    (void)pkt;
    (void)conf_data;
    return wait_for(((const Run *)run)->sources[0]);
}

static BerthVerdict on_receive6(BerthPacket *pkt, const void *conf_data, void *run)
{
    (void)pkt;
    (void)conf_data;
    return wait_for(((const Run *)run)->sources[1]);
}

static Source *source_of(const BerthCommand *command, const Run *run)
{
    return run->sources[berth_command_family(command) == 6];
}

static void accept_command(BerthCommand *command, const void *conf_data, void *run)
{
    Source *source = source_of(command, run);
    bool done = source && source_accept(source);

    (void)conf_data;
    berth_command_done(command, done ? BERTH_RESULT_OK : BERTH_RESULT_EMPTY, "%s",
                       done ? "accepted" : "no host database waits for that");
}

static void status_command(BerthCommand *command, const void *conf_data, void *run)
{
    const Source *source = source_of(command, run);
    BerthJson *json;

    (void)conf_data;
    if (!source) {
        berth_command_done(command, BERTH_RESULT_EMPTY, "there is no host database");
        return;
    }
    json = berth_command_answer(command);
    berth_json_begin_object(json, NULL);
    source_status(source, json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_EARLY, on_receive4),
    BERTH_ON_PACKET("pkt6_receive", BERTH_EARLY, on_receive6),
    BERTH_ON_COMMAND("hosts-redis-accept", accept_command),
    BERTH_ON_COMMAND("hosts-redis-status", status_command),
    {0},
};

BERTH_PLUGIN(.name = "hosts_redis", .about = "reservations in Redis, shared by several servers",
             .conf_size = sizeof(Conf), .conf = conf, .prepare = prepare, .run_size = sizeof(Run),
             .start = start, .apply = apply, .stop = stop, .hooks = hooks);
