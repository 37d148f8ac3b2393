/* load - see load.h. */
#include "tools/perf/load.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define ROUND (2ul * PERF_BATCH) /* begun at most, before answers are looked at again */
#define BEHIND_USEC 250000
#define TICK_USEC 1000
#define ERROR_STATUS 1
#define MIN_DROPS_PERCENT 10 /* begun exchanges before a percentage means anything */

typedef struct Run {
    PerfLoad load;
    PerfPace pace;
    int64_t start_usec, report_usec, stop_usec;
    int64_t tick_usec; /* the last look at signals and limits */
    int stop_fd;
    unsigned n_signals;
} Run;

static int64_t clock_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void look_at_clock(Run *run)
{
    run->load.now_usec = clock_usec() - run->start_usec;
}

static int64_t usec_of(double sec)
{
    return (int64_t)(sec * 1e6);
}

static double sec_of(int64_t usec)
{
    return (double)usec / 1e6;
}

/* ---- how many are due ---- */

static uint64_t due_by_clock(const PerfPace *pace, const PerfConf *conf, int64_t now_usec,
                             uint64_t *ret_given_up)
{
    double passed = sec_of(now_usec - pace->begin_usec);
    uint64_t wanted = (uint64_t)(passed * conf->rate) + conf->preload;
    uint64_t slack = (uint64_t)(sec_of(BEHIND_USEC) * conf->rate) + conf->preload + ROUND;
    uint64_t due = wanted > pace->n_begun ? wanted - pace->n_begun : 0;

    *ret_given_up = due > slack ? due - slack : 0;
    return due - *ret_given_up;
}

uint64_t perf_pace_due(const PerfPace *pace, const PerfConf *conf, const PerfLoad *load,
                       uint64_t *ret_given_up)
{
    uint64_t due, left = UINT64_MAX, running = load->wheel.n;
    bool is_preparing = pace->phase == PERF_PREPARING;

    *ret_given_up = 0;
    if (pace->phase >= PERF_DRAINING)
        return 0;
    if (is_preparing || conf->is_avalanche)
        left = conf->n_clients > pace->n_begun ? conf->n_clients - pace->n_begun : 0;
    else if (conf->n_exchanges && pace->phase == PERF_RUNNING)
        left = conf->n_exchanges > pace->n_begun ? conf->n_exchanges - pace->n_begun : 0;
    if (conf->is_avalanche)
        return left;
    if (conf->rate > 0 && !is_preparing)
        due = due_by_clock(pace, conf, load->now_usec, ret_given_up);
    else
        due = conf->window > running ? conf->window - running : 0;
    return MIN(due, left);
}

/* ---- beginning ---- */

static PerfKind pick_kind(PerfLoad *load)
{
    const double *weights = load->conf->weights;
    double sum = 0, at;

    for (size_t k = 0; k < PERF_KINDS; k++)
        sum += weights[k];
    at = (double)(perf_random(&load->random) >> 11) * 0x1p-53 * sum;
    for (size_t k = 0; k < PERF_KINDS; k++) {
        if (at < weights[k])
            return (PerfKind)k;
        at -= weights[k];
    }
    return PERF_DORA;
}

/* An open loop does not come back to what it could not begin; a closed one does. */
static void begin_due(Run *run)
{
    PerfLoad *load = &run->load;
    PerfPace *pace = &run->pace;
    uint64_t given_up, due = perf_pace_due(pace, load->conf, load, &given_up);
    bool is_preparing = pace->phase == PERF_PREPARING;

    load->report.counts.behind += given_up;
    pace->n_begun += given_up;
    for (uint64_t i = 0; i < MIN(due, ROUND); i++) {
        bool begun = perf_exchange_begin(load, is_preparing ? PERF_DORA : pick_kind(load));

        if (!begun && load->conf->rate <= 0)
            break;
        pace->n_begun++;
        load->report.counts.starved += !begun;
    }
}

/* ---- phases ---- */

static void enter(Run *run, PerfPhase phase)
{
    int64_t now = run->load.now_usec;

    /* What a preload is for has happened before the measured time, where there was a warm-up. */
    if (phase == PERF_RUNNING || phase == PERF_WARMING) {
        run->pace.n_begun = run->pace.phase == PERF_WARMING ? run->load.conf->preload : 0;
        run->pace.begin_usec = run->report_usec = now;
        perf_report_restart(&run->load.report, sec_of(now));
    }
    if (phase == PERF_DRAINING)
        run->stop_usec = now;
    run->pace.phase = phase;
    run->pace.phase_usec = now;
}

static bool has_too_many_drops(const PerfLoad *load)
{
    const PerfConf *conf = load->conf;
    uint64_t drops = perf_counts_drops(&load->report.counts);
    uint64_t begun = perf_counts_sum(load->report.counts.begun, PERF_KINDS);

    if (conf->max_drops && drops >= conf->max_drops)
        return true;
    return conf->max_drop_percent > 0 && begun >= MIN_DROPS_PERCENT &&
           (double)drops * 100 >= conf->max_drop_percent * (double)begun;
}

static bool is_running_over(const Run *run)
{
    const PerfConf *conf = run->load.conf;
    int64_t ran = run->load.now_usec - run->pace.phase_usec;

    if (run->n_signals || (conf->period_sec > 0 && ran >= usec_of(conf->period_sec)))
        return true;
    if (conf->is_avalanche)
        return run->pace.n_begun >= conf->n_clients && run->load.wheel.n == 0;
    return (conf->n_exchanges && run->pace.n_begun >= conf->n_exchanges) ||
           has_too_many_drops(&run->load);
}

/* An avalanche's clients would ask for ever. */
static bool is_draining_over(const Run *run)
{
    const PerfConf *conf = run->load.conf;
    int64_t waited = run->load.now_usec - run->pace.phase_usec;

    return run->load.wheel.n == 0 || run->n_signals > 1 || conf->is_avalanche ||
           (conf->linger_sec >= 0 && waited >= usec_of(conf->linger_sec));
}

static PerfPhase first_phase(const PerfConf *conf)
{
    if (conf->weights[PERF_DORA] <= 0 && conf->weights[PERF_DO] <= 0)
        return PERF_PREPARING;
    return conf->warm_up_sec > 0 ? PERF_WARMING : PERF_RUNNING;
}

static void advance(Run *run)
{
    const PerfConf *conf = run->load.conf;
    const PerfPace *pace = &run->pace;
    bool stops = run->n_signals > 0;

    if (pace->phase == PERF_PREPARING &&
        (stops || (pace->n_begun >= conf->n_clients && run->load.wheel.n == 0)))
        enter(run, conf->warm_up_sec > 0 ? PERF_WARMING : PERF_RUNNING);
    if (pace->phase == PERF_WARMING &&
        (stops || run->load.now_usec - pace->phase_usec >= usec_of(conf->warm_up_sec)))
        enter(run, PERF_RUNNING);
    if (pace->phase == PERF_RUNNING && is_running_over(run))
        enter(run, PERF_DRAINING);
    if (pace->phase == PERF_DRAINING && is_draining_over(run))
        enter(run, PERF_OVER);
}

/* ---- the loop ---- */

/* Every time it runs dry, and at least each millisecond. */
static void tick(Run *run)
{
    struct signalfd_siginfo signal;
    PerfLoad *load = &run->load;
    PerfClient *client;

    run->tick_usec = load->now_usec;
    while ((client = perf_wheel_due(&load->wheel, (uint32_t)(load->now_usec / 1000))))
        perf_exchange_timeout(load, client);
    if (read(run->stop_fd, &signal, sizeof(signal)) > 0)
        run->n_signals++;
    load->report.counts.in_flight = load->wheel.n;
    load->report.counts.n_bound = load->clients.n_bound;
    load->report.counts.unsent = perf_wire_unsent(load->wire);
    if (load->conf->report_sec > 0 && run->pace.phase < PERF_DRAINING &&
        load->now_usec - run->report_usec >= usec_of(load->conf->report_sec)) {
        run->report_usec += usec_of(load->conf->report_sec);
        perf_report_line(&load->report, sec_of(load->now_usec));
    }
}

static bool receive(Run *run)
{
    PerfIn in[PERF_BATCH];
    size_t n = perf_wire_receive(run->load.wire, in);

    look_at_clock(run);
    for (size_t i = 0; i < n; i++)
        perf_exchange_answer(&run->load, &in[i]);
    perf_record_flush(run->load.record);
    return n > 0;
}

/* Until something comes, the next exchange is due, or it is time for a tick. */
static void wait_for_more(Run *run)
{
    struct pollfd fds[] = {{.fd = perf_wire_fd(run->load.wire), .events = POLLIN},
                           {.fd = run->stop_fd, .events = POLLIN}};
    const PerfConf *conf = run->load.conf;
    int64_t usec = TICK_USEC;
    struct timespec wait = {0};

    if (conf->rate > 0 && run->pace.phase < PERF_DRAINING) {
        double next = (double)(run->pace.n_begun + 1) / conf->rate;
        int64_t due = run->pace.begin_usec + usec_of(next) - run->load.now_usec;

        usec = due < usec ? MAX(due, 0) : usec;
    }
    wait.tv_nsec = usec * 1000;
    (void)ppoll(fds, G_N_ELEMENTS(fds), &wait, NULL);
}

static void loop(Run *run)
{
    while (run->pace.phase != PERF_OVER) {
        uint64_t begun = run->pace.n_begun;
        bool is_busy = receive(run);

        begin_due(run);
        perf_wire_flush(run->load.wire);
        if (!is_busy || run->load.now_usec - run->tick_usec >= TICK_USEC) {
            tick(run);
            perf_wire_flush(run->load.wire);
            advance(run);
        }
        if (!is_busy && run->pace.n_begun == begun && run->pace.phase != PERF_OVER)
            wait_for_more(run);
    }
}

/* Waiting for answers that never came is not part of the time that the rate is of. */
static void conclude(Run *run)
{
    PerfLoad *load = &run->load;

    if (load->conf->is_avalanche)
        load->report.n_unserved = load->conf->n_clients - load->clients.n_bound;
    load->report.counts.in_flight = load->wheel.n;
    load->report.counts.n_bound = load->clients.n_bound;
    load->report.counts.unsent = perf_wire_unsent(load->wire);
    perf_report_end(&load->report, sec_of(MAX(run->stop_usec, load->last_usec)));
}

static int complain(GError *error)
{
    fprintf(stderr, "berthperf: %s\n", error->message);
    g_error_free(error);
    return ERROR_STATUS;
}

static int go(Run *run)
{
    int status;

    run->start_usec = clock_usec();
    enter(run, first_phase(run->load.conf));
    loop(run);
    conclude(run);
    status = perf_report_status(&run->load.report);
    if (!perf_record_close(g_steal_pointer(&run->load.record))) {
        fprintf(stderr, "berthperf: --record %s: not everything could be written\n",
                run->load.conf->record);
        status = ERROR_STATUS;
    }
    return status;
}

int perf_load_run(const PerfConf *conf, int stop_fd)
{
    g_autofree Run *run = g_new0(Run, 1);
    GError *error = NULL;
    int status;

    run->stop_fd = stop_fd;
    run->tick_usec = -TICK_USEC;
    if (perf_load_init(&run->load, conf, &error) && perf_wire_open(conf, &run->load.wire, &error))
        status = go(run);
    else
        status = complain(error);
    perf_wire_close(run->load.wire);
    perf_load_clear(&run->load);
    return status;
}
