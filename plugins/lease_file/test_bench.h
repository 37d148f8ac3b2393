/* test_bench - the lease backend of this plugin on a disk in memory, for its tests. */
#pragma once

#include "csv.h"
#include "tests/lib/fake_server.h"

#define BENCH_PATH "/data/kea-leases4.csv"
#define BENCH_PATH6 "/data/kea-leases6.csv"
#define BENCH_HEADER                                                                             \
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state," \
    "user_context,pool_id\n"
#define BENCH_HEADER6                                                                        \
    "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len," \
    "fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\n"

typedef struct Bench {
    BerthDisk *disk;
    BerthServer *server;
    const CsvFormat *format;
    const char *path; /* of the lease file */
    const BerthLeaseBackend *ops;
    const char *conf;   /* lease-database as JSON; NULL: "{}" */
    void *run;          /* the plugin's */
    void *store;        /* NULL: not open */
    GHashTable *leases; /* text of the address -> row, as loaded */
    unsigned refuse;    /* so many loaded leases are refused */
    uint64_t expected;  /* leases, as told before the first */
} Bench;

void bench_init(Bench *bench, int family);
void bench_clear(Bench *bench);

/* Opens, without loading. 0, or -errno with `error`. */
int bench_open(Bench *bench, GError **error);
/* Opens and loads all into `leases`. */
int bench_start(Bench *bench, GError **error);
/* bench_init, and a first start with `conf`. */
void bench_begin(Bench *bench, int family, const char *conf);
/* A start that finds just these, as in bench_addresses. */
void bench_check_start(Bench *bench, const char *addresses);
void bench_close(Bench *bench);
/* The same without a chance to write: the power fails. With `rand` some unsynced things stay.
 * Ends the disk's faults. */
void bench_crash(Bench *bench, GRand *rand);
void bench_settle(Bench *bench);

/* Runs a command of the plugin, for the family; g_free the answer. Nothing is settled. */
char *bench_command(Bench *bench, const char *name);
/* How often `what` was logged. */
unsigned bench_logged(const Bench *bench, const char *what);

/* Puts the file there before it is opened. */
void bench_put(Bench *bench, const char *suffix, const char *text);
/* The file as text; NULs as '0'. g_free it. NULL: there is none. */
char *bench_get(const Bench *bench, const char *suffix);
/* "10.0.0.1 10.0.0.2": the loaded addresses in order. g_free it. */
char *bench_addresses(const Bench *bench);

/* Leases of clients that are alike in both families; of IPv6 every second is a prefix. The address
 * as in `leases`, and the row of the lease, until it is used again. */
typedef struct BenchText {
    char text[160];
} BenchText;
const char *bench_addr(const Bench *bench, unsigned n, BenchText *ret);
const char *bench_row(const Bench *bench, unsigned n, unsigned valid_sec, unsigned expire,
                      BenchText *ret);
/* When the loaded lease of the address ends; 0: there is none. */
unsigned bench_loaded_expire(const Bench *bench, unsigned n);

/* A batch of one unit that is under way, or has been answered. Zeroed at first, with `answered` if
 * somebody wants to know at once. */
typedef struct BenchCommit BenchCommit;
struct BenchCommit {
    void (*answered)(BenchCommit *commit);
    void *data;
    bool done;
    BerthCommitResult result;
    BerthBatch *batch;
    BerthUnit *unit;
};
/* See bench_commit; nothing is settled. */
void bench_hand_over(Bench *bench, const char *const *rows, size_t n, BenchCommit *commit);
/* When it has been answered or its store is closed; if it was handed over at all. */
void bench_commit_clear(BenchCommit *commit);

/* Hands over one unit that sets (row without newline, as in the file), renews (row after '=')
 * or removes (row after '-') leases, settles, and returns its result. */
BerthCommitResult bench_commit(Bench *bench, const char *const *rows, size_t n);
BerthCommitResult bench_commit1(Bench *bench, const char *row);
