/* store - one family's leases in Redis, and what the rooms of lease_redis share.
 *
 *   store.c   open, close, health           commit.c   batches on their way
 *   load.c    HSCAN                         unsure.c   what ended UNKNOWN is read again
 *   follow.c  XREAD                         guard.c    may this Redis be used, and how far
 *   members.c other servers                 origin.c   which data set, which epoch
 *                                           mend.c     what a Redis has lost is written back
 *
 * All of it runs on the main thread, in answers of the two connections: `redis` for everything, and
 * that of follow.tail, which waits for changes. */
#pragma once

#include "codec.h"
#include "journal.h"
#include "plugins/common/scan.h"
#include "plugins/common/tail.h"
#include "recent.h"
#include "scripts.h"
#include "state.h"
#include <berth/plugin.h>

/* Why the length: it holds the server's name, too. */
#define STORE_TEXT 300
#define STORE_BEAT_USEC (INT64_C(2) * G_USEC_PER_SEC)
#define STORE_IN_FLIGHT 8

typedef enum Durability {
    DURABILITY_MASTER,
    DURABILITY_REPLICAS,
} Durability;

typedef enum OnLoss {
    ON_LOSS_DROP,
    ON_LOSS_RENEW_KNOWN,
} OnLoss;

typedef struct Conf {
    BerthRedisParams redis;
    const char *type, *server_name, *state_file;
    int durability, on_loss;
    int64_t replicas, wait_ms;
    int64_t guard_sec, grace_sec, foreign_extra_sec, server_timeout_sec, stream_length;
    bool load_balance;
    int64_t balance_delay_sec;
} Conf;

/* The plugin's run state. */
typedef struct Run {
    GQueue stores; /* of Store */
    GQueue states; /* of State */
} Run;

typedef enum Phase {
    PHASE_AWAY,    /* not connected */
    PHASE_LOOKING, /* connected, and it is not known yet whether it will do */
    PHASE_HELD,    /* it will not do, unless somebody says so or time passes */
    PHASE_MENDING, /* somebody writes back what was lost */
    PHASE_SERVING,
} Phase;

/* What look.lua answers. */
typedef struct Look {
    int64_t sec;
    char schema[8], data_set[STATE_ID_LEN + 1], master[64], superseded[STORE_TEXT], filling[40];
    char last_id[48];
    unsigned epoch;
    uint64_t counter;
    int64_t leases;
    bool is_anything;
} Look;

/* What INFO says that matters. */
typedef struct Info {
    bool is_there, is_master, is_evicting, has_aof;
    char run_id[64], policy[32];
    unsigned replicas;
} Info;

typedef struct Load {
    enum { LOAD_IDLE, LOAD_PLACING, LOAD_SCANNING, LOAD_ENDED } stage;
    bool is_waiting; /* the core is to be told when there is more */
    unsigned turn;   /* the connection that it reads from */
    Scan *scan;      /* while it scans */
    unsigned bad;
} Load;

/* In place of a counter: whichever comes first will do. */
#define FOLLOW_ANY UINT64_MAX

typedef struct Follow {
    Tail *tail;
    bool is_wanted;
    uint64_t counter;
    uint64_t behind; /* the counter that it should have reached, since behind_usec */
    int64_t behind_usec;
} Follow;

typedef struct Guard {
    BerthTimer *beat;
    bool is_looking, is_stale; /* look again when that is done */
    bool is_accepted;          /* by an operator, once */
    bool has_taken;            /* over the mending of a server that is gone */
    int64_t held_usec;         /* since when it is held; 0: it is not */
    int64_t guard_usec;        /* end of the guard phase; 0: none */
    int64_t told_usec;         /* when nobody writes back any more; 0: that was said */
    unsigned asserted;         /* the epoch in which this server has told all it knew */
    unsigned noted;            /* beats since the state was */
    Info info;
    Look look;
    uint64_t asked_top; /* the highest revision seen when it was asked, so that Redis had it then */
    int64_t ahead_sec;  /* of the clock of Redis, when it was looked at */
    char warning[STORE_TEXT];
} Guard;

typedef struct Mend {
    bool is_running; /* mend_all */
    bool has_failed;
    uint32_t iter; /* of the walk through the table */
    Call *call;    /* being gathered */
    unsigned calls;
    uint64_t written;
} Mend;

typedef struct Members {
    GHashTable *all; /* id as text -> Member */
    uint64_t beats;
    char other_run[17]; /* what was last seen to call itself as this server does: its run */
    uint64_t other_beat;
    bool has_twin; /* and it lives */
    unsigned stripe, stripes;
} Members;

typedef struct Store {
    Run *run;
    BerthServer *server;
    int family;
    Conf conf; /* its strings are gone */
    char *name;
    CallPlace place;
    State *state;
    char self[17], run_id[17], swap_owner[24], mend_owner[24];
    BerthRedis *redis;
    unsigned turn; /* counts connections of `redis` */
    Phase phase;
    char why[STORE_TEXT]; /* of a phase that does not serve */
    bool is_final;        /* it will never do */
    bool is_closing, is_superseded;
    char data_set[STATE_ID_LEN + 1]; /* in use; "": none yet */
    char fill_set[STATE_ID_LEN + 1]; /* a swap fills it with this one; "": none does */
    uint16_t epoch;                  /* 0: not known yet */
    uint64_t top;                    /* the highest revision seen */
    const BerthLeaseSink *sink;      /* NULL before the first load */
    BerthShare share;
    Load load;
    Follow follow;
    Guard guard;
    Mend mend;
    Members members;
    Recent *recent;
    Journal *journal;
    GHashTable *unsure; /* BerthAddr -> prefix length */
    bool is_unsure_asked;
    GHashTable *damaged; /* BerthAddr -> BerthBytes, how the value there begins */
    GQueue flights;
    struct Superseding *superseding; /* waits until it is known who is there */
    BerthTimer *soon;                /* ends flights that were not sent */
    uint64_t units_ok, units_failed;
} Store;

/* store.c */
bool store_is_serving(const Store *store);
/* And over this connection. What is handed over while one is being left would wait for the next,
 * and be sent there before the guard has seen which master that is. */
bool store_can_send(const Store *store);
/* Leaves the phase; `why` of one that does not serve. */
void store_set_phase(Store *store, Phase phase, const char *why);
/* Tells the core how the store is shared, where that has changed. */
void store_share(Store *store);
void store_saw(Store *store, uint64_t revision);
/* What was stored, by whom ever. */
void store_note(Store *store, BerthBytes key, BerthBytes value, bool is_own);
/* Reads what the log tells of an address. False: it is damaged, which has been told. */
bool store_read_change(Store *store, BerthBytes value, BerthAddr addr, BerthLease *ret);
/* The same of what stands there. */
bool store_read(Store *store, BerthBytes value, BerthAddr addr, BerthLease *ret);
/* The other side has said what it never should. */
void store_nonsense(Store *store, const char *what);
int64_t store_now_sec(const Store *store); /* of the clock that only goes forward */

/* commit.c */
void commit_init(Store *store);
void commit_clear(Store *store);
void commit_batch(Store *store, BerthBatch *batch, bool is_import);
/* Of a script, and of a WAIT behind it. */
unsigned commit_timeout_ms(const Store *store);

/* giveup.c */
typedef struct Superseding Superseding;
/* It was looked who is there (`has_seen`), or that could not be done. */
void store_looked(Store *store, bool has_seen);

/* unsure.c */
void unsure_add(Store *store, const BerthUnit *unit);
void unsure_read(Store *store);

/* load.c */
int load_some(Store *store, unsigned max_rows, GError **error);
/* Begins again, if it had begun. */
void load_reset(Store *store);
/* The connection is lost. */
void load_lost(Store *store);
/* There may be something to do for who waits. */
void load_wake(Store *store);

/* follow.c */
void follow_start(Store *store, const char *id, uint64_t counter);
void follow_stop(Store *store);
void follow_go(Store *store);
Tail *follow_new(Store *store, const BerthRedisParams *params, const char *name);
/* The log is known to have come as far as this. */
void follow_check(Store *store, uint64_t counter, const char *last_id);
void follow_gap(Store *store, const char *why);

/* guard.c */
void guard_init(Store *store);
void guard_clear(Store *store);
void guard_look(Store *store);
/* An operator says that this Redis will do. False: nothing was held. */
bool guard_accept(Store *store);
/* Whether bindings that are not known may be given something. */
bool guard_is_over(const Store *store);
/* All that this server knows was told, in this epoch. */
void guard_asserted(Store *store, unsigned epoch);

/* For the matters of the judgement, guard.c and origin.c; true is for `return`. */
/* This server of Redis will not do; there may be another, or it changes. */
bool guard_refuse(Store *store, const char *format, const char *what);
/* It will not do until an operator or, where that may be waited for, time says so. */
bool guard_hold(Store *store, const char *why);
bool guard_has_waited(const Store *store);
void guard_let_go(Store *store);
/* It never will. */
bool guard_end(Store *store, const char *why);
/* Whatever comes of the script, all is looked at again. */
bool guard_act(Store *store, Call *call);
/* It has served before. */
bool guard_is_running(const Store *store);
/* That of the data set that was looked at, which becomes the one in use. */
void guard_open_journal(Store *store);

/* origin.c */
bool origin_is_being_filled(Store *store);
bool origin_is_another_set(Store *store);
bool origin_is_mended(Store *store);
bool origin_is_another_history(Store *store);

/* look.c */
bool look_parse(const redisReply *reply, Look *ret, const redisReply **ret_servers);
void look_parse_info(BerthBytes text, Info *ret);
uint64_t look_revision(const Look *look);

/* mend.c */
/* Tells Redis what was stored lately, of an older epoch. */
void mend_recent(Store *store);
/* The same of the whole table, or of a server that has just started of its own journal, no older
 * than `since`. Then the data set is as it should be, and looked at again. */
void mend_all(Store *store, int64_t since);
/* The connection is lost. */
void mend_lost(Store *store);

/* members.c */
void members_init(Store *store);
void members_clear(Store *store);
void members_record(Store *store, char *ret, size_t size);
void members_update(Store *store, const redisReply *servers);
unsigned members_others(const Store *store);
bool members_is_alive(const Store *store, const char *id);
/* Those that were alive lately get their time once more: while Redis was away nobody could hear
 * them. And what another Redis says of this server is no sign of a twin. */
void members_wait(Store *store);
/* Whether all that are alive have told what they know in this epoch. */
bool members_have_asserted(const Store *store, unsigned epoch);
/* The greatest difference between two servers' clocks. */
int64_t members_skew(const Store *store, char *ret_name, size_t size);
void members_forget(Store *store, Call *call);
void members_status(const Store *store, BerthJson *json);

/* balance.c */
/* RFC 3074: whether the client is of this server's share. */
bool balance_is_mine(BerthBytes id, unsigned stripe, unsigned stripes);
BerthVerdict balance_on_receive4(BerthPacket *pkt, const void *conf, void *run);
BerthVerdict balance_on_receive6(BerthPacket *pkt, const void *conf, void *run);
