/* msg6_text - a message as text, for vectors and for people; see msg6.h. */
#include "core/base/addr.h"
#include "core/wire/msg6.h"
#include "core/wire/opttype.h"

/* Where an option stands: "relay 0 " or "", then the codes around it, as "3.5." */
typedef struct Place {
    const char *space;
    char prefix[64];
} Place;

/* What the options inside belong to: vendor options (17) name it by their enterprise. */
static void inside_of(const Place *place, const BerthOptDef *def, const BerthOption6 *option,
                      char *space, size_t size, Place *ret)
{
    BerthVendor6 vendor;

    g_snprintf(ret->prefix, sizeof(ret->prefix), "%s%u.", place->prefix, option->code);
    ret->space = def ? def->format.space : "";
    if (option->code == BERTH_D6O_VENDOR_OPTS && berth_option6_vendor(option, &vendor)) {
        g_snprintf(space, size, "vendor-%u", vendor.enterprise);
        ret->space = space;
    }
}

static void options_text(BerthOptions6 options, const Place *place, GString *ret)
{
    for (BERTH_EACH_OPTION6(option, options)) {
        const BerthOptDef *def = berth_optdef_find(6, place->space, option->code);
        /* The fields before the options inside, or all of it. */
        const BerthBytes value = {option->value.data,
                                  option->n_inside ? option->head : option->value.len};
        char space[24];
        Place inside;

        g_string_append_printf(ret, "%s%u%s%s:", place->prefix, option->code, def ? " " : "",
                               def ? def->name : "");
        if (value.len > 0)
            g_string_append_c(ret, ' ');
        berth_opt_to_text(def, value, ret);
        g_string_append_c(ret, '\n');
        if (option->n_inside == 0)
            continue;
        inside_of(place, def, option, space, sizeof(space), &inside);
        options_text(berth_option6_inside(option), &inside, ret);
    }
}

static void relay_text(const BerthRelay6 *relay, unsigned i, GString *ret)
{
    char link[BERTH_ADDR_TEXT], peer[BERTH_ADDR_TEXT];
    Place place = {.space = "dhcp6"};

    g_string_append_printf(ret, "relay %u hops %u link %s peer %s\n", i, relay->hops,
                           berth_addr_text(relay->link, link), berth_addr_text(relay->peer, peer));
    g_snprintf(place.prefix, sizeof(place.prefix), "relay %u ", i);
    options_text(relay->options, &place, ret);
}

void berth_msg6_text(const BerthMsg6 *msg, GString *ret)
{
    const Place place = {.space = "dhcp6"};

    for (unsigned i = 0; i < msg->n_relays; i++)
        relay_text(&msg->relays[i], i, ret);
    g_string_append_printf(ret, "type %s\nxid 0x%06x\n", berth_type6_name(msg->type), msg->xid);
    options_text(msg->options, &place, ret);
}
