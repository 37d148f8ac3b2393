/* reply6 - see reply6.h. */
#include "tools/perf/v6/reply6.h"

#include "core/base/bytes.h"
#include "tools/perf/v6/relay6.h"
#include "tools/perf/v6/template6.h"
#include <berth/packet.h>

#define STATUS_LAST 22 /* NotAllowed, RFC 8156: the last that IANA knows */

/* ---- reading ---- */

typedef struct Read {
    const PerfConf *conf;
    PerfServers *servers;
    PerfReply *reply;
    PerfWrong wrong; /* the first thing */
} Read;

static void blame(Read *read, PerfWrong wrong)
{
    if (read->wrong == PERF_RIGHT)
        read->wrong = wrong;
}

/* The next option of a run; false at its end, or when it runs past that. */
static bool next_option(Read *read, BerthReader *r, uint16_t *ret_code, BerthReader *ret)
{
    BerthBytes value;

    if (berth_reader_left(r) == 0)
        return false;
    *ret_code = berth_read_u16(r);
    value = berth_read(r, berth_read_u16(r));
    *ret = berth_reader(value);
    if (r->failed)
        blame(read, PERF_WRONG_OPTIONS);
    return !r->failed;
}

static void read_status(Read *read, BerthReader value)
{
    uint16_t status = berth_read_u16(&value);

    if (value.failed)
        blame(read, PERF_WRONG_OPTIONS);
    else if (status > STATUS_LAST)
        blame(read, PERF_WRONG_STATUS);
    else if (read->reply->status == 0)
        read->reply->status = status;
}

typedef struct Ia {
    PerfPart part;
    uint32_t t1, t2;
} Ia;

static BerthAddr read_addr(BerthReader *r)
{
    BerthAddr addr = BERTH_ADDR6_ANY;
    BerthBytes bytes = berth_read(r, sizeof(addr.b));

    if (!r->failed)
        memcpy(addr.b, bytes.data, sizeof(addr.b));
    return addr;
}

static bool is_prefix(const PerfLease *lease)
{
    return lease->len > 0 && lease->len <= 128 &&
           berth_addr_equal(berth_prefix_first(lease->addr, lease->len), lease->addr);
}

/* What is used of an IA is the first lease that lives. */
static void read_lease(Read *read, const Ia *ia, BerthReader value)
{
    PerfLease lease = {.len = 128};
    uint32_t preferred, valid;
    BerthReader inside;
    uint16_t code;

    if (ia->part == PERF_ADDRESS)
        lease.addr = read_addr(&value);
    preferred = berth_read_u32(&value);
    valid = berth_read_u32(&value);
    if (ia->part == PERF_PREFIX) {
        lease.len = berth_read_u8(&value);
        lease.addr = read_addr(&value);
    }
    if (value.failed)
        blame(read, PERF_WRONG_OPTIONS);
    while (next_option(read, &value, &code, &inside))
        if (code == BERTH_D6O_STATUS_CODE)
            read_status(read, inside);
    if (preferred > valid)
        blame(read, PERF_WRONG_LIFETIMES);
    if (ia->part == PERF_PREFIX && !is_prefix(&lease))
        blame(read, PERF_WRONG_PREFIX_BITS);
    if (valid == 0)
        read->reply->is_withdrawn = true;
    else if (perf_lease_is_none(&read->reply->leases[ia->part])) {
        read->reply->leases[ia->part] = lease;
        read->reply->lifetimes_sec[ia->part] = valid;
    }
}

/* RFC 9915 sections 21.4 and 21.21: T1 is not greater than T2; 0 leaves it to the client. */
static void check_times(Read *read, const Ia *ia)
{
    uint32_t valid = read->reply->lifetimes_sec[ia->part];

    if (ia->t1 && ia->t2 && ia->t1 > ia->t2)
        blame(read, PERF_WRONG_TIMES);
    if (valid && (ia->t1 > valid || ia->t2 > valid))
        blame(read, PERF_WRONG_TIMES);
}

static void read_ia(Read *read, PerfPart part, BerthReader value)
{
    uint16_t lease_code = part == PERF_ADDRESS ? BERTH_D6O_IAADDR : BERTH_D6O_IAPREFIX;
    Ia ia = {.part = part};
    uint32_t iaid = berth_read_u32(&value);
    BerthReader inside;
    uint16_t code;

    ia.t1 = berth_read_u32(&value);
    ia.t2 = berth_read_u32(&value);
    if (value.failed)
        blame(read, PERF_WRONG_OPTIONS);
    if (!read->conf->wants[part])
        blame(read, PERF_WRONG_UNASKED);
    else if (iaid != PERF_IAID)
        blame(read, PERF_WRONG_IAID);
    while (next_option(read, &value, &code, &inside)) {
        if (code == lease_code)
            read_lease(read, &ia, inside);
        else if (code == BERTH_D6O_STATUS_CODE)
            read_status(read, inside);
    }
    check_times(read, &ia);
}

static void read_option(Read *read, uint16_t code, BerthReader value)
{
    BerthBytes bytes = {value.at, berth_reader_left(&value)};
    PerfReply *reply = read->reply;

    switch (code) {
    case BERTH_D6O_CLIENTID:
        reply->id = bytes;
        break;
    case BERTH_D6O_SERVERID:
        reply->has_server = true;
        reply->server = perf_servers_number(read->servers, bytes);
        break;
    case BERTH_D6O_STATUS_CODE:
        read_status(read, value);
        break;
    case BERTH_D6O_RAPID_COMMIT:
        reply->has_rapid_commit = true;
        break;
    case BERTH_D6O_IA_NA:
        read_ia(read, PERF_ADDRESS, value);
        break;
    case BERTH_D6O_IA_PD:
        read_ia(read, PERF_PREFIX, value);
        break;
    default:
        break;
    }
}

/* Goes into a RELAY-REPL; false when the message is none. */
static bool enter_relay(Read *read, BerthReader *message)
{
    BerthReader options, inner = berth_reader((BerthBytes){.len = 0}), value;
    bool has_inner = false;
    uint16_t code;

    if (berth_reader_left(message) == 0 || message->at[0] != BERTH_RELAY_REPL)
        return false;
    if (berth_reader_left(message) < PERF_RELAY6_HEAD)
        blame(read, PERF_WRONG_SHORT);
    else if (read->reply->levels == PERF_LEVELS_MAX)
        blame(read, PERF_WRONG_LEVELS);
    if (read->wrong != PERF_RIGHT)
        return false;
    read->reply->relays[read->reply->levels++] = message->at + 1;
    options = *message;
    (void)berth_read(&options, PERF_RELAY6_HEAD);
    while (next_option(read, &options, &code, &value))
        if (code == BERTH_D6O_RELAY_MSG) {
            inner = value;
            has_inner = true;
        }
    if (!has_inner)
        blame(read, PERF_WRONG_OPTIONS);
    *message = inner;
    return read->wrong == PERF_RIGHT;
}

/* A status other than success says no, whatever else there is. */
static PerfAnswer answer_of(const PerfReply *reply)
{
    bool is_refused = reply->status != BERTH_STATUS6_SUCCESS || reply->is_withdrawn;

    if (reply->type != BERTH_ADVERTISE && reply->type != BERTH_REPLY)
        return PERF_NO_ANSWER;
    if (is_refused)
        return PERF_REFUSED;
    return reply->type == BERTH_REPLY ? PERF_ACKED : PERF_OFFERED;
}

PerfWrong perf_reply6_read(const PerfConf *conf, PerfServers *servers, BerthBytes message,
                           PerfReply *ret)
{
    Read read = {.conf = conf, .servers = servers, .reply = ret, .wrong = PERF_RIGHT};
    BerthReader r = berth_reader(message), value;
    uint16_t code;

    perf_reply_clear(ret);
    while (enter_relay(&read, &r))
        ;
    if (read.wrong != PERF_RIGHT)
        return read.wrong;
    ret->type = berth_read_u8(&r);
    ret->xid = (uint32_t)berth_read_u8(&r) << 16;
    ret->xid |= berth_read_u16(&r);
    if (r.failed)
        return PERF_WRONG_SHORT;
    while (next_option(&read, &r, &code, &value))
        read_option(&read, code, value);
    ret->answer = (uint8_t)answer_of(ret);
    return read.wrong;
}

/* ---- checking ---- */

/* RFC 9915 section 19.3: a RELAY-REPL has hop count and addresses of the RELAY-FORW. */
static PerfWrong check_relays(const PerfConf *conf, const PerfReply *reply,
                              const PerfExpected *expected)
{
    PerfRelay6 relay = {conf->levels, expected->relay, expected->id};
    uint8_t who[PERF_RELAY6_WHO];

    if (reply->levels != conf->levels)
        return PERF_WRONG_LEVELS;
    for (unsigned i = 0; i < reply->levels; i++) {
        perf_relay6_put(&relay, i, who);
        if (memcmp(who, reply->relays[i], sizeof(who)) != 0)
            return PERF_WRONG_RELAY;
    }
    return PERF_RIGHT;
}

/* RFC 9915 sections 16.3 and 16.10: whom it is for, and who says so. */
static PerfWrong check_always(const PerfConf *conf, const PerfReply *reply,
                              const PerfExpected *expected)
{
    if (!reply->id.data)
        return PERF_WRONG_NO_CLIENT;
    if (!berth_bytes_equal(reply->id, expected->id))
        return PERF_WRONG_CLIENT;
    if (!reply->has_server)
        return PERF_WRONG_NO_SERVER;
    if (reply->server == PERF_NOBODY)
        return PERF_WRONG_SERVERS;
    return check_relays(conf, reply, expected);
}

/* Whether this type of message answers the query. RFC 9915 section 18.2.1: a REPLY to a SOLICIT has
 * the Rapid Commit option. */
static bool fits(const PerfConf *conf, const PerfReply *reply, PerfState state)
{
    bool may_commit = conf->rapid_commit && reply->has_rapid_commit;

    if (reply->type == BERTH_ADVERTISE)
        return state == PERF_WAIT_OFFER;
    return reply->type == BERTH_REPLY && (state != PERF_WAIT_OFFER || may_commit);
}

/* What was asked for is there, and is what was offered or is held. */
static PerfWrong check_part(const PerfReply *reply, const PerfExpected *expected, PerfPart part)
{
    static const PerfWrong none[] = {PERF_WRONG_NO_ADDRESS, PERF_WRONG_NO_PREFIX};
    static const PerfWrong other[] = {PERF_WRONG_ADDRESS, PERF_WRONG_PREFIX};
    static const PerfWrong renewed[] = {PERF_WRONG_RENEWED, PERF_WRONG_RENEWED_PREFIX};

    if (perf_lease_is_none(&reply->leases[part]))
        return none[part];
    if (expected->state == PERF_WAIT_OFFER ||
        perf_lease_equal(&reply->leases[part], &expected->leases[part]))
        return PERF_RIGHT;
    return expected->state == PERF_WAIT_ACK ? other[part] : renewed[part];
}

static PerfWrong check_leases(const PerfConf *conf, const PerfReply *reply,
                              const PerfExpected *expected)
{
    const PerfLease *address = &reply->leases[PERF_ADDRESS], *prefix = &reply->leases[PERF_PREFIX];
    PerfWrong wrong = PERF_RIGHT;

    for (PerfPart part = 0; part < PERF_PARTS && wrong == PERF_RIGHT; part++)
        if (conf->wants[part])
            wrong = check_part(reply, expected, part);
    if (wrong == PERF_RIGHT && conf->wants[PERF_ADDRESS] && conf->wants[PERF_PREFIX] &&
        berth_prefix_contains(prefix->addr, prefix->len, address->addr))
        return PERF_WRONG_OVERLAP;
    return wrong;
}

PerfWrong perf_reply6_check(const PerfConf *conf, const PerfReply *reply,
                            const PerfExpected *expected, bool *ret_is_late)
{
    bool is_any = expected->state == PERF_WAIT_OFFER || expected->state == PERF_WAIT_REBOUND;
    PerfWrong wrong = check_always(conf, reply, expected);

    *ret_is_late = wrong == PERF_RIGHT && expected->state == PERF_IDLE;
    if (wrong != PERF_RIGHT || *ret_is_late)
        return wrong;
    if (!fits(conf, reply, expected->state))
        return PERF_WRONG_TYPE;
    if (!is_any && reply->server != expected->server)
        return PERF_WRONG_SERVER;
    if (reply->answer == PERF_REFUSED || expected->state == PERF_WAIT_RELEASED)
        return PERF_RIGHT;
    return check_leases(conf, reply, expected);
}
