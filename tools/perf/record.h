/* record - a file with a line for every lease that was acknowledged, so that one can ask afterwards
 * whether the server still knows it (after a kill -9, say).
 *
 * A line is "mac,address,lifetime,time", of DHCPv6 "duid,address,lifetime,time" with prefixes as
 * "2001:db8::/56": seconds, and the wall clock when the reply was received. A RELEASE is a line
 * with lifetime 0, when it is sent. Lines are written out with each batch. */
#pragma once

#include "tools/perf/family.h"

typedef struct PerfRecord PerfRecord;

/* conf->record; NULL with an error. An existing file is emptied. */
PerfRecord *perf_record_open(const PerfConf *conf, GError **error);
/* False when some line could not be written. NULL is fine, here and below. */
bool perf_record_close(PerfRecord *record);

void perf_record_lease(PerfRecord *record, BerthBytes id, const PerfLease *lease,
                       uint32_t lifetime_sec);
void perf_record_flush(PerfRecord *record);
