/* fake_echo - see fake_echo.h. */
#include "tests/lib/fake_echo.h"

#include "core/base/addr.h"
#include <errno.h>

#define ANSWER_USEC 1000

typedef struct Host {
    BerthAddr addr;
    BerthFakeHost how;
    unsigned asked;
} Host;

typedef struct Hosts {
    GArray *all; /* of Host */
} Hosts;

typedef struct Answer {
    BerthAddr addr;
    uint16_t sequence;
    bool is_reply;
} Answer;

typedef struct Echo {
    BerthEcho echo;
    BerthTimer *timer;
    GQueue answers; /* of Answer */
    BerthEchoAnswer answered;
    void *data;
} Echo;

static Hosts *hosts_of(BerthWorld *world)
{
    Hosts *hosts = world->hosts;

    if (!hosts) {
        hosts = g_new0(Hosts, 1);
        hosts->all = g_array_new(FALSE, TRUE, sizeof(Host));
        world->hosts = hosts;
    }
    return hosts;
}

static Host *host_at(BerthWorld *world, BerthAddr addr)
{
    GArray *all = hosts_of(world)->all;
    Host fresh = {.addr = addr};

    for (unsigned i = 0; i < all->len; i++)
        if (berth_addr_equal(g_array_index(all, Host, i).addr, addr))
            return &g_array_index(all, Host, i);
    g_array_append_val(all, fresh);
    return &g_array_index(all, Host, all->len - 1);
}

void berth_fake_host_set(BerthWorld *world, BerthAddr addr, BerthFakeHost how)
{
    host_at(world, addr)->how = how;
}

unsigned berth_fake_host_asked(BerthWorld *world, BerthAddr addr)
{
    return host_at(world, addr)->asked;
}

/* ---- what the world calls ---- */

static void on_answer(void *data)
{
    Echo *echo = data;
    Answer *first = g_queue_pop_head(&echo->answers);
    Answer answer = *first;

    g_free(first);
    if (!g_queue_is_empty(&echo->answers))
        berth_world_timer_set(echo->echo.world, echo->timer, 0);
    echo->answered(echo->data, answer.addr, answer.sequence, answer.is_reply);
}

int berth_fake_echo_open(BerthWorld *world, BerthEchoAnswer answered, void *data, BerthEcho **ret)
{
    Echo *echo = g_new0(Echo, 1);

    *echo = (Echo){.echo.world = world, .answered = answered, .data = data};
    echo->timer = berth_world_timer(world, on_answer, echo);
    g_queue_init(&echo->answers);
    *ret = &echo->echo;
    return 0;
}

int berth_fake_echo_send(BerthEcho *base, BerthAddr addr, uint16_t sequence)
{
    Echo *echo = (Echo *)base;
    Host *host = host_at(base->world, addr);
    Answer *answer;

    if (host->how == BERTH_FAKE_HOST_NO_ROUTE)
        return -ENETUNREACH;
    host->asked++;
    if (host->how == BERTH_FAKE_HOST_NONE)
        return 0;
    answer = g_new(Answer, 1);
    *answer = (Answer){addr, sequence, host->how == BERTH_FAKE_HOST_ANSWERS};
    if (g_queue_is_empty(&echo->answers))
        berth_world_timer_set(base->world, echo->timer, ANSWER_USEC);
    g_queue_push_tail(&echo->answers, answer);
    return 0;
}

void berth_fake_echo_close(BerthEcho *base)
{
    Echo *echo = (Echo *)base;

    berth_timer_free(echo->timer);
    g_queue_clear_full(&echo->answers, g_free);
    g_free(echo);
}

void berth_fake_echo_clear(BerthWorld *world)
{
    Hosts *hosts = world->hosts;

    if (hosts)
        g_array_unref(hosts->all);
    g_free(hosts);
    world->hosts = NULL;
}
