/* reply4 - a DHCPv4 reply, read at its fixed offsets and as far into its options as needed, and
 * what is wrong with it.
 *
 * This is no parser: options 51, 53 and 54 are looked for until all three are found. What lies
 * behind them is not looked at. */
#pragma once

#include "tools/perf/family.h"

/* Both as PerfFamily has them. */
PerfWrong perf_reply4_read(BerthBytes message, PerfReply *ret);
PerfWrong perf_reply4_check(const PerfConf *conf, const PerfReply *reply,
                            const PerfExpected *expected, bool *ret_is_late);
