/* state - what a server remembers of its store in a small file in the data directory: its own
 * identifier, the data sets that it has seen, and the last epoch and counter.
 *
 *   server 7d1c0a5be2f3a991
 *   data-set 1b4e28ba-2fa1-11d2-883f-0016d3cca427 3 81920
 *
 * The last data set is the one in use. The file is read at open and written in jobs. Two stores of
 * a family that are open while a swap goes on share one State, counted. */
#pragma once

#include <berth/plugin.h>

#define STATE_SETS_MAX 16
#define STATE_ID_LEN 36 /* a UUID as text */

typedef struct StateSet {
    char id[STATE_ID_LEN + 1];
    unsigned epoch;
    uint64_t counter;
} StateSet;

typedef struct State {
    BerthServer *server;
    GQueue *shared; /* NULL: gone */
    unsigned users;
    char *path;
    uint64_t id;
    StateSet sets[STATE_SETS_MAX];
    unsigned n_sets;
    bool is_dirty, is_writing;
} State;

/* A server that has no file yet gets an identifier at random. One that is open already, in
 * `shared`, is shared. 0, or -errno with `error`. */
int state_open(BerthServer *server, GQueue *shared, const char *path, State **ret, GError **error);
/* Another store of this server has it, too. */
bool state_is_shared(const State *state);
/* What is being written is still written. NULL is fine. */
void state_close(State *state);
/* `shared` goes; those in it are closed, but may still be written. */
void state_forget(GQueue *shared);

/* NULL: not seen before. */
const StateSet *state_find(const State *state, const char *data_set);
/* The one used last; NULL: none. */
const StateSet *state_last(const State *state);
/* Notes the data set as the one in use, with how far it has come. */
void state_note(State *state, const char *data_set, unsigned epoch, uint64_t counter);
