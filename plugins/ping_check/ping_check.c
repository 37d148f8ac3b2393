/* ping_check - asks an address by ICMP whether somebody has it already, before it is offered.
 *
 * The packet is parked while that is asked. Who answers has the address: it is declined, and the
 * client, which hears nothing, is offered another one when it asks again. */
#include "settings.h"

#include <errno.h>

#define LOGGER "ping-check-hooks"
#define USEC_PER_MSEC INT64_C(1000)
#define SPARE_MSEC 1000 /* between the end of asking and that of parking */
#define PARK_MAX_MSEC 60000

typedef struct Run {
    BerthServer *server;
    BerthEcho *echo;
    uint16_t sequence;
    GHashTable *pings; /* of Ping, by their address */
} Run;

/* An address that is being asked. */
typedef struct Ping {
    Run *run;
    BerthAddr addr;
    BerthTicket ticket;
    BerthTimer *timer; /* until this request is taken for unanswered */
    Settings settings;
    unsigned sent;
    uint16_t first; /* sequence number */
} Ping;

static guint addr_hash(gconstpointer addr)
{
    guint hash;

    memcpy(&hash, ((const BerthAddr *)addr)->b + 12, sizeof(hash));
    return hash;
}

static gboolean addr_same(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(BerthAddr)) == 0;
}

static void ping_free(void *data)
{
    Ping *ping = data;

    berth_timer_free(ping->timer);
    g_free(ping);
}

static const char *addr_text(BerthAddr addr, char buffer[BERTH_ADDR_TEXT])
{
    return berth_addr_text(addr, buffer);
}

/* ---- asking ---- */

/* The packet goes on, and what comes for it any more is unexpected. */
static void finish(Ping *ping, bool is_in_use)
{
    Run *run = ping->run;
    BerthPacket *pkt = berth_packet_parked(run->server, ping->ticket);
    char text[BERTH_ADDR_TEXT];

    if (pkt && is_in_use)
        berth_packet_set_in_use(pkt);
    else if (pkt)
        BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "PING_CHECK_MGR_LEASE_FREE_TO_USE",
                  "address %s is free to use for %s", addr_text(ping->addr, text),
                  berth_packet_label(pkt));
    berth_packet_resume(run->server, ping->ticket, BERTH_CONTINUE);
    g_hash_table_remove(run->pings, &ping->addr);
}

static int ask(Ping *ping)
{
    Run *run = ping->run;
    char text[BERTH_ADDR_TEXT];
    uint16_t sequence = run->sequence++;
    int r = berth_echo_send(run->echo, ping->addr, sequence);

    if (ping->sent++ == 0)
        ping->first = sequence;
    if (r < 0)
        BERTH_LOG(run->server, BERTH_ERROR, LOGGER, "PING_CHECK_CHANNEL_NETWORK_WRITE_ERROR",
                  "occurred trying to ping %s, error %s", addr_text(ping->addr, text),
                  g_strerror(-r));
    if (r < 0)
        return r;
    BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "PING_CHECK_CHANNEL_ECHO_REQUEST_SENT",
              "to address %s, id %u, sequence %u", addr_text(ping->addr, text), BERTH_ECHO_ID,
              sequence);
    berth_timer_set(run->server, ping->timer, ping->settings.timeout_msec * USEC_PER_MSEC);
    return 0;
}

static void on_timeout(void *data)
{
    Ping *ping = data;
    char text[BERTH_ADDR_TEXT];

    BERTH_LOG(ping->run->server, BERTH_DEBUG, LOGGER, "PING_CHECK_MGR_REPLY_TIMEOUT_EXPIRED",
              "for %s, ECHO REQUEST %u of %u, reply-timeout %u", addr_text(ping->addr, text),
              ping->sent, (unsigned)ping->settings.min_requests,
              (unsigned)ping->settings.timeout_msec);
    /* Whose network can't be reached is taken for free, as Kea does. */
    if (ping->sent >= ping->settings.min_requests || ask(ping) < 0)
        finish(ping, false);
}

/* So many numbers behind the first were its own. */
static bool is_of(const Ping *ping, uint16_t sequence)
{
    return (uint16_t)(sequence - ping->first) < 0x8000;
}

static void on_answer(void *data, BerthAddr addr, uint16_t sequence, bool is_reply)
{
    Run *run = data;
    Ping *ping = g_hash_table_lookup(run->pings, &addr);
    char text[BERTH_ADDR_TEXT];

    if (!ping || !is_of(ping, sequence)) {
        BERTH_LOG(run->server, BERTH_DEBUG, LOGGER,
                  is_reply ? "PING_CHECK_MGR_RECEIVED_UNEXPECTED_ECHO_REPLY"
                           : "PING_CHECK_MGR_RECEIVED_UNEXPECTED_UNREACHABLE_MSG",
                  "from %s, id %u, sequence %u received after reply-timeout expired",
                  addr_text(addr, text), BERTH_ECHO_ID, sequence);
        return;
    }
    BERTH_LOG(run->server, BERTH_DEBUG, LOGGER,
              is_reply ? "PING_CHECK_MGR_RECEIVED_ECHO_REPLY"
                       : "PING_CHECK_MGR_RECEIVED_UNREACHABLE_MSG",
              "from %s, id %u, sequence %u", addr_text(addr, text), BERTH_ECHO_ID, sequence);
    finish(ping, is_reply);
}

/* ---- packets ---- */

/* Kea: the client's own lease of the address, and it was heard not long ago. */
static bool was_heard(const BerthPacket *pkt, const BerthLease *lease, int64_t within_sec)
{
    uint8_t ours[BERTH_BINDING_MAX], stored[BERTH_BINDING_MAX];
    const BerthLease *before = berth_packet_lease_before(pkt, 0);
    BerthBytes binding = berth_lease_binding(lease, ours);

    return before && binding.len > 0 &&
           berth_bytes_equal(binding, berth_lease_binding(before, stored)) &&
           berth_server_now(berth_packet_server(pkt)) - berth_lease_cltt(before) < within_sec;
}

static uint32_t park_msec(const Settings *settings)
{
    int64_t msec = settings->min_requests * settings->timeout_msec + SPARE_MSEC;

    return (uint32_t)MIN(msec, PARK_MAX_MSEC);
}

static BerthVerdict begin(BerthPacket *pkt, BerthAddr addr, const Settings *settings, Run *run)
{
    BerthTicket ticket = berth_packet_park(pkt, park_msec(settings));
    char text[BERTH_ADDR_TEXT];
    Ping *ping;

    if (ticket == 0)
        return BERTH_DROP;
    BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "PING_CHECK_MGR_START_PING_CHECK",
              "for %s, initiated by %s", addr_text(addr, text), berth_packet_label(pkt));
    ping = g_new0(Ping, 1);
    *ping = (Ping){.run = run, .addr = addr, .ticket = ticket, .settings = *settings};
    ping->timer = berth_timer_new(run->server, on_timeout, ping);
    g_hash_table_insert(run->pings, &ping->addr, ping);
    if (ask(ping) == 0)
        return BERTH_PARK;
    g_hash_table_remove(run->pings, &addr);
    return BERTH_CONTINUE;
}

static BerthVerdict on_offer(BerthPacket *pkt, BerthLease *lease, const void *conf, void *run_state)
{
    Run *run = run_state;
    const Settings *settings = settings_of(conf, berth_lease_subnet_id(lease));
    BerthAddr addr = berth_lease_addr(lease);
    const Ping *other;
    char text[BERTH_ADDR_TEXT];

    if (!settings->is_enabled || was_heard(pkt, lease, settings->cltt_sec))
        return BERTH_CONTINUE;
    other = g_hash_table_lookup(run->pings, &addr);
    /* One whose packet has waited too long is of nobody any more. */
    if (other && berth_packet_parked(run->server, other->ticket)) {
        BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "PING_CHECK_DUPLICATE_CHECK",
                  "Ping check already in progress for %s, initiated by %s", addr_text(addr, text),
                  berth_packet_label(pkt));
        return BERTH_DROP;
    }
    g_hash_table_remove(run->pings, &addr);
    return begin(pkt, addr, settings, run);
}

static const BerthHook hooks[] = {
    BERTH_ON_LEASE("lease4_offer", BERTH_LATE, on_offer),
    {0},
};

/* ---- the plugin ---- */

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;
    int r = berth_echo_open(server, on_answer, run, &run->echo);

    (void)conf;
    if (r < 0)
        return berth_fail(error, r, "no ICMP socket: %s%s", g_strerror(-r),
                          r == -EPERM ? " (it takes CAP_NET_RAW)" : "");
    run->server = server;
    run->sequence = 1;
    run->pings = g_hash_table_new_full(addr_hash, addr_same, NULL, ping_free);
    BERTH_LOG(server, BERTH_INFO, LOGGER, "PING_CHECK_LOAD_OK",
              "Ping Check hooks library loaded successfully.");
    return 0;
}

/* Nobody of those that it parked is there any more. */
static void stop(void *run_state)
{
    Run *run = run_state;

    berth_echo_close(run->echo);
    g_hash_table_unref(run->pings);
    BERTH_LOG(run->server, BERTH_INFO, LOGGER, "PING_CHECK_UNLOAD",
              "Ping Check hooks library has been unloaded");
}

BERTH_PLUGIN(.name = "ping_check",
             .about = "asks an address whether it is in use before it is offered",
             .conf_size = sizeof(Conf), .conf = settings_items, .read_context = settings_read,
             .prepare = settings_prepare, .release = settings_release, .run_size = sizeof(Run),
             .start = start, .stop = stop, .hooks = hooks);
