/* hosts - when the hosts that a client is are looked for: the moments that Kea has. What they are,
 * and what follows from them, is the core's (core/host, core/packet/hosts). And the commands of
 * Kea's host_cmds. */
#include "commands.h"
#include "walk.h"

/* Between the first tests of classes, which may not ask for KNOWN, and the end of the point, when
 * who is in DROP goes; after whoever makes a flex-id. */
static BerthVerdict on_receive(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    berth_packet_find_hosts(pkt, BERTH_HOSTS_EARLY);
    return BERTH_CONTINUE;
}

/* After whoever selects another subnet, and before the tests that ask for KNOWN. */
static BerthVerdict on_select(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    berth_packet_find_hosts(pkt, BERTH_HOSTS_SUBNET);
    return BERTH_CONTINUE;
}

static BerthVerdict on_classify(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    berth_packet_find_hosts(pkt, BERTH_HOSTS_LEASE);
    return BERTH_CONTINUE;
}

static int start(BerthServer *server, const void *conf, void *run, GError **error)
{
    (void)server;
    (void)conf;
    (void)error;
    g_queue_init(&((Run *)run)->walks);
    return 0;
}

static void stop(void *run)
{
    walk_end_all(run);
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_LATE, on_receive),
    BERTH_ON_PACKET("subnet4_select", BERTH_LATE, on_select),
    BERTH_ON_PACKET("classify4", BERTH_FIRST, on_classify),
    BERTH_ON_PACKET("pkt6_receive", BERTH_LATE, on_receive),
    BERTH_ON_PACKET("subnet6_select", BERTH_LATE, on_select),
    BERTH_ON_PACKET("classify6", BERTH_FIRST, on_classify),
    RESERVATION_COMMANDS,
    {0},
};

BERTH_PLUGIN(.name = "hosts", .about = "reservations for single clients", .run_size = sizeof(Run),
             .start = start, .stop = stop, .hooks = hooks);
