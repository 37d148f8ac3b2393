/* options - the command line: a table of what there is, and what does not go together. */
#pragma once

#include "tools/perf/conf.h"

/* Fills `ret`, which is initialised, from the arguments. False with an error that says which
 * argument and what was expected. Answers at once, and checks nothing more, when help or the
 * version is wanted. */
bool perf_options_parse(int argc, char **argv, PerfConf *ret, GError **error);

/* What -h prints, made from the same table. */
void perf_options_help(GString *ret);
