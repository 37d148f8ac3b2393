/* resp - what Redis says, cut into whole replies and bounded, before hiredis's reader sees it.
 *
 * The reader of hiredis 0.14.1 believes every size: it reserves memory for as many elements as a
 * reply claims to have, takes the two bytes after a string for its end whatever they are, and looks
 * for the end of a line from its beginning with each piece. So the grammar of RESP2 is walked here,
 * each byte once, and the reader gets one complete reply at a time that is known to be well-formed
 * and within the limits. Types of RESP3 are not asked for and so an error. */
#pragma once

#include "redis.h"

#define RESP_DEPTH_MAX 7 /* what hiredis's reader has room for */

typedef struct Resp {
    BerthRedisLimits limits;
    redisReader *reader;
    GByteArray *in;
    size_t start; /* of the reply that is being walked */
    size_t at;    /* of the line or string that is not complete */
    size_t seen;  /* there is no end of the line before this */
    int64_t text; /* bytes of the string at `at`; -1: a line is there */
    unsigned values, depth;
    unsigned left[RESP_DEPTH_MAX]; /* elements still to come, by depth */
    const char *why;
} Resp;

/* Limits that are 0 become the defaults. */
void resp_init(Resp *resp, const BerthRedisLimits *limits);
void resp_clear(Resp *resp);
void resp_limits_complete(BerthRedisLimits *limits);

/* At most RESP_FEED_MAX bytes at a time; then resp_next until it says that there is no more. */
#define RESP_FEED_MAX ((size_t)64 * 1024)
void resp_feed(Resp *resp, BerthBytes bytes);
/* 1: *ret is a reply, for freeReplyObject; 0: nothing complete is there; -EBADMSG: what came is no
 * RESP2 or too much, `why` says so, and no more of it is to be believed. */
int resp_next(Resp *resp, redisReply **ret);

BerthRedisWord resp_word(const redisReply *reply);
