/* msg6_parse - bytes of a client or relay to a message; see msg6.h.
 *
 * One walk: the levels of relays from the outside to the inside, at each the options as they stand,
 * and what is inside of an option right behind it. The list grows on the stack, where its bound is,
 * and is copied once when it is complete. */
#include "core/wire/msg6.h"

#include "core/base/addr.h"
#include <glib.h>

typedef struct Walk {
    unsigned n;
    BerthOption6 options[BERTH_MSG6_OPTIONS_MAX];
} Walk;

/* Whose codes the options at some place are. */
typedef enum Space { SPACE_DHCP6, SPACE_S46, SPACE_OTHER } Space;

/* An option with options inside. What is broken in a strict one is a broken message. */
typedef struct Container {
    Space space, inside;
    uint16_t code;
    uint16_t head; /* S46: up to the length of a prefix, whose bytes follow */
    bool is_strict;
} Container;

#define S46_RULE 89
#define S46_V4V6BIND 92

/* clang-format off */
static const Container containers[] = {
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_IA_NA,         12, true},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_IA_TA,          4, true},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_IAADDR,        24, true},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_IA_PD,         12, true},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_IAPREFIX,      25, true},
    {SPACE_DHCP6, SPACE_OTHER, BERTH_D6O_VENDOR_OPTS,    4, false},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_LQ_QUERY,      17, false},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_CLIENT_DATA,    0, false},
    {SPACE_DHCP6, SPACE_OTHER, BERTH_D6O_NTP_SERVER,     0, false},
    {SPACE_DHCP6, SPACE_DHCP6, BERTH_D6O_RSOO,           0, false},
    {SPACE_DHCP6, SPACE_S46,   BERTH_D6O_S46_CONT_MAPE,  0, false},
    {SPACE_DHCP6, SPACE_S46,   BERTH_D6O_S46_CONT_MAPT,  0, false},
    {SPACE_DHCP6, SPACE_S46,   BERTH_D6O_S46_CONT_LW,    0, false},
    {SPACE_S46,   SPACE_OTHER, S46_RULE,                 8, false},
    {SPACE_S46,   SPACE_OTHER, S46_V4V6BIND,             5, false},
};
/* clang-format on */

static const Container *find_container(Space space, uint16_t code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++)
        if (containers[i].code == code && containers[i].space == space)
            return &containers[i];
    return NULL;
}

/* RFC 7598 sections 4.1 and 4.4: the length of the prefix says how many bytes of it follow. */
static size_t head_of(const Container *container, BerthBytes value)
{
    BerthReader r = berth_reader(value);
    uint8_t prefix_len;

    if (container->space != SPACE_S46)
        return container->head;
    berth_read(&r, container->head - 1u);
    prefix_len = berth_read_u8(&r);
    return container->head + (prefix_len + 7u) / 8;
}

static BerthParse6 walk_options(Walk *walk, BerthBytes bytes, Space space, unsigned depth);

static BerthParse6 look_inside(Walk *walk, BerthOption6 *option, Space space, unsigned depth)
{
    const Container *container = find_container(space, option->code);
    size_t head;
    unsigned first = walk->n;
    BerthParse6 result = BERTH_PARSE6_OK;

    if (!container)
        return BERTH_PARSE6_OK;
    head = head_of(container, option->value);
    if (head > option->value.len)
        return container->is_strict ? BERTH_PARSE6_LENGTH : BERTH_PARSE6_OK;
    if (depth < BERTH_MSG6_DEPTH_MAX)
        result =
            walk_options(walk, (BerthBytes){option->value.data + head, option->value.len - head},
                         container->inside, depth + 1);
    if (result != BERTH_PARSE6_OK && (container->is_strict || result == BERTH_PARSE6_MANY))
        return result;
    if (result != BERTH_PARSE6_OK)
        walk->n = first;
    option->n_inside = (uint16_t)(walk->n - first);
    option->head = option->n_inside ? (uint16_t)head : 0;
    return BERTH_PARSE6_OK;
}

/* The sizes that RFC 9915 section 21 fixes, of what the server acts on; containers have theirs in
 * their table. */
static bool length_is_good(const BerthOption6 *option)
{
    size_t len = option->value.len;

    switch (option->code) {
    case BERTH_D6O_ORO: /* as by Kea, one that asks for nothing is malformed */
        return len > 0 && len % 2 == 0;
    case BERTH_D6O_PREFERENCE:
        return len == 1;
    case BERTH_D6O_ELAPSED_TIME:
        return len == 2;
    case BERTH_D6O_STATUS_CODE:
        return len >= 2;
    case BERTH_D6O_IAPREFIX: /* the length of the prefix, within an address */
        return len >= 9 && option->value.data[8] <= 128;
    default:
        return true;
    }
}

static BerthParse6 walk_options(Walk *walk, BerthBytes bytes, Space space, unsigned depth)
{
    BerthReader r = berth_reader(bytes);

    while (berth_reader_left(&r) > 0) {
        BerthOption6 *option = &walk->options[walk->n];
        BerthParse6 result;

        if (walk->n == BERTH_MSG6_OPTIONS_MAX)
            return BERTH_PARSE6_MANY;
        *option = (BerthOption6){.code = berth_read_u16(&r)};
        option->value = berth_read(&r, berth_read_u16(&r));
        if (r.failed)
            return BERTH_PARSE6_OPTIONS;
        if (space == SPACE_DHCP6 && !length_is_good(option))
            return BERTH_PARSE6_LENGTH;
        walk->n++;
        result = look_inside(walk, option, space, depth);
        if (result != BERTH_PARSE6_OK)
            return result;
    }
    return BERTH_PARSE6_OK;
}

/* Takes the Relay Message option out of the list of its level: it is the next level. RFC 9915
 * sections 9.1 and 19: there is exactly one. */
static BerthParse6 take_relay_message(Walk *walk, unsigned first, BerthBytes *ret)
{
    BerthOptions6 level = {&walk->options[first], walk->n - first};
    const BerthOption6 *option = berth_options6_find(level, BERTH_D6O_RELAY_MSG);
    unsigned at;

    if (!option || berth_options6_find_next(level, BERTH_D6O_RELAY_MSG, option))
        return BERTH_PARSE6_RELAY;
    *ret = option->value;
    at = (unsigned)(option - walk->options);
    memmove(&walk->options[at], &walk->options[at + 1],
            (walk->n - at - 1) * sizeof(walk->options[0]));
    walk->n--;
    return BERTH_PARSE6_OK;
}

static bool is_relayed(BerthBytes bytes)
{
    return bytes.len > 0 &&
           (bytes.data[0] == BERTH_RELAY_FORW || bytes.data[0] == BERTH_RELAY_REPL);
}

/* One level; `bytes` becomes what it carries. */
static BerthParse6 walk_relay(Walk *walk, BerthMsg6 *msg, BerthBytes *bytes)
{
    BerthReader r = berth_reader(*bytes);
    bool is_reply = berth_read_u8(&r) == BERTH_RELAY_REPL;
    BerthRelay6 *relay = &msg->relays[msg->n_relays];
    unsigned first = walk->n;
    BerthParse6 result;

    if (bytes->len < BERTH_MSG6_RELAY_HEADER)
        return BERTH_PARSE6_SHORT;
    if (msg->n_relays > 0 && is_reply != msg->is_relay_reply)
        return BERTH_PARSE6_RELAY;
    if (msg->n_relays == BERTH_MSG6_RELAYS_MAX)
        return BERTH_PARSE6_HOPS;
    msg->is_relay_reply = is_reply;
    relay->hops = berth_read_u8(&r);
    relay->link = berth_read_addr6(&r);
    relay->peer = berth_read_addr6(&r);
    result = walk_options(walk, berth_read(&r, berth_reader_left(&r)), SPACE_DHCP6, 0);
    if (result == BERTH_PARSE6_OK)
        result = take_relay_message(walk, first, bytes);
    relay->options.n = walk->n - first;
    msg->n_relays++;
    return result;
}

/* What identifies or authenticates stands there once, or it says nothing: RFC 9915 sections 20.2
 * and 21. Of other options that are repeated the first counts. */
static BerthParse6 check_identifiers(BerthOptions6 options)
{
    static const uint16_t once[] = {BERTH_D6O_CLIENTID, BERTH_D6O_SERVERID, BERTH_D6O_AUTH};

    for (size_t i = 0; i < G_N_ELEMENTS(once); i++) {
        const BerthOption6 *option = berth_options6_find(options, once[i]);

        if (!option)
            continue;
        if (berth_options6_find_next(options, once[i], option))
            return BERTH_PARSE6_TWICE;
        /* RFC 9915 section 11.1. */
        if (once[i] != BERTH_D6O_AUTH &&
            (option->value.len < BERTH_DUID_MIN || option->value.len > BERTH_DUID_MAX))
            return BERTH_PARSE6_DUID;
    }
    return BERTH_PARSE6_OK;
}

static BerthParse6 walk_message(Walk *walk, BerthMsg6 *msg, BerthBytes bytes)
{
    BerthReader r = berth_reader(bytes);
    unsigned first;
    BerthParse6 result = BERTH_PARSE6_OK;

    while (result == BERTH_PARSE6_OK && is_relayed(bytes))
        result = walk_relay(walk, msg, &bytes);
    if (result != BERTH_PARSE6_OK)
        return result;
    if (bytes.len < BERTH_MSG6_HEADER)
        return BERTH_PARSE6_SHORT;
    r = berth_reader(bytes);
    first = walk->n;
    msg->xid = berth_read_u32(&r);
    msg->type = (BerthType6)(msg->xid >> 24);
    msg->xid &= 0xffffff;
    result = walk_options(walk, berth_read(&r, berth_reader_left(&r)), SPACE_DHCP6, 0);
    msg->options = (BerthOptions6){&walk->options[first], walk->n - first};
    return result == BERTH_PARSE6_OK ? check_identifiers(msg->options) : result;
}

/* The list moves to where it stays, level by level. */
static BerthParse6 keep(const Walk *walk, BerthMsg6 *msg, BerthArena *arena)
{
    BerthOption6 *list = berth_arena_take(arena, MAX(walk->n, 1) * sizeof(*list));

    if (!list)
        return BERTH_PARSE6_MEMORY;
    memcpy(list, walk->options, walk->n * sizeof(*list));
    for (unsigned i = 0; i < msg->n_relays; i++) {
        msg->relays[i].options.first = list;
        list += msg->relays[i].options.n;
    }
    msg->options.first = list;
    return BERTH_PARSE6_OK;
}

BerthParse6 berth_msg6_parse(BerthMsg6 *msg, BerthBytes payload, BerthArena *arena)
{
    BERTH_UNCLEARED Walk walk;
    BerthParse6 result;

    walk.n = 0;
    berth_msg6_clear(msg);
    result = walk_message(&walk, msg, payload);
    return result == BERTH_PARSE6_OK ? keep(&walk, msg, arena) : result;
}
