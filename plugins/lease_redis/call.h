/* call - a script on its way to Redis, with its arguments until it is answered.
 *
 * Scripts are sent by their SHA-1; a Redis that does not know it, because it is new or its scripts
 * were flushed, gets the text. */
#pragma once

#include "plugins/common/redis.h"
#include "scripts.h"

typedef enum PlaceKey {
    KEY_LEASES,
    KEY_BINDINGS,
    KEY_META,
    KEY_LOG,
    KEY_SERVERS,
    KEY_ASSERTED,
    KEYS,
} PlaceKey;

/* Where a store's data are. */
typedef struct Place {
    char *slot; /* "{berth:4}" */
    char *keys[KEYS];
    char *shas[SCRIPTS];
} Place;

void place_init(Place *place, const char *prefix, int family);
void place_clear(Place *place);

typedef struct Call Call;
/* Called once, never within call_run. */
typedef void (*CallAnswered)(void *data, const Call *call, const BerthRedisAnswer *answer);

Call *call_new(const Place *place, ScriptName script);
void call_free(Call *call);
/* Of mark.lua, which notes `word` of the data set in this epoch; more arguments may follow. */
Call *call_mark(const Place *place, const char *data_set, uint64_t epoch, const char *owner,
                const char *word);
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
