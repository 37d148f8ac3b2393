/* hostaddr - the addresses and prefixes of a reservation: their text, and whether they are any that
 * the scope can have. */
#include "core/conf/build.h"
#include "core/conf/host.h"

static bool fail(const BerthReading *reading, const char *key, const char *text, const char *what)
{
    return berth_build_fail(reading->build, berth_node_get(reading->node, key), reading->path,
                            "%s: \"%s\" %s", key, text, what);
}

/* Of a subnet an address has to lie in it; a prefix need not, nor does one of the whole family. */
static bool fits(const BerthReading *reading, const BerthHostScope *scope, const char *key,
                 const char *text, BerthAddr addr)
{
    const BerthSubnet *subnet = scope->subnet;

    if (berth_addr_is_any(addr) || berth_addr_is_multicast(addr))
        return fail(reading, key, text, "is nobody's");
    if (!subnet || !subnet->text || berth_prefix_contains(subnet->prefix, subnet->prefix_len, addr))
        return true;
    return berth_build_fail(reading->build, berth_node_get(reading->node, key), reading->path,
                            "%s: \"%s\" is not within the %s subnet '%s'", key, text,
                            reading->build->family->tables->ip, subnet->text);
}

static bool read_addr(const BerthReading *reading, const BerthHostScope *scope, const char *key,
                      const char *text, BerthHostAddr *ret)
{
    const bool is4 = reading->build->family->family == 4;

    *ret = (BerthHostAddr){.len = is4 ? 32 : 128};
    if (berth_addr_parse(text, &ret->addr) < 0 || !berth_build_is_own(reading->build, ret->addr))
        return fail(reading, key, text, is4 ? "is no IPv4 address" : "is no IPv6 address");
    return fits(reading, scope, key, text, ret->addr);
}

static bool read_prefix(const BerthReading *reading, const char *text, BerthHostAddr *ret)
{
    BerthAddr addr;

    *ret = (BerthHostAddr){.is_prefix = true};
    if (!strchr(text, '/') || berth_prefix_parse(text, &addr, &ret->len) < 0 ||
        !berth_build_is_own(reading->build, addr) || ret->len == 0)
        return fail(reading, "prefixes", text, "is no IPv6 prefix; write \"2001:db8:8::/56\"");
    ret->addr = berth_prefix_first(addr, ret->len);
    /* As with Kea this is none of an error. */
    if (!berth_addr_equal(ret->addr, addr))
        berth_build_warn(reading->build, reading->node, reading->path,
                         "prefixes: %s has bits set behind its length; it is taken as %s/%u", text,
                         berth_addr_text(ret->addr, (char[BERTH_ADDR_TEXT]){0}), ret->len);
    return true;
}

/* RFC 6603 section 4.2: it lies in the prefix, and is longer. */
static bool read_excluded(const BerthReading *reading, const char *text, BerthHostAddr *prefix)
{
    BerthAddr addr;

    if (text[0] == '\0')
        return true;
    if (berth_prefix_parse(text, &addr, &prefix->excluded_len) < 0 ||
        !berth_build_is_own(reading->build, addr) || prefix->excluded_len <= prefix->len ||
        !berth_prefix_contains(prefix->addr, prefix->len, addr))
        return fail(reading, "excluded-prefixes", text, "is no longer prefix within its prefix");
    prefix->excluded = berth_prefix_first(addr, prefix->excluded_len);
    return true;
}

static bool read_prefixes(const BerthReading *reading, const BerthHostIn *in, BerthHostAddr *addrs)
{
    const char *const *prefixes = in->prefixes.at, *const *excluded = in->excluded.at;

    if (in->excluded.n > 0 && in->excluded.n != in->prefixes.n)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "excluded-prefixes has %zu elements and prefixes %zu; each prefix "
                                "needs one, which may be \"\"",
                                in->excluded.n, in->prefixes.n);
    for (size_t i = 0; i < in->prefixes.n; i++)
        if (!read_prefix(reading, prefixes[i], &addrs[i]) ||
            (i < in->excluded.n && !read_excluded(reading, excluded[i], &addrs[i])))
            return false;
    return true;
}

static bool is_twice(const BerthHostAddr *addrs, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (berth_host_addr_equal(&addrs[i], &addrs[j]))
                return true;
    return false;
}

static bool read_all6(const BerthReading *reading, const BerthHostScope *scope,
                      const BerthHostIn *in, BerthHostAddr *addrs)
{
    const char *const *texts = in->addresses.at;
    const size_t n = in->addresses.n + in->prefixes.n;

    for (size_t i = 0; i < in->addresses.n; i++)
        if (!read_addr(reading, scope, "ip-addresses", texts[i], &addrs[i]))
            return false;
    if (!read_prefixes(reading, in, addrs + in->addresses.n))
        return false;
    return !is_twice(addrs, n) || berth_build_fail(reading->build, reading->node, reading->path,
                                                   "an address or prefix stands there twice");
}

bool berth_build_host_addrs(const BerthReading *reading, const BerthHostScope *scope,
                            const BerthHostIn *in, BerthHostSpec *spec)
{
    const size_t n = in->addresses.n + in->prefixes.n;
    BerthHostAddr *addrs;

    if (reading->build->family->family == 4) {
        const bool has_one = in->address && in->address[0];

        spec->n_addrs = has_one ? 1 : 0;
        return !has_one || read_addr(reading, scope, "ip-address", in->address, scope->addrs);
    }
    if (n > BERTH_HOST_ADDRS_MAX)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "more than %d addresses and prefixes", BERTH_HOST_ADDRS_MAX);
    addrs = scope->addrs;
    spec->n_addrs = (unsigned)n;
    return read_all6(reading, scope, in, addrs);
}
