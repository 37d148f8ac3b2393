/* report - what happened, counted; and the lines that tell of it. */
#pragma once

#include "tools/perf/family.h"
#include "tools/perf/hist.h"
#include "tools/perf/wire.h"
#include <stdio.h>

typedef struct PerfCounts {
    uint64_t begun[PERF_KINDS], done[PERF_KINDS];
    uint64_t sent[PERF_STEPS], sent_again;
    uint64_t received;
    uint64_t drops[PERF_PAIRS], naks[PERF_PAIRS];
    uint64_t statuses[PERF_STATUS_MAX]; /* DHCPv6: of the refusals among `naks` */
    uint64_t late; /* answers to what was over: duplicates, second servers, after the drop time */
    uint64_t foreign; /* for others than our clients */
    uint64_t wrong[PERF_WRONGS];
    uint64_t starved; /* exchanges not begun, for every client was busy */
    uint64_t behind;  /* exchanges not begun, for this machine was too slow */
    uint64_t unsent;  /* messages that the kernel did not take */
    uint32_t in_flight, n_bound;
} PerfCounts;

typedef struct PerfReport {
    const PerfConf *conf;
    const PerfFamily *family;
    FILE *out;
    PerfCounts counts, before; /* now, and at the last line */
    PerfHist hist[PERF_PAIRS]; /* microseconds, of the whole run */
    PerfHist interval;         /* of all pairs since the last line */
    double begin_sec, line_sec;
    unsigned n_wrong_lines;
    uint32_t n_unserved; /* avalanche: clients still without an address at its end */
} PerfReport;

void perf_report_begin(PerfReport *report, const PerfConf *conf, double now_sec);
/* The measured time begins: what was counted before is forgotten. */
void perf_report_restart(PerfReport *report, double now_sec);

void perf_report_answer(PerfReport *report, PerfPair pair, uint32_t usec);
/* The server will not: a NAK, or a status. */
void perf_report_refused(PerfReport *report, PerfPair pair, const PerfReply *reply);
/* Counts it, and tells of the first few, with all that one needs to find it in a capture. */
void perf_report_wrong(PerfReport *report, PerfWrong wrong, const PerfIn *in,
                       const PerfReply *reply);

/* The line of an interval, and the closing tables. */
void perf_report_line(PerfReport *report, double now_sec);
void perf_report_end(PerfReport *report, double now_sec);

uint64_t perf_counts_sum(const uint64_t *values, size_t n);
uint64_t perf_counts_drops(const PerfCounts *counts);
uint64_t perf_counts_wrong(const PerfCounts *counts);
/* 0 nothing was lost, 3 something was, 1 something was wrong. */
int perf_report_status(const PerfReport *report);
