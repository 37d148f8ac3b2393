/* run - the loop. See run.h; the cursor is all that a packet remembers between two steps, so
 * parking is leaving the loop and going on is entering it again. */
#include "core/packet/runner.h"

BerthVerdict berth_packet_drop(BerthPacket *pkt, BerthDropReason reason)
{
    pkt->drop = reason;
    return BERTH_DROP;
}

BerthVerdict berth_packet_drop_said(BerthPacket *pkt, BerthDropReason reason)
{
    pkt->drop_said = true;
    return berth_packet_drop(pkt, reason);
}

static void set_path(BerthPacket *pkt, const BerthPath *path)
{
    pkt->path = path;
    pkt->row = 0;
    pkt->stage = BERTH_STAGE_STEP;
    pkt->lease_at = pkt->callout_at = 0;
}

BerthVerdict berth_packet_enter(BerthPacket *pkt, const BerthPath *path)
{
    if (++pkt->gotos > BERTH_GOTO_MAX)
        return berth_packet_drop(pkt, BERTH_DROP_TOO_MANY_RETRIES);
    set_path(pkt, path);
    pkt->entered = true;
    return BERTH_CONTINUE;
}

static const BerthStep *row_of(const BerthPacket *pkt)
{
    return &pkt->path->steps[pkt->row];
}

static void next_row(BerthPacket *pkt)
{
    pkt->row++;
    pkt->stage = BERTH_STAGE_STEP;
}

/* Most points have no callouts, and most rows no point: then there is nothing to begin. */
static bool has_callouts(const BerthPacket *pkt, const BerthStep *row)
{
    return row->point != BERTH_POINT_NONE && berth_callouts_any(pkt->conf->callouts, row->point);
}

static void begin_subject(BerthPacket *pkt)
{
    pkt->stage = BERTH_STAGE_HOOK;
    pkt->callout_at = 0;
}

static void begin_hook(BerthPacket *pkt, const BerthStep *row)
{
    if (!has_callouts(pkt, row)) {
        next_row(pkt);
        return;
    }
    pkt->lease_at = 0;
    begin_subject(pkt);
}

/* ---- the step ---- */

/* Whether the verdict of a step or of an on_skip lets the packet go on. */
static bool may_go_on(BerthVerdict verdict)
{
    return verdict == BERTH_CONTINUE || verdict == BERTH_SKIP;
}

static BerthVerdict after_step(BerthPacket *pkt, const BerthStep *row, BerthVerdict verdict)
{
    if (!may_go_on(verdict))
        return verdict;
    if (pkt->entered)
        pkt->entered = false;
    else if (verdict == BERTH_SKIP)
        next_row(pkt);
    else
        begin_hook(pkt, row);
    return BERTH_CONTINUE;
}

/* ---- the hook point ---- */

static bool is_about_lease(const BerthStep *row)
{
    return row->point != BERTH_POINT_NONE &&
           berth_point_info(row->point)->subject == BERTH_SUBJECT_LEASE;
}

/* The cursor is past the callouts of one subject: on to the next lease, or to the next row. */
static BerthVerdict subject_done(BerthPacket *pkt)
{
    if (is_about_lease(row_of(pkt))) {
        pkt->lease_at++;
        begin_subject(pkt);
    } else {
        next_row(pkt);
    }
    return BERTH_CONTINUE;
}

static BerthVerdict after_skip(BerthPacket *pkt, BerthVerdict verdict)
{
    if (!may_go_on(verdict))
        return verdict;
    if (pkt->entered)
        pkt->entered = false;
    else if (verdict == BERTH_SKIP && is_about_lease(row_of(pkt)))
        begin_subject(pkt);
    else
        return subject_done(pkt);
    return BERTH_CONTINUE;
}

static BerthVerdict overruled(BerthPacket *pkt)
{
    const BerthStep *row = row_of(pkt);

    pkt->stage = BERTH_STAGE_SKIP;
    return after_skip(pkt, row->on_skip ? row->on_skip(pkt) : BERTH_CONTINUE);
}

static BerthVerdict drop_by_hook(BerthPacket *pkt)
{
    if (pkt->drop == BERTH_DROP_NONE)
        pkt->drop = BERTH_DROP_HOOK;
    return BERTH_DROP;
}

/* What a callout's answer means at this row. */
static BerthVerdict after_callout(BerthPacket *pkt, BerthVerdict verdict)
{
    const BerthStep *row = row_of(pkt);
    BerthSkip skip = berth_point_info(row->point)->skip;

    if (verdict == BERTH_DROP && !row->keep_on_drop)
        return drop_by_hook(pkt);
    pkt->drop = BERTH_DROP_NONE;
    if (verdict == BERTH_PARK)
        return BERTH_PARK;
    if (verdict == BERTH_CONTINUE)
        return BERTH_CONTINUE;
    if (skip == BERTH_SKIP_OVERRULES || verdict == BERTH_DROP)
        return overruled(pkt);
    return skip == BERTH_SKIP_DROPS ? drop_by_hook(pkt) : BERTH_CONTINUE;
}

/* The lease that the point is about at the cursor, or the next such one; NULL: no more. */
static BerthLease *find_lease(BerthPacket *pkt, const BerthStep *row)
{
    for (; pkt->lease_at < pkt->n_leases; pkt->lease_at++) {
        BerthPacketLease *at = &pkt->leases[pkt->lease_at];

        if (row->acts & 1u << at->act)
            return &at->lease;
        pkt->callout_at = 0;
    }
    return NULL;
}

/* Runs callouts up to the first that says something else than CONTINUE. */
static BerthVerdict do_hook(BerthPacket *pkt)
{
    const BerthStep *row = row_of(pkt);
    BerthLease *lease = NULL;
    BerthVerdict verdict;

    if (is_about_lease(row) && !(lease = find_lease(pkt, row))) {
        next_row(pkt);
        return BERTH_CONTINUE;
    }
    verdict = berth_callouts_run(pkt->conf->callouts, row->point, pkt, lease, &pkt->callout_at);
    /* CONTINUE means that no callout is left. */
    if (verdict == BERTH_CONTINUE) {
        pkt->drop = BERTH_DROP_NONE;
        return subject_done(pkt);
    }
    return after_callout(pkt, verdict);
}

/* ---- the loop ---- */

/* One move of the cursor. Anything but CONTINUE leaves the loop. */
static BerthVerdict move(BerthPacket *pkt)
{
    const BerthStep *row = row_of(pkt);

    if (pkt->stage == BERTH_STAGE_HOOK)
        return do_hook(pkt);
    if (row->run)
        return after_step(pkt, row, row->run(pkt));
    if (row->point != BERTH_POINT_NONE)
        return after_step(pkt, row, BERTH_CONTINUE);
    if (!pkt->path->next)
        return BERTH_DROP;
    set_path(pkt, pkt->path->next);
    return BERTH_CONTINUE;
}

/* A ticket counts only together with the verdict PARK; the deadline ends a packet whose plugin
 * never resumes it. Without a ticket nobody could resume it, so it ends now. */
static bool is_parked(BerthRunner *runner, BerthPacket *pkt, BerthVerdict verdict)
{
    if (pkt->ticket == 0 && !pkt->resumed)
        return false;
    if (verdict == BERTH_PARK)
        return true;
    berth_park_cancel(runner, pkt);
    return false;
}

static void loop(BerthRunner *runner, BerthPacket *pkt, BerthVerdict verdict)
{
    runner->running = pkt;
    while (!is_parked(runner, pkt, verdict)) {
        if (verdict != BERTH_CONTINUE) {
            if (verdict == BERTH_PARK)
                pkt->drop = BERTH_DROP_HOOK;
            berth_runner_end(runner, pkt);
            runner->running = NULL;
            return;
        }
        verdict = move(pkt);
    }
    pkt->running = false;
    runner->running = NULL;
}

void berth_runner_start(BerthRunner *runner, BerthPacket *pkt, const BerthPath *path)
{
    set_path(pkt, path);
    pkt->running = true;
    loop(runner, pkt, BERTH_CONTINUE);
}

const BerthPacket *berth_runner_running(const BerthRunner *runner)
{
    return runner->running;
}

void berth_runner_go_on(BerthRunner *runner, BerthPacket *pkt, BerthVerdict verdict)
{
    pkt->running = true;
    switch ((BerthStage)pkt->stage) {
    case BERTH_STAGE_STEP:
        verdict = after_step(pkt, row_of(pkt), verdict);
        break;
    case BERTH_STAGE_HOOK:
        verdict = after_callout(pkt, verdict);
        break;
    case BERTH_STAGE_SKIP:
        verdict = after_skip(pkt, verdict);
        break;
    }
    loop(runner, pkt, verdict);
}
