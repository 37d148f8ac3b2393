/* wrong - see wrong.h. */
#include "tools/perf/wrong.h"

/* clang-format off */
static const struct {
    const char *name, *text;
} wrongs[PERF_WRONGS] = {
    [PERF_RIGHT]             = {"right",            "nothing"},
    [PERF_WRONG_SHORT]       = {"short",            "is shorter than a DHCP message"},
    [PERF_WRONG_OPTIONS]     = {"options",          "has an option that runs past the end or has a wrong length"},
    [PERF_WRONG_XID]         = {"xid",              "has a transaction id that was never sent"},
    [PERF_WRONG_TYPE]        = {"type",             "is of a type that does not answer the query"},
    [PERF_WRONG_NO_SERVER]   = {"no-server-id",     "has no server identifier"},
    [PERF_WRONG_SERVER]      = {"other-server",     "is from another server than the offer that was requested"},
    [PERF_WRONG_NO_ADDRESS]  = {"no-address",       "gives no address"},
    [PERF_WRONG_ADDRESS]     = {"address",          "acknowledges another address than was offered"},
    [PERF_WRONG_RENEWED]     = {"renewed-address",  "renews another address than the client holds"},
    [PERF_WRONG_HELD]        = {"address-held",     "gives an address that another client holds"},
    [PERF_WRONG_OP]          = {"op",               "is no BOOTREPLY"},
    [PERF_WRONG_COOKIE]      = {"cookie",           "has no DHCP magic cookie"},
    [PERF_WRONG_MAC]         = {"mac",              "has the hardware address of another client than its transaction id"},
    [PERF_WRONG_GIADDR]      = {"giaddr",           "has another giaddr than the query"},
    [PERF_WRONG_NO_LIFETIME] = {"no-lease-time",    "has no lease time"},
    [PERF_WRONG_RELAY]       = {"relay",            "has another hop count, link address or peer address than the query"},
    [PERF_WRONG_LEVELS]      = {"levels",           "comes through more relays or fewer than the query"},
    [PERF_WRONG_NO_CLIENT]   = {"no-client-id",     "has no client identifier"},
    [PERF_WRONG_CLIENT]      = {"client-id",        "has the client identifier of another client than its transaction id"},
    [PERF_WRONG_SERVERS]     = {"servers",          "is from one server too many: 64 have answered"},
    [PERF_WRONG_IAID]        = {"iaid",             "has an IA with an IAID that was not asked for"},
    [PERF_WRONG_UNASKED]     = {"unasked",          "has an IA of a type that was not asked for"},
    [PERF_WRONG_TIMES]       = {"times",            "has T1 greater than T2, or T2 greater than the valid lifetime"},
    [PERF_WRONG_LIFETIMES]   = {"lifetimes",        "has a preferred lifetime greater than the valid one"},
    [PERF_WRONG_STATUS]      = {"status",           "has a status code that there is not, or not here"},
    [PERF_WRONG_NO_PREFIX]   = {"no-prefix",        "gives no prefix, and no status says why"},
    [PERF_WRONG_PREFIX]      = {"prefix",           "acknowledges another prefix than was offered"},
    [PERF_WRONG_RENEWED_PREFIX] = {"renewed-prefix", "renews another prefix than the client holds"},
    [PERF_WRONG_PREFIX_BITS] = {"prefix-bits",      "gives a prefix that is none: its length, or bits behind it"},
    [PERF_WRONG_PREFIX_HELD] = {"prefix-held",      "gives a prefix that another client holds"},
    [PERF_WRONG_OVERLAP]     = {"overlap",          "gives an address or a prefix that overlaps another one"},
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
