/* change - commands that change reservations in Redis: BerthHostSource on a Source. See source.h.
 *
 * A change is answered when the log has told of it, so that it is in use here, and in its place
 * among the others' changes; one that the log is late with is answered all the same, since Redis
 * has it. */
#include "source.h"

#define LATE_USEC (INT64_C(3) * G_USEC_PER_SEC)

typedef struct Change {
    Source *source;
    BerthHostDone done;
    void *data;
    uint64_t sequence;
    int64_t since_usec;
} Change;

/* ---- answers ---- */

static void end(Change *change, BerthHostOutcome outcome, const char *why)
{
    change->done(change->data, outcome, why);
    g_free(change);
}

void change_followed(Source *source, bool all)
{
    int64_t late = berth_server_boot_usec(source->server) - LATE_USEC;
    GList *next;

    for (GList *l = source->waiting.head; l; l = next) {
        Change *change = l->data;

        next = l->next;
        if (!all && change->sequence > source->sequence && change->since_usec > late)
            continue;
        g_queue_delete_link(&source->waiting, l);
        end(change, BERTH_HOST_DONE, "");
    }
}

static void take_ok(Change *change, const redisReply *reply)
{
    Source *source = change->source;
    int64_t sequence;

    if (!berth_redis_int(berth_redis_at(reply, 1), &sequence) || sequence < 0) {
        end(change, BERTH_HOST_FAILED, "Redis has said what it should not");
        return;
    }
    change->sequence = (uint64_t)sequence;
    change->since_usec = berth_server_boot_usec(source->server);
    g_queue_push_tail(&source->waiting, change);
    change_followed(source, false);
}

static void on_answer(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Change *change = data;
    char text[200];

    (void)call;
    if (answer->outcome == BERTH_REDIS_NOT_SENT)
        end(change, BERTH_HOST_FAILED, "the host database is not available; nothing was changed");
    else if (answer->outcome == BERTH_REDIS_UNKNOWN)
        end(change, BERTH_HOST_FAILED,
            "the host database did not answer; it may have made the change or not");
    else if (call_says(answer, "OK"))
        take_ok(change, answer->reply);
    else if (call_says(answer, "CLASH"))
        end(change, BERTH_HOST_CLASH, "");
    else if (call_says(answer, "MISSING"))
        end(change, BERTH_HOST_MISSING, "");
    else
        end(change, BERTH_HOST_FAILED, berth_redis_text(answer, text, sizeof(text)));
}

/* ---- what is asked ---- */

/* Claims are text, so that people can read them. */
static void add_id_claim(Call *call, uint32_t subnet_id, BerthHostIdType type, BerthBytes id)
{
    char hex[2 * BERTH_HOST_ID_MAX + 1];
    g_autofree char *claim = g_strdup_printf("%u/%s/%s", subnet_id, berth_host_id_name(type),
                                             berth_hex_text(id, 0, hex, sizeof(hex)));

    call_add_text(call, claim);
}

/* Without the length of a prefix: as in Kea, addresses and prefixes that begin alike are one. */
static void add_addr_claim(Call *call, uint32_t subnet_id, BerthAddr addr)
{
    char text[BERTH_ADDR_TEXT];
    g_autofree char *claim =
        g_strdup_printf("%u/address/%s", subnet_id, berth_addr_text(addr, text));

    call_add_text(call, claim);
}

static Call *call_of(const Source *source, const char *word)
{
    Call *call = call_new(&source->place, SCRIPT_CHANGE);

    call_add_text(call, source->data_set);
    call_add_text(call, word);
    call_add_text(call, berth_server_hosts_are_unique(source->server, source->family) ? "1" : "");
    call_add_number(call, (uint64_t)source->conf.stream_length);
    return call;
}

/* Why nothing can be changed now; NULL: it can. */
static char *obstacle(const Source *source)
{
    if (source->conf.readonly)
        return g_strdup("the host database is read-only");
    if (source->phase < PHASE_READING || !berth_redis_is_up(source->redis))
        return g_strdup_printf("the host database is not available: %s", source->why);
    return NULL;
}

static void run(Source *source, Call *call, BerthHostDone done, void *data)
{
    g_autofree char *why = obstacle(source);
    Change *change = g_new0(Change, 1);

    *change = (Change){.source = source, .done = done, .data = data};
    if (why) {
        call_free(call);
        end(change, BERTH_HOST_FAILED, why);
    } else if (call_run(call, source->redis, 0, on_answer, change) < 0) {
        end(change, BERTH_HOST_FAILED, "too much is waiting for the host database");
    }
}

static void put(Source *source, const char *word, const BerthHost *host, BerthHostDone done,
                void *data)
{
    Call *call = call_of(source, word);
    g_autofree char *json = berth_host_json(host);
    uint32_t subnet_id = berth_host_subnet_id(host);
    const BerthHostAddr *addr;

    call_add_text(call, json);
    add_id_claim(call, subnet_id, berth_host_type(host), berth_host_id(host));
    for (size_t i = 0; (addr = berth_host_addr(host, i)); i++)
        add_addr_claim(call, subnet_id, addr->addr);
    run(source, call, done, data);
}

static void add(void *source, BerthHost *host, BerthHostDone done, void *data)
{
    put(source, "add", host, done, data);
}

static void update(void *source, BerthHost *host, BerthHostDone done, void *data)
{
    put(source, "update", host, done, data);
}

static void remove_of(void *source, const BerthHostKey *key, BerthHostDone done, void *data)
{
    Call *call = call_of(source, "remove");

    call_add_text(call, "");
    if (key->by_addr)
        add_addr_claim(call, key->subnet_id, key->addr);
    else
        add_id_claim(call, key->subnet_id, key->type, key->id);
    run(source, call, done, data);
}

const BerthHostSource change_ops = {
    .size = sizeof(change_ops), .add = add, .update = update, .remove = remove_of};
