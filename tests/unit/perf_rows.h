/* perf_rows - what the tests of berthperf's packets of both families share. */
#pragma once

#include "tests/lib/rows.h"
#include "tools/perf/conf.h"

/* What the text of a packet has, and what it has not. */
typedef struct PerfTextRow {
    const char *name;
    PerfStep step;
    const char *has[8], *lacks[4];
} PerfTextRow;

static inline void perf_check_text(const char *text, const PerfTextRow *row)
{
    for (size_t k = 0; k < G_N_ELEMENTS(row->has) && row->has[k]; k++)
        CHECK_HAS(text, row->has[k]);
    for (size_t k = 0; k < G_N_ELEMENTS(row->lacks) && row->lacks[k]; k++)
        CHECK(!strstr(text, row->lacks[k]));
}

static inline void perf_add_option(PerfConf *conf, uint16_t code, const char *text)
{
    PerfOption option = {code, g_bytes_new(text, strlen(text))};

    g_array_append_val(conf->options, option);
}
