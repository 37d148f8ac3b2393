/* store - a data set of several servers in C: what the scripts of plugins/lease_redis do, and what
 * a fail-over may do to it.
 *
 * Each function below stands for one script and happens at once. Values never change and are
 * shared: by the rows, the log, the servers' journals, and answers on their way. */
#pragma once

#include "core/lease/lease.h"
#include "core/lease/unit.h"

#define MODEL_SERVERS 4

typedef struct ModelStore ModelStore;

/* What stands at an address; of a removal valid_sec is 0. The lease has its revision. */
typedef struct ModelValue {
    grefcount refs;
    unsigned server; /* who wrote it */
    BerthLease *lease;
    GBytes *binding; /* NULL: nobody's */
} ModelValue;

ModelValue *model_value_ref(ModelValue *value);
void model_value_unref(ModelValue *value);

/* The same with a revision. */
ModelValue *model_value_stamped(const ModelValue *value, uint64_t revision);

typedef struct ModelChange {
    BerthAddr addr;
    bool expects_any; /* that something stands there, with the revision `expected` */
    uint64_t expected, known;
    GBytes *binding;   /* NULL: nobody's */
    ModelValue *after; /* without its revision */
    uint64_t revision; /* the answer */
} ModelChange;

/* A unit as it is sent, and what came of it. */
typedef struct ModelUnit {
    GArray *changes; /* of ModelChange */
    BerthCommitResult result;
    GPtrArray *lost_to; /* of ModelValue */
} ModelUnit;

ModelUnit *model_unit_new(const BerthUnit *unit, unsigned server);
void model_unit_free(ModelUnit *unit);

ModelStore *model_store_new(void);
void model_store_free(ModelStore *store);
/* The same data in another process: an old master that lives on. */
ModelStore *model_store_clone(const ModelStore *store);

/* Of the data set as a whole; set.h has what is done with it. */
typedef struct ModelSet {
    char *name;          /* NULL: nobody has begun one */
    char *superseded_by; /* NULL: it was not given up */
    bool is_filling;     /* by a swap of this server */
    unsigned filler;
} ModelSet;

ModelSet *model_store_set(ModelStore *store);
/* All that is in it goes, in an epoch of its own. */
void model_store_empty(ModelStore *store);

/* False: the epoch is another one, and nothing was done. */
bool model_store_commit(ModelStore *store, uint16_t epoch, GPtrArray *units);
/* Whatever stands there, and each with its own revision. */
void model_store_import(ModelStore *store, GPtrArray *units);
/* Writes back what the store has lost of these, with new revisions; how many it did. */
unsigned model_store_reassert(ModelStore *store, uint16_t epoch, GPtrArray *values);
/* `floor`: what is given from then on is greater. False: another server was first. */
bool model_store_raise_epoch(ModelStore *store, uint16_t epoch, uint64_t floor);

/* Who is there, as each last said. */
typedef struct ModelServer {
    int64_t heard_usec; /* 0: never */
    uint16_t asserted;  /* the epoch up to which it has written back what the store may have lost */
} ModelServer;
typedef struct ModelLook {
    uint16_t epoch;
    bool is_new_master; /* the epoch is that of another one */
    uint64_t top;       /* the last revision that was given */
    ModelServer servers[MODEL_SERVERS];
} ModelLook;
ModelLook model_store_look(ModelStore *store, unsigned server, ModelServer said);

/* References to what stands at the address, or to all; NULL: nothing. */
ModelValue *model_store_get(const ModelStore *store, BerthAddr addr);
GPtrArray *model_store_all(const ModelStore *store);
/* Appends the values of the log from `from` on; the new end, or 0: that part is trimmed. */
uint64_t model_store_log(const ModelStore *store, uint64_t from, GPtrArray *values);
uint64_t model_store_log_end(const ModelStore *store);
void model_store_trim(ModelStore *store, unsigned length);

/* What is there now will not be lost by a fail-over. */
void model_store_replicated(ModelStore *store);
/* Another master, without the last `n` scripts that were not replicated; how many it lost. */
unsigned model_store_fail_over(ModelStore *store, unsigned n);
