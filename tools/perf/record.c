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

PerfRecord *perf_record_open(const char *path, GError **error)
{
    FILE *file = fopen(path, "we");
    PerfRecord *record;

    if (!file) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "--record %s: %s", path,
                    g_strerror(errno));
        return NULL;
    }
    record = g_new0(PerfRecord, 1);
    record->file = file;
    fputs("mac,address,lifetime,time\n", file);
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

void perf_record_lease(PerfRecord *record, const uint8_t mac[6], uint32_t address,
                       uint32_t lifetime_sec)
{
    struct timespec now;

    if (!record)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(record->file, "%02x:%02x:%02x:%02x:%02x:%02x,%u.%u.%u.%u,%" PRIu32 ",%lld.%06ld\n",
            mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], address >> 24, address >> 16 & 255,
            address >> 8 & 255, address & 255, lifetime_sec, (long long)now.tv_sec,
            now.tv_nsec / 1000);
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
