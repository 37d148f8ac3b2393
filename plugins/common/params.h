/* params - copies of what the configuration says, which live as long as a connection. */
#pragma once

#include "redis.h"

BerthRedisParams *params_copy(const BerthRedisParams *params);
void params_free(BerthRedisParams *params);
