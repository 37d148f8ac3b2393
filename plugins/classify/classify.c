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

static bool is_text(BerthBytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

/* RFC 9915 section 21.16: an enterprise, and data with their lengths before them. As Kea: the first
 * data, or what a cable modem says wherever it stands. */
static BerthBytes vendor_data6(BerthBytes option)
{
    BerthBytes first = {0}, router = {0}, data;
    size_t at = 4;

    for (; at + 2 <= option.len; at += 2 + data.len) {
        data.len = (size_t)option.data[at] << 8 | option.data[at + 1];
        data.data = option.data + at + 2;
        if (data.len > option.len - at - 2)
            break;
        if (is_text(data, "docsis3.0"))
            return data;
        if (is_text(data, "eRouter1.0"))
            router = data;
        if (at == 4)
            first = data;
    }
    return router.data ? router : first;
}

/* Of the content of option 60; of each option 16. */
static void add_vendor_classes(BerthPacket *pkt)
{
    BerthBytes option;

    if (berth_packet_family(pkt) == 4) {
        if (berth_query4_get(pkt, BERTH_DHO_VENDOR_CLASS_IDENTIFIER, &option))
            add_vendor_class(pkt, option);
        return;
    }
    for (unsigned i = 0; berth_query6_get(pkt, BERTH_D6O_VENDOR_CLASS, i, &option); i++)
        add_vendor_class(pkt, vendor_data6(option));
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
