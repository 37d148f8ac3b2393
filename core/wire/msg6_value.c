/* msg6_value - option values with an encoding of their own: the client's name (RFC 4704), and the
 * prefix that is left out of a delegated one (RFC 6603). See msg6.h. */
#include "core/base/addr.h"
#include "core/wire/msg6.h"
#include "core/wire/optfield.h"

/* RFC 4704 section 4.2: a name that is not fully qualified has no root at its end. */
static bool read_name(BerthBytes wire, GString *ret, bool *ret_partial)
{
    uint8_t with_root[256] = {0};
    BerthBytes all = {with_root, wire.len};
    BerthReader r = berth_reader(all);

    if (wire.len >= sizeof(with_root))
        return false;
    if (wire.len > 0)
        memcpy(with_root, wire.data, wire.len);
    *ret_partial = !berth_optname_read(&r, all, ret);
    if (!*ret_partial)
        return berth_reader_left(&r) == 0;
    g_string_truncate(ret, 0);
    all.len++;
    r = berth_reader(all);
    return berth_optname_read(&r, all, ret) && berth_reader_left(&r) == 0;
}

bool berth_option6_fqdn(const BerthOption6 *option, BerthFqdn6 *ret)
{
    BerthReader r = berth_reader(option->value);
    g_autoptr(GString) name = g_string_new(NULL);
    uint8_t flags = berth_read_u8(&r);
    bool is_partial;

    if (r.failed || !read_name(berth_read(&r, berth_reader_left(&r)), name, &is_partial))
        return false;
    /* Reading leaves the dot of the root, which a partial name has not. */
    g_string_truncate(name, name->len - 1);
    *ret = (BerthFqdn6){.flags = flags, .is_partial = is_partial};
    return g_strlcpy(ret->name, name->str, sizeof(ret->name)) < sizeof(ret->name);
}

/* How many bytes hold the bits between the two lengths. */
static size_t subnet_id_len(uint8_t prefix_len, uint8_t excluded_len)
{
    return (excluded_len - prefix_len - 1u) / 8 + 1;
}

/* RFC 6603 section 4.2: the bits begin at the highest of the first byte; those behind are zero. */
bool berth_pd_exclude_write(BerthWriter *w, BerthAddr prefix, uint8_t prefix_len,
                            BerthAddr excluded, uint8_t excluded_len)
{
    uint8_t *mark;
    BerthU128 bits;

    if (excluded_len <= prefix_len || excluded_len > 128 ||
        !berth_prefix_contains(prefix, prefix_len, excluded))
        return false;
    bits = berth_addr_to_number(berth_prefix_first(excluded, excluded_len)) << prefix_len;
    mark = berth_write_option6_begin(w, BERTH_D6O_PD_EXCLUDE);
    berth_write_u8(w, excluded_len);
    for (size_t i = 0; i < subnet_id_len(prefix_len, excluded_len); i++)
        berth_write_u8(w, (uint8_t)(bits >> (120 - 8 * i)));
    berth_write_option6_end(w, mark);
    return true;
}

bool berth_pd_exclude_read(BerthBytes value, BerthAddr prefix, uint8_t prefix_len,
                           BerthAddr *ret_excluded, uint8_t *ret_len)
{
    BerthReader r = berth_reader(value);
    uint8_t len = berth_read_u8(&r);
    BerthU128 bits = 0;
    size_t n = berth_reader_left(&r);

    if (r.failed || len <= prefix_len || len > 128 || n != subnet_id_len(prefix_len, len))
        return false;
    for (size_t i = 0; i < n; i++)
        bits |= (BerthU128)berth_read_u8(&r) << (120 - 8 * i);
    bits = berth_addr_to_number(berth_prefix_first(prefix, prefix_len)) | bits >> prefix_len;
    *ret_excluded = berth_prefix_first(berth_addr_from_number(bits), len);
    *ret_len = len;
    return true;
}
