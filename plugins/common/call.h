/* call - a script on its way to Redis, with its arguments until it is answered.
 *
 * Scripts are sent by their SHA-1; a Redis that does not know it, because it is new or its scripts
 * were flushed, gets the text. */
#pragma once

#include "redis.h"

#define CALL_KEYS_MAX 8
#define CALL_SCRIPTS_MAX 8

/* The keys and scripts of a plugin: each script is called with all keys. */
typedef struct CallKind {
    const char *const *key_names; /* "log" */
    unsigned n_keys;              /* at most CALL_KEYS_MAX */
    const char *const *scripts;   /* their texts */
    unsigned n_scripts;           /* at most CALL_SCRIPTS_MAX */
} CallKind;

/* Where a store's data are. */
typedef struct CallPlace {
    const CallKind *kind;
    char *slot;                /* "{berth:4}" */
    char *keys[CALL_KEYS_MAX]; /* "{berth:4}:log" */
    char *shas[CALL_SCRIPTS_MAX];
} CallPlace;

/* `kind` must last. */
void call_place_init(CallPlace *place, const CallKind *kind, const char *prefix, int family);
void call_place_clear(CallPlace *place);

typedef struct Call Call;
/* Called once, never within call_run. */
typedef void (*CallAnswered)(void *data, const Call *call, const BerthRedisAnswer *answer);

/* `script`: its number in the kind. */
Call *call_new(const CallPlace *place, unsigned script);
void call_free(Call *call);
void call_add(Call *call, BerthBytes arg);
void call_add_text(Call *call, const char *arg);
void call_add_number(Call *call, uint64_t arg);
/* Adds an argument that is written by the caller: begin, append to the bytes, end. */
GByteArray *call_begin(Call *call);
void call_end(Call *call);
/* The i-th argument of the script, from 0; beyond the last: empty. */
BerthBytes call_arg(const Call *call, unsigned i);
unsigned call_count(const Call *call);

/* WAIT goes behind it on the same connection: `waited` is called after `answered`, once, with the
 * number of replicas that have the script's writes, or an answer that proves nothing. */
void call_wait(Call *call, unsigned replicas, unsigned timeout_ms, CallAnswered waited);

/* Sends it and takes it over. `timeout_ms` 0: the connection's. Negative: too much is waiting, it
 * is freed and nobody will be called. */
int call_run(Call *call, BerthRedis *redis, unsigned timeout_ms, CallAnswered answered, void *data);

/* The first element of what a script answers, "OK". */
bool call_says(const BerthRedisAnswer *answer, const char *word);
