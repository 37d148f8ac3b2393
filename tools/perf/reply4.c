/* reply4 - see reply4.h. */
#include "tools/perf/reply4.h"

#include "core/base/bytes.h"
#include "core/wire/msg4.h"

#define COOKIE 0x63825363u
#define OPTION_PAD 0
#define OPTION_END 255

/* clang-format off */
static const struct {
    const char *name, *text;
} wrongs[PERF_WRONGS] = {
    [PERF_RIGHT]             = {"right",            "nothing"},
    [PERF_WRONG_SHORT]       = {"short",            "is shorter than a DHCP message"},
    [PERF_WRONG_OP]          = {"op",               "is no BOOTREPLY"},
    [PERF_WRONG_COOKIE]      = {"cookie",           "has no DHCP magic cookie"},
    [PERF_WRONG_OPTIONS]     = {"options",          "has an option that runs past the end or has a wrong length"},
    [PERF_WRONG_XID]         = {"xid",              "has a transaction id that was never sent"},
    [PERF_WRONG_MAC]         = {"mac",              "has the hardware address of another client than its transaction id"},
    [PERF_WRONG_GIADDR]      = {"giaddr",           "has another giaddr than the query"},
    [PERF_WRONG_TYPE]        = {"type",             "is of a type that does not answer the query"},
    [PERF_WRONG_NO_SERVER]   = {"no-server-id",     "has no server identifier"},
    [PERF_WRONG_SERVER]      = {"other-server",     "is from another server than the offer that was requested"},
    [PERF_WRONG_NO_LIFETIME] = {"no-lease-time",    "has no lease time"},
    [PERF_WRONG_NO_ADDRESS]  = {"no-address",       "gives no address"},
    [PERF_WRONG_ADDRESS]     = {"address",          "acknowledges another address than was offered"},
    [PERF_WRONG_RENEWED]     = {"renewed-address",  "renews another address than the client holds"},
    [PERF_WRONG_HELD]        = {"address-held",     "gives an address that another client holds"},
};
/* clang-format on */

const char *perf_wrong_text(PerfWrong wrong)
{
    return wrongs[wrong].text;
}

const char *perf_wrong_name(PerfWrong wrong)
{
    return wrongs[wrong].name;
}

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
        ret->lifetime_sec = value.len == 4 ? get32(value.data) : 0;
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

PerfWrong perf_reply_read(BerthBytes message, PerfReply *ret)
{
    const uint8_t *bytes = message.data;

    *ret = (PerfReply){.xid = 0};
    if (message.len < BERTH_MSG4_HEADER)
        return PERF_WRONG_SHORT;
    ret->xid = get32(bytes + 4);
    ret->yiaddr = get32(bytes + 16);
    ret->giaddr = get32(bytes + 24);
    ret->mac = bytes + 28;
    if (bytes[0] != BERTH_BOOTREPLY)
        return PERF_WRONG_OP;
    if (get32(bytes + 236) != COOKIE)
        return PERF_WRONG_COOKIE;
    return read_options(bytes + BERTH_MSG4_HEADER, bytes + message.len, ret);
}

/* ---- checking ---- */

/* Who it is for and whether it says what every OFFER and ACK must: RFC 2131 section 4.3.1, table 3.
 */
static PerfWrong check_always(const PerfReply *reply, const PerfExpected *expected)
{
    if (memcmp(reply->mac, expected->mac, 6) != 0)
        return PERF_WRONG_MAC;
    if (reply->giaddr != expected->giaddr)
        return PERF_WRONG_GIADDR;
    if (!reply->has_server)
        return PERF_WRONG_NO_SERVER;
    if (reply->type != BERTH_DHCPOFFER && reply->type != BERTH_DHCPACK)
        return reply->type == BERTH_DHCPNAK ? PERF_RIGHT : PERF_WRONG_TYPE;
    if (!reply->has_lifetime)
        return PERF_WRONG_NO_LIFETIME;
    return reply->yiaddr ? PERF_RIGHT : PERF_WRONG_NO_ADDRESS;
}

/* RFC 2131 section 4.3.2: the ACK is from the server that was selected, with what it offered. */
static PerfWrong check_ack(const PerfReply *reply, const PerfExpected *expected)
{
    if (expected->state == PERF_WAIT_OFFER)
        return expected->may_commit ? PERF_RIGHT : PERF_WRONG_TYPE;
    if (expected->state == PERF_WAIT_RENEWED)
        return reply->yiaddr == expected->address ? PERF_RIGHT : PERF_WRONG_RENEWED;
    if (reply->server != expected->server)
        return PERF_WRONG_SERVER;
    return reply->yiaddr == expected->address ? PERF_RIGHT : PERF_WRONG_ADDRESS;
}

PerfWrong perf_reply_check(const PerfReply *reply, const PerfExpected *expected, bool *ret_is_late)
{
    PerfWrong wrong = check_always(reply, expected);

    *ret_is_late = false;
    if (wrong != PERF_RIGHT)
        return wrong;
    if (expected->state == PERF_IDLE) {
        *ret_is_late = true;
        return PERF_RIGHT;
    }
    if (reply->type == BERTH_DHCPACK)
        return check_ack(reply, expected);
    if (reply->type == BERTH_DHCPNAK)
        return expected->state == PERF_WAIT_OFFER ? PERF_WRONG_TYPE : PERF_RIGHT;
    /* A second server's OFFER, or one that came twice, is no answer to a REQUEST. */
    *ret_is_late = expected->state == PERF_WAIT_ACK;
    return expected->state == PERF_WAIT_RENEWED ? PERF_WRONG_TYPE : PERF_RIGHT;
}
