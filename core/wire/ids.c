/* ids - identifiers of clients as text; see ids.h. With INFO messages each packet has a label, so
 * these are written without printf. */
#include "core/wire/ids.h"

#include <glib.h>

/* As much as there is room for. A writer of these keeps a byte for the NUL. */
static void put(BerthWriter *w, const char *text)
{
    BerthBytes bytes = berth_bytes(text);

    bytes.len = MIN(bytes.len, berth_writer_left(w));
    berth_write(w, bytes);
}

static void put_hex(BerthWriter *w, BerthBytes bytes)
{
    char *at = (char *)w->at;

    w->at += strlen(berth_hex_text(bytes, ':', at, berth_writer_left(w) + 1));
}

/* Without leading zeros. */
static void put_number(BerthWriter *w, uint32_t number, uint32_t base)
{
    uint32_t unit = 1;

    while (number / unit >= base)
        unit *= base;
    for (; unit > 0; unit /= base)
        berth_write_u8(w, (uint8_t) "0123456789abcdef"[number / unit % base]);
}

/* "hwtype=1 aa:bb:…", as Kea writes a hardware address. */
static void put_hwaddr(BerthWriter *w, const BerthHwaddr *hwaddr)
{
    put(w, "hwtype=");
    put_number(w, hwaddr->type, 10);
    put(w, " ");
    put_hex(w, (BerthBytes){hwaddr->bytes, hwaddr->len});
}

static const char *end(BerthWriter *w, uint32_t xid)
{
    put(w, "tid=0x");
    put_number(w, xid, 16);
    *w->at = 0;
    return (const char *)w->start;
}

const char *berth_label4(const BerthMsg4 *msg, char *buffer, size_t size)
{
    BerthWriter w = berth_writer(buffer, size - 1);
    BerthBytes id = {0};

    put(&w, "[");
    if (msg->hwaddr.len > 0)
        put_hwaddr(&w, &msg->hwaddr);
    else
        put(&w, "no hwaddr info");
    put(&w, "], cid=[");
    if (berth_msg4_bytes(msg, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id) && id.len > 0)
        put_hex(&w, (BerthBytes){id.data, MIN(id.len, 255)});
    else
        put(&w, "no info");
    put(&w, "], ");
    return end(&w, msg->xid);
}

const char *berth_label6(const BerthMsg6 *msg, BerthHwaddr hwaddr, char *buffer, size_t size)
{
    BerthWriter w = berth_writer(buffer, size - 1);
    BerthBytes duid = {0};
    char text[BERTH_DUID_TEXT];

    put(&w, "duid=[");
    put(&w, berth_options6_bytes(msg->options, BERTH_D6O_CLIENTID, &duid)
                ? berth_duid_text(duid, text, sizeof(text))
                : "no info");
    put(&w, "], ");
    if (hwaddr.len > 0) {
        put(&w, "[");
        put_hwaddr(&w, &hwaddr);
        put(&w, "], ");
    }
    return end(&w, msg->xid);
}
