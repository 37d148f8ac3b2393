/* claim - one packet of a client at a time. A client that sends again before it has its answer
 * waits behind itself, once; what comes after that is a duplicate. The keys are bytes that clients
 * choose, so they are hashed with a secret seed. */
#include "core/packet/runner.h"

static bool is_same(const BerthPacket *a, const BerthPacket *b)
{
    return a->claim_hash == b->claim_hash && berth_bytes_equal(a->claim, b->claim);
}

/* Where the holder of the packet's claim is linked, or where one would be. */
static BerthPacket **find(BerthRunner *runner, const BerthPacket *pkt)
{
    BerthPacket **at = &runner->claims[pkt->claim_hash % BERTH_PACKETS_MAX];

    while (*at && !is_same(*at, pkt))
        at = &(*at)->next_claim;
    return at;
}

BerthVerdict berth_packet_claim_client(BerthPacket *pkt, BerthBytes key)
{
    BerthRunner *runner = pkt->env->runner;
    BerthPacket **at, *holder;

    if (pkt->claim.len > 0 || key.len == 0)
        return BERTH_CONTINUE;
    pkt->claim = key;
    pkt->claim_hash = berth_hash(runner->seed, key);
    at = find(runner, pkt);
    holder = *at;
    if (!holder) {
        *at = pkt;
        return BERTH_CONTINUE;
    }
    if (holder->waiting)
        return berth_packet_drop(pkt, BERTH_DROP_DUPLICATE);
    holder->waiting = pkt;
    berth_packet_wait(pkt);
    return BERTH_PARK;
}

void berth_claim_release(BerthRunner *runner, BerthPacket *pkt)
{
    BerthPacket **at, *next = pkt->waiting;

    if (pkt->claim.len == 0)
        return;
    at = find(runner, pkt);
    if (*at != pkt)
        return;
    *at = pkt->next_claim;
    if (!next)
        return;
    next->next_claim = *at;
    *at = next;
    berth_runner_resume(runner, next->ticket, BERTH_CONTINUE);
}
