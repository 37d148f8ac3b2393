/* hist - a histogram of times whose buckets grow with the value, so that an answer is wrong by less
 * than 1/64 of itself, from a microsecond to 38 hours, in 16 KiB. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PERF_HIST_TOP                                                          \
    37 /* values have at most so many bits; greater ones count as the greatest \
        */
#define PERF_HIST_BUCKETS 2048

typedef struct PerfHist {
    uint64_t n, sum, min, max;
    uint64_t buckets[PERF_HIST_BUCKETS];
} PerfHist;

void perf_hist_clear(PerfHist *hist);
void perf_hist_add(PerfHist *hist, uint64_t value);

/* The least value that at least the share `q` (0..1) of all values do not exceed, rounded up to the
 * end of its bucket but never beyond the greatest; 0 when there are none. */
uint64_t perf_hist_quantile(const PerfHist *hist, double q);
double perf_hist_mean(const PerfHist *hist);

/* The bucket of a value, and the greatest value of a bucket. */
size_t perf_hist_bucket(uint64_t value);
uint64_t perf_hist_bucket_end(size_t bucket);
