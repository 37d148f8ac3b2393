/* redis - a connection to Redis for plugins: found, kept and made again by itself.
 *
 * One BerthRedis is one pipelined connection to whoever is the master: the server that the
 * parameters name, the master that Sentinels name, or the node of a Redis Cluster that has our hash
 * slot. Commands are answered in their order, each exactly once and never within the call that
 * makes it; a command that got no reply is told whether it surely was not sent or may have been
 * done. All that the other side says is bounded before it is believed (resp.h).
 *
 * A plugin that waits in a command (XREAD BLOCK) takes a second BerthRedis for that. */
#pragma once

#include <berth/plugin.h>
#include <hiredis/hiredis.h>

typedef struct BerthRedis BerthRedis;

/* ---- where and how: filled by BERTH_REDIS_ITEMS ---- */

typedef struct BerthRedisParams {
    const char *host, *unix_socket;
    int64_t port, database;
    const char *user, *password, *key_prefix;
    bool tls, tls_verify;
    const char *trust_anchor, *cert_file, *key_file, *tls_name;
    double connect_timeout_sec, command_timeout_sec;
    int64_t reconnect_wait_ms, reconnect_wait_max_ms;
    BerthList sentinels; /* of const char *, "host" or "host:port" */
    const char *master_name, *sentinel_user, *sentinel_password;
    bool cluster;
    BerthList nodes; /* of const char *, further ones of the cluster to ask */
} BerthRedisParams;

/* The rows of a configuration table for the member `m`, a BerthRedisParams, of the struct T. */
/* clang-format off */
#define BERTH_REDIS_ITEMS(T, m) \
    {"host", BERTH_STRING(T, m.host), "127.0.0.1", "Redis server, address or name"}, \
    {"port", BERTH_INT(T, m.port), "6379", "its TCP port", .min = 1, .max = 65535}, \
    {"unix-socket", BERTH_STRING(T, m.unix_socket), NULL, "its UNIX socket, in place of host and port"}, \
    {"database", BERTH_INT(T, m.database), "0", "number of the database", .min = 0, .max = 1 << 20}, \
    {"user", BERTH_STRING(T, m.user), NULL, "ACL user; without one the password is the server's"}, \
    {"password", BERTH_STRING(T, m.password), NULL, "password", .flags = BERTH_CONF_SECRET}, \
    {"key-prefix", BERTH_STRING(T, m.key_prefix), "berth", "how all our keys begin, without {}", \
     .min = 1, .max = 64}, \
    {"tls", BERTH_BOOL(T, m.tls), "false", "speak TLS, to Sentinels too"}, \
    {"tls-verify", BERTH_BOOL(T, m.tls_verify), "true", "refuse a certificate that can't be verified"}, \
    {"tls-server-name", BERTH_STRING(T, m.tls_name), NULL, "name in the certificate; default: the host's"}, \
    {"trust-anchor", BERTH_STRING(T, m.trust_anchor), NULL, \
     "PEM file of the authorities to trust; default: the system's"}, \
    {"cert-file", BERTH_STRING(T, m.cert_file), NULL, "PEM file of our certificate"}, \
    {"key-file", BERTH_STRING(T, m.key_file), NULL, "PEM file of its key; default: in cert-file"}, \
    {"connect-timeout", BERTH_REAL(T, m.connect_timeout_sec), "2", \
     "seconds for a connection, TLS and log-in included", .min = 0, .max = 300}, \
    {"command-timeout", BERTH_REAL(T, m.command_timeout_sec), "2", \
     "seconds for a reply, after which the connection is given up", .min = 0, .max = 300}, \
    {"reconnect-wait-time", BERTH_INT(T, m.reconnect_wait_ms), "50", \
     "milliseconds before the second attempt; doubled each time", .min = 1, .max = 60000}, \
    {"reconnect-wait-max", BERTH_INT(T, m.reconnect_wait_max_ms), "1500", \
     "milliseconds between two attempts at most", .min = 1, .max = 600000}, \
    {"sentinels", BERTH_STRINGS(T, m.sentinels), NULL, \
     "Sentinels to ask for the master, host:port; in place of host and port"}, \
    {"master-name", BERTH_STRING(T, m.master_name), "mymaster", "what Sentinels call it"}, \
    {"sentinel-user", BERTH_STRING(T, m.sentinel_user), NULL, "ACL user at the Sentinels"}, \
    {"sentinel-password", BERTH_STRING(T, m.sentinel_password), NULL, "password at the Sentinels", \
     .flags = BERTH_CONF_SECRET}, \
    {"cluster", BERTH_BOOL(T, m.cluster), "false", "host is a node of a Redis Cluster"}, \
    {"cluster-nodes", BERTH_STRINGS(T, m.nodes), NULL, "further nodes to ask, host:port"}
/* clang-format on */

/* What the rows can't say: parameters that exclude each other. For `prepare` and a backend's
 * `open`. 0, or -EINVAL with `error`. */
int berth_redis_params_check(const BerthRedisParams *params, GError **error);

/* ---- the connection ---- */

/* Of everything the other side may send and of what waits here; 0: the default in brackets. */
typedef struct BerthRedisLimits {
    unsigned commands;     /* waiting to be sent or answered [16384] */
    size_t command_bytes;  /* of those [32 MiB] */
    size_t reply_bytes;    /* of one reply [64 MiB] */
    unsigned reply_values; /* of one reply, elements of inner arrays included [1048576] */
    unsigned reply_depth;  /* arrays in arrays [7], and no more than that */
} BerthRedisLimits;

/* Any of the calls may be NULL, and any may use or close the connection. */
typedef struct BerthRedisOwner {
    const char *name;     /* of the connection: CLIENT SETNAME, and in the log */
    const char *slot_key; /* with `cluster`: a key of our slot, "{prefix}" */
    /* Connected and logged in; with Sentinels surely to a master. Commands made from now on are
     * sent, those that waited are not yet: look at ROLE, INFO, a schema version …, then say
     * berth_redis_accept or _refuse. NULL: it is accepted. */
    void (*check)(void *data);
    void (*up)(void *data);
    /* After every command that was sent has been answered with UNKNOWN. Called once, also when an
     * accepted connection never came about, and then not before the next `up`. */
    void (*down)(void *data, const char *why);
    BerthRedisLimits limits;
} BerthRedisOwner;

/* Begins to connect. `params` and `owner` are copied, the strings in them too. */
BerthRedis *berth_redis_new(BerthServer *server, const BerthRedisParams *params,
                            const BerthRedisOwner *owner, void *data);
/* Commands that wait are answered within the call; nothing is called after it. NULL is fine. */
void berth_redis_free(BerthRedis *redis);

void berth_redis_accept(BerthRedis *redis);
/* Not good enough: closes the connection, tells `down` (once), and looks for the master again after
 * a while. Also for one that is up. */
void berth_redis_refuse(BerthRedis *redis, const char *why);

bool berth_redis_is_up(const BerthRedis *redis);
/* Where it is connected to, "tcp:192.0.2.1:6379", or was or tries to be last; "": nowhere yet. */
const char *berth_redis_peer(const BerthRedis *redis);
/* Why it is not up; "" when it is. */
const char *berth_redis_why(const BerthRedis *redis);
/* Commands not yet answered. */
unsigned berth_redis_waiting(const BerthRedis *redis);

/* ---- commands ---- */

/* The first word of an error reply. */
/* clang-format off */
#define BERTH_REDIS_WORDS(X) \
    X(ERR) X(ASK) X(BUSY) X(BUSYGROUP) X(BUSYKEY) X(CLUSTERDOWN) X(CROSSSLOT) X(EXECABORT) X(LOADING) \
    X(MASTERDOWN) X(MISCONF) X(MOVED) X(NOAUTH) X(NOGOODSLAVE) X(NOGROUP) X(NOPERM) X(NOREPLICAS) \
    X(NOSCRIPT) X(NOTBUSY) X(OOM) X(READONLY) X(TRYAGAIN) X(UNBLOCKED) X(UNKILLABLE) X(WRONGPASS) \
    X(WRONGTYPE)
/* clang-format on */

#define BERTH_REDIS_WORD_ROW(word) BERTH_REDIS_##word,
typedef enum BerthRedisWord {
    BERTH_REDIS_NONE,                       /* no error */
    BERTH_REDIS_WORDS(BERTH_REDIS_WORD_ROW) /* BERTH_REDIS_ERR, … */
    BERTH_REDIS_OTHER,                      /* a word that is not listed */
} BerthRedisWord;

typedef enum BerthRedisOutcome {
    BERTH_REDIS_REPLY,    /* `reply` is there, an error perhaps */
    BERTH_REDIS_NOT_SENT, /* surely not done */
    BERTH_REDIS_UNKNOWN,  /* sent, and no reply came: done or not */
} BerthRedisOutcome;

typedef struct BerthRedisAnswer {
    BerthRedisOutcome outcome;
    BerthRedisWord word;     /* of an error reply */
    const redisReply *reply; /* gone after the call; NULL unless the outcome is REPLY */
} BerthRedisAnswer;

typedef void (*BerthRedisAnswered)(void *data, const BerthRedisAnswer *answer);

typedef struct BerthRedisCommand {
    const BerthBytes *args; /* "SET", "key", … */
    unsigned n;
    unsigned timeout_ms;         /* from now on, waiting included; 0: command-timeout */
    BerthRedisAnswered answered; /* NULL: nobody minds */
    void *data;
} BerthRedisCommand;

/* Copies it all. 0: `answered` will be called. -ENOBUFS: too much is waiting; -EINVAL: no
 * arguments; then it won't be.
 *
 * While the connection is not up a command waits, up to its deadline. After an error that says that
 * we are at the wrong server (READONLY, LOADING, MASTERDOWN, NOAUTH; MOVED beyond its bound) the
 * owner gets the reply, what else was sent is still answered, and then the master is looked for
 * again. MOVED and ASK of a cluster are followed and not seen by the owner. */
int berth_redis_command(BerthRedis *redis, const BerthRedisCommand *command);
/* The same with hiredis's format: %s a string, %b bytes and their length (size_t), %d … . */
int berth_redis_call(BerthRedis *redis, BerthRedisAnswered answered, void *data, const char *format,
                     ...);

/* ---- looking at replies: none of these trusts the reply's type or size ---- */

bool berth_redis_is_ok(const BerthRedisAnswer *answer); /* the status OK */
/* Element `i` of an array; NULL: none there. */
const redisReply *berth_redis_at(const redisReply *reply, size_t i);
/* A string or status; false: something else, NULL included. */
bool berth_redis_bytes(const redisReply *reply, BerthBytes *ret);
/* An integer, or a string that is one and nothing more. */
bool berth_redis_int(const redisReply *reply, int64_t *ret);
/* The answer as one line for the log, into `buffer`: an error's text, "timed out", "array". */
const char *berth_redis_text(const BerthRedisAnswer *answer, char *buffer, size_t size);
