/* message - queries written by `send`, and replies read and held against `expect`: what differs
 * between the families, and so stands in the dialect (tests/v4, tests/v6) that a program links. */
#pragma once

#include "core/base/world.h"
#include "core/lease/lease.h"
#include "tests/play/script.h"

/* A virtual client: what identifies it, and its last query. */
typedef struct Client {
    char *name;
    uint8_t mac[6];
    GByteArray *id; /* option 61, or the DUID; NULL: none of its own */
    uint32_t xid;
    GByteArray *query;      /* the last payload */
    BerthDatagram datagram; /* and how it went; its data is `query` */
    unsigned max_size;      /* DHCPv4: of the IP datagram that it takes */
    bool relay_port;        /* RFC 8357 */
    GByteArray *auth;       /* DHCPv6: key for RECONFIGURE and last replay value; empty: none */
} Client;

Client *client_new(const char *name);
void client_free(void *client);
/* `client NAME mac=… id=…` */
bool client_set(Client *client, char **args);
/* Keeps a copy of what was sent. */
void client_remember(Client *client, const BerthDatagram *datagram);

typedef struct Query {
    GByteArray *payload;
    BerthDatagram datagram; /* its data is the payload */
} Query;

/* ---- the dialect's ---- */

/* Whether the lease is of this client. */
bool client_has(const Client *client, const BerthLease *lease);

/* `send WORD CLIENT [ADDRESS] …`; `args` begins with the word. NULL or what is wrong with it. */
const char *query_make(char **args, Client *client, BerthAddr server, Query *ret);

typedef struct Reply Reply;
Reply *reply_new(const BerthDatagram *datagram);
void reply_free(void *reply);
BerthDatagram reply_datagram(const Reply *reply);
const char *reply_word(const Reply *reply); /* "offer", "ack", "nak"; "advertise", "reply", … */
/* What every reply has to keep, and then what `args` (behind word and client) ask. Appends what is
 * not so. */
void reply_check(const Reply *reply, const Client *client, char **args, GString *wrong);
/* What there was, for messages. */
void reply_describe(const Reply *reply, GString *text);

/* ---- of both dialects ---- */

/* A word of `expect WORD=VALUE …`. */
typedef struct ReplyAsk {
    const char *word;
    bool (*is_so)(const Reply *reply, const char *value);
} ReplyAsk;
/* By the first of the table (ended by {0}) whose word it is. 1: it is so; 0: not; -1: none has it.
 */
int reply_ask(const ReplyAsk *asks, const Reply *reply, const char *arg);
/* Appends what came of it. */
void reply_tell(int answer, const char *arg, GString *wrong);
