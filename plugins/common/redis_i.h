/* redis_i - what the rooms of a BerthRedis share: redis.c its owner's calls, round.c finding,
 * dialling and losing, follow.c where a cluster sends commands to. */
#pragma once

#include "dial.h"
#include "link.h"
#include "search.h"
#include "sentinel.h"

typedef enum RedisState {
    REDIS_WAITING,  /* for the next round */
    REDIS_FINDING,  /* where the master is */
    REDIS_DIALING,  /* to a place */
    REDIS_GREETING, /* logging in */
    REDIS_CHECKING, /* the owner looks */
    REDIS_UP,
    REDIS_LEAVING, /* what was sent is still answered, nothing more is sent */
} RedisState;

struct BerthRedis {
    BerthServer *server;
    BerthRedisParams *params;
    BerthRedisOwner owner;
    void *data;
    RedisState state;
    /* finding */
    Search *search;
    GPtrArray *places; /* of this round */
    unsigned next;     /* of them */
    Place *at;         /* the one that is tried, or was last */
    Place *hint;       /* where the next round is to look without asking, or NULL */
    Watch *watch;
    unsigned slot;
    /* the connection */
    Dial *dial;
    Link *link;
    unsigned greetings; /* not answered yet */
    char *peer, *why;
    /* commands */
    GQueue waiting; /* of Command */
    /* Those that are being told; here, so that berth_redis_free ends what somebody else began. */
    GQueue unsent, unknown;
    Budget budget;
    BerthTimer *late;
    int64_t late_at;
    BerthRedis *aside;  /* at the node that a part of our slot has moved to, or NULL */
    BerthRedis *parent; /* that we are the aside of, or NULL */
    /* rounds */
    BerthTimer *round;
    unsigned rounds; /* since it was up for long enough */
    int64_t up_at;   /* 0: it is not */
    bool is_down_told;
    unsigned busy; /* calls that still need the memory */
    bool gone;
};

void redis_leave(BerthRedis *redis); /* ends what began with busy++ */
int64_t redis_from_now(const BerthRedis *redis, double sec);

/* ---- redis.c ---- */

/* Puts it where commands wait. */
void redis_wait(BerthRedis *redis, Command *command);
/* Sends it or lets it wait. */
void redis_add(BerthRedis *redis, Command *command);

/* ---- round.c ---- */

void redis_on_round(void *data);
/* The end of a round or of a connection. */
void redis_lose(BerthRedis *redis, const char *why);
/* The place that is tried will not do. */
void redis_give_up_place(BerthRedis *redis, const char *why);
/* Everything between us and any server; those who wait for replies are told. */
void redis_forget_connection(BerthRedis *redis);
/* No more is sent; when all has been answered (redis_left) the next round begins. */
void redis_go(BerthRedis *redis, const char *why);
void redis_left(BerthRedis *redis);

/* ---- follow.c ---- */

/* Follows MOVED and ASK: true, and the command is its own; else the reply is for whoever asked. */
bool redis_follow(BerthRedis *redis, Command *command, const redisReply *reply);
