/* call - see call.h. */
#include "call.h"

/* EVALSHA, the hash, the number of keys; then the keys. */
#define HEAD 3

struct Call {
    const CallPlace *place;
    unsigned script;
    GByteArray *bytes; /* all arguments, one after the other */
    GArray *ends;      /* of size_t: where each ends */
    BerthRedis *redis;
    unsigned timeout_ms;
    CallAnswered answered, waited;
    void *data;
    bool with_text, is_answered;
    bool was_up;                       /* when it was made; else it is a look before that */
    unsigned replicas, wait_ms, waits; /* WAITs that are not answered */
};

void call_place_init(CallPlace *place, const CallKind *kind, const char *prefix, int family)
{
    *place = (CallPlace){.kind = kind, .slot = g_strdup_printf("{%s:%d}", prefix, family)};
    for (unsigned i = 0; i < kind->n_keys; i++)
        place->keys[i] = g_strdup_printf("%s:%s", place->slot, kind->key_names[i]);
    for (unsigned i = 0; i < kind->n_scripts; i++)
        place->shas[i] = g_compute_checksum_for_string(G_CHECKSUM_SHA1, kind->scripts[i], -1);
}

void call_place_clear(CallPlace *place)
{
    g_free(place->slot);
    for (unsigned i = 0; i < CALL_KEYS_MAX; i++)
        g_free(place->keys[i]);
    for (unsigned i = 0; i < CALL_SCRIPTS_MAX; i++)
        g_free(place->shas[i]);
}

/* ---- arguments ---- */

Call *call_new(const CallPlace *place, unsigned script)
{
    Call *call = g_new0(Call, 1);

    *call = (Call){
        .place = place,
        .script = script,
        .bytes = g_byte_array_new(),
        .ends = g_array_new(FALSE, FALSE, sizeof(size_t)),
    };
    return call;
}

void call_free(Call *call)
{
    if (!call)
        return;
    g_byte_array_unref(call->bytes);
    g_array_unref(call->ends);
    g_free(call);
}

GByteArray *call_begin(Call *call)
{
    return call->bytes;
}

void call_end(Call *call)
{
    size_t end = call->bytes->len;

    g_array_append_val(call->ends, end);
}

void call_add(Call *call, BerthBytes arg)
{
    if (arg.len)
        g_byte_array_append(call->bytes, arg.data, (unsigned)arg.len);
    call_end(call);
}

void call_add_text(Call *call, const char *arg)
{
    call_add(call, berth_bytes(arg));
}

void call_add_number(Call *call, uint64_t arg)
{
    char text[24];

    g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT, arg);
    call_add_text(call, text);
}

unsigned call_count(const Call *call)
{
    return call->ends->len;
}

BerthBytes call_arg(const Call *call, unsigned i)
{
    size_t start, end;

    if (i >= call->ends->len)
        return (BerthBytes){0};
    start = i ? g_array_index(call->ends, size_t, i - 1) : 0;
    end = g_array_index(call->ends, size_t, i);
    return (BerthBytes){call->bytes->data + start, end - start};
}

/* ---- sending ---- */

static void on_answer(void *data, const BerthRedisAnswer *answer);

void call_wait(Call *call, unsigned replicas, unsigned timeout_ms, CallAnswered waited)
{
    call->replicas = replicas;
    call->wait_ms = timeout_ms;
    call->waited = waited;
}

static void on_waited(void *data, const BerthRedisAnswer *answer)
{
    Call *call = data;

    call->waits--;
    /* What came before the script's own answer stood behind an attempt that wrote nothing, or on a
     * connection to another node. */
    if (!call->is_answered)
        return;
    if (call->waits == 0) {
        call->waited(call->data, call, answer);
        call_free(call);
    }
}

static void send_wait(Call *call)
{
    char replicas[16], msec[16];
    const BerthBytes args[] = {berth_bytes("WAIT"), {(uint8_t *)replicas, 0}, {(uint8_t *)msec, 0}};
    BerthBytes copy[G_N_ELEMENTS(args)];
    BerthRedisCommand command = {.args = copy,
                                 .n = G_N_ELEMENTS(copy),
                                 .timeout_ms = call->timeout_ms,
                                 .answered = on_waited,
                                 .data = call};

    memcpy(copy, args, sizeof(copy));
    copy[1].len = (size_t)g_snprintf(replicas, sizeof(replicas), "%u", call->replicas);
    copy[2].len = (size_t)g_snprintf(msec, sizeof(msec), "%u", call->wait_ms);
    if (berth_redis_command(call->redis, &command) == 0)
        call->waits++;
}

static int transmit(Call *call)
{
    const CallPlace *place = call->place;
    unsigned n_keys = place->kind->n_keys, n = HEAD + n_keys + call->ends->len;
    g_autofree char *n_keys_text = g_strdup_printf("%u", n_keys);
    g_autofree BerthBytes *args = g_new(BerthBytes, n);
    BerthRedisCommand command = {
        .args = args, .n = n, .timeout_ms = call->timeout_ms, .answered = on_answer, .data = call};
    int r;

    args[0] = berth_bytes(call->with_text ? "EVAL" : "EVALSHA");
    args[1] = berth_bytes(call->with_text ? place->kind->scripts[call->script]
                                          : place->shas[call->script]);
    args[2] = berth_bytes(n_keys_text);
    for (unsigned i = 0; i < n_keys; i++)
        args[HEAD + i] = berth_bytes(place->keys[i]);
    for (unsigned i = 0; i < call->ends->len; i++)
        args[HEAD + n_keys + i] = call_arg(call, i);
    r = berth_redis_command(call->redis, &command);
    if (r == 0 && call->waited)
        send_wait(call);
    return r;
}

static void end(Call *call, const BerthRedisAnswer *answer)
{
    static const BerthRedisAnswer unproven = {.outcome = BERTH_REDIS_UNKNOWN};

    call->is_answered = true;
    if (call->answered)
        call->answered(call->data, call, answer);
    if (call->waits)
        return;
    if (call->waited)
        call->waited(call->data, call, &unproven);
    call_free(call);
}

static void on_answer(void *data, const BerthRedisAnswer *answer)
{
    Call *call = data;

    if (answer->outcome == BERTH_REDIS_REPLY && answer->word == BERTH_REDIS_NOSCRIPT &&
        !call->with_text && (!call->was_up || berth_redis_is_up(call->redis))) {
        call->with_text = true;
        if (transmit(call) == 0)
            return;
    }
    end(call, answer);
}

int call_run(Call *call, BerthRedis *redis, unsigned timeout_ms, CallAnswered answered, void *data)
{
    int r;

    call->redis = redis;
    call->was_up = berth_redis_is_up(redis);
    call->timeout_ms = timeout_ms;
    call->answered = answered;
    call->data = data;
    r = transmit(call);
    if (r < 0)
        call_free(call);
    return r;
}

bool call_says(const BerthRedisAnswer *answer, const char *word)
{
    BerthBytes bytes;

    return answer->outcome == BERTH_REDIS_REPLY &&
           berth_redis_bytes(berth_redis_at(answer->reply, 0), &bytes) &&
           berth_bytes_equal(bytes, berth_bytes(word));
}
