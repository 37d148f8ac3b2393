/* classify - when clients are put into classes: the moments that Kea has, in its order. What the
 * classes are, their tests and what follows from them is the core's (core/conf, core/packet). */
#include <berth/plugin.h>

#define VENDOR "VENDOR_CLASS_"
#define VENDOR_MAX 256 /* of the name, with the 0 at its end */

static void add_vendor_class(BerthPacket *pkt, BerthBytes content)
{
    char name[VENDOR_MAX] = VENDOR;

    if (content.len == 0)
        return;
    berth_escape(content, name + strlen(VENDOR), sizeof(name) - strlen(VENDOR));
    berth_packet_add_class(pkt, name);
}

static void add_vendor_classes(BerthPacket *pkt)
{
    BerthBytes content;

    for (size_t i = 0; berth_packet_vendor_class(pkt, i, &content); i++)
        add_vendor_class(pkt, content);
}

static BerthVerdict drop_if_told(const BerthPacket *pkt)
{
    return berth_packet_has_class(pkt, "DROP") ? BERTH_DROP : BERTH_CONTINUE;
}

/* Before the other callouts of the point, so that they see the classes. */
static BerthVerdict on_receive(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    berth_packet_add_class(pkt, "ALL");
    add_vendor_classes(pkt);
    berth_packet_classify(pkt, BERTH_CLASSIFY_FIRST);
    return BERTH_CONTINUE;
}

/* After them, since they may have put it there. */
static BerthVerdict on_received(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    return drop_if_told(pkt);
}

/* Whoever has reservations has said KNOWN by now. */
static BerthVerdict on_select(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    if (!berth_packet_has_class(pkt, "KNOWN"))
        berth_packet_add_class(pkt, "UNKNOWN");
    berth_packet_classify(pkt, BERTH_CLASSIFY_KNOWN);
    return drop_if_told(pkt);
}

static BerthVerdict on_classify(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    berth_packet_classify(pkt, BERTH_CLASSIFY_ADDITIONAL);
    return BERTH_CONTINUE;
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_FIRST, on_receive),
    BERTH_ON_PACKET("pkt4_receive", BERTH_LAST, on_received),
    BERTH_ON_PACKET("subnet4_select", BERTH_LAST, on_select),
    BERTH_ON_PACKET("classify4", BERTH_FIRST, on_classify),
    BERTH_ON_PACKET("pkt6_receive", BERTH_FIRST, on_receive),
    BERTH_ON_PACKET("pkt6_receive", BERTH_LAST, on_received),
    BERTH_ON_PACKET("subnet6_select", BERTH_LAST, on_select),
    BERTH_ON_PACKET("classify6", BERTH_FIRST, on_classify),
    {0},
};

BERTH_PLUGIN(.name = "classify", .about = "puts clients into classes", .hooks = hooks);
