/* park - tickets, deadlines and the queue of resumed packets.
 *
 * A ticket is the packet's place in the runner's table and that place's generation, so a late or a
 * second resume finds another generation and does nothing. Resuming only queues: the packet runs
 * from a clean stack, at the next idle moment or by the wake timer, whichever is first. */
#include "core/packet/runner.h"

#include <errno.h>

#define DEADLINE_MAX_MSEC 60000

BerthPacket *berth_runner_parked_packet(const BerthRunner *runner, BerthTicket ticket)
{
    uint32_t place = (uint32_t)ticket;
    BerthPacket *pkt;

    if (ticket == 0 || place >= BERTH_PACKETS_MAX)
        return NULL;
    pkt = runner->places[place].pkt;
    return pkt && pkt->ticket == ticket ? pkt : NULL;
}

static void void_ticket(BerthRunner *runner, BerthPacket *pkt)
{
    if (pkt->counted)
        runner->parked--;
    pkt->counted = false;
    pkt->ticket = 0;
    berth_timer_stop(pkt->deadline);
}

static void on_deadline(void *data)
{
    BerthPacket *pkt = data;

    pkt->drop = BERTH_DROP_PARK_TIMEOUT;
    berth_runner_end(pkt->env->runner, pkt);
}

void berth_park_init(BerthPacket *pkt)
{
    pkt->deadline = berth_world_timer(pkt->env->world, on_deadline, pkt);
}

BerthTicket berth_packet_wait(BerthPacket *pkt)
{
    BerthPlace *place = &pkt->env->runner->places[pkt->slot];

    /* Generation 0 is left out, so that no ticket is 0. */
    if (++place->generation == 0)
        place->generation = 1;
    pkt->ticket = (BerthTicket)place->generation << 32 | pkt->slot;
    return pkt->ticket;
}

static unsigned parked_limit(const BerthPacket *pkt)
{
    int64_t limit = berth_packet_conf(pkt)->parked_packet_limit;

    return limit > 0 && limit < BERTH_PACKETS_MAX ? (unsigned)limit : BERTH_PACKETS_MAX;
}

BerthTicket berth_packet_park(BerthPacket *pkt, uint32_t deadline_msec)
{
    BerthRunner *runner = pkt->env->runner;
    uint32_t msec = CLAMP(deadline_msec, 1, DEADLINE_MAX_MSEC);

    if (!pkt->running || pkt->resumed)
        return 0;
    if (pkt->ticket == 0) {
        if (runner->parked >= parked_limit(pkt)) {
            pkt->drop = BERTH_DROP_TOO_MANY_PARKED;
            return 0;
        }
        runner->parked++;
        pkt->counted = true;
        berth_packet_wait(pkt);
    }
    berth_world_timer_set(pkt->env->world, pkt->deadline, (int64_t)msec * 1000);
    return pkt->ticket;
}

/* ---- resuming ---- */

static void queue(BerthRunner *runner, BerthPacket *pkt)
{
    pkt->next = NULL;
    if (runner->resumed_last) {
        runner->resumed_last->next = pkt;
    } else {
        runner->resumed_first = pkt;
        berth_world_timer_set(runner->world, runner->wake, 0);
    }
    runner->resumed_last = pkt;
}

static void unqueue(BerthRunner *runner, const BerthPacket *pkt)
{
    BerthPacket **at = &runner->resumed_first, *before = NULL;

    while (*at && *at != pkt) {
        before = *at;
        at = &before->next;
    }
    if (!*at)
        return;
    *at = pkt->next;
    if (runner->resumed_last == pkt)
        runner->resumed_last = before;
}

int berth_runner_resume(BerthRunner *runner, BerthTicket ticket, BerthVerdict verdict)
{
    BerthPacket *pkt = berth_runner_parked_packet(runner, ticket);

    if (!pkt)
        return -ESTALE;
    void_ticket(runner, pkt);
    pkt->resumed = true;
    pkt->resumed_as = verdict == BERTH_SKIP || verdict == BERTH_DROP ? verdict : BERTH_CONTINUE;
    queue(runner, pkt);
    return 0;
}

void berth_park_cancel(BerthRunner *runner, BerthPacket *pkt)
{
    if (pkt->ticket != 0)
        void_ticket(runner, pkt);
    if (pkt->resumed)
        unqueue(runner, pkt);
    pkt->resumed = false;
}

unsigned berth_runner_run_resumed(BerthRunner *runner)
{
    /* Only up to who is last now: a packet that parks and is resumed at once again waits for the
     * next round, so that it cannot keep the world from its packets. */
    const BerthPacket *last = runner->resumed_last;
    const BerthPacket *pkt = NULL;
    unsigned n = 0;

    berth_timer_stop(runner->wake);
    while (runner->resumed_first && pkt != last) {
        BerthPacket *first = runner->resumed_first;

        pkt = first;
        n++;
        unqueue(runner, first);
        first->resumed = false;
        berth_runner_go_on(runner, first, first->resumed_as);
    }
    if (runner->resumed_first)
        berth_world_timer_set(runner->world, runner->wake, 0);
    return n;
}

int berth_packet_resume(BerthServer *server, BerthTicket ticket, BerthVerdict verdict)
{
    return berth_runner_resume(berth_server_runner(server), ticket, verdict);
}

BerthPacket *berth_packet_parked(BerthServer *server, BerthTicket ticket)
{
    return berth_runner_parked_packet(berth_server_runner(server), ticket);
}
