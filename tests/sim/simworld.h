/* simworld - a whole world in one process, on a virtual clock, from one seed.
 *
 * It has one network with a server's interface on it (192.0.2.1 and fe80::1, both families), a disk
 * that forgets what was not synced, helper threads that take their virtual time, and a power
 * switch. Whatever happens is an event at a virtual time; equal seeds give equal histories. More
 * machines may join, each with all of this; they share the time, its events, and chance. */
#pragma once

#include "core/base/world.h"
#include "tests/lib/fake_disk.h"

#define SIM_IFINDEX 2
#define SIM_MSEC INT64_C(1000)
#define SIM_SEC INT64_C(1000000)

typedef struct SimWorld SimWorld;

/* What the server sent, at the moment it left the interface. */
typedef void (*SimSent)(void *data, const BerthDatagram *datagram);

SimWorld *sim_world_new(uint64_t seed);
/* The next machine: 192.0.2.2 and fe80::2, and so on. */
SimWorld *sim_world_join(SimWorld *first);
void sim_world_free(SimWorld *sim);
SimWorld *sim_machine(SimWorld *sim, unsigned i); /* of all, whichever `sim` is; NULL: no more */
/* Its wall clock is so much ahead; before its server starts. */
void sim_skew(SimWorld *sim, int64_t usec);
/* Nothing happens in it, as if it was stopped. */
void sim_pause(SimWorld *sim, bool is_paused);
/* Whether it takes what is sent there. */
bool sim_is_for(const SimWorld *sim, BerthAddr dst);

BerthWorld *sim_world(SimWorld *sim); /* what the server lives on */
BerthDisk *sim_disk(SimWorld *sim);
GRand *sim_rand(SimWorld *sim);
int64_t sim_now(const SimWorld *sim); /* microseconds of the boot clock */
int64_t sim_wall_offset(void);        /* wall clock minus boot clock */
/* Every read of a file takes so long, during which nothing else happens (0). */
void sim_slow_reads(SimWorld *sim, int64_t usec);
void sim_on_sent(SimWorld *sim, SimSent sent, void *data);
BerthIface *sim_iface(SimWorld *sim); /* the one interface; changed before a server starts */

/* Events of the test itself: a timer on the virtual clock that outlives the server. */
BerthTimers *sim_timers(SimWorld *sim);
BerthTimer *sim_timer(SimWorld *sim, void (*call)(void *data), void *data);
void sim_timer_set(SimWorld *sim, BerthTimer *timer, int64_t delay_usec);

/* A datagram reaches the server's interface in `delay_usec`; what arrives within one millisecond is
 * handed over as one batch of its family. The bytes are copied. */
void sim_deliver(SimWorld *sim, const BerthDatagram *datagram, int64_t delay_usec);

/* Jobs begin so much later from now on. */
void sim_slow_jobs(SimWorld *sim, int64_t usec);

/* The power fails within the nth call from now on that changes the disk (0: never). */
void sim_fail_power_at(SimWorld *sim, unsigned nth);
void sim_cut_power(SimWorld *sim); /* now */
bool sim_power_failed(const SimWorld *sim);
/* After the server is gone: forgets what was not synced, by chance not all of it, and powers up. */
void sim_power_up(SimWorld *sim);
/* While the power is off: lets everything that the server waits for end in failure. */
void sim_drain(SimWorld *sim);

/* Lets time pass, for all machines, until `until_usec` or until the power of this one fails. */
void sim_run(SimWorld *sim, int64_t until_usec);
/* When nothing happens until then: only moves the clock on. */
void sim_advance(SimWorld *sim, int64_t until_usec);
/* With no server: lets the datagrams that are still under way arrive nowhere. */
void sim_end(SimWorld *sim);
