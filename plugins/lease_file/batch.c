/* batch - writing rows behind each other, from several jobs; see journal_i.h. */
#include "journal_i.h"

#include <errno.h>

/* Jobs begin in the order of their batches, so whoever is waited for is at work. */
static void await_turn(Turn *turn, uint64_t number)
{
    g_mutex_lock(&turn->lock);
    while (turn->number != number)
        g_cond_wait(&turn->next, &turn->lock);
    g_mutex_unlock(&turn->lock);
}

static void pass_turn(Turn *turn)
{
    g_mutex_lock(&turn->lock);
    turn->number++;
    g_cond_broadcast(&turn->next);
    g_mutex_unlock(&turn->lock);
}

/* A failed write may have left some of its bytes. Only when their removal is durable is it sure
 * that a restart does not find rows that nobody answered for. */
static void take_back(Batch *b)
{
    Journal *j = b->journal;

    if (berth_file_truncate(j->file, j->turn.size) < 0 || berth_file_sync(b->file) < 0)
        j->turn.broken = true;
}

static int append(Batch *b)
{
    Turn *turn = &b->journal->turn;
    int r;

    if (turn->broken)
        return -EIO;
    r = berth_file_append(b->journal->file, (BerthBytes){(uint8_t *)b->rows->str, b->rows->len});
    if (r < 0)
        take_back(b);
    else
        turn->size += (int64_t)b->rows->len;
    b->end = turn->size;
    return r;
}

static int make_durable(Batch *b)
{
    const Journal *j = b->journal;
    int r = j->options.sync == JOURNAL_ALWAYS ? berth_file_sync(b->file) : 0;

    /* Rows in a file that a start would not find are lost, however well they are synced. */
    if (r == 0)
        r = berth_file_is_at(j->file, j->path);
    b->broken = r < 0;
    return r;
}

void journal_write_batch(void *data)
{
    Batch *b = data;
    Turn *turn = &b->journal->turn;

    await_turn(turn, b->number);
    b->result = append(b);
    b->broken = turn->broken;
    pass_turn(turn);
    if (b->result == 0)
        b->result = make_durable(b);
}
