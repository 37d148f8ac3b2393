/* ids - identifiers of clients as text; see ids.h. */
#include "core/wire/ids.h"

#include <glib.h>

/* "hwtype=1 aa:bb:…", as Kea writes a hardware address. */
#define HWADDR_TEXT (3 * BERTH_HWADDR_MAX + 20)
static void hwaddr_text(BerthHwaddr hwaddr, char buffer[HWADDR_TEXT])
{
    int len = g_snprintf(buffer, HWADDR_TEXT, "hwtype=%u ", hwaddr.type);

    berth_hex_text((BerthBytes){hwaddr.bytes, hwaddr.len}, ':', buffer + len,
                   HWADDR_TEXT - (size_t)len);
}

const char *berth_label4(const BerthMsg4 *msg, char *buffer, size_t size)
{
    BerthBytes id = {0};
    char hw_text[HWADDR_TEXT] = "no hwaddr info";
    char id_text[3 * 255 + 1] = "no info";

    if (msg->hwaddr.len > 0)
        hwaddr_text(msg->hwaddr, hw_text);
    if (berth_msg4_bytes(msg, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id) && id.len > 0)
        berth_hex_text(id, ':', id_text, sizeof(id_text));
    g_snprintf(buffer, size, "[%s], cid=[%s], tid=0x%x", hw_text, id_text, msg->xid);
    return buffer;
}

const char *berth_label6(const BerthMsg6 *msg, BerthHwaddr hwaddr, char *buffer, size_t size)
{
    BerthBytes duid = {0};
    char hw_text[HWADDR_TEXT];
    char duid_text[BERTH_DUID_TEXT] = "no info";

    if (berth_options6_bytes(msg->options, BERTH_D6O_CLIENTID, &duid))
        berth_duid_text(duid, duid_text, sizeof(duid_text));
    hwaddr_text(hwaddr, hw_text);
    g_snprintf(buffer, size, "duid=[%s], %s%s%stid=0x%x", duid_text, hwaddr.len ? "[" : "",
               hwaddr.len ? hw_text : "", hwaddr.len ? "], " : "", msg->xid);
    return buffer;
}
