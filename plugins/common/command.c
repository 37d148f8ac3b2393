/* command - see command.h. */
#include "command.h"

#include "resp.h"

#define ARGS_MAX (1u << 20) /* as Redis itself */

static Command *take(char *bytes, int len)
{
    Command *command;

    if (len <= 0)
        return NULL;
    command = g_new0(Command, 1);
    command->link.data = command;
    command->bytes = bytes;
    command->len = (size_t)len;
    command->deadline = INT64_MAX;
    return command;
}

Command *command_new(const BerthBytes *args, unsigned n)
{
    g_autofree const char **texts = g_new(const char *, n);
    g_autofree size_t *lens = g_new(size_t, n);
    char *bytes = NULL;
    int len;

    if (n == 0 || n > ARGS_MAX)
        return NULL;
    for (unsigned i = 0; i < n; i++) {
        texts[i] = args[i].len ? (const char *)args[i].data : "";
        lens[i] = args[i].len;
    }
    len = redisFormatCommandArgv(&bytes, (int)n, texts, lens);
    return take(bytes, len);
}

Command *command_new_format(const char *format, va_list args)
{
    char *bytes = NULL;
    int len = redisvFormatCommand(&bytes, format, args);

    return take(bytes, len);
}

Command *command_new_words(const char *const *words)
{
    BerthBytes args[8];
    unsigned n = 0;

    for (; n < G_N_ELEMENTS(args) && words[n]; n++)
        args[n] = berth_bytes(words[n]);
    return command_new(args, n);
}

void command_count(Command *command, Budget *budget)
{
    command->budget = budget;
    budget->commands++;
    budget->bytes += command->len;
}

void command_free(Command *command)
{
    if (!command)
        return;
    if (command->budget) {
        command->budget->commands--;
        command->budget->bytes -= command->len;
    }
    redisFreeCommand(command->bytes);
    g_free(command);
}

void command_end(Command *command, BerthRedisOutcome outcome, const redisReply *reply)
{
    BerthRedisAnswer answer = {
        .outcome = outcome, .word = reply ? resp_word(reply) : BERTH_REDIS_NONE, .reply = reply};
    BerthRedisAnswered answered = command->answered;
    void *data = command->data;

    command_free(command);
    if (answered)
        answered(data, &answer);
}

Command *command_pop(GQueue *commands)
{
    GList *link = g_queue_pop_head_link(commands);

    return link ? link->data : NULL;
}

void commands_end(GQueue *commands, BerthRedisOutcome outcome)
{
    Command *command;

    while ((command = command_pop(commands)))
        command_end(command, outcome, NULL);
}

int64_t commands_deadline(const GQueue *commands)
{
    int64_t next = INT64_MAX;

    for (const GList *at = commands->head; at; at = at->next)
        next = MIN(next, ((const Command *)at->data)->deadline);
    return next;
}

void commands_take_late(GQueue *commands, int64_t now, GQueue *ret)
{
    GList *next;

    for (GList *at = commands->head; at; at = next) {
        next = at->next;
        if (((Command *)at->data)->deadline > now)
            continue;
        g_queue_unlink(commands, at);
        g_queue_push_tail_link(ret, at);
    }
}
