/* family4 - DHCPv4, as berthperf wants it; see family.h. */
#include "core/wire/msg4.h"
#include "tools/perf/v4/reply4.h"
#include "tools/perf/v4/template4.h"

static bool make4(void *own, PerfStep step, const PerfConf *conf, GError **error)
{
    return perf_template4_make((PerfTemplate4 *)own + step, step, conf, error);
}

static size_t write4(const void *own, PerfStep step, const PerfPatch *patch, uint8_t *room)
{
    const PerfTemplate4 *template = (const PerfTemplate4 *)own + step;

    perf_template4_patch(template, patch, room);
    return template->len;
}

static PerfWrong read4(void *own G_GNUC_UNUSED, const PerfConf *conf G_GNUC_UNUSED,
                       BerthBytes message, PerfReply *ret)
{
    return perf_reply4_read(message, ret);
}

static const char *type_name(uint8_t type)
{
    return berth_type4_name((BerthType4)type);
}

const PerfFamily perf_family4 = {
    .name = "DHCPv4",
    .steps = {"DISCOVER", "REQUEST", "REQUEST (renewal)", "RELEASE", "REQUEST (rebinding)"},
    .kinds = {"dora", "do", "renew", "rebind", "release"},
    .pairs = {"DISCOVER-OFFER", "REQUEST-ACK", "renew", "rebind", "release", "DISCOVER-ACK"},
    .refused = "NAKs",
    .id = "mac",
    .own_size = PERF_STEPS * sizeof(PerfTemplate4),
    .make = make4,
    .write = write4,
    .read = read4,
    .check = perf_reply4_check,
    .type_name = type_name,
};
