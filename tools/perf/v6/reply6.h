/* reply6 - a DHCPv6 reply, read from its relays to the last option of its IAs, and what is wrong
 * with it.
 *
 * This is not the parser that the server is built with, so that the two do not make one mistake
 * together. */
#pragma once

#include "tools/perf/v6/servers.h"

/* Both as PerfFamily has them. */
PerfWrong perf_reply6_read(const PerfConf *conf, PerfServers *servers, BerthBytes message,
                           PerfReply *ret);
PerfWrong perf_reply6_check(const PerfConf *conf, const PerfReply *reply,
                            const PerfExpected *expected, bool *ret_is_late);
