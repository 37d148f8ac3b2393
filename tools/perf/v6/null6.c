/* null6 - see null6.h. Bounds are looked at, sense is not. */
#include "tools/perf/v6/null6.h"

#include "core/wire/msg6.h"
#include "tools/perf/v6/template6.h"

#define LIFETIME_SEC 3600
#define PREFIX_BITS 56

static const uint8_t server_id[] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};

typedef struct Answer {
    PerfNull *null;
    BerthWriter w;
    BerthType6 query;
    uint8_t *inner[PERF_LEVELS_MAX]; /* Relay Message options that are still open */
    unsigned n_levels;
} Answer;

static bool next_option(BerthReader *r, uint16_t *ret_code, BerthBytes *ret)
{
    if (berth_reader_left(r) == 0)
        return false;
    *ret_code = berth_read_u16(r);
    *ret = berth_read(r, berth_read_u16(r));
    return !r->failed;
}

/* Goes into a RELAY-FORW, beginning its RELAY-REPL: RFC 9915 section 19.3. */
static bool enter_relay(Answer *answer, BerthReader *message)
{
    BerthReader r = *message;
    BerthBytes head, value, inner = {.data = NULL};
    uint16_t code;

    if (berth_reader_left(&r) == 0 || r.at[0] != BERTH_RELAY_FORW ||
        answer->n_levels == PERF_LEVELS_MAX)
        return false;
    head = berth_read(&r, BERTH_MSG6_RELAY_HEADER);
    if (r.failed)
        return false;
    berth_write_u8(&answer->w, BERTH_RELAY_REPL);
    berth_write(&answer->w, (BerthBytes){head.data + 1, head.len - 1});
    while (next_option(&r, &code, &value)) {
        if (code == BERTH_D6O_RELAY_MSG)
            inner = value;
        else if (code == BERTH_D6O_INTERFACE_ID || code == BERTH_D6O_RELAY_SOURCE_PORT)
            berth_write_option6(&answer->w, code, value);
    }
    answer->inner[answer->n_levels++] = berth_write_option6_begin(&answer->w, BERTH_D6O_RELAY_MSG);
    *message = berth_reader(inner);
    return true;
}

static BerthIaLease6 new_lease(PerfNull *null, uint16_t code)
{
    BerthU128 number = null->counter++;
    BerthIaLease6 lease = {.preferred_sec = LIFETIME_SEC, .valid_sec = LIFETIME_SEC};

    if (code == BERTH_D6O_IA_NA)
        lease.addr = berth_addr_from_number(((BerthU128)0x20010db8 << 96) + number + 1);
    else
        lease.addr =
            berth_addr_from_number(((BerthU128)0x3fff << 112) + (number << (128 - PREFIX_BITS)));
    lease.len = PREFIX_BITS;
    return lease;
}

/* What the query asks for by itself, or something new. */
static BerthIaLease6 choose(PerfNull *null, uint16_t code, BerthReader inside)
{
    BerthIaLease6 lease = {.preferred_sec = LIFETIME_SEC, .valid_sec = LIFETIME_SEC};
    BerthBytes value;
    uint16_t found;

    if (!next_option(&inside, &found, &value))
        return new_lease(null, code);
    inside = berth_reader(value);
    if (code == BERTH_D6O_IA_PD) {
        (void)berth_read(&inside, 8);
        lease.len = berth_read_u8(&inside);
    }
    lease.addr = berth_read_addr6(&inside);
    return lease;
}

static void answer_ia(Answer *answer, uint16_t code, BerthBytes value)
{
    uint16_t inner = code == BERTH_D6O_IA_NA ? BERTH_D6O_IAADDR : BERTH_D6O_IAPREFIX;
    BerthReader inside = berth_reader(value);
    BerthIa6 ia = {.iaid = berth_read_u32(&inside), .t1 = LIFETIME_SEC / 2, .t2 = LIFETIME_SEC / 2};
    BerthIaLease6 lease;
    uint8_t *mark;

    (void)berth_read(&inside, 8); /* T1 and T2 */
    lease = choose(answer->null, code, inside);
    mark = berth_write_ia6_begin(&answer->w, code, &ia);
    berth_write_option6_end(&answer->w, berth_write_lease6_begin(&answer->w, inner, &lease));
    berth_write_option6_end(&answer->w, mark);
}

static void answer_option(Answer *answer, uint16_t code, BerthBytes value)
{
    bool is_ia = code == BERTH_D6O_IA_NA || code == BERTH_D6O_IA_PD;

    if (code == BERTH_D6O_CLIENTID)
        berth_write_option6(&answer->w, code, value);
    else if (is_ia && answer->query != BERTH_RELEASE)
        answer_ia(answer, code, value);
}

static bool has_rapid_commit(BerthReader r)
{
    BerthBytes value;
    uint16_t code;

    while (next_option(&r, &code, &value))
        if (code == BERTH_D6O_RAPID_COMMIT)
            return true;
    return false;
}

static void answer_message(Answer *answer, BerthBytes xid, BerthReader options)
{
    bool is_rapid = answer->query == BERTH_SOLICIT && has_rapid_commit(options);
    bool is_reply = answer->query != BERTH_SOLICIT || is_rapid;
    BerthBytes value;
    uint16_t code;

    *(is_reply ? &answer->null->n_acks : &answer->null->n_offers) += 1;
    berth_write_u8(&answer->w, is_reply ? BERTH_REPLY : BERTH_ADVERTISE);
    berth_write(&answer->w, xid);
    berth_write_option6(&answer->w, BERTH_D6O_SERVERID, (BerthBytes){server_id, sizeof(server_id)});
    if (is_rapid)
        berth_write_option6(&answer->w, BERTH_D6O_RAPID_COMMIT, (BerthBytes){.len = 0});
    if (answer->query == BERTH_RELEASE)
        berth_write_status6(&answer->w, BERTH_STATUS6_SUCCESS, "");
    while (next_option(&options, &code, &value))
        answer_option(answer, code, value);
}

static bool is_answered(BerthType6 type)
{
    return type == BERTH_SOLICIT || type == BERTH_REQUEST || type == BERTH_RENEW ||
           type == BERTH_REBIND || type == BERTH_RELEASE;
}

size_t perf_null6_answer(PerfNull *null, BerthBytes query, uint8_t *ret)
{
    Answer answer = {.null = null, .w = berth_writer(ret, PERF_PACKET6_MAX)};
    BerthReader r = berth_reader(query);
    BerthBytes xid;

    while (enter_relay(&answer, &r))
        ;
    answer.query = (BerthType6)berth_read_u8(&r);
    xid = berth_read(&r, 3);
    if (r.failed || !is_answered(answer.query)) {
        null->n_others++;
        return 0;
    }
    answer_message(&answer, xid, r);
    while (answer.n_levels)
        berth_write_option6_end(&answer.w, answer.inner[--answer.n_levels]);
    return answer.w.full ? 0 : (size_t)(answer.w.at - ret);
}
