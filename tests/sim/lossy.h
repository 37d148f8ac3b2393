/* lossy - the link between virtual clients and the server: it loses, repeats and delays. */
#pragma once

#include "tests/sim/simworld.h"

bool lossy_chance(SimWorld *sim, double probability);
int64_t lossy_up_to(SimWorld *sim, int64_t usec);
/* To the server: perhaps not, perhaps more than once. */
void lossy_send(SimWorld *sim, const BerthDatagram *datagram);
/* From the server: `arrived` is called later, or not. The bytes are copied. */
typedef void (*LossyArrived)(void *data, BerthBytes bytes);
void lossy_take(SimWorld *sim, BerthBytes bytes, LossyArrived arrived, void *data);
