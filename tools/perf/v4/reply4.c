/* reply4 - see reply4.h. */
#include "tools/perf/v4/reply4.h"

#include "core/base/bytes.h"
#include "core/wire/msg4.h"

#define COOKIE 0x63825363u
#define OPTION_PAD 0
#define OPTION_END 255

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* ---- reading ---- */

/* A fixed-size option's value; false when it has another size. */
static bool take_option(PerfReply *ret, uint8_t code, BerthBytes value)
{
    switch (code) {
    case BERTH_DHO_DHCP_MESSAGE_TYPE:
        ret->type = value.len == 1 ? value.data[0] : 0;
        return value.len == 1;
    case BERTH_DHO_DHCP_SERVER_IDENTIFIER:
        ret->has_server = true;
        ret->server = value.len == 4 ? get32(value.data) : 0;
        return value.len == 4;
    case BERTH_DHO_DHCP_LEASE_TIME:
        ret->has_lifetime = true;
        ret->lifetimes_sec[PERF_ADDRESS] = value.len == 4 ? get32(value.data) : 0;
        return value.len == 4;
    default:
        return true;
    }
}

static PerfWrong read_options(const uint8_t *at, const uint8_t *end, PerfReply *ret)
{
    while (at < end && *at != OPTION_END) {
        if (*at == OPTION_PAD) {
            at++;
            continue;
        }
        if (end - at < 2 || end - at - 2 < at[1] ||
            !take_option(ret, at[0], (BerthBytes){at + 2, at[1]}))
            return PERF_WRONG_OPTIONS;
        if (ret->type && ret->has_server && ret->has_lifetime)
            return PERF_RIGHT;
        at += 2 + at[1];
    }
    return at < end ? PERF_RIGHT : PERF_WRONG_OPTIONS;
}

static PerfAnswer answer_of(uint8_t type)
{
    return type == BERTH_DHCPOFFER ? PERF_OFFERED
           : type == BERTH_DHCPACK ? PERF_ACKED
           : type == BERTH_DHCPNAK ? PERF_REFUSED
                                   : PERF_NO_ANSWER;
}

PerfWrong perf_reply4_read(BerthBytes message, PerfReply *ret)
{
    const uint8_t *bytes = message.data;
    uint32_t address;
    PerfWrong wrong;

    perf_reply_clear(ret);
    if (message.len < BERTH_MSG4_HEADER)
        return PERF_WRONG_SHORT;
    ret->xid = get32(bytes + 4);
    address = get32(bytes + 16);
    if (address)
        ret->leases[PERF_ADDRESS] = (PerfLease){berth_addr4(address), 128};
    ret->giaddr = berth_addr4(get32(bytes + 24));
    ret->id = (BerthBytes){bytes + 28, 6};
    if (bytes[0] != BERTH_BOOTREPLY)
        return PERF_WRONG_OP;
    if (get32(bytes + 236) != COOKIE)
        return PERF_WRONG_COOKIE;
    wrong = read_options(bytes + BERTH_MSG4_HEADER, bytes + message.len, ret);
    ret->answer = answer_of(ret->type);
    return wrong;
}

/* ---- checking ---- */

/* Who it is for and whether it says what every OFFER and ACK must: RFC 2131 section 4.3.1, table 3.
 */
static PerfWrong check_always(const PerfReply *reply, const PerfExpected *expected)
{
    if (!berth_bytes_equal(reply->id, expected->id))
        return PERF_WRONG_MAC;
    if (!berth_addr_equal(reply->giaddr, expected->relay))
        return PERF_WRONG_GIADDR;
    if (!reply->has_server)
        return PERF_WRONG_NO_SERVER;
    if (reply->answer != PERF_OFFERED && reply->answer != PERF_ACKED)
        return reply->answer == PERF_REFUSED ? PERF_RIGHT : PERF_WRONG_TYPE;
    if (!reply->has_lifetime)
        return PERF_WRONG_NO_LIFETIME;
    return perf_lease_is_none(&reply->leases[PERF_ADDRESS]) ? PERF_WRONG_NO_ADDRESS : PERF_RIGHT;
}

/* RFC 2131 section 4.3.2: the ACK is from the server that was selected, with what it offered. RFC
 * 4039: it may answer a DISCOVER that asked for that. */
static PerfWrong check_ack(const PerfReply *reply, const PerfExpected *expected, bool may_commit)
{
    bool is_same = perf_lease_equal(&reply->leases[PERF_ADDRESS], &expected->leases[PERF_ADDRESS]);

    if (expected->state == PERF_WAIT_OFFER)
        return may_commit ? PERF_RIGHT : PERF_WRONG_TYPE;
    if (expected->state != PERF_WAIT_ACK)
        return is_same ? PERF_RIGHT : PERF_WRONG_RENEWED;
    if (reply->server != expected->server)
        return PERF_WRONG_SERVER;
    return is_same ? PERF_RIGHT : PERF_WRONG_ADDRESS;
}

PerfWrong perf_reply4_check(const PerfConf *conf, const PerfReply *reply,
                            const PerfExpected *expected, bool *ret_is_late)
{
    PerfWrong wrong = check_always(reply, expected);

    *ret_is_late = false;
    if (wrong != PERF_RIGHT)
        return wrong;
    if (expected->state == PERF_IDLE) {
        *ret_is_late = true;
        return PERF_RIGHT;
    }
    if (reply->answer == PERF_ACKED)
        return check_ack(reply, expected, conf->rapid_commit);
    if (reply->answer == PERF_REFUSED)
        return expected->state == PERF_WAIT_OFFER ? PERF_WRONG_TYPE : PERF_RIGHT;
    /* A second server's OFFER, or one that came twice, is no answer to a REQUEST. */
    *ret_is_late = expected->state == PERF_WAIT_ACK;
    return expected->state == PERF_WAIT_OFFER || *ret_is_late ? PERF_RIGHT : PERF_WRONG_TYPE;
}
