/* wrong - everything that a server can do wrong in a reply: a row each, of both families. */
#pragma once

typedef enum PerfWrong {
    PERF_RIGHT,
    PERF_WRONG_SHORT,
    PERF_WRONG_OPTIONS,
    PERF_WRONG_XID,
    PERF_WRONG_TYPE,
    PERF_WRONG_NO_SERVER,
    PERF_WRONG_SERVER,
    PERF_WRONG_NO_ADDRESS,
    PERF_WRONG_ADDRESS,
    PERF_WRONG_RENEWED,
    PERF_WRONG_HELD,
    /* DHCPv4 */
    PERF_WRONG_OP,
    PERF_WRONG_COOKIE,
    PERF_WRONG_MAC,
    PERF_WRONG_GIADDR,
    PERF_WRONG_NO_LIFETIME,
    /* DHCPv6 */
    PERF_WRONG_RELAY,
    PERF_WRONG_LEVELS,
    PERF_WRONG_NO_CLIENT,
    PERF_WRONG_CLIENT,
    PERF_WRONG_SERVERS,
    PERF_WRONG_IAID,
    PERF_WRONG_UNASKED,
    PERF_WRONG_TIMES,
    PERF_WRONG_LIFETIMES,
    PERF_WRONG_STATUS,
    PERF_WRONG_NO_PREFIX,
    PERF_WRONG_PREFIX,
    PERF_WRONG_RENEWED_PREFIX,
    PERF_WRONG_PREFIX_BITS,
    PERF_WRONG_PREFIX_HELD,
    PERF_WRONG_OVERLAP,
    PERF_WRONGS
} PerfWrong;

/* What follows "a reply …". */
const char *perf_wrong_text(PerfWrong wrong);
const char *perf_wrong_name(PerfWrong wrong); /* for --json */
