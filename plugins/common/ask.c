/* ask - see ask.h. */
#include "ask.h"

#include "link.h"

/* What is asked has short answers; but a cluster may have many nodes. */
#define REPLY_MAX ((size_t)4 << 20)
#define VALUES_MAX (1u << 16)

struct Ask {
    BerthServer *server;
    const BerthRedisParams *params;
    Asked asked;
    void *data;
    Dial *dial;
    Link *link;
    GQueue questions; /* of Command */
    bool logs_in;     /* the first of them is no question */
    unsigned n;
    redisReply *replies[ASK_MAX];
};

/* The last thing of any event: the callee may free us. */
static void end(Ask *ask, const char *why)
{
    ask->asked(ask->data, why ? NULL : ask->replies, why);
}

static void on_answered(void *data, Command *command, redisReply **reply)
{
    Ask *ask = data;

    command_free(command);
    if (ask->logs_in) {
        g_autofree char *why = (*reply)->type == REDIS_REPLY_ERROR ? g_strdup((*reply)->str) : NULL;

        ask->logs_in = false;
        if (why)
            end(ask, why);
        return;
    }
    ask->replies[ask->n++] = g_steal_pointer(reply);
    if (link_waiting(ask->link) == 0)
        end(ask, NULL);
}

static void on_closed(void *data, const char *why)
{
    end(data, why);
}

static void on_dialed(void *data, BerthStream *stream, const char *peer, const char *why)
{
    static const LinkEvents events = {on_answered, on_closed};
    BerthRedisLimits limits = {.reply_bytes = REPLY_MAX, .reply_values = VALUES_MAX};
    Ask *ask = data;
    Command *command;

    (void)peer;
    if (!stream) {
        end(ask, why);
        return;
    }
    dial_free(g_steal_pointer(&ask->dial));
    ask->link = link_new(ask->server, stream, &limits, &events, ask);
    while ((command = command_pop(&ask->questions))) {
        command->deadline = berth_server_boot_usec(ask->server) +
                            (int64_t)(ask->params->command_timeout_sec * G_USEC_PER_SEC);
        link_send(ask->link, command);
    }
}

static void add(Ask *ask, const char *const *words)
{
    g_queue_push_tail_link(&ask->questions, &command_new_words(words)->link);
}

Ask *ask_new(BerthServer *server, const BerthRedisParams *params, const Place *place,
             const AskWhat *what, Asked asked, void *data)
{
    Ask *ask = g_new0(Ask, 1);

    *ask = (Ask){.server = server, .params = params, .asked = asked, .data = data};
    ask->logs_in = what->password != NULL;
    if (what->password && what->user)
        add(ask, (const char *[]){"AUTH", what->user, what->password, NULL});
    else if (what->password)
        add(ask, (const char *[]){"AUTH", what->password, NULL});
    for (unsigned i = 0; i < ASK_MAX && what->questions[i]; i++)
        add(ask, what->questions[i]);
    ask->dial = dial_new(server, params, place, on_dialed, ask);
    return ask;
}

void ask_free(Ask *ask)
{
    if (!ask)
        return;
    dial_free(ask->dial);
    link_free(ask->link, NULL);
    for (Command *command; (command = command_pop(&ask->questions));)
        command_free(command);
    for (unsigned i = 0; i < ask->n; i++)
        freeReplyObject(ask->replies[i]);
    g_free(ask);
}
