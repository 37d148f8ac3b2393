/* rate - see rate.h. */
#include "rate.h"

typedef struct Mark {
    int64_t usec;
    uint32_t packets;
} Mark;

struct RateSeries {
    Mark *marks; /* a ring of `size` */
    unsigned size, first, n;
    uint64_t packets; /* in all of them */
    int64_t unit_usec;
};

RateSeries *rate_series_new(void)
{
    return g_new0(RateSeries, 1);
}

void rate_series_free(void *data)
{
    RateSeries *series = data;

    g_free(series->marks);
    g_free(series);
}

static Mark *mark_at(const RateSeries *series, unsigned i)
{
    return &series->marks[(series->first + i) % series->size];
}

/* One that is exactly a unit old counts still. */
static void forget(RateSeries *series, int64_t before_usec)
{
    while (series->n > 0 && mark_at(series, 0)->usec < before_usec) {
        series->packets -= mark_at(series, 0)->packets;
        series->first = (series->first + 1) % series->size;
        series->n--;
    }
}

bool rate_series_has_room(RateSeries *series, const Rate *rate, int64_t now_usec)
{
    series->unit_usec = rate->unit_usec;
    forget(series, now_usec - rate->unit_usec);
    return series->packets < rate->packets;
}

static void grow(RateSeries *series)
{
    unsigned size = MAX(series->size * 2, 4);
    Mark *marks = g_new(Mark, size);

    for (unsigned i = 0; i < series->n; i++)
        marks[i] = *mark_at(series, i);
    g_free(series->marks);
    series->marks = marks;
    series->size = size;
    series->first = 0;
}

void rate_series_add(RateSeries *series, const Rate *rate, int64_t now_usec)
{
    int64_t moment_usec = rate->packets > RATE_MARKS_MAX ? rate->unit_usec / RATE_MARKS_MAX : 0;
    Mark *last = series->n ? mark_at(series, series->n - 1) : NULL;

    series->packets++;
    if (last && now_usec - last->usec < moment_usec) {
        last->packets++;
        return;
    }
    if (series->n == series->size)
        grow(series);
    series->n++;
    *mark_at(series, series->n - 1) = (Mark){now_usec, 1};
}

bool rate_series_is_over(const RateSeries *series, int64_t now_usec)
{
    return series->n == 0 || mark_at(series, series->n - 1)->usec < now_usec - series->unit_usec;
}
