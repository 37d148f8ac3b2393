/* ten_callouts - ten callouts that do nothing, to measure what being called costs. */
#include <berth/plugin.h>

static BerthVerdict do_nothing(BerthPacket *pkt, const void *conf, void *run)
{
    (void)pkt;
    (void)conf;
    (void)run;
    return BERTH_CONTINUE;
}

#define CALLOUT BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, do_nothing)

static const BerthHook hooks[] = {
    CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, CALLOUT, {0},
};

BERTH_PLUGIN(.name = "ten_callouts", .about = "ten callouts that do nothing", .hooks = hooks);
