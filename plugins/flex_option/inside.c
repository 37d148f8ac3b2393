/* inside - see inside.h. What stands in front of the options within (the enterprise of a vendor,
 * the times of an IA) is the head; where no options can be told apart all of the value is. */
#include "inside.h"

#include <errno.h>

/* RFC 3925: an enterprise, and the length of what is its own. */
#define HEAD_VIVSO 5
#define HEAD_VENDOR6 4

static bool is_vivso(const Inside *inside)
{
    return inside->family == 4 && inside->container == BERTH_DHO_VIVSO_SUBOPTIONS;
}

static bool is_vendor(const Inside *inside)
{
    return is_vivso(inside) || (inside->family == 6 && inside->container == BERTH_D6O_VENDOR_OPTS);
}

/* RFC 9915 section 21. */
static size_t fixed_head(const Inside *inside)
{
    if (is_vivso(inside))
        return HEAD_VIVSO;
    if (inside->family == 4)
        return 0;
    switch (inside->container) {
    case BERTH_D6O_IA_NA:
    case BERTH_D6O_IA_PD:
        return 12;
    case BERTH_D6O_IA_TA:
    case BERTH_D6O_VENDOR_OPTS:
        return HEAD_VENDOR6;
    default:
        return 0;
    }
}

static unsigned number(const uint8_t *at, size_t size)
{
    return size == 1 ? at[0] : (unsigned)at[0] << 8 | at[1];
}

static void put_number(uint8_t *at, size_t size, size_t value)
{
    if (size == 2)
        *at++ = (uint8_t)(value >> 8);
    *at = (uint8_t)value;
}

static size_t width(const Inside *inside)
{
    return inside->family == 4 ? 1 : 2;
}

/* One option within. */
typedef struct Item {
    unsigned code;
    BerthBytes all; /* with code and length */
} Item;

/* The next one of `rest`, which then is what is behind it. 0: there is none; -1: it is broken. */
static int next(const Inside *inside, BerthBytes *rest, Item *ret)
{
    const size_t w = width(inside);
    size_t len;

    if (rest->len == 0)
        return 0;
    if (rest->len < 2 * w)
        return -1;
    len = 2 * w + number(rest->data + w, w);
    if (len > rest->len)
        return -1;
    *ret = (Item){number(rest->data, w), {rest->data, len}};
    *rest = (BerthBytes){rest->data + len, rest->len - len};
    return 1;
}

/* The options of a container behind its head; none, and everything is head, where they are broken.
 */
static BerthBytes options_of(const Inside *inside, BerthBytes value)
{
    const size_t head = fixed_head(inside);
    const BerthBytes none = {value.data + value.len, 0};
    BerthBytes options, rest;
    Item item;
    int r;

    if (value.len < head)
        return none;
    options = (BerthBytes){value.data + head, value.len - head};
    /* Another vendor's block may follow the first. */
    if (is_vivso(inside) && value.data[4] < options.len)
        options.len = value.data[4];
    rest = options;
    while ((r = next(inside, &rest, &item)) > 0)
        continue;
    return r == 0 ? options : none;
}

uint32_t inside_enterprise(const Inside *inside, BerthBytes value)
{
    if (!is_vendor(inside) || value.len < 4)
        return 0;
    return (uint32_t)value.data[0] << 24 | (uint32_t)value.data[1] << 16 |
           (uint32_t)value.data[2] << 8 | value.data[3];
}

bool inside_has(const Inside *inside, BerthBytes value, uint16_t code)
{
    BerthBytes rest = options_of(inside, value);
    Item item;

    while (next(inside, &rest, &item) > 0)
        if (item.code == code)
            return true;
    return false;
}

bool inside_is_empty(const Inside *inside, BerthBytes value)
{
    return options_of(inside, value).len == 0;
}

static uint8_t *append(uint8_t *at, BerthBytes bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.data, bytes.len);
    return at + bytes.len;
}

static uint8_t *append_item(const Inside *inside, uint8_t *at, uint16_t code, BerthBytes value)
{
    const size_t w = width(inside);

    put_number(at, w, code);
    put_number(at + w, w, value.len);
    return append(at + 2 * w, value);
}

/* As Kea has them: by their codes, of one code in the order of coming. */
static uint8_t *append_options(const Inside *inside, uint8_t *at, BerthBytes options, uint16_t code,
                               const BerthBytes *add)
{
    bool is_done = add == NULL;
    Item item;

    while (next(inside, &options, &item) > 0) {
        if (!is_done && item.code > code) {
            at = append_item(inside, at, code, *add);
            is_done = true;
        }
        if (item.code != code)
            at = append(at, item.all);
    }
    return is_done ? at : append_item(inside, at, code, *add);
}

/* A container that is not there has the head that it needs. */
static uint8_t *append_head(const Inside *inside, uint8_t *at, BerthBytes head)
{
    if (head.len > 0 || !is_vendor(inside))
        return append(at, head);
    put_number(at, 2, inside->enterprise >> 16);
    put_number(at + 2, 2, inside->enterprise & 0xffff);
    at[4] = 0;
    return at + fixed_head(inside);
}

int inside_put(const Inside *inside, BerthPacket *pkt, BerthBytes value, uint16_t code,
               const BerthBytes *add, BerthBytes *ret)
{
    const BerthBytes options = options_of(inside, value);
    const size_t head_len = value.len ? (size_t)(options.data - value.data) : 0;
    const BerthBytes tail = {options.data + options.len, value.len - head_len - options.len};
    const size_t most = width(inside) == 1 ? UINT8_MAX : UINT16_MAX;
    uint8_t *bytes, *at, *end;

    if (add && add->len > most)
        return -EINVAL;
    bytes = berth_packet_alloc(pkt, value.len + (add ? add->len : 0) + HEAD_VIVSO + 4);
    if (!bytes)
        return -ENOSPC;
    at = append_head(inside, bytes, (BerthBytes){value.data, head_len});
    end = append_options(inside, at, options, code, add);
    if (is_vivso(inside) && (size_t)(end - at) > most)
        return -EINVAL;
    if (is_vivso(inside) && at > bytes)
        at[-1] = (uint8_t)(end - at);
    end = append(end, tail);
    *ret = (BerthBytes){bytes, (size_t)(end - bytes)};
    return 0;
}
