/* rate - packets of the last second, minute, and so on, as Kea counts them: a window that slides,
 * not one that begins anew. */
#pragma once

#include "conf.h"

/* Of more packets than these, those that come close together are taken for one moment. */
#define RATE_MARKS_MAX 4096

typedef struct RateSeries RateSeries;

RateSeries *rate_series_new(void);
void rate_series_free(void *series);
/* Whether one more may come now. */
bool rate_series_has_room(RateSeries *series, const Rate *rate, int64_t now_usec);
void rate_series_add(RateSeries *series, const Rate *rate, int64_t now_usec);
/* Nothing of it counts any more. */
bool rate_series_is_over(const RateSeries *series, int64_t now_usec);
