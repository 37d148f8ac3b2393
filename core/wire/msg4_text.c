/* msg4_text - a message as text, for vectors and for people; see msg4.h. */
#include "core/base/addr.h"
#include "core/wire/msg4.h"
#include "core/wire/opttype.h"
#include <berth/plugin.h>

/* "12 host-name: laptop", or "82.1 circuit-id: 0x0102" below the option that `prefix` names. */
static void option_text(const char *space, const char *prefix, uint8_t code, BerthBytes value,
                        GString *ret)
{
    const BerthOptDef *def = berth_optdef_find(4, space, code);

    g_string_append_printf(ret, "%s%u%s%s:", prefix, code, def ? " " : "", def ? def->name : "");
    if (value.len > 0)
        g_string_append_c(ret, ' ');
    berth_opt_to_text(def, value, ret);
    g_string_append_c(ret, '\n');
}

static void suboptions_text(uint8_t code, BerthBytes value, GString *ret)
{
    const BerthOptDef *def = berth_optdef_find(4, "dhcp4", code);
    BerthReader r = berth_reader(value);
    char prefix[8];

    if (!def || !*def->format.space || !berth_sub4_valid(value))
        return;
    g_snprintf(prefix, sizeof(prefix), "%u.", code);
    while (berth_reader_left(&r) > 0) {
        uint8_t sub = berth_read_u8(&r);

        option_text(def->format.space, prefix, sub, berth_read(&r, berth_read_u8(&r)), ret);
    }
}

static void address_text(const char *name, BerthAddr addr, GString *ret)
{
    char text[BERTH_ADDR_TEXT];

    if (!berth_addr_is_any(addr))
        g_string_append_printf(ret, "%s %s\n", name, berth_addr_text(addr, text));
}

static void field_text(const char *name, const char *value, GString *ret)
{
    char text[4 * 128 + 1];

    if (*value)
        g_string_append_printf(ret, "%s %s\n", name,
                               berth_escape(berth_bytes(value), text, sizeof(text)));
}

static void header_text(const BerthMsg4 *msg, GString *ret)
{
    BerthBytes hwaddr = {msg->hwaddr.bytes, msg->hwaddr.len};
    char text[3 * BERTH_HWADDR_MAX + 1];

    g_string_append_printf(ret, "op %u\n", msg->op);
    g_string_append_printf(ret, "hwaddr %u%s%s\n", msg->hwaddr.type, hwaddr.len ? " " : "",
                           berth_hex_text(hwaddr, ':', text, sizeof(text)));
    if (msg->hops)
        g_string_append_printf(ret, "hops %u\n", msg->hops);
    g_string_append_printf(ret, "xid 0x%08x\n", msg->xid);
    if (msg->secs)
        g_string_append_printf(ret, "secs %u\n", msg->secs);
    if (msg->flags)
        g_string_append_printf(ret, "flags 0x%04x\n", msg->flags);
    address_text("ciaddr", msg->ciaddr, ret);
    address_text("yiaddr", msg->yiaddr, ret);
    address_text("siaddr", msg->siaddr, ret);
    address_text("giaddr", msg->giaddr, ret);
    field_text("sname", msg->sname, ret);
    field_text("file", msg->file, ret);
}

void berth_msg4_text(const BerthMsg4 *msg, GString *ret)
{
    header_text(msg, ret);
    if (msg->type)
        g_string_append_printf(ret, "type %s\n", berth_type4_name(msg->type));
    for (unsigned i = 1; i < 255; i++) {
        uint8_t code = (uint8_t)i;

        if (!msg->has_option[code] || (code == BERTH_DHO_DHCP_MESSAGE_TYPE && msg->type))
            continue;
        option_text("dhcp4", "", code, msg->option[code], ret);
        suboptions_text(code, msg->option[code], ret);
    }
}
