/* play - a test while it is played, for the commands that its steps call. */
#pragma once

#include "tests/play/site.h"

/* How a test ends: with a proof that the server is alive. */
typedef struct Play {
    Site *site;
    const Step *step;
    const char *ending;
} Play;

/* `send` and `expect` with these arguments, for words that are made of them. */
void play_send(Play *play, char **args);
void play_expect(Play *play, char **args);

/* Fails the step, and the test with it; check_text: when `text` says something. */
void fail(const Play *play, const char *text);
void check_text(const Play *play, const char *text);

typedef struct Command {
    const char *word;
    void (*call)(Play *play);
} Command;

/* The words that make a configuration, ended by {0}. */
extern const Command settings[];
