/* command - a command of a connection to Redis: its bytes, its deadline, who wants the answer. */
#pragma once

#include "redis.h"

/* What commands of one connection take, wherever they are. */
typedef struct Budget {
    unsigned commands;
    size_t bytes;
} Budget;

typedef struct Command {
    GList link; /* its data is the command; in one GQueue at a time */
    char *bytes;
    size_t len;
    int64_t deadline; /* of the boot clock, microseconds; INT64_MAX: none */
    unsigned moves;   /* how often a cluster has sent it elsewhere */
    BerthRedisAnswered answered;
    void *data;
    Budget *budget; /* that it counts in, or NULL */
} Command;

/* By hiredis's formatters; NULL: they refuse it, or there is nothing. */
Command *command_new(const BerthBytes *args, unsigned n);
Command *command_new_format(const char *format, va_list args);
/* For short ones of our own: at most 8 strings, ended by NULL. */
Command *command_new_words(const char *const *words);
void command_count(Command *command, Budget *budget);
void command_free(Command *command);

/* Tells who asked, and frees it; `reply` NULL unless that is the outcome. */
void command_end(Command *command, BerthRedisOutcome outcome, const redisReply *reply);

Command *command_pop(GQueue *commands); /* NULL: there is none */
/* All, those that come meanwhile too. Whoever is told may do anything but free the queue. */
void commands_end(GQueue *commands, BerthRedisOutcome outcome);
/* The earliest deadline. */
int64_t commands_deadline(const GQueue *commands);
/* Moves those whose time is up. */
void commands_take_late(GQueue *commands, int64_t now, GQueue *ret);
