/* msg4_parse - bytes of a client to a message; see msg4.h.
 *
 * One walk over the options checks them and notes where each is. Only when an option came in parts
 * does a second one copy these together, and only of a message that ends as it should. */
#include "core/wire/msg4.h"

#include "core/base/addr.h"
#include "core/wire/opttype.h"

#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

/* The fields that hold options, in the order in which RFC 3396 section 5 joins them, and the codes
 * that were met there: a message has few, so nothing walks over all 256. */
typedef struct Areas {
    BerthBytes list[3];
    unsigned n;
    uint8_t codes[256];
    unsigned n_codes;
    uint8_t joined[256]; /* of these, those that came more than once */
    unsigned n_joined;
} Areas;

/* The options of fixed size that the server acts on (RFC 2132, 2563, 3011); 0: any size. */
static const uint8_t fixed_len[256] = {
    [BERTH_DHO_SUBNET_MASK] = 4,
    [BERTH_DHO_DHCP_REQUESTED_ADDRESS] = 4,
    [BERTH_DHO_DHCP_LEASE_TIME] = 4,
    [BERTH_DHO_DHCP_MESSAGE_TYPE] = 1,
    [BERTH_DHO_DHCP_SERVER_IDENTIFIER] = 4,
    [BERTH_DHO_DHCP_MAX_MESSAGE_SIZE] = 2,
    [BERTH_DHO_DHCP_RENEWAL_TIME] = 4,
    [BERTH_DHO_DHCP_REBINDING_TIME] = 4,
    [BERTH_DHO_AUTO_CONFIG] = 1,
    [BERTH_DHO_SUBNET_SELECTION] = 4,
};

typedef enum Item { ITEM_OPTION, ITEM_END, ITEM_FIELD_OVER, ITEM_BROKEN } Item;

static Item next_item(BerthReader *r, uint8_t *ret_code, BerthBytes *ret_value)
{
    uint8_t code;

    /* RFC 2132 sections 3.1 and 3.2: PAD and END have no length. */
    do {
        if (berth_reader_left(r) == 0)
            return ITEM_FIELD_OVER;
        code = berth_read_u8(r);
    } while (code == 0);
    if (code == 255)
        return ITEM_END;
    *ret_value = berth_read(r, berth_read_u8(r));
    *ret_code = code;
    return r->failed ? ITEM_BROKEN : ITEM_OPTION;
}

/* An option of which a part was met already has its length only, until all parts are joined. */
static void meet(BerthMsg4 *msg, Areas *areas, uint8_t code, BerthBytes value)
{
    BerthBytes *option = &msg->option[code];

    if (!msg->has_option[code]) {
        msg->has_option[code] = true;
        *option = value;
        areas->codes[areas->n_codes++] = code;
        return;
    }
    if (option->data)
        areas->joined[areas->n_joined++] = code;
    *option = (BerthBytes){NULL, option->len + value.len};
}

/* Notes the options of a field in `msg`; says how the field ended. */
static Item measure(BerthMsg4 *msg, Areas *areas, unsigned which, uint8_t *ret_overload)
{
    BerthReader r = berth_reader(areas->list[which]);
    BerthBytes value;
    uint8_t code;
    Item item;

    while ((item = next_item(&r, &code, &value)) == ITEM_OPTION) {
        meet(msg, areas, code, value);
        if (code == BERTH_DHO_DHCP_OPTION_OVERLOAD && value.len > 0)
            *ret_overload = value.data[0];
    }
    return item;
}

static BerthParse4 measure_overload(BerthMsg4 *msg, Areas *areas)
{
    uint8_t ignored;

    for (unsigned i = 1; i < areas->n; i++)
        if (measure(msg, areas, i, &ignored) == ITEM_BROKEN)
            return BERTH_PARSE4_OVERLOAD;
    /* A field that is itself announced by option 52 may not announce another. */
    return msg->option[BERTH_DHO_DHCP_OPTION_OVERLOAD].len == 1 ? BERTH_PARSE4_OK
                                                                : BERTH_PARSE4_OVERLOAD;
}

/* Copies a text field up to its NUL; most have none. */
static void take_text(char *ret, const char *field, size_t size)
{
    size_t len = *field ? strnlen(field, size) : 0;

    memcpy(ret, field, len);
    ret[len] = '\0';
}

/* RFC 2131 section 4.1: the option field first, then file, then sname, as option 52 says. */
static BerthParse4 find_areas(BerthMsg4 *msg, const BerthWire4 *wire, Areas *areas)
{
    uint8_t overload = 0;

    if (measure(msg, areas, 0, &overload) != ITEM_END)
        return BERTH_PARSE4_OPTIONS;
    if (msg->has_option[BERTH_DHO_DHCP_OPTION_OVERLOAD] &&
        (msg->option[BERTH_DHO_DHCP_OPTION_OVERLOAD].len != 1 || overload < 1 || overload > 3))
        return BERTH_PARSE4_OVERLOAD;
    if (overload & OVERLOAD_FILE)
        areas->list[areas->n++] = (BerthBytes){(const uint8_t *)wire->file, BERTH_FILE4};
    else
        take_text(msg->file, wire->file, BERTH_FILE4);
    if (overload & OVERLOAD_SNAME)
        areas->list[areas->n++] = (BerthBytes){(const uint8_t *)wire->sname, BERTH_SNAME4};
    else
        take_text(msg->sname, wire->sname, BERTH_SNAME4);
    return areas->n > 1 ? measure_overload(msg, areas) : BERTH_PARSE4_OK;
}

static void copy(BerthBytes area, uint8_t *at[256])
{
    BerthReader r = berth_reader(area);
    BerthBytes value;
    uint8_t code;

    while (next_item(&r, &code, &value) == ITEM_OPTION) {
        if (value.len == 0 || !at[code])
            continue;
        memcpy(at[code], value.data, value.len);
        at[code] += value.len;
    }
}

/* False at the arena's limit. */
static bool join(BerthMsg4 *msg, const Areas *areas, BerthArena *arena)
{
    uint8_t *at[256] = {0}, *block;
    size_t total = 1;

    for (unsigned i = 0; i < areas->n_joined; i++)
        total += msg->option[areas->joined[i]].len;
    block = berth_arena_take(arena, total);
    if (!block)
        return false;
    for (unsigned i = 0; i < areas->n_joined; i++) {
        BerthBytes *option = &msg->option[areas->joined[i]];

        option->data = at[areas->joined[i]] = block;
        block += option->len;
    }
    for (unsigned i = 0; i < areas->n; i++)
        copy(areas->list[i], at);
    return true;
}

/* RFC 2132 section 2: a receiver must be ready to delete trailing NULs of NVT ASCII data. */
static void trim_text(BerthBytes *option, uint8_t code)
{
    const BerthOptDef *def = berth_optdef_find(4, "dhcp4", code);

    if (!def || def->format.n_fields != 1 || def->format.fields[0] != BERTH_OPT_STRING)
        return;
    while (option->len > 0 && option->data[option->len - 1] == 0)
        option->len--;
}

/* Each option as a whole; false when one has a size that it can't have. */
static bool finish_options(BerthMsg4 *msg, const Areas *areas)
{
    for (unsigned i = 0; i < areas->n_codes; i++) {
        uint8_t code = areas->codes[i];
        BerthBytes *option = &msg->option[code];

        if (fixed_len[code] && option->len != fixed_len[code])
            return false;
        /* RFC 2132 section 9.8: its minimum length is 1. */
        if (code == BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST && option->len == 0)
            return false;
        if (!fixed_len[code] && option->len > 0 && option->data[option->len - 1] == 0)
            trim_text(option, code);
    }
    return true;
}

static BerthParse4 parse_options(BerthMsg4 *msg, const BerthWire4 *wire, Areas *areas,
                                 BerthArena *arena)
{
    BerthParse4 result = find_areas(msg, wire, areas);

    if (result != BERTH_PARSE4_OK)
        return result;
    if (areas->n_joined > 0 && !join(msg, areas, arena))
        return BERTH_PARSE4_MEMORY;
    if (!finish_options(msg, areas))
        return BERTH_PARSE4_LENGTH;
    if (msg->has_option[BERTH_DHO_DHCP_MESSAGE_TYPE])
        msg->type = (BerthType4)msg->option[BERTH_DHO_DHCP_MESSAGE_TYPE].data[0];
    return BERTH_PARSE4_OK;
}

static BerthAddr addr4(const uint8_t *at)
{
    BerthAddr addr = BERTH_ADDR4_ANY;

    memcpy(addr.b + 12, at, 4);
    return addr;
}

static BerthParse4 read_fixed(BerthMsg4 *msg, const BerthWire4 *wire, uint8_t op)
{
    msg->op = wire->op;
    msg->hwaddr.type = wire->htype;
    msg->hops = wire->hops;
    msg->xid = be32toh(wire->xid);
    msg->secs = be16toh(wire->secs);
    msg->flags = be16toh(wire->flags);
    msg->ciaddr = addr4(wire->ciaddr);
    msg->yiaddr = addr4(wire->yiaddr);
    msg->siaddr = addr4(wire->siaddr);
    msg->giaddr = addr4(wire->giaddr);
    if (wire->op != op)
        return BERTH_PARSE4_OP;
    if (wire->hlen > BERTH_CHADDR4)
        return BERTH_PARSE4_HLEN;
    msg->hwaddr.len = wire->hlen;
    memcpy(msg->hwaddr.bytes, wire->chaddr, wire->hlen);
    return be32toh(wire->cookie) == BERTH_COOKIE4 ? BERTH_PARSE4_OK : BERTH_PARSE4_COOKIE;
}

BerthParse4 berth_msg4_parse(BerthMsg4 *msg, BerthBytes payload, uint8_t op, BerthArena *arena)
{
    BerthReader r = berth_reader(payload);
    const BerthWire4 *wire;
    BERTH_UNCLEARED Areas areas;
    BerthParse4 result;

    berth_msg4_clear(msg);
    wire = (const BerthWire4 *)berth_read(&r, sizeof(*wire)).data;
    if (!wire)
        return BERTH_PARSE4_SHORT;
    result = read_fixed(msg, wire, op);
    if (result != BERTH_PARSE4_OK)
        return result;
    areas.n = 1;
    areas.n_codes = areas.n_joined = 0;
    areas.list[0] = berth_read(&r, berth_reader_left(&r));
    return parse_options(msg, wire, &areas, arena);
}
