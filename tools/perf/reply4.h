/* reply4 - a DHCPv4 reply, read at its fixed offsets and as far into its options as needed, and
 * what is wrong with it.
 *
 * This is no parser: options 51, 53 and 54 are looked for until all three are found. What lies
 * behind them is not looked at. */
#pragma once

#include "tools/perf/clients.h"
#include <berth/types.h>

/* Addresses are in host order. */
typedef struct PerfReply {
    uint32_t xid, yiaddr, giaddr;
    uint32_t server;       /* option 54 */
    uint32_t lifetime_sec; /* option 51 */
    uint8_t type;          /* BerthType4 */
    bool has_server, has_lifetime;
    const uint8_t *mac; /* 6 bytes in the message */
} PerfReply;

/* Everything that a server can do wrong; rows of perf_wrong_text(). */
typedef enum PerfWrong {
    PERF_RIGHT,
    PERF_WRONG_SHORT,
    PERF_WRONG_OP,
    PERF_WRONG_COOKIE,
    PERF_WRONG_OPTIONS,
    PERF_WRONG_XID,
    PERF_WRONG_MAC,
    PERF_WRONG_GIADDR,
    PERF_WRONG_TYPE,
    PERF_WRONG_NO_SERVER,
    PERF_WRONG_SERVER,
    PERF_WRONG_NO_LIFETIME,
    PERF_WRONG_NO_ADDRESS,
    PERF_WRONG_ADDRESS,
    PERF_WRONG_RENEWED,
    PERF_WRONG_HELD,
    PERF_WRONGS
} PerfWrong;

const char *perf_wrong_text(PerfWrong wrong);
const char *perf_wrong_name(PerfWrong wrong); /* for --json */

/* Reads the message; PERF_RIGHT, or why it is none. */
PerfWrong perf_reply_read(BerthBytes message, PerfReply *ret);

/* What the client of this transaction id waits for. */
typedef struct PerfExpected {
    PerfState state;
    uint8_t mac[6];
    uint32_t giaddr, address, server;
    bool may_commit; /* an ACK may answer the DISCOVER, RFC 4039 */
} PerfExpected;

/* Whether it answers what the client asked. An answer to what it asked before (a second OFFER) is
 * PERF_RIGHT with *ret_is_late set. */
PerfWrong perf_reply_check(const PerfReply *reply, const PerfExpected *expected, bool *ret_is_late);
