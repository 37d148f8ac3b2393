/* source - one family's reservations in Redis, and what the rooms of hosts_redis share.
 *
 *   source.c  open, close, connection          load.c    all of them by HSCAN
 *   look.c    is this the data set it was      follow.c  what changes
 *   rows.c    what came of each                change.c  commands that change
 *
 * All of it runs on the main thread, in answers of two connections: `redis` for everything, and
 * that of `tail`, which waits for changes. */
#pragma once

#include "plugins/common/scan.h"
#include "plugins/common/tail.h"
#include "rows.h"
#include "scripts.h"

#define SOURCE_TEXT 300

/* A hosts-database. */
typedef struct SourceConf {
    const char *type;
    BerthRedisParams redis;
    bool readonly, wait_at_start;
    int64_t stream_length;
} SourceConf;

typedef enum Phase {
    PHASE_AWAY,    /* not connected, or what is there will not do */
    PHASE_LOOKING, /* connected, and it is not known yet whether it will do */
    PHASE_READING, /* all is being read */
    PHASE_FOLLOWING,
} Phase;

typedef struct Load {
    BerthTimer *timer;
    Scan *scan;      /* while it scans */
    GArray *refused; /* uint64_t, to be tried once more */
    size_t tried;    /* of them */
} Load;

typedef struct Source {
    BerthServer *server;
    int family;
    char *text;      /* what it was opened with */
    SourceConf conf; /* its strings are gone */
    CallPlace place;
    BerthRedis *redis;
    Tail *tail;
    unsigned turn; /* counts connections */
    Phase phase;
    bool is_loaded; /* all were read, once */
    bool is_closing, is_accepted;
    char data_set[BERTH_UUID_TEXT]; /* "": none yet */
    char why[SOURCE_TEXT];
    uint64_t sequence; /* of the last change that was followed */
    uint64_t behind;   /* that it should have reached at the last beat */
    Rows rows;
    RowsPlace put;
    Load load;
    BerthTimer *beat;
    GQueue waiting; /* of Change: done, but not yet followed */
} Source;

/* `text`: its configuration, to see by whether a later one is another. */
Source *source_new(BerthServer *server, int family, const SourceConf *conf, const char *text);
/* Its reservations are gone. NULL is fine. */
void source_free(Source *source);
/* The configuration is another one: what was read is read anew. */
void source_configure(Source *source);
/* An operator says that the data set which is there is the right one. False: nothing waits. */
bool source_accept(Source *source);
void source_status(const Source *source, BerthJson *json);
void source_set_phase(Source *source, Phase phase);

/* look.c */
void look_begin(Source *source);
/* Whether the log has gone on without us; every few seconds. */
void look_beat(void *source);

/* load.c */
void load_init(Source *source);
void load_clear(Source *source);
/* From this place of the log on, once it has read all. */
void load_begin(Source *source, uint64_t sequence, const char *last_id);
void load_stop(Source *source);

/* follow.c */
Tail *follow_new(Source *source, const BerthRedisParams *params, const char *name);
/* Entries are missing: all is read anew. */
void follow_gap(Source *source, const char *why);

/* change.c */
extern const BerthHostSource change_ops;
/* What was followed is answered; `all`: everything. */
void change_followed(Source *source, bool all);
