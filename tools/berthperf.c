/* berthperf - load for a DHCP server, and what came of it.
 *
 * Thousands of clients are simulated by one thread. The data and the way through it:
 *
 *   PerfConf      what was asked for on the command line                       perf/conf, options
 *   PerfFamily    how DHCPv4 and DHCPv6 make messages and judge replies        perf/family, v4, v6
 *     templates   each kind of message, made once; a dozen bytes are patched   v4/template4, v6/…
 *   PerfClient    32 bytes a client: xid, address, server, time, state         perf/clients
 *   PerfList      idle with an address, idle without; or a slot of …           perf/clients
 *   PerfWheel     … the ring of timeouts, a slot a millisecond                 perf/wheel
 *   PerfHolders   address or prefix -> who holds it, and until when            perf/holders
 *   PerfNested    prefix -> what lies in it                                    perf/nested
 *   PerfWire      64 messages out or in by one call, UDP or frames             perf/wire, v4/frame4
 *   PerfReport    counters, and a histogram a pair of messages                 perf/report, hist
 *
 *         pace: how many are due?                         an answer
 *   clock ------------------------> begin                     |
 *                                     |            xid -> client, state, checks
 *            idle list ------------ client ------------ wheel |
 *                                     |                       v
 *                       template + patch -> batch     OFFER: the next message
 *                                              |      ACK: holds it; back to the idle list
 *                                          sendmmsg   wheel ran out: a drop; idle again
 *
 * One round of the loop (perf/load) receives a batch, answers it, begins what is due and sends all
 * of it; only when there was nothing to do does it wait. A transaction id contains the client's
 * number, so nothing is searched for. Replies of DHCPv4 are read at fixed offsets and up to options
 * 51, 53 and 54, no further; of DHCPv6 wholly. What is wrong with a reply is a row of perf/wrong.
 *
 * What is said of DISCOVER, OFFER, ACK and NAK goes for SOLICIT, ADVERTISE, REPLY and a REPLY with
 * a status that says no. */
#include "tools/perf/load.h"
#include "tools/perf/null.h"
#include "tools/perf/options.h"
#include <berth/plugin.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USAGE_STATUS 2

static int open_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int print_help(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    perf_options_help(text);
    fputs(text->str, stdout);
    return 0;
}

static int run(const PerfConf *conf)
{
    int stop_fd, status;

    if (conf->wants_help)
        return print_help();
    if (conf->wants_version) {
        puts(BERTH_VERSION);
        return 0;
    }
    stop_fd = open_signals();
    (void)prctl(PR_SET_TIMERSLACK, 1ul); /* waits that are shorter than 50 us are meant so */
    status = conf->is_null ? perf_null_run(conf, stop_fd) : perf_load_run(conf, stop_fd);
    if (stop_fd >= 0)
        close(stop_fd);
    return status;
}

int main(int argc, char **argv)
{
    PerfConf conf;
    GError *error = NULL;
    int status = USAGE_STATUS;

    perf_conf_init(&conf);
    if (perf_options_parse(argc, argv, &conf, &error)) {
        status = run(&conf);
    } else {
        fprintf(stderr, "berthperf: %s\n", error->message);
        g_error_free(error);
    }
    perf_conf_clear(&conf);
    return status;
}
