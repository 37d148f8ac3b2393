/* conf - see conf.h. */
#include "tools/perf/conf.h"

#include <string.h>

static void clear_option(gpointer data)
{
    g_bytes_unref(((PerfOption *)data)->value);
}

void perf_conf_init(PerfConf *conf)
{
    static const uint8_t first[6] = {0x00, 0x0c, 0x01, 0x02, 0x03, 0x04}; /* perfdhcp's, too */

    *conf = (PerfConf){.client_id = true,
                       .weights = {[PERF_DORA] = 100},
                       .drop_sec = 1,
                       .report_sec = 1,
                       .linger_sec = -1,
                       .seed = 1};
    memcpy(conf->mac, first, sizeof(first));
    conf->relays = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    conf->options = g_array_new(FALSE, FALSE, sizeof(PerfOption));
    g_array_set_clear_func(conf->options, clear_option);
}

void perf_conf_clear(PerfConf *conf)
{
    g_array_unref(conf->relays);
    g_array_unref(conf->options);
    g_clear_pointer(&conf->macs, g_array_unref);
    for (size_t i = 0; i < PERF_STEPS; i++)
        g_free(conf->templates[i]);
    g_free(conf->interface);
    g_free(conf->record);
}
