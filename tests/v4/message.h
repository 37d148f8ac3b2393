/* message - queries written by `send`, and replies read and held against `expect`.
 *
 * Nothing here uses the server's own codec: what is wrong there must not be wrong here too. */
#pragma once

#include "core/base/world.h"
#include "tests/v4/script.h"

/* A virtual client: what identifies it, and its last query. */
typedef struct Client {
    char *name;
    uint8_t mac[6];
    GByteArray *id; /* option 61; NULL: none is sent */
    uint32_t xid;
    GByteArray *query; /* the last payload */
    BerthAddr query_src;
    uint16_t query_src_port;
    unsigned max_size; /* of the IP datagram that it takes */
    bool relay_port;   /* RFC 8357 */
} Client;

Client *client_new(const char *name);
void client_free(void *client);
/* `client NAME mac=… id=…` */
bool client_set(Client *client, char **args);

typedef struct Query {
    GByteArray *payload;
    BerthDatagram datagram; /* its data is the payload */
} Query;

/* `send WORD CLIENT [ADDRESS] …`; `args` begins with the word. NULL or what is wrong with it. */
const char *query_make(char **args, Client *client, BerthAddr server, Query *ret);

#define REPLY_CODES 512

typedef struct Reply {
    BerthDatagram datagram;
    GByteArray *payload;
    uint8_t codes[REPLY_CODES]; /* in the order of their first part */
    unsigned n_codes;
    GByteArray *values[256]; /* NULL: absent */
    unsigned parts[256];
    char where[256]; /* 'm' the option field, 'f' file, 's' sname */
    char broken[128];
} Reply;

Reply *reply_new(const BerthDatagram *datagram);
void reply_free(void *reply);
const char *reply_word(const Reply *reply); /* "offer", "ack", "nak" */
uint32_t reply_xid(const Reply *reply);
/* What every reply has to keep, and then what `args` (behind word and client) ask. Appends what is
 * not so. */
void reply_check(const Reply *reply, const Client *client, char **args, GString *wrong);
/* What there was, for messages. */
void reply_describe(const Reply *reply, GString *text);
