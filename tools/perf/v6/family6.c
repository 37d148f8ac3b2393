/* family6 - DHCPv6, as berthperf wants it; see family.h. */
#include "core/wire/msg6.h"
#include "tools/perf/v6/reply6.h"
#include "tools/perf/v6/template6.h"

typedef struct Own {
    PerfServers servers;
    PerfTemplate6 templates[PERF_STEPS];
} Own;

static bool make6(void *data, PerfStep step, const PerfConf *conf, GError **error)
{
    Own *own = data;

    return perf_template6_make(&own->templates[step], step, conf, error);
}

static size_t write6(const void *data, PerfStep step, const PerfPatch *patch, uint8_t *room)
{
    const Own *own = data;

    return perf_template6_write(&own->templates[step], patch,
                                perf_servers_duid(&own->servers, patch->server), room);
}

static PerfWrong read6(void *data, const PerfConf *conf, BerthBytes message, PerfReply *ret)
{
    Own *own = data;

    return perf_reply6_read(conf, &own->servers, message, ret);
}

static const char *type_name(uint8_t type)
{
    return berth_type6_name((BerthType6)type);
}

static const char *status_name(uint16_t status)
{
    const char *name = berth_status6_name(status);

    return *name ? name : "other";
}

const PerfFamily perf_family6 = {
    .name = "DHCPv6",
    .steps = {"SOLICIT", "REQUEST", "RENEW", "RELEASE", "REBIND"},
    .kinds = {"sarr", "sa", "renew", "rebind", "release"},
    .pairs = {"SOLICIT-ADVERTISE", "REQUEST-REPLY", "RENEW-REPLY", "REBIND-REPLY", "RELEASE-REPLY",
              "SOLICIT-REPLY"},
    .refused = "refused",
    .id = "duid",
    .release_is_answered = true,
    .has_new_xid = true,
    .own_size = sizeof(Own),
    .make = make6,
    .write = write6,
    .read = read6,
    .check = perf_reply6_check,
    .type_name = type_name,
    .status_name = status_name,
};
