/* ids - identifiers of clients as text; see ids.h. */
#include "core/wire/ids.h"

#include <glib.h>

const char *berth_label4(const BerthMsg4 *msg, char *buffer, size_t size)
{
    const BerthBytes hwaddr = {msg->hwaddr.bytes, msg->hwaddr.len};
    BerthBytes id = {0};
    char hw_text[3 * BERTH_HWADDR_MAX + 20] = "no hwaddr info";
    char id_text[3 * 255 + 1] = "no info";

    if (hwaddr.len > 0) {
        int len = g_snprintf(hw_text, sizeof(hw_text), "hwtype=%u ", msg->hwaddr.type);

        berth_hex_text(hwaddr, ':', hw_text + len, sizeof(hw_text) - (size_t)len);
    }
    if (berth_msg4_bytes(msg, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id) && id.len > 0)
        berth_hex_text(id, ':', id_text, sizeof(id_text));
    g_snprintf(buffer, size, "[%s], cid=[%s], tid=0x%x", hw_text, id_text, msg->xid);
    return buffer;
}
