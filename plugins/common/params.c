/* params - see params.h, and berth_redis_params_check in redis.h. */
#include "params.h"

#include "dial.h"

#include <errno.h>

/* Every string of it. */
/* clang-format off */
#define STRINGS(X) \
    X(host) X(unix_socket) X(user) X(password) X(key_prefix) X(trust_anchor) X(cert_file) X(key_file) \
    X(tls_name) X(master_name) X(sentinel_user) X(sentinel_password)
/* clang-format on */

static BerthList list_copy(BerthList list)
{
    const char *const *from = list.at;
    char **to = g_new0(char *, list.n + 1);

    for (size_t i = 0; i < list.n; i++)
        to[i] = g_strdup(from[i]);
    return (BerthList){to, list.n};
}

BerthRedisParams *params_copy(const BerthRedisParams *params)
{
    BerthRedisParams *copy = g_memdup2(params, sizeof(*params));

#define COPY(member) copy->member = g_strdup(params->member);
    STRINGS(COPY)
    copy->sentinels = list_copy(params->sentinels);
    copy->nodes = list_copy(params->nodes);
    return copy;
}

void params_free(BerthRedisParams *params)
{
    if (!params)
        return;
#define FREE(member) g_free((char *)params->member);
    STRINGS(FREE)
    g_strfreev((char **)params->sentinels.at);
    g_strfreev((char **)params->nodes.at);
    g_free(params);
}

static int check_places(const BerthList *list, const char *key, GError **error)
{
    const char *const *texts = list->at;

    for (size_t i = 0; i < list->n; i++) {
        Place *place = place_parse(texts[i], 1);

        if (!place)
            return berth_fail(error, -EINVAL, "%s: '%s' is no host:port", key, texts[i]);
        place_free(place);
    }
    return 0;
}

static int check_tls(const BerthRedisParams *params, GError **error)
{
    if (!params->tls && (params->trust_anchor || params->cert_file || params->key_file))
        return berth_fail(error, -EINVAL, "there are files for TLS, but tls is not true");
    if (params->key_file && !params->cert_file)
        return berth_fail(error, -EINVAL, "key-file without cert-file");
    if (params->tls && params->unix_socket)
        return berth_fail(error, -EINVAL, "there is no TLS on a unix-socket");
    return 0;
}

int berth_redis_params_check(const BerthRedisParams *params, GError **error)
{
    int ways = (params->unix_socket != NULL) + (params->sentinels.n > 0) + params->cluster;

    if (ways > 1)
        return berth_fail(error, -EINVAL, "unix-socket, sentinels and cluster exclude each other");
    if (params->unix_socket && *params->unix_socket != '/')
        return berth_fail(error, -EINVAL, "unix-socket is no path from /");
    if (params->nodes.n > 0 && !params->cluster)
        return berth_fail(error, -EINVAL, "cluster-nodes, but cluster is not true");
    if (params->cluster && params->database != 0)
        return berth_fail(error, -EINVAL, "a cluster has database 0 only");
    if ((params->user && !params->password) ||
        (params->sentinel_user && !params->sentinel_password))
        return berth_fail(error, -EINVAL, "a user without a password");
    if (strpbrk(params->key_prefix, "{}"))
        return berth_fail(error, -EINVAL, "key-prefix has { or } in it");
    if (check_places(&params->sentinels, "sentinels", error) < 0 ||
        check_places(&params->nodes, "cluster-nodes", error) < 0)
        return -EINVAL;
    return check_tls(params, error);
}
