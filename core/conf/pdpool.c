/* Pools of prefixes: from the first to the last prefix of one length, and what is excluded of each
 * (RFC 6603). That they are apart from each other is checked in pool.c. */
#include "core/conf/build.h"

#define SPREAD_MAX 64 /* a pool of more than 2^64 prefixes is a slip of the pen */

static bool read_addr(const BerthReading *reading, const char *key, const char *text,
                      BerthAddr *ret)
{
    if (berth_addr_parse(text, ret) < 0 || berth_addr_is4(*ret))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "%s: \"%s\" is no IPv6 address; write \"2001:db8:8::\", the length "
                                "is a key of its own",
                                key, text);
    return true;
}

/* Bits behind the length are passed over, as by Kea. */
static bool read_first(const BerthReading *reading, const BerthPdPoolIn *in, BerthAddr *ret)
{
    BerthAddr addr;

    if (!read_addr(reading, "prefix", in->prefix, &addr))
        return false;
    *ret = berth_prefix_first(addr, (uint8_t)in->prefix_len);
    if (!berth_addr_equal(*ret, addr))
        berth_build_warn(reading->build, reading->node, reading->path,
                         "prefix: %s has bits set behind its length; it is taken as %s/%d",
                         in->prefix, berth_addr_text(*ret, (char[BERTH_ADDR_TEXT]){0}),
                         (int)in->prefix_len);
    return true;
}

static bool check_lengths(const BerthReading *reading, const BerthPdPoolIn *in)
{
    if (in->delegated_len < in->prefix_len)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "delegated-len %d is less than prefix-len %d",
                                (int)in->delegated_len, (int)in->prefix_len);
    if (in->delegated_len - in->prefix_len > SPREAD_MAX)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "delegated-len %d is more than %d above prefix-len %d",
                                (int)in->delegated_len, SPREAD_MAX, (int)in->prefix_len);
    return true;
}

/* RFC 6603 section 4.2: the excluded prefix is a part of the delegated one. The file names it in
 * the first prefix of the pool; in the others it is at the same place. */
static bool read_excluded(const BerthReading *reading, const BerthPdPoolIn *in, BerthPool *pool)
{
    if (in->excluded_len == 0 && in->excluded[0] == '\0')
        return true;
    if (in->excluded_len == 0 || in->excluded[0] == '\0')
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "excluded-prefix and excluded-prefix-len need each other");
    if (in->excluded_len <= in->delegated_len)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "excluded-prefix-len %d is not above delegated-len %d",
                                (int)in->excluded_len, (int)in->delegated_len);
    if (!read_addr(reading, "excluded-prefix", in->excluded, &pool->excluded))
        return false;
    if (!berth_addr_equal(pool->excluded,
                          berth_prefix_first(pool->excluded, (uint8_t)in->excluded_len)))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "excluded-prefix: %s has bits set behind its length %d",
                                in->excluded, (int)in->excluded_len);
    if (!berth_prefix_contains(pool->first, pool->delegated_len, pool->excluded))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "excluded-prefix %s is not inside %s/%d, the first prefix of the "
                                "pool",
                                in->excluded, in->prefix, (int)in->delegated_len);
    pool->excluded_len = (uint8_t)in->excluded_len;
    return true;
}

bool berth_build_pd_pool(const BerthReading *reading, BerthPool *pool)
{
    const unsigned errors = reading->build->fill.errors->lines->len;
    BerthPdPoolIn in = {0};
    g_autofree char *options = g_strdup_printf("%s.option-data", reading->path);

    berth_build_map(reading->build, reading->node, reading->path, berth_conf_pdpool, &in);
    pool->options = berth_build_options(reading->build, in.options, options);
    if (reading->build->fill.errors->lines->len > errors)
        return false;
    pool->id = (uint32_t)in.id;
    pool->user_context = in.user_context;
    pool->guards = berth_build_guards(reading, &in.guard);
    pool->prefix_len = (uint8_t)in.prefix_len;
    pool->delegated_len = (uint8_t)in.delegated_len;
    pool->text =
        berth_arena_printf(&reading->build->conf->arena, "%s/%d", in.prefix, (int)in.prefix_len);
    if (!check_lengths(reading, &in) || !read_first(reading, &in, &pool->first))
        return false;
    pool->last = berth_prefix_last(pool->first, pool->prefix_len);
    return read_excluded(reading, &in, pool);
}

BerthAddr berth_conf_excluded(const BerthPool *pool, BerthAddr prefix)
{
    return berth_addr_from_number(
        berth_addr_to_number(prefix) +
        (berth_addr_to_number(pool->excluded) - berth_addr_to_number(pool->first)));
}
