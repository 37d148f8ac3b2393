/* fetch - finding what an expression names in a message that has been parsed. */
#include "core/expr/program.h"
#include "core/wire/vendorclass.h"

static BerthBytes put(BerthWriter *scratch, const void *data, size_t len)
{
    uint8_t *at = berth_write_room(scratch, len);

    if (!at)
        return (BerthBytes){NULL, 0};
    memcpy(at, data, len);
    return (BerthBytes){at, len};
}

static bool number(uint32_t value, BerthWriter *scratch, BerthBytes *ret)
{
    const uint32_t be = htobe32(value);

    *ret = put(scratch, &be, sizeof(be));
    return true;
}

static bool address(const BerthAddr *addr, BerthBytes *ret)
{
    *ret = berth_addr_is4(*addr) ? (BerthBytes){addr->b + 12, 4} : (BerthBytes){addr->b, 16};
    return true;
}

static bool first_number(BerthBytes bytes, BerthWriter *scratch, BerthBytes *ret)
{
    BerthReader r = berth_reader(bytes);
    const uint32_t value = berth_read_u32(&r);

    return !r.failed && number(value, scratch, ret);
}

/* ---- DHCPv4 ---- */

/* Down from `in` by codes[from] and so on. */
static bool go_down4(const Access *access, unsigned from, BerthBytes in, BerthBytes *ret)
{
    for (unsigned i = from; i < access->n_codes; i++)
        if (!berth_sub4_find(in, (uint8_t)access->codes[i], &in))
            return false;
    *ret = in;
    return true;
}

static bool option4(const Access *access, const BerthMsg4 *msg, BerthBytes *ret)
{
    BerthBytes option;

    return berth_msg4_bytes(msg, (uint8_t)access->codes[0], &option) &&
           go_down4(access, 1, option, ret);
}

/* RFC 3925 section 4: an enterprise, a length of one byte and so many bytes, again and again. The
 * first of this enterprise, or 0: of any. */
static bool vendor4(const BerthMsg4 *msg, uint32_t enterprise, BerthBytes *ret)
{
    BerthBytes option;
    BerthReader r;

    if (!berth_msg4_bytes(msg, BERTH_DHO_VIVSO_SUBOPTIONS, &option))
        return false;
    for (r = berth_reader(option); !r.failed && berth_reader_left(&r) > 0;) {
        const uint32_t of = berth_read_u32(&r);
        const BerthBytes inside = berth_read(&r, berth_read_u8(&r));

        if (r.failed || (enterprise != 0 && of != enterprise))
            continue;
        *ret = inside;
        return true;
    }
    return false;
}

/* ---- DHCPv6 ---- */

static bool go_down6(const Access *access, unsigned from, BerthOptions6 in, BerthBytes *ret)
{
    const BerthOption6 *option = NULL;

    for (unsigned i = from; i < access->n_codes; i++) {
        option = berth_options6_find(in, access->codes[i]);
        if (!option)
            return false;
        in = berth_option6_inside(option);
    }
    if (option)
        *ret = option->value;
    return option != NULL;
}

static const BerthOption6 *vendor_option6(const BerthMsg6 *msg, uint16_t code, uint32_t enterprise)
{
    return enterprise ? berth_options6_vendor(msg->options, code, enterprise)
                      : berth_options6_find(msg->options, code);
}

static bool vendor6(const Access *access, const BerthMsg6 *msg, BerthBytes *ret)
{
    const BerthOption6 *option = vendor_option6(msg, BERTH_D6O_VENDOR_OPTS, access->enterprise);

    if (option && access->n_codes > 0)
        return go_down6(access, 0, berth_option6_inside(option), ret);
    if (option)
        *ret = option->value;
    return option != NULL;
}

static const BerthRelay6 *relay6(const Access *access, const BerthMsg6 *msg)
{
    const int32_t i = access->index < 0 ? (int32_t)msg->n_relays + access->index : access->index;

    return i >= 0 && i < (int32_t)msg->n_relays ? &msg->relays[i] : NULL;
}

static bool relay(const Access *access, const BerthMsg6 *msg, BerthBytes *ret)
{
    const BerthRelay6 *at = relay6(access, msg);

    if (!at)
        return false;
    if (access->place == PLACE_RELAY_OPTION)
        return go_down6(access, 0, at->options, ret);
    *ret = (BerthBytes){access->place == PLACE_RELAY_PEER ? at->peer.b : at->link.b, 16};
    return true;
}

/* ---- vendors ---- */

static bool vendor(const Access *access, const BerthExprSubject *subject, BerthBytes *ret)
{
    BerthBytes inside;

    if (subject->family == 6)
        return vendor6(access, subject->msg6, ret);
    return vendor4(subject->msg4, access->enterprise, &inside) && go_down4(access, 0, inside, ret);
}

static bool enterprise_of(const BerthExprSubject *subject, uint8_t code4, uint16_t code6,
                          BerthWriter *scratch, BerthBytes *ret)
{
    BerthBytes option;

    if (subject->family == 6 ? !berth_options6_bytes(subject->msg6->options, code6, &option)
                             : !berth_msg4_bytes(subject->msg4, code4, &option))
        return false;
    return first_number(option, scratch, ret);
}

/* As with Kea a chunk of DHCPv4 is all that stands behind the enterprise, and the next one what it
 * says once more: RFC 3925 has items in there, but clients have bare text. */
static bool class_data(const Access *access, const BerthExprSubject *subject, BerthBytes *ret)
{
    const BerthOption6 *option6;
    int32_t left = access->index;
    BerthVendorClass at;
    BerthBytes option;

    if (subject->family == 4) {
        if (!berth_msg4_bytes(subject->msg4, BERTH_DHO_VIVCO_SUBOPTIONS, &option))
            return false;
    } else {
        option6 = vendor_option6(subject->msg6, BERTH_D6O_VENDOR_CLASS, access->enterprise);
        if (!option6)
            return false;
        option = option6->value;
    }
    at = berth_vendor_class(subject->family, option, subject->lenient);
    while (berth_vendor_class_next(&at, ret))
        if ((access->enterprise == 0 || at.enterprise == access->enterprise) && left-- == 0)
            return true;
    return false;
}

static bool has_class(const Access *access, const BerthExprSubject *subject, BerthBytes *ret)
{
    const BerthOption6 *option;
    BerthVendor6 found;

    if (subject->family == 4)
        return class_data(access, subject, ret);
    option = vendor_option6(subject->msg6, BERTH_D6O_VENDOR_CLASS, access->enterprise);
    return option && berth_option6_vendor(option, &found);
}

/* ---- the header ---- */

static bool header4(Place place, const BerthMsg4 *msg, BerthWriter *scratch, BerthBytes *ret)
{
    switch (place) {
    case PLACE_MAC:
        *ret = (BerthBytes){msg->hwaddr.bytes, msg->hwaddr.len};
        return true;
    case PLACE_HLEN:
        return number(msg->hwaddr.len, scratch, ret);
    case PLACE_HTYPE:
        return number(msg->hwaddr.type, scratch, ret);
    case PLACE_CIADDR:
        return address(&msg->ciaddr, ret);
    case PLACE_GIADDR:
        return address(&msg->giaddr, ret);
    case PLACE_YIADDR:
        return address(&msg->yiaddr, ret);
    default:
        return address(&msg->siaddr, ret);
    }
}

static bool header(const Access *access, const BerthExprSubject *subject, BerthWriter *scratch,
                   BerthBytes *ret)
{
    const bool is6 = subject->family == 6;

    switch (access->place) {
    case PLACE_IFACE:
        *ret = berth_bytes(subject->iface);
        return true;
    case PLACE_SRC:
        return address(&subject->src, ret);
    case PLACE_DST:
        return address(&subject->dst, ret);
    case PLACE_LEN:
        return number((uint32_t)subject->len, scratch, ret);
    case PLACE_MSGTYPE:
        return number(is6 ? subject->msg6->type : subject->msg4->type, scratch, ret);
    case PLACE_TRANSID:
        return number(is6 ? subject->msg6->xid : subject->msg4->xid, scratch, ret);
    default:
        return header4(access->place, subject->msg4, scratch, ret);
    }
}

/* ---- text ---- */

static bool is_text(const BerthOptDef *def)
{
    return def && def->format.n_fields == 1 && def->format.fields[0] == BERTH_OPT_STRING;
}

/* Strings are their text. Of the others the text is made outside of the scratch, where its length
 * is not known before. */
static void to_text(const Access *access, BerthWriter *scratch, BerthBytes *bytes)
{
    GString *text;

    if (is_text(access->def))
        return;
    text = g_string_sized_new(256);
    berth_opt_to_text(access->def, *bytes, text);
    *bytes = put(scratch, text->str, text->len);
    g_string_free(text, TRUE);
}

static bool find(const Access *access, const BerthExprSubject *subject, BerthWriter *scratch,
                 BerthBytes *ret)
{
    switch (access->place) {
    case PLACE_OPTION:
        return subject->family == 6 ? go_down6(access, 0, subject->msg6->options, ret)
                                    : option4(access, subject->msg4, ret);
    case PLACE_RELAY_OPTION:
    case PLACE_RELAY_PEER:
    case PLACE_RELAY_LINK:
        return relay(access, subject->msg6, ret);
    case PLACE_VENDOR:
        return vendor(access, subject, ret);
    case PLACE_VENDOR_ENTERPRISE:
        return enterprise_of(subject, BERTH_DHO_VIVSO_SUBOPTIONS, BERTH_D6O_VENDOR_OPTS, scratch,
                             ret);
    case PLACE_VENDOR_CLASS:
        return has_class(access, subject, ret);
    case PLACE_VENDOR_CLASS_DATA:
        return class_data(access, subject, ret);
    case PLACE_VENDOR_CLASS_ENTERPRISE:
        return enterprise_of(subject, BERTH_DHO_VIVCO_SUBOPTIONS, BERTH_D6O_VENDOR_CLASS, scratch,
                             ret);
    default:
        return header(access, subject, scratch, ret);
    }
}

bool berth_expr_fetch(const Access *access, const BerthExprSubject *subject, BerthWriter *scratch,
                      BerthBytes *ret)
{
    if (!find(access, subject, scratch, ret))
        return false;
    if (access->as_text)
        to_text(access, scratch, ret);
    return true;
}
