/* vendor - options of vendors in a reply; see vendor.h.
 *
 * As Kea does it: an option that is configured as a whole stands in the reply once for each
 * enterprise. Beside that, a client that names an enterprise in its query (RFC 3925, RFC 9915
 * sections 21.16 and 21.17) gets the options of that enterprise's space, whether or not its option
 * request names 125 or 17: those with always-send, and, of CableLabs alone, those that the option
 * request within the vendor option names. */
#include "core/packet/vendor.h"
#include "core/wire/vendorclass.h"

#include <errno.h>

#define CABLELABS 4491
#define CABLELABS_ORO 1
#define VENDORS_MAX 16
#define HEAD_MAX 5
#define DATA4_MAX 255

/* How a family writes such options: the enterprise, in DHCPv4 a length, then items. */
typedef struct Wire {
    uint16_t class, options; /* the codes of what names a vendor, and of what holds its options */
    unsigned width;          /* bytes that code and length of an item take, each */
    size_t head;             /* bytes before the items */
} Wire;

static const Wire *wire_of(const BerthPacket *pkt)
{
    static const Wire wire4 = {BERTH_DHO_VIVCO_SUBOPTIONS, BERTH_DHO_VIVSO_SUBOPTIONS, 1, 5};
    static const Wire wire6 = {BERTH_D6O_VENDOR_CLASS, BERTH_D6O_VENDOR_OPTS, 2, 4};

    return pkt->env->family == 4 ? &wire4 : &wire6;
}

bool berth_packet_is_of_vendors(const BerthPacket *pkt, uint16_t code)
{
    const Wire *wire = wire_of(pkt);

    return code == wire->class || code == wire->options;
}

/* ---- what the client is ---- */

bool berth_packet_has_sound_vendors(const BerthPacket *pkt)
{
    const bool lenient = berth_packet_conf(pkt)->lenient_options;
    const BerthOption6 *option6 = NULL;
    BerthBytes option;

    if (pkt->env->family == 4)
        return !berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_VIVCO_SUBOPTIONS, &option) ||
               berth_vendor_class_is_sound(4, option, lenient);
    while ((option6 =
                berth_options6_find_next(pkt->v6.query.options, BERTH_D6O_VENDOR_CLASS, option6)))
        if (!berth_vendor_class_is_sound(6, option6->value, lenient))
            return false;
    return true;
}

static bool is_text(BerthBytes bytes, const char *text)
{
    return berth_bytes_equal(bytes, berth_bytes(text));
}

/* As Kea: the first data, or what a cable modem says wherever it stands. */
static BerthBytes class_of6(BerthBytes option, bool lenient)
{
    BerthVendorClass at = berth_vendor_class(6, option, lenient);
    BerthBytes first = {NULL, 0}, router = {NULL, 0}, data;

    for (unsigned i = 0; berth_vendor_class_next(&at, &data); i++) {
        if (is_text(data, "docsis3.0"))
            return data;
        if (is_text(data, "eRouter1.0"))
            router = data;
        if (i == 0)
            first = data;
    }
    return router.data ? router : first;
}

bool berth_packet_vendor_class(const BerthPacket *pkt, size_t i, BerthBytes *ret)
{
    const BerthOption6 *option = NULL;

    if (pkt->env->family == 4)
        return i == 0 && berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_VENDOR_CLASS_IDENTIFIER, ret);
    do
        option = berth_options6_find_next(pkt->v6.query.options, BERTH_D6O_VENDOR_CLASS, option);
    while (option && i-- > 0);
    if (option)
        *ret = class_of6(option->value, berth_packet_conf(pkt)->lenient_options);
    return option != NULL;
}

/* ---- items ---- */

static uint16_t read_number(BerthReader *r, unsigned width)
{
    return width == 1 ? berth_read_u8(r) : berth_read_u16(r);
}

static bool find_item(BerthBytes items, unsigned width, uint16_t code, BerthBytes *ret)
{
    BerthReader r = berth_reader(items);

    while (berth_reader_left(&r) > 0) {
        const uint16_t found = read_number(&r, width);
        const BerthBytes value = berth_read(&r, read_number(&r, width));

        if (r.failed)
            return false;
        if (found == code) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool has_number(BerthBytes numbers, unsigned width, uint16_t number)
{
    BerthReader r = berth_reader(numbers);

    while (berth_reader_left(&r) >= width)
        if (read_number(&r, width) == number)
            return true;
    return false;
}

static void write_number(BerthWriter *w, unsigned width, uint16_t number)
{
    if (width == 1)
        berth_write_u8(w, (uint8_t)number);
    else
        berth_write_u16(w, number);
}

/* ---- the options of the reply ---- */

static unsigned count_options(const BerthPacket *pkt)
{
    return pkt->env->family == 4 ? pkt->v4.n_options : pkt->v6.n_options;
}

static BerthBytes *value_at(BerthPacket *pkt, unsigned i, uint16_t *ret_code)
{
    *ret_code = pkt->env->family == 4 ? pkt->v4.options[i].code : pkt->v6.options[i].code;
    return pkt->env->family == 4 ? &pkt->v4.options[i].value : &pkt->v6.options[i].value;
}

static uint32_t enterprise_of(BerthBytes value)
{
    BerthReader r = berth_reader(value);

    return berth_read_u32(&r);
}

/* The option of this code and enterprise, NULL: there is none. */
static BerthBytes *find_value(BerthPacket *pkt, uint16_t code, uint32_t enterprise)
{
    for (unsigned i = 0; i < count_options(pkt); i++) {
        uint16_t found;
        BerthBytes *value = value_at(pkt, i, &found);

        if (found == code && enterprise_of(*value) == enterprise)
            return value;
    }
    return NULL;
}

static int add(BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    return pkt->env->family == 4 ? berth_packet4_add_option(pkt, (uint8_t)code, value)
                                 : berth_packet6_add_option(pkt, code, value, true);
}

int berth_packet_add_vendors(BerthPacket *pkt, const BerthScope *scope, uint16_t code)
{
    const BerthOptData *found[VENDORS_MAX];
    const unsigned n = berth_conf_option_each(scope, code, found, VENDORS_MAX);
    int r = 0;

    for (unsigned i = 0; r == 0 && i < n; i++)
        if (!find_value(pkt, code, found[i]->enterprise))
            r = add(pkt, code, found[i]->value);
    return r;
}

/* ---- the vendors of a packet ---- */

typedef struct Vendor {
    uint32_t enterprise;
    BerthBytes asked; /* codes, in the width of the family */
} Vendor;

typedef struct Vendors {
    Vendor at[VENDORS_MAX]; /* by their numbers */
    unsigned n;
} Vendors;

/* NULL: there are too many. */
static Vendor *note(Vendors *vendors, uint32_t enterprise)
{
    unsigned i = 0;

    while (i < vendors->n && vendors->at[i].enterprise < enterprise)
        i++;
    if (i < vendors->n && vendors->at[i].enterprise == enterprise)
        return &vendors->at[i];
    if (vendors->n == VENDORS_MAX)
        return NULL;
    memmove(&vendors->at[i + 1], &vendors->at[i], (vendors->n - i) * sizeof(*vendors->at));
    vendors->at[i] = (Vendor){.enterprise = enterprise};
    vendors->n++;
    return &vendors->at[i];
}

/* What a client wrote for one enterprise. Kea knows the meaning of CableLabs' request alone. */
static void note_items(Vendors *vendors, uint32_t enterprise, BerthBytes items, unsigned width)
{
    Vendor *vendor = note(vendors, enterprise);
    BerthBytes asked;

    if (vendor && enterprise == CABLELABS && vendor->asked.len == 0 &&
        find_item(items, width, CABLELABS_ORO, &asked))
        vendor->asked = asked;
}

/* RFC 3925: enterprises one behind the other, each with a length. */
static void note_query4(const BerthPacket *pkt, uint8_t code, bool has_items, Vendors *vendors)
{
    BerthBytes value = {0};
    BerthReader r;

    berth_msg4_bytes(&pkt->v4.query, code, &value);
    r = berth_reader(value);
    while (berth_reader_left(&r) > 0) {
        const uint32_t enterprise = berth_read_u32(&r);
        const BerthBytes items = berth_read(&r, berth_read_u8(&r));

        if (r.failed)
            break;
        note_items(vendors, enterprise, has_items ? items : (BerthBytes){0}, 1);
    }
}

static void note_query6(const BerthPacket *pkt, uint16_t code, bool has_items, Vendors *vendors)
{
    BerthVendor6 vendor;

    for (BERTH_EACH_OPTION6(option, pkt->v6.query.options))
        if (option->code == code && berth_option6_vendor(option, &vendor))
            note_items(vendors, vendor.enterprise, has_items ? vendor.value : (BerthBytes){0}, 2);
}

static void note_all(BerthPacket *pkt, const Wire *wire, Vendors *vendors)
{
    for (unsigned i = 0; i < count_options(pkt); i++) {
        uint16_t code;
        const BerthBytes *value = value_at(pkt, i, &code);

        if (code == wire->options && value->len >= 4)
            note(vendors, enterprise_of(*value));
    }
    if (pkt->env->family == 4) {
        note_query4(pkt, (uint8_t)wire->options, true, vendors);
        note_query4(pkt, (uint8_t)wire->class, false, vendors);
    } else {
        note_query6(pkt, wire->options, true, vendors);
        note_query6(pkt, wire->class, false, vendors);
    }
}

/* ---- what they are told ---- */

typedef struct Telling {
    const Wire *wire;
    BerthBytes had; /* the items that the reply has already */
    BerthVendorOption options[BERTH_VENDOR_OPTIONS_MAX];
    unsigned n;
    size_t len; /* of all items */
} Telling;

/* Keeps those that are told and have room. */
static void choose(Telling *telling, const Vendor *vendor)
{
    const unsigned width = telling->wire->width;
    unsigned n = 0;

    telling->len = telling->had.len;
    for (unsigned i = 0; i < telling->n; i++) {
        const BerthVendorOption *option = &telling->options[i];
        const size_t len = 2 * (size_t)width + option->data->value.len;
        BerthBytes there;

        if (option->never || find_item(telling->had, width, option->data->code, &there) ||
            !(option->always || has_number(vendor->asked, width, option->data->code)) ||
            (width == 1 && telling->len + len > DATA4_MAX))
            continue;
        telling->len += len;
        telling->options[n++] = *option;
    }
    telling->n = n;
}

static BerthBytes write_told(BerthPacket *pkt, const Telling *telling, uint32_t enterprise)
{
    const Wire *wire = telling->wire;
    const size_t size = wire->head + telling->len;
    uint8_t *buffer = berth_arena_take(&pkt->arena, size);
    BerthWriter w = berth_writer(buffer, buffer ? size : 0);

    berth_write_u32(&w, enterprise);
    if (wire->width == 1)
        berth_write_u8(&w, (uint8_t)telling->len);
    berth_write(&w, telling->had);
    for (unsigned i = 0; i < telling->n; i++) {
        const BerthOptData *data = telling->options[i].data;

        write_number(&w, wire->width, data->code);
        write_number(&w, wire->width, (uint16_t)data->value.len);
        berth_write(&w, data->value);
    }
    if (w.full)
        return (BerthBytes){0};
    return berth_writer_bytes(&w);
}

static int tell(BerthPacket *pkt, const BerthScope *scope, const Vendor *vendor)
{
    Telling telling = {.wire = wire_of(pkt)};
    BerthBytes *there, value;

    telling.n = berth_conf_vendor_options(scope, vendor->enterprise, telling.options);
    if (telling.n == 0)
        return 0;
    there = find_value(pkt, telling.wire->options, vendor->enterprise);
    if (there && there->len > telling.wire->head)
        telling.had =
            (BerthBytes){there->data + telling.wire->head, there->len - telling.wire->head};
    choose(&telling, vendor);
    if (telling.n == 0)
        return 0;
    value = write_told(pkt, &telling, vendor->enterprise);
    if (value.len == 0)
        return -ENOSPC;
    if (!there)
        return add(pkt, telling.wire->options, value);
    *there = value;
    return 0;
}

int berth_packet_add_vendor_options(BerthPacket *pkt, const BerthScope *scope)
{
    Vendors vendors = {.n = 0};
    int r = 0;

    if (!berth_conf_has_vendor_options(scope))
        return 0;
    note_all(pkt, wire_of(pkt), &vendors);
    for (unsigned i = 0; r == 0 && i < vendors.n; i++)
        r = tell(pkt, scope, &vendors.at[i]);
    return r;
}
