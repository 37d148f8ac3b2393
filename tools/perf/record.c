/* record - see record.h. */
#include "tools/perf/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct PerfRecord {
    FILE *file;
    bool is_dirty, has_failed;
};

PerfRecord *perf_record_open(const PerfConf *conf, GError **error)
{
    FILE *file = fopen(conf->record, "we");
    PerfRecord *record;

    if (!file) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "--record %s: %s", conf->record,
                    g_strerror(errno));
        return NULL;
    }
    record = g_new0(PerfRecord, 1);
    record->file = file;
    fprintf(file, "%s,address,lifetime,time\n", perf_family(conf)->id);
    return record;
}

bool perf_record_close(PerfRecord *record)
{
    bool good = true;

    if (record) {
        good = fclose(record->file) == 0 && !record->has_failed;
        g_free(record);
    }
    return good;
}

void perf_record_lease(PerfRecord *record, BerthBytes id, const PerfLease *lease,
                       uint32_t lifetime_sec)
{
    char id_text[3 * PERF_ID_MAX], lease_text[BERTH_PREFIX_TEXT];
    struct timespec now;

    if (!record)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(record->file, "%s,%s,%" PRIu32 ",%lld.%06ld\n",
            berth_hex_text(id, ':', id_text, sizeof(id_text)), perf_lease_text(lease, lease_text),
            lifetime_sec, (long long)now.tv_sec, now.tv_nsec / 1000);
    record->is_dirty = true;
}

void perf_record_flush(PerfRecord *record)
{
    if (!record || !record->is_dirty)
        return;
    if (fflush(record->file) != 0)
        record->has_failed = true;
    record->is_dirty = false;
}
