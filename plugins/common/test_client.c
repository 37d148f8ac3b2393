/* test_client - see test_client.h. */
#include "test_client.h"

static void on_limit(void *data)
{
    ((Site *)data)->is_late = true;
}

void site_init(Site *site)
{
    static const BerthServerOptions options = {
        .plugin_path = "", .paths = {"/data", "/log", "/run"}, .no_path_checks = true};

    *site = (Site){.context = g_main_context_new()};
    site->params = (BerthRedisParams){.host = "127.0.0.1",
                                      .port = 6379,
                                      .key_prefix = "berth",
                                      .tls_verify = true,
                                      .connect_timeout_sec = 2,
                                      .command_timeout_sec = 1,
                                      .reconnect_wait_ms = 20,
                                      .reconnect_wait_max_ms = 200,
                                      .master_name = "m"};
    site->world = berth_world_real_new(site->context);
    site->server = berth_server_new(site->world, &options);
    site->limit = berth_world_timer(site->world, on_limit, site);
    site->last = g_string_new(NULL);
}

static void on_up(void *data)
{
    ((Site *)data)->ups++;
}

static void on_down(void *data, const char *why)
{
    Site *site = data;

    site->downs++;
    g_string_assign(site->last, why);
}

void site_open(Site *site)
{
    BerthRedisOwner owner = {.name = "live", .slot_key = "{berth}", .up = on_up, .down = on_down};

    site->redis = berth_redis_new(site->server, &site->params, &owner, site);
}

void site_clear(Site *site)
{
    CHECK(!site->is_late);
    berth_redis_free(site->redis);
    berth_timer_free(site->limit);
    berth_server_free(site->server);
    berth_world_real_free(site->world);
    g_main_context_unref(site->context);
    g_string_free(site->last, TRUE);
}

void on_reply(void *data, const BerthRedisAnswer *answer)
{
    Site *site = data;
    BerthBytes bytes;
    char text[200];

    site->replies += answer->outcome == BERTH_REDIS_REPLY;
    site->unknown += answer->outcome == BERTH_REDIS_UNKNOWN;
    site->unsent += answer->outcome == BERTH_REDIS_NOT_SENT;
    if (answer->reply && answer->reply->type == REDIS_REPLY_STRING &&
        berth_redis_bytes(answer->reply, &bytes))
        g_string_assign(site->last, (const char *)bytes.data);
    else
        g_string_assign(site->last, berth_redis_text(answer, text, sizeof(text)));
}

const char *say(Site *site, const char *command, const char *argument)
{
    unsigned before = site->replies + site->unknown + site->unsent;

    berth_redis_call(site->redis, on_reply, site, argument ? "%s %s" : "%s", command, argument);
    AWAIT(site, site->replies + site->unknown + site->unsent > before);
    return site->last->str;
}

bool is_at_port(const Site *site, unsigned port)
{
    g_autofree char *at = g_strdup_printf("tcp:127.0.0.1:%u", port);

    return berth_redis_is_up(site->redis) && strcmp(berth_redis_peer(site->redis), at) == 0;
}
