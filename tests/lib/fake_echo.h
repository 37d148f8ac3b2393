/* fake_echo - hosts that answer ICMP echo requests in a fake world, or don't. An answer takes a
 * millisecond. */
#pragma once

#include "core/base/world.h"

typedef enum BerthFakeHost {
    BERTH_FAKE_HOST_NONE, /* silence, as everywhere at first */
    BERTH_FAKE_HOST_ANSWERS,
    BERTH_FAKE_HOST_UNREACHABLE, /* somebody on the way says so */
    BERTH_FAKE_HOST_NO_ROUTE,    /* it can't even be sent: -ENETUNREACH */
} BerthFakeHost;

/* For makers of worlds. */
int berth_fake_echo_open(BerthWorld *world, BerthEchoAnswer answered, void *data, BerthEcho **ret);
int berth_fake_echo_send(BerthEcho *echo, BerthAddr addr, uint16_t sequence);
void berth_fake_echo_close(BerthEcho *echo);
void berth_fake_echo_clear(BerthWorld *world);

void berth_fake_host_set(BerthWorld *world, BerthAddr addr, BerthFakeHost how);
/* How many requests were sent there. */
unsigned berth_fake_host_asked(BerthWorld *world, BerthAddr addr);
