/* reconfigure - see reconfigure.h. */
#include "core/server/reconfigure.h"

#include "core/v6/reconfigure.h"
#include "core/wire/ids.h"
#include <errno.h>

/* ---- on a command ---- */

static const struct {
    const char *word;
    BerthType6 type;
} msg_types[] = {
    {"renew", BERTH_RENEW},
    {"rebind", BERTH_REBIND},
    {"information-request", BERTH_INFORMATION_REQUEST},
};

/* 0: there is none of that name. */
static BerthType6 msg_type(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(msg_types); i++)
        if (strcmp(msg_types[i].word, word) == 0)
            return msg_types[i].type;
    return (BerthType6)0;
}

static bool is_msg_type(BerthType6 type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(msg_types); i++)
        if (msg_types[i].type == type)
            return true;
    return false;
}

static const char *const arguments[] = {"duid",   "ip-address", "msg-type",
                                        "prefix", "subnet-id",  NULL};

/* What is wrong with the arguments, NULL when nothing is: of those that name clients one may be
 * given. */
static const char *check(const BerthNode *args)
{
    unsigned n_whom = 0;

    for (const BerthNode *node = berth_node_first(args); node; node = berth_node_next(node)) {
        const char *key = berth_node_key(node);
        bool is_number = key && strcmp(key, "subnet-id") == 0;

        if (!key || !g_strv_contains(arguments, key))
            return "the arguments are duid, ip-address, prefix or subnet-id, and msg-type";
        if (berth_node_kind(node) != (is_number ? BERTH_NODE_INT : BERTH_NODE_STRING))
            return "subnet-id is a number, the other arguments are strings";
        n_whom += strcmp(key, "msg-type") != 0;
    }
    if (!msg_type(berth_node_string(berth_node_get(args, "msg-type"), "renew")))
        return "msg-type is renew, rebind or information-request";
    return n_whom > 1 ? "only one of duid, ip-address, prefix and subnet-id may be given" : NULL;
}

static void answer(BerthCommand *command, unsigned n, bool more)
{
    BerthJson *json = berth_command_answer(command);

    berth_json_begin_object(json, NULL);
    berth_json_uint(json, "begun", n);
    berth_json_bool(json, "more", more);
    berth_json_end(json);
    if (n == 0 && !more)
        berth_command_done(command, BERTH_RESULT_EMPTY, "No such client accepts RECONFIGURE.");
    else
        berth_command_done(command, BERTH_RESULT_OK, "RECONFIGURE is being sent to %u client%s%s.",
                           n, n == 1 ? "" : "s", more ? ", and then to more" : "");
}

/* One client's: 1, 0 or -ENOSPC. */
static void answer_one(BerthCommand *command, int r)
{
    if (r < 0)
        berth_command_done(command, BERTH_RESULT_ERROR, "too many clients are being asked: %d",
                           V6_ASKED_MAX);
    else
        answer(command, (unsigned)r, false);
}

static void ask_duid(BerthCommand *command, BerthFamily *family, const char *text, BerthType6 type)
{
    uint8_t duid[BERTH_DUID_MAX];
    int n = berth_duid_parse(text, duid);

    if (n < 0)
        berth_command_done(command, BERTH_RESULT_ERROR, "'%s' is no DUID", text);
    else
        answer_one(command,
                   berth_server_reconfigure(family->server, (BerthBytes){duid, (size_t)n}, type));
}

/* "2001:db8::1", "2001:db8:8::/56". */
static void ask_lease(BerthCommand *command, BerthFamily *family, const char *text, BerthType6 type)
{
    BerthEnv *env = &family->env;
    BerthAddr addr = BERTH_ADDR6_ANY;
    uint8_t len = 128;
    BerthLease lease;
    bool is_prefix = strchr(text, '/') != NULL;

    if (is_prefix ? berth_prefix_parse(text, &addr, &len) < 0 : berth_addr_parse(text, &addr) < 0)
        berth_command_done(command, BERTH_RESULT_ERROR, "'%s' is no address or prefix", text);
    else if (!berth_table_get(berth_leases_table(env->leases), addr, &lease) ||
             lease.prefix_len != len)
        answer(command, 0, false);
    else
        answer_one(command, v6_reconfigure_lease(env->reconfigure, &lease, type));
}

static void ask_all(BerthCommand *command, BerthFamily *family, const BerthNode *subnet_id,
                    BerthType6 type)
{
    int64_t id = berth_node_int(subnet_id, 0);
    GHashTable *subnets = NULL;
    bool more = false;
    unsigned n;

    if (subnet_id) {
        if (id < 1 || id > UINT32_MAX ||
            !berth_conf_subnet_by_id(&family->server->conf->v6, (uint32_t)id)) {
            berth_command_done(command, BERTH_RESULT_ERROR, "there is no subnet of that id");
            return;
        }
        subnets = g_hash_table_new(NULL, NULL);
        g_hash_table_add(subnets, GUINT_TO_POINTER((uint32_t)id));
    }
    n = v6_reconfigure_subnets(family->env.reconfigure, subnets, type, &more);
    answer(command, n, more);
}

void berth_reconfigure_command(BerthCommand *command, const void *unused, void *run)
{
    const BerthNode *args = berth_command_arguments(command);
    BerthType6 type = msg_type(berth_node_string(berth_node_get(args, "msg-type"), "renew"));
    BerthFamily *family = berth_command_its_family(command);
    const char *wrong = check(args), *text;
    BerthServer *server = run;

    (void)unused;
    if (family->env.family != 6)
        berth_command_done(command, BERTH_RESULT_UNSUPPORTED,
                           "RECONFIGURE is DHCPv6: name the service \"dhcp6\"");
    else if (!family->ready || server->state >= BERTH_SERVER_STOPPING)
        berth_command_done(command, BERTH_RESULT_ERROR, "the server is not ready");
    else if (!server->conf->v6.reconfigure_accept)
        berth_command_done(command, BERTH_RESULT_ERROR, "reconfigure-accept is false");
    else if (wrong)
        berth_command_done(command, BERTH_RESULT_ERROR, "%s", wrong);
    else if ((text = berth_node_string(berth_node_get(args, "duid"), NULL)))
        ask_duid(command, family, text, type);
    else if ((text = berth_node_string(berth_node_get(args, "ip-address"), NULL)) ||
             (text = berth_node_string(berth_node_get(args, "prefix"), NULL)))
        ask_lease(command, family, text, type);
    else
        ask_all(command, family, berth_node_get(args, "subnet-id"), type);
}

int berth_server_reconfigure(BerthServer *server, BerthBytes duid, BerthType6 type)
{
    const BerthFamily *family = berth_server_family(server, 6);

    if (!family)
        return -ESRCH;
    if (!family->ready)
        return -EAGAIN;
    if (!is_msg_type(type))
        return -EINVAL;
    if (!server->conf->v6.reconfigure_accept)
        return 0;
    return v6_reconfigure_client(family->env.reconfigure, &server->conf->v6, duid, type);
}

/* ---- after a reload ---- */

static char *subnet_text(const BerthFamilyConf *conf, const BerthSubnet *subnet)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_conf_write_subnet(conf, subnet, json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

static bool is_same(const BerthFamilyConf *a, const BerthFamilyConf *b, const BerthSubnet *subnet)
{
    const BerthSubnet *other = berth_conf_subnet_by_id(b, subnet->id);
    g_autofree char *before = subnet_text(a, subnet);
    g_autofree char *after = other ? subnet_text(b, other) : NULL;

    return g_strcmp0(before, after) == 0;
}

void berth_reconfigure_changed(BerthServer *server, const BerthConf *old)
{
    const BerthFamily *family = berth_server_family(server, 6);
    const BerthFamilyConf *conf = &server->conf->v6;
    g_autoptr(GHashTable) ids = NULL;
    bool more = false;

    if (!old || !family || !family->ready || !conf->reconfigure_accept ||
        !conf->reconfigure_on_change)
        return;
    ids = g_hash_table_new(NULL, NULL);
    for (size_t i = 0; i < old->v6.n_subnets; i++)
        if (!is_same(&old->v6, conf, &old->v6.subnets[i]))
            g_hash_table_add(ids, GUINT_TO_POINTER(old->v6.subnets[i].id));
    if (g_hash_table_size(ids) == 0)
        return;
    berth_family_log(family, BERTH_INFO, "RECONFIGURE_CHANGED",
                     "%u subnets have changed; their clients are asked to renew",
                     g_hash_table_size(ids));
    v6_reconfigure_subnets(family->env.reconfigure, g_steal_pointer(&ids), BERTH_RENEW, &more);
}
