/* lossy - the link between virtual clients and the server: it loses, repeats and delays. */
#pragma once

#include "tests/crowd/ground.h"
#include "tests/sim/simworld.h"

/* What virtual clients stand on. To the servers: perhaps not, perhaps more than once. */
Ground lossy_ground(SimWorld *sim);
/* From the server: `arrived` is called later, or not. The bytes are copied. */
typedef void (*LossyArrived)(void *data, BerthBytes bytes);
void lossy_take(SimWorld *sim, BerthBytes bytes, LossyArrived arrived, void *data);
