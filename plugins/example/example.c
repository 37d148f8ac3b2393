/* example - counts the messages by which clients look for a server, DISCOVER and SOLICIT, and puts
 * these clients into a class; a plugin to copy from. */
#include <berth/plugin.h>

typedef struct Conf {
    const char *class;
} Conf;

typedef struct Run {
    BerthCounter *discovers, *solicits; /* NULL: the family is not served */
} Run;

static const BerthConfItem conf_items[] = {
    {"class", BERTH_STRING(Conf, class), "discovering",
     "class given to clients that look for a server"},
    {0},
};

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    (void)conf;
    (void)error;
    run->discovers = berth_server_counter_in(server, 4, "example-discovers");
    run->solicits = berth_server_counter_in(server, 6, "example-solicits");
    return 0;
}

static void found(BerthPacket *pkt, const Conf *conf, BerthCounter *counter)
{
    ++*counter;
    /* -ENOSPC: the packet is in too many classes already, and does without this one. */
    berth_packet_add_class(pkt, conf->class);
}

static BerthVerdict on_receive4(BerthPacket *pkt, const void *conf, void *run_state)
{
    const Run *run = run_state;

    if (berth_query4_type(pkt) == BERTH_DHCPDISCOVER)
        found(pkt, conf, run->discovers);
    return BERTH_CONTINUE;
}

static BerthVerdict on_receive6(BerthPacket *pkt, const void *conf, void *run_state)
{
    const Run *run = run_state;

    if (berth_query6_type(pkt) == BERTH_SOLICIT)
        found(pkt, conf, run->solicits);
    return BERTH_CONTINUE;
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, on_receive4),
    BERTH_ON_PACKET("pkt6_receive", BERTH_NORMAL, on_receive6),
    {0},
};

BERTH_PLUGIN(.name = "example", .about = "count and classify clients that look for a server",
             .conf_size = sizeof(Conf), .conf = conf_items, .run_size = sizeof(Run), .start = start,
             .hooks = hooks);
