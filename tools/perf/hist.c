/* hist - see hist.h. Values below 128 have a bucket each; above, every doubling has 64. */
#include "tools/perf/hist.h"

#include <string.h>

#define EXACT 128u
#define HALF 64u
#define BITS 7

void perf_hist_clear(PerfHist *hist)
{
    memset(hist, 0, sizeof(*hist));
}

static unsigned shift_of(uint64_t value)
{
    return 64 - BITS - (unsigned)__builtin_clzll(value);
}

size_t perf_hist_bucket(uint64_t value)
{
    unsigned shift;

    if (value < EXACT)
        return (size_t)value;
    if (value >> PERF_HIST_TOP)
        return PERF_HIST_BUCKETS - 1;
    shift = shift_of(value);
    return EXACT + (size_t)(shift - 1) * HALF + (size_t)(value >> shift) - HALF;
}

uint64_t perf_hist_bucket_end(size_t bucket)
{
    unsigned shift;

    if (bucket < EXACT)
        return bucket;
    shift = (unsigned)((bucket - EXACT) / HALF) + 1;
    return ((uint64_t)((bucket - EXACT) % HALF + HALF + 1) << shift) - 1;
}

void perf_hist_add(PerfHist *hist, uint64_t value)
{
    if (hist->n == 0 || value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
    hist->n++;
    hist->sum += value;
    hist->buckets[perf_hist_bucket(value)]++;
}

uint64_t perf_hist_quantile(const PerfHist *hist, double q)
{
    uint64_t wanted = (uint64_t)(q * (double)hist->n), seen = 0, end = 0;

    if ((double)wanted < q * (double)hist->n || wanted == 0)
        wanted++;
    for (size_t i = 0; i < PERF_HIST_BUCKETS && seen < wanted && seen < hist->n; i++) {
        seen += hist->buckets[i];
        end = perf_hist_bucket_end(i);
    }
    return end > hist->max ? hist->max : end;
}

double perf_hist_mean(const PerfHist *hist)
{
    return hist->n ? (double)hist->sum / (double)hist->n : 0;
}
