/* duid - DHCP unique identifiers, RFC 9915 section 11; see ids.h. */
#include "core/wire/ids.h"

#include <errno.h>

uint16_t berth_duid_type(BerthBytes duid)
{
    BerthReader r = berth_reader(duid);

    return berth_read_u16(&r);
}

/* Where the link-layer address stands: 0 when the type has none. */
static size_t hwaddr_at(BerthBytes duid)
{
    switch (berth_duid_type(duid)) {
    case BERTH_DUID_LLT: /* type, hardware type, time */
        return 8;
    case BERTH_DUID_LL: /* type, hardware type */
        return 4;
    default:
        return 0;
    }
}

const char *berth_duid_unfit(BerthBytes duid)
{
    if (!berth_duid_is_valid(duid))
        return "a DUID has 3 to 130 bytes";
    switch (berth_duid_type(duid)) {
    case BERTH_DUID_LLT:
    case BERTH_DUID_LL:
        return duid.len <= hwaddr_at(duid) ? "a DUID-LLT or DUID-LL ends with a hardware address"
                                           : NULL;
    case BERTH_DUID_EN:
        return duid.len <= 6 ? "a DUID-EN has an enterprise number and an identifier" : NULL;
    case BERTH_DUID_UUID:
        return duid.len != 18 ? "a DUID-UUID has 18 bytes" : NULL;
    default:
        return NULL;
    }
}

bool berth_duid_hwaddr(BerthBytes duid, BerthHwaddr *ret)
{
    BerthReader r = berth_reader(duid);
    size_t at = hwaddr_at(duid);
    size_t len = at > 0 && duid.len > at ? duid.len - at : 0;

    if (len == 0 || len > sizeof(ret->bytes))
        return false;
    berth_read_u16(&r);
    *ret = (BerthHwaddr){.type = berth_read_u16(&r), .len = (uint8_t)len};
    memcpy(ret->bytes, duid.data + at, len);
    return true;
}

const char *berth_duid_text(BerthBytes duid, char *buffer, size_t size)
{
    return berth_hex_text(duid, ':', buffer, size);
}

int berth_duid_parse(const char *text, uint8_t ret[BERTH_DUID_MAX])
{
    uint8_t bytes[BERTH_DUID_MAX];
    int len = berth_hex_parse(text, bytes, sizeof(bytes));

    if (len < 0 || berth_duid_unfit((BerthBytes){bytes, (size_t)len}))
        return -EINVAL;
    memcpy(ret, bytes, (size_t)len);
    return len;
}

static int finish(const BerthWriter *w)
{
    size_t len = berth_writer_bytes(w).len;

    return w->full || berth_duid_unfit(berth_writer_bytes(w)) ? -EINVAL : (int)len;
}

int berth_duid_make_llt(uint32_t time_sec, const BerthHwaddr *hwaddr, uint8_t ret[BERTH_DUID_MAX])
{
    BerthWriter w = berth_writer(ret, BERTH_DUID_MAX);

    berth_write_u16(&w, BERTH_DUID_LLT);
    berth_write_u16(&w, hwaddr->type);
    berth_write_u32(&w, time_sec);
    berth_write(&w, (BerthBytes){hwaddr->bytes, hwaddr->len});
    return finish(&w);
}

int berth_duid_make_ll(const BerthHwaddr *hwaddr, uint8_t ret[BERTH_DUID_MAX])
{
    BerthWriter w = berth_writer(ret, BERTH_DUID_MAX);

    berth_write_u16(&w, BERTH_DUID_LL);
    berth_write_u16(&w, hwaddr->type);
    berth_write(&w, (BerthBytes){hwaddr->bytes, hwaddr->len});
    return finish(&w);
}

int berth_duid_make_en(uint32_t enterprise, BerthBytes id, uint8_t ret[BERTH_DUID_MAX])
{
    BerthWriter w = berth_writer(ret, BERTH_DUID_MAX);

    berth_write_u16(&w, BERTH_DUID_EN);
    berth_write_u32(&w, enterprise);
    berth_write(&w, id);
    return finish(&w);
}
