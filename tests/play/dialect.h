/* dialect - what a family has of its own in tests that are played: tests/v4/dialect.c and
 * tests/v6/dialect.c. A program links one of them; message.h has the rest. */
#pragma once

#include "tests/play/play.h"

typedef struct Dialect {
    int family;
    const char *suite;        /* "v4" */
    const char *log_variable; /* set in the environment it shows the server's log */
    const char *prefix;       /* "pkt4" of statistics */
    const char *address;      /* the server's, from which it answers */
    const char *pools;        /* unless a test says otherwise */
    const char *ending;       /* likewise: how a test ends */
    const Command *commands;  /* words beside those that both have, ended by {0} */
    const Command *settings;  /* likewise, without a server */
} Dialect;
extern const Dialect dialect;

/* The configuration of a site; g_free it. `plugin` is for the list of plugins. */
char *dialect_conf(const Site *site, const char *plugin, const char *severity);
/* A row of the lease file, with a lease that no test is about. */
void dialect_lease_row(unsigned i, GString *text);
/* Whether what a reply promises is in the store; appends to site->wrong. */
void dialect_check_stored(Site *site, const Reply *reply);
/* Plays what the test's ending asks for. */
void dialect_prove_life(Play *play);
