/* example - counts DISCOVERs and puts their clients into a class; a plugin to copy from. */
#include <berth/plugin.h>

typedef struct Conf {
    const char *class;
} Conf;

typedef struct Run {
    BerthCounter *seen;
} Run;

static const BerthConfItem conf_items[] = {
    {"class", BERTH_STRING(Conf, class), "discovering",
     "class given to clients that send a DISCOVER"},
    {0},
};

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    (void)conf;
    (void)error;
    run->seen = berth_server_counter(server, "example-discovers");
    return 0;
}

static BerthVerdict on_receive(BerthPacket *pkt, const void *conf_data, void *run_state)
{
    const Conf *conf = conf_data;
    Run *run = run_state;

    if (berth_query4_type(pkt) != BERTH_DHCPDISCOVER)
        return BERTH_CONTINUE;
    ++*run->seen;
    /* -ENOSPC: the packet is in too many classes already, and does without this one. */
    berth_packet_add_class(pkt, conf->class);
    return BERTH_CONTINUE;
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, on_receive),
    {0},
};

BERTH_PLUGIN(.name = "example", .about = "count DISCOVERs and classify their clients",
             .conf_size = sizeof(Conf), .conf = conf_items, .run_size = sizeof(Run), .start = start,
             .hooks = hooks);
