/* report - see report.h. */
#include "tools/perf/report.h"

#include "core/base/addr.h"
#include "core/base/json.h"
#include <inttypes.h>

#define WRONG_LINES 10

static const double shares[] = {0.5, 0.9, 0.99, 0.999};
static const char *const share_names[] = {"p50", "p90", "p99", "p99.9"};

/* ---- counting ---- */

uint64_t perf_counts_sum(const uint64_t *values, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

uint64_t perf_counts_drops(const PerfCounts *counts)
{
    return perf_counts_sum(counts->drops, PERF_PAIRS);
}

uint64_t perf_counts_wrong(const PerfCounts *counts)
{
    return perf_counts_sum(counts->wrong, PERF_WRONGS);
}

static uint64_t done(const PerfCounts *counts)
{
    return perf_counts_sum(counts->done, PERF_KINDS);
}

static uint64_t naks(const PerfCounts *counts)
{
    return perf_counts_sum(counts->naks, PERF_PAIRS);
}

void perf_report_begin(PerfReport *report, const PerfConf *conf, double now_sec)
{
    report->conf = conf;
    report->family = perf_family(conf);
    report->out = stdout;
    report->n_wrong_lines = 0;
    report->n_unserved = 0;
    perf_report_restart(report, now_sec);
}

void perf_report_restart(PerfReport *report, double now_sec)
{
    report->counts =
        (PerfCounts){.in_flight = report->counts.in_flight, .n_bound = report->counts.n_bound};
    report->before = report->counts;
    for (size_t i = 0; i < PERF_PAIRS; i++)
        perf_hist_clear(&report->hist[i]);
    perf_hist_clear(&report->interval);
    report->begin_sec = report->line_sec = now_sec;
}

void perf_report_answer(PerfReport *report, PerfPair pair, uint32_t usec)
{
    perf_hist_add(&report->hist[pair], usec);
    perf_hist_add(&report->interval, usec);
}

void perf_report_refused(PerfReport *report, PerfPair pair, const PerfReply *reply)
{
    report->counts.naks[pair]++;
    report->counts.statuses[MIN(reply->status, PERF_STATUS_MAX - 1)]++;
}

int perf_report_status(const PerfReport *report)
{
    const PerfCounts *counts = &report->counts;

    if (perf_counts_wrong(counts))
        return 1;
    if (perf_counts_drops(counts) || naks(counts) || counts->unsent || report->n_unserved)
        return 3;
    return 0;
}

static void lease_text(const PerfReply *reply, size_t part, GString *ret)
{
    char text[BERTH_PREFIX_TEXT];

    if (!perf_lease_is_none(&reply->leases[part]))
        g_string_append_printf(ret, ", %s %s", part == PERF_ADDRESS ? "address" : "prefix",
                               perf_lease_text(&reply->leases[part], text));
}

void perf_report_wrong(PerfReport *report, PerfWrong wrong, const PerfIn *in,
                       const PerfReply *reply)
{
    char from[BERTH_ADDR_TEXT], id[3 * PERF_ID_MAX];
    g_autoptr(GString) leases = g_string_new(NULL);

    report->counts.wrong[wrong]++;
    if (report->n_wrong_lines++ >= WRONG_LINES)
        return;
    berth_addr_text(perf_name_addr(&in->from), from);
    berth_hex_text(reply->id, ':', id, sizeof(id));
    for (size_t i = 0; i < PERF_PARTS; i++)
        lease_text(reply, i, leases);
    fprintf(stderr, "berthperf: wrong: %s from %s to %s (xid 0x%0*x%s) %s%s\n",
            report->family->type_name(reply->type), from, id, report->conf->is_v6 ? 6 : 8,
            reply->xid, leases->str, perf_wrong_text(wrong),
            report->n_wrong_lines == WRONG_LINES ? "; further ones are only counted" : "");
}

/* ---- times as people read them ---- */

static const char *time_text(uint64_t usec, char *buffer, size_t size)
{
    if (usec < 1000)
        g_snprintf(buffer, (gulong)size, "%uus", (unsigned)usec);
    else if (usec < 1000000)
        g_snprintf(buffer, (gulong)size, "%.2fms", (double)usec / 1e3);
    else
        g_snprintf(buffer, (gulong)size, "%.2fs", (double)usec / 1e6);
    return buffer;
}

static double rate_of(uint64_t n, double sec)
{
    return sec > 0 ? (double)n / sec : 0;
}

/* Two digits behind the point; a double has more than anybody wants to read. */
static double rounded(double value)
{
    return (double)(int64_t)(value * 100 + 0.5) / 100;
}

/* ---- the line ---- */

static void text_line(PerfReport *report, double now_sec, double rate)
{
    const PerfCounts *now = &report->counts, *then = &report->before;
    char p50[16], p99[16], max[16];

    fprintf(report->out, "%6.1fs  %9.0f/s  drops %" PRIu64 "  %s %" PRIu64 "  wrong %" PRIu64,
            now_sec - report->begin_sec, rate, perf_counts_drops(now) - perf_counts_drops(then),
            report->family->refused, naks(now) - naks(then),
            perf_counts_wrong(now) - perf_counts_wrong(then));
    fprintf(report->out, "  p50 %s  p99 %s  max %s  in flight %u  held %u\n",
            time_text(perf_hist_quantile(&report->interval, 0.5), p50, sizeof(p50)),
            time_text(perf_hist_quantile(&report->interval, 0.99), p99, sizeof(p99)),
            time_text(report->interval.max, max, sizeof(max)), now->in_flight, now->n_bound);
}

static void json_hist(BerthJson *json, const PerfHist *hist)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
        berth_json_uint(json, share_names[i], perf_hist_quantile(hist, shares[i]));
    berth_json_uint(json, "max", hist->max);
}

static void print_json(PerfReport *report, BerthJson *json, GString *text)
{
    berth_json_end(json);
    berth_json_free(json);
    fprintf(report->out, "%s\n", text->str);
    g_string_free(text, TRUE);
}

static void json_line(PerfReport *report, double now_sec, double rate)
{
    const PerfCounts *now = &report->counts, *then = &report->before;
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", "interval");
    berth_json_real(json, "time", rounded(now_sec - report->begin_sec));
    berth_json_real(json, "rate", rounded(rate));
    berth_json_uint(json, "done", done(now) - done(then));
    berth_json_uint(json, "drops", perf_counts_drops(now) - perf_counts_drops(then));
    berth_json_uint(json, "naks", naks(now) - naks(then));
    berth_json_uint(json, "wrong", perf_counts_wrong(now) - perf_counts_wrong(then));
    berth_json_uint(json, "in-flight", now->in_flight);
    berth_json_uint(json, "held", now->n_bound);
    berth_json_begin_object(json, "usec");
    json_hist(json, &report->interval);
    berth_json_end(json);
    print_json(report, json, text);
}

void perf_report_line(PerfReport *report, double now_sec)
{
    double rate =
        rate_of(done(&report->counts) - done(&report->before), now_sec - report->line_sec);

    if (report->conf->is_json)
        json_line(report, now_sec, rate);
    else if (!report->conf->is_quiet)
        text_line(report, now_sec, rate);
    fflush(report->out);
    report->before = report->counts;
    report->line_sec = now_sec;
    perf_hist_clear(&report->interval);
}

/* ---- the end ---- */

static void text_pairs(const PerfReport *report)
{
    char cell[16];

    fprintf(report->out, "\n%-18s %10s %8s %7s", "", "answers", "drops", report->family->refused);
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
        fprintf(report->out, " %9s", share_names[i]);
    fprintf(report->out, " %9s\n", "max");
    for (size_t p = 0; p < PERF_PAIRS; p++) {
        const PerfHist *hist = &report->hist[p];

        if (hist->n + report->counts.drops[p] + report->counts.naks[p] == 0)
            continue;
        fprintf(report->out, "%-18s %10" PRIu64 " %8" PRIu64 " %7" PRIu64, report->family->pairs[p],
                hist->n, report->counts.drops[p], report->counts.naks[p]);
        for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
            fprintf(report->out, " %9s",
                    time_text(perf_hist_quantile(hist, shares[i]), cell, sizeof(cell)));
        fprintf(report->out, " %9s\n", time_text(hist->max, cell, sizeof(cell)));
    }
}

typedef struct Note {
    uint64_t n;
    const char *text;
} Note;

static void text_notes(const PerfReport *report)
{
    const PerfCounts *counts = &report->counts;
    const Note notes[] = {
        {counts->sent_again, "messages were sent again"},
        {counts->late, "answers were late or came twice"},
        {counts->foreign, "messages were for others"},
        {counts->starved, "exchanges not begun: every client was busy (more of them: -R)"},
        {counts->behind, "exchanges not begun: this machine is too slow for the rate"},
        {counts->unsent, "messages not sent: the kernel did not take them"},
        {report->n_unserved, "clients never got an address"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++)
        if (notes[i].n)
            fprintf(report->out, "%" PRIu64 " %s\n", notes[i].n, notes[i].text);
    for (size_t i = 1; i < PERF_STATUS_MAX; i++)
        if (counts->statuses[i])
            fprintf(report->out, "%" PRIu64 " were refused with status %s\n", counts->statuses[i],
                    report->family->status_name((uint16_t)i));
    for (size_t i = 0; i < PERF_WRONGS; i++)
        if (counts->wrong[i])
            fprintf(report->out, "WRONG: %" PRIu64 " times, a reply %s\n", counts->wrong[i],
                    perf_wrong_text((PerfWrong)i));
}

static void text_end(const PerfReport *report, double sec)
{
    const PerfCounts *counts = &report->counts;

    fprintf(report->out, "\n%" PRIu64 " exchanges in %.2f s: %.1f/s", done(counts), sec,
            rate_of(done(counts), sec));
    for (size_t k = 0; k < PERF_KINDS; k++)
        if (counts->begun[k])
            fprintf(report->out, ", %s %" PRIu64 " of %" PRIu64, report->family->kinds[k],
                    counts->done[k], counts->begun[k]);
    text_pairs(report);
    text_notes(report);
}

static void json_pairs(const PerfReport *report, BerthJson *json)
{
    berth_json_begin_object(json, "pairs");
    for (size_t p = 0; p < PERF_PAIRS; p++) {
        const PerfHist *hist = &report->hist[p];

        if (hist->n + report->counts.drops[p] + report->counts.naks[p] == 0)
            continue;
        berth_json_begin_object(json, report->family->pairs[p]);
        berth_json_uint(json, "answers", hist->n);
        berth_json_uint(json, "drops", report->counts.drops[p]);
        berth_json_uint(json, "naks", report->counts.naks[p]);
        berth_json_begin_object(json, "usec");
        berth_json_uint(json, "min", hist->min);
        berth_json_real(json, "mean", rounded(perf_hist_mean(hist)));
        json_hist(json, hist);
        berth_json_end(json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void json_counts(const PerfReport *report, BerthJson *json)
{
    const PerfCounts *counts = &report->counts;

    berth_json_uint(json, "received", counts->received);
    berth_json_uint(json, "drops", perf_counts_drops(counts));
    berth_json_uint(json, "naks", naks(counts));
    berth_json_uint(json, "sent-again", counts->sent_again);
    berth_json_uint(json, "late", counts->late);
    berth_json_uint(json, "foreign", counts->foreign);
    berth_json_uint(json, "starved", counts->starved);
    berth_json_uint(json, "behind", counts->behind);
    berth_json_uint(json, "unsent", counts->unsent);
    berth_json_uint(json, "unserved", report->n_unserved);
    berth_json_uint(json, "held", counts->n_bound);
    berth_json_begin_object(json, "statuses");
    for (size_t i = 1; i < PERF_STATUS_MAX; i++)
        if (counts->statuses[i])
            berth_json_uint(json, report->family->status_name((uint16_t)i), counts->statuses[i]);
    berth_json_end(json);
    berth_json_begin_object(json, "wrong");
    for (size_t i = 0; i < PERF_WRONGS; i++)
        if (counts->wrong[i])
            berth_json_uint(json, perf_wrong_name((PerfWrong)i), counts->wrong[i]);
    berth_json_end(json);
}

static void json_end(PerfReport *report, double sec)
{
    const PerfCounts *counts = &report->counts;
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", "end");
    berth_json_real(json, "time", rounded(sec));
    berth_json_real(json, "rate", rounded(rate_of(done(counts), sec)));
    for (size_t k = 0; k < PERF_KINDS; k++) {
        berth_json_begin_object(json, report->family->kinds[k]);
        berth_json_uint(json, "begun", counts->begun[k]);
        berth_json_uint(json, "done", counts->done[k]);
        berth_json_end(json);
    }
    json_counts(report, json);
    json_pairs(report, json);
    berth_json_int(json, "status", perf_report_status(report));
    print_json(report, json, text);
}

void perf_report_end(PerfReport *report, double now_sec)
{
    double sec = now_sec - report->begin_sec;

    if (report->conf->is_json)
        json_end(report, sec);
    else
        text_end(report, sec);
    fflush(report->out);
}
