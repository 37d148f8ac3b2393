/* test_site - servers with the core's own leases on one redis-server, for rows that change leases
 * and look at what everybody knows then.
 *
 * A lease is a letter, its client, at an octet or two below 10.0.0.0. */
#pragma once

#include "test_bench.h"

/* That all rows of a program share. */
extern Proc redis;

/* So many servers that serve. */
Bench *bench_of(unsigned servers);
Machine *machine_at(const Bench *bench, unsigned i);
BerthLeases *leases_of(const Machine *machine);
/* Waits until it serves, and has read everything. */
void await(Machine *machine);

/* A change of each of `n` addresses by what the table has there, all at once; `client` 0: removal.
 * The results, a letter each: o OK, c CONFLICT, f FAILED, u UNKNOWN, b may not be changed now. */
char *commit_all(const Machine *machine, unsigned first, unsigned n, char client);
/* Of one; `want` any of its letters. */
void check_commit(const Machine *machine, unsigned octet, char client, const char *want);
/* "1a 2b". */
char *table_of(const Machine *machine);
void check_table(const Machine *machine, const char *want);
void check_health(const Machine *machine, BerthHealth want, const char *why);
/* Everybody serves, knows the same as Redis has, and can change it. */
void check_same(Bench *bench);
/* What Redis answers: the number of leases; to "COMMAND key rest". */
int64_t stored(void);
int64_t number_of(const char *command, PlaceKey key, const char *rest);
