/* link - see link.h. */
#include "link.h"

#include <errno.h>

struct Link {
    BerthServer *server;
    BerthStream *stream;
    LinkEvents events;
    void *data;
    Resp resp;
    GQueue sent; /* of Command, in the order of their replies */
    BerthTimer *timer;
    int64_t timer_at; /* INT64_MAX: stopped */
    char *why;        /* it is closed */
    unsigned busy;    /* calls that still need the memory */
    bool gone;
};

static void leave(Link *link)
{
    if (--link->busy == 0 && link->gone)
        g_free(link);
}

static void close_stream(Link *link)
{
    berth_stream_close(g_steal_pointer(&link->stream));
    berth_timer_stop(link->timer);
    link->timer_at = INT64_MAX;
}

static void fail(Link *link, const char *why)
{
    if (link->gone || link->why)
        return;
    link->why = g_strdup(why);
    close_stream(link);
    link->events.closed(link->data, link->why);
}

/* ---- replies ---- */

static void take_reply(Link *link, redisReply *reply)
{
    Command *command = command_pop(&link->sent);

    if (command)
        link->events.answered(link->data, command, &reply);
    else
        fail(link, "a reply that nobody asked for");
    if (reply)
        freeReplyObject(reply);
}

static void take_replies(Link *link)
{
    redisReply *reply;
    int r;

    while (!link->gone && !link->why && (r = resp_next(&link->resp, &reply)) != 0) {
        if (r > 0)
            take_reply(link, reply);
        else
            fail(link, link->resp.why);
    }
}

static void on_received(void *data, BerthBytes bytes)
{
    Link *link = data;

    link->busy++;
    while (bytes.len > 0 && !link->gone && !link->why) {
        size_t n = MIN(bytes.len, RESP_FEED_MAX);

        resp_feed(&link->resp, (BerthBytes){bytes.data, n});
        take_replies(link);
        bytes = (BerthBytes){bytes.data + n, bytes.len - n};
    }
    leave(link);
}

static void on_ended(void *data)
{
    Link *link = data;

    link->busy++;
    fail(link, "closed by the other side");
    leave(link);
}

static void on_failed(void *data, int error)
{
    Link *link = data;

    link->busy++;
    fail(link, berth_stream_why(link->stream, error));
    leave(link);
}

/* ---- deadlines ---- */

static void set_timer(Link *link, int64_t at)
{
    if (at >= link->timer_at)
        return;
    link->timer_at = at;
    berth_timer_set(link->server, link->timer, MAX(at - berth_server_boot_usec(link->server), 0));
}

/* It is set to the earliest deadline that there was when it was set, so that a busy link has one
 * setting a time-out and not one a command. */
static void on_timer(void *data)
{
    Link *link = data;
    int64_t at = commands_deadline(&link->sent);

    link->busy++;
    link->timer_at = INT64_MAX;
    if (at <= berth_server_boot_usec(link->server))
        fail(link, "no reply in time");
    else
        set_timer(link, at);
    leave(link);
}

/* ---- in and out ---- */

Link *link_new(BerthServer *server, BerthStream *stream, const BerthRedisLimits *limits,
               const LinkEvents *events, void *data)
{
    static const BerthStreamEvents stream_events = {.size = sizeof(stream_events),
                                                    .received = on_received,
                                                    .ended = on_ended,
                                                    .failed = on_failed};
    Link *link = g_new0(Link, 1);

    link->server = server;
    link->stream = stream;
    link->events = *events;
    link->data = data;
    resp_init(&link->resp, limits);
    link->timer = berth_timer_new(server, on_timer, link);
    link->timer_at = INT64_MAX;
    berth_stream_set_events(stream, &stream_events, link);
    return link;
}

void link_free(Link *link, GQueue *ret_left)
{
    if (!link || link->gone)
        return;
    link->busy++;
    link->gone = true;
    close_stream(link);
    for (Command *command; (command = command_pop(&link->sent));) {
        if (ret_left)
            g_queue_push_tail_link(ret_left, &command->link);
        else
            command_free(command);
    }
    berth_timer_free(link->timer);
    resp_clear(&link->resp);
    g_free(link->why);
    leave(link);
}

void link_send(Link *link, Command *command)
{
    BerthBytes bytes = {(const uint8_t *)command->bytes, command->len};

    g_queue_push_tail_link(&link->sent, &command->link);
    set_timer(link, command->deadline);
    /* A stream that breaks says so by an event of its own; one that takes no more has a reader that
     * is gone, and the deadline will tell. */
    if (link->stream && berth_stream_write(link->stream, bytes) == 0)
        return;
    set_timer(link, 0);
    command->deadline = 0;
}

unsigned link_waiting(const Link *link)
{
    return link->sent.length;
}
