/* claim - one packet of a client at a time. A client that sends again before it has its answer
 * waits behind itself, once; what comes after that is a duplicate. The keys are bytes that clients
 * choose, so they are hashed with a secret seed. */
#include "core/packet/runner.h"

unsigned berth_claim_hash(const void *pkt)
{
    return ((const BerthPacket *)pkt)->claim_hash;
}

gboolean berth_claim_equal(const void *a, const void *b)
{
    return berth_bytes_equal(((const BerthPacket *)a)->claim, ((const BerthPacket *)b)->claim);
}

BerthVerdict berth_packet_claim_client(BerthPacket *pkt, BerthBytes key)
{
    BerthRunner *runner = pkt->env->runner;
    BerthPacket *holder;

    if (pkt->claim.len > 0 || key.len == 0)
        return BERTH_CONTINUE;
    pkt->claim = berth_arena_copy(&pkt->arena, key);
    if (!pkt->claim.data) {
        pkt->claim.len = 0;
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    }
    pkt->claim_hash = (unsigned)berth_hash(runner->seed, key);
    holder = g_hash_table_lookup(runner->claims, pkt);
    if (!holder) {
        g_hash_table_add(runner->claims, pkt);
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
    BerthPacket *next = pkt->waiting;

    if (pkt->claim.len == 0 || g_hash_table_lookup(runner->claims, pkt) != pkt)
        return;
    g_hash_table_remove(runner->claims, pkt);
    if (!next)
        return;
    g_hash_table_add(runner->claims, next);
    berth_runner_resume(runner, next->ticket, BERTH_CONTINUE);
}
