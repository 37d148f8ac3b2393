/* space - see space.h. */
#include "core/pool/space.h"

/* Interface identifiers that are nobody's: the anycast address of routers (RFC 4291 section 2.6.1)
 * and those that RFC 5453 reserves. */
static const struct {
    uint64_t first, last;
} reserved_ids[] = {
    {0, 0},
    {UINT64_C(0x02005efffe000000), UINT64_C(0x02005efffeffffff)},
    {UINT64_C(0xfdffffffffffff80), UINT64_C(0xfdffffffffffffff)},
};

/* ---- numbers ---- */

/* By how many bits the number of a prefix stands above the lowest of its address. */
static unsigned shift_of(const BerthSpace *space)
{
    return space->type == BERTH_LEASE_V4 ? 0 : 128u - space->len;
}

static BerthU128 offset_of(const BerthSpace *space, BerthAddr addr)
{
    return (berth_addr_to_number(addr) - berth_addr_to_number(space->first)) >> shift_of(space);
}

/* One less than there are: all of IPv6 is more than a number can say. */
static BerthU128 last_offset(const BerthSpace *space)
{
    return offset_of(space, space->last);
}

BerthU128 berth_space_size(const BerthSpace *space)
{
    BerthU128 size = last_offset(space) + 1;

    return size ? size : ~(BerthU128)0;
}

BerthPrefix berth_space_at(const BerthSpace *space, uint64_t number)
{
    BerthAddr addr = berth_addr_from_number(berth_addr_to_number(space->first) +
                                            ((BerthU128)number << shift_of(space)));

    return (BerthPrefix){addr, space->len};
}

static bool is_within(const BerthSpace *space, BerthAddr addr)
{
    return berth_addr_compare(space->first, addr) <= 0 &&
           berth_addr_compare(addr, space->last) <= 0;
}

bool berth_space_number(const BerthSpace *space, BerthPrefix prefix, uint64_t *ret)
{
    BerthU128 number;

    if (prefix.len != space->len || !is_within(space, prefix.addr))
        return false;
    number = offset_of(space, prefix.addr);
    if (number >= space->numbers)
        return false;
    *ret = (uint64_t)number;
    return true;
}

uint64_t berth_space_nearest(const BerthSpace *space, BerthAddr addr)
{
    return (uint64_t)MIN(offset_of(space, addr), (BerthU128)space->numbers - 1);
}

/* ---- what is nobody's ---- */

static bool excludes4(const BerthSpace *space, BerthAddr addr)
{
    uint32_t mask = space->subnet_len < 32 ? UINT32_MAX >> space->subnet_len : 0;
    uint32_t host = berth_addr_to4(addr) & mask;

    /* RFC 1122 section 3.2.1.3 and RFC 3021: the first and last address of a network are nobody's,
     * but where a network has only two or one. */
    if (space->subnet_len <= 30 && (host == 0 || host == mask))
        return true;
    return space->no_first_last_24 && space->subnet_len <= 24 &&
           (addr.b[15] == 0 || addr.b[15] == 255);
}

/* Of an excluded address the last one of the run that it is in. */
static bool excludes6(const BerthSpace *space, BerthAddr addr, BerthAddr *ret_last)
{
    BerthU128 number = berth_addr_to_number(addr);
    uint64_t high = (uint64_t)(number >> 64), low = (uint64_t)number;

    *ret_last = addr;
    /* RFC 9915 section 13.1: no address with a reserved interface identifier. Those are of 64
     * bits; in a longer subnet there is one for the routers alone. */
    if (space->subnet_len > 64)
        return space->subnet_len < 127 &&
               berth_addr_equal(addr, berth_prefix_first(space->subnet, space->subnet_len));
    for (size_t i = 0; i < G_N_ELEMENTS(reserved_ids); i++)
        if (reserved_ids[i].first <= low && low <= reserved_ids[i].last) {
            *ret_last = berth_addr_from_number((BerthU128)high << 64 | reserved_ids[i].last);
            return true;
        }
    return false;
}

static bool excludes(const BerthSpace *space, BerthAddr addr, BerthAddr *ret_last)
{
    *ret_last = addr;
    switch (space->type) {
    case BERTH_LEASE_V4:
        return excludes4(space, addr);
    case BERTH_LEASE_NA:
        return excludes6(space, addr, ret_last);
    default:
        return false;
    }
}

bool berth_space_excludes(const BerthSpace *space, BerthAddr addr)
{
    BerthAddr last;

    return excludes(space, addr, &last);
}

/* How far it is from here to where an excluded run may begin: only these, the first and the last
 * need to be looked at. */
static uint32_t until_excluded(const BerthSpace *space, uint32_t number)
{
    const uint8_t octet = (uint8_t)((uint32_t)space->first.b[15] + number);

    if (octet == 0)
        return 0;
    return octet <= 0x80 ? 0x80u - octet : 0xffu - octet;
}

static void take_excluded(BerthSpace *space)
{
    const uint32_t size = berth_freemap_size(space->map);
    BerthAddr last;

    for (uint32_t i = 0; i < size;) {
        if (excludes(space, berth_space_at(space, i).addr, &last)) {
            for (uint32_t end = (uint32_t)berth_space_nearest(space, last); i < end; i++)
                berth_freemap_take(space->map, i);
            berth_freemap_take(space->map, i);
        }
        if (++i + 1 < size)
            i = MIN(i + until_excluded(space, i), size - 1);
    }
}

/* ---- the map ---- */

BerthSpace *berth_space_new(const BerthSpace *like, uint64_t secret)
{
    BerthSpace *space = g_memdup2(like, sizeof(*like));

    space->numbers = (uint64_t)MIN(berth_space_size(space), (BerthU128)UINT64_MAX);
    space->own_from = 0;
    space->own_until = space->numbers;
    if (space->numbers > BERTH_FREEMAP_MAX) {
        space->wide = berth_widemap_new(space->numbers, secret);
    } else {
        space->map = berth_freemap_new((uint32_t)space->numbers);
        if (space->type != BERTH_LEASE_PD)
            take_excluded(space);
    }
    return space;
}

void berth_space_free(BerthSpace *space)
{
    if (!space)
        return;
    berth_freemap_free(space->map);
    berth_widemap_free(space->wide);
    berth_ring_free(space->ring);
    g_free(space);
}

bool berth_space_is_same(const BerthSpace *a, const BerthSpace *b)
{
    return a->type == b->type && a->len == b->len && berth_addr_equal(a->first, b->first) &&
           berth_addr_equal(a->last, b->last) && berth_addr_equal(a->subnet, b->subnet) &&
           a->subnet_len == b->subnet_len && a->no_first_last_24 == b->no_first_last_24;
}

uint64_t berth_space_count(const BerthSpace *space)
{
    return space->map ? berth_freemap_count(space->map) : berth_widemap_count(space->wide);
}

bool berth_space_is_free(const BerthSpace *space, uint64_t number)
{
    return space->map ? berth_freemap_is_free(space->map, (uint32_t)number)
                      : berth_widemap_is_free(space->wide, number);
}

void berth_space_take(BerthSpace *space, uint64_t number)
{
    if (space->map)
        berth_freemap_take(space->map, (uint32_t)number);
    else
        berth_widemap_take(space->wide, number);
}

void berth_space_give(BerthSpace *space, uint64_t number)
{
    if (space->map)
        berth_freemap_give(space->map, (uint32_t)number);
    else
        berth_widemap_give(space->wide, number);
}

/* The first free one in from..until-1. In a large map what is excluded is not marked: whoever comes
 * to a run of it goes on behind it. */
static bool first_wide(const BerthSpace *space, uint64_t from, uint64_t until, uint64_t *ret)
{
    uint64_t number;
    BerthAddr last;

    while (from < until && berth_widemap_next(space->wide, from, &number) && number >= from &&
           number < until) {
        if (!excludes(space, berth_space_at(space, number).addr, &last)) {
            *ret = number;
            return true;
        }
        from = berth_space_nearest(space, last) + 1;
    }
    return false;
}

/* The same in a small one, where all that is not to be had is marked. */
static bool first_small(const BerthSpace *space, uint64_t from, uint64_t until, uint64_t *ret)
{
    uint32_t number;

    if (from >= until || !berth_freemap_next(space->map, (uint32_t)from, &number) ||
        number < from || number >= until)
        return false;
    *ret = number;
    return true;
}

bool berth_space_next(const BerthSpace *space, bool own, uint64_t from, uint64_t *ret)
{
    uint64_t begin = own ? space->own_from : 0, end = own ? space->own_until : space->numbers;

    /* A cursor elsewhere begins anew, and one behind the last one goes round. */
    if (from < begin || from > end)
        from = begin;
    if (!space->map)
        return first_wide(space, from, end, ret) || first_wide(space, begin, from, ret);
    return first_small(space, from, end, ret) || first_small(space, begin, from, ret);
}

void berth_space_set_stripe(BerthSpace *space, unsigned stripe, unsigned stripes)
{
    space->own_from = (uint64_t)((BerthU128)stripe * space->numbers / stripes);
    space->own_until = (uint64_t)((BerthU128)(stripe + 1) * space->numbers / stripes);
    if (space->ring)
        berth_ring_split(space->ring, (uint32_t)space->own_from, (uint32_t)space->own_until);
}

uint64_t berth_space_count_own(const BerthSpace *space)
{
    if (space->own_until - space->own_from == space->numbers)
        return berth_space_count(space);
    if (!space->map)
        return MIN(space->own_until - space->own_from, berth_space_count(space));
    return berth_freemap_rank(space->map, (uint32_t)space->own_until) -
           berth_freemap_rank(space->map, (uint32_t)space->own_from);
}
