/* conf - see conf.h. */
#include "tools/perf/conf.h"

static void clear_option(gpointer data)
{
    g_bytes_unref(((PerfOption *)data)->value);
}

void perf_conf_init(PerfConf *conf)
{
    static const uint8_t first[6] = {0x00, 0x0c, 0x01, 0x02, 0x03, 0x04}; /* perfdhcp's, too */

    *conf = (PerfConf){.client_id = true,
                       .levels = PERF_LEVELS_UNSAID,
                       .wants = {[PERF_ADDRESS] = true},
                       .weights = {[PERF_DORA] = 100},
                       .drop_sec = 1,
                       .report_sec = 1,
                       .linger_sec = -1,
                       .seed = 1};
    perf_conf_set_mac(conf, first);
    conf->relays = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    conf->ids = (PerfIds){g_byte_array_new(), g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    conf->options = g_array_new(FALSE, FALSE, sizeof(PerfOption));
    g_array_set_clear_func(conf->options, clear_option);
}

void perf_conf_clear(PerfConf *conf)
{
    g_array_unref(conf->relays);
    g_array_unref(conf->options);
    g_byte_array_unref(conf->ids.bytes);
    g_array_unref(conf->ids.ends);
    for (size_t i = 0; i < PERF_STEPS; i++)
        g_free(conf->templates[i]);
    g_free(conf->interface);
    g_free(conf->record);
}

void perf_duid_ll(const uint8_t mac[6], uint8_t ret[PERF_DUID_LL_LEN])
{
    static const uint8_t head[] = {0, 3, 0, 1};

    memcpy(ret, head, sizeof(head));
    memcpy(ret + sizeof(head), mac, 6);
}

void perf_conf_set_mac(PerfConf *conf, const uint8_t mac[6])
{
    if (conf->is_v6)
        perf_duid_ll(mac, conf->base);
    else
        memcpy(conf->base, mac, 6);
    conf->base_len = conf->is_v6 ? PERF_DUID_LL_LEN : 6;
}

uint16_t perf_conf_server_port(const PerfConf *conf)
{
    return conf->is_v6 ? 547 : 67;
}

uint16_t perf_conf_client_port(const PerfConf *conf)
{
    return conf->is_v6 ? 546 : 68;
}

bool perf_conf_uses_frames(const PerfConf *conf)
{
    return conf->interface && !conf->is_v6;
}

bool perf_conf_has_option(const PerfConf *conf, uint16_t code)
{
    for (guint i = 0; i < conf->options->len; i++)
        if (g_array_index(conf->options, PerfOption, i).code == code)
            return true;
    return false;
}
