/* record - see record.h. */
#include "core/lease/record.h"

#include <glib.h>

/* What IPv6 has more than IPv4. IAID and preferred lifetime of an IPv4 lease mean nothing and are
 * not kept. */
typedef struct Six {
    uint8_t addr_high[12];
    uint32_t iaid, preferred_sec;
    uint8_t hwaddr_source;
} Six;

G_STATIC_ASSERT(sizeof(BerthRecord) == 80);

/* How long each part is; the parts stand in this order. */
typedef struct Layout {
    bool has_revision, has_six, id_holds_hw;
    uint8_t hw_len, id_len, name_len;
    uint16_t context_len;
} Layout;

static size_t head_size(const BerthRecord *r)
{
    return (r->has_revision ? sizeof(uint64_t) : 0) + (r->has_six ? sizeof(Six) : 0);
}

static size_t size_of(const BerthRecord *r)
{
    return head_size(r) + (r->id_holds_hw ? 0 : r->hw_len) + r->id_len + r->name_len +
           (size_t)r->context_len;
}

static bool has_block(const BerthRecord *r)
{
    return size_of(r) > BERTH_RECORD_INSIDE;
}

static const uint8_t *bytes_of(const BerthRecord *r)
{
    return has_block(r) ? r->block : r->inside;
}

/* RFC 2132 section 9.14: an identifier may be the hardware address with its type before it. */
static bool holds_hwaddr(BerthBytes id, const BerthHwaddr *hwaddr)
{
    return hwaddr->len && id.len == hwaddr->len + 1u && id.data[0] == hwaddr->type &&
           memcmp(id.data + 1, hwaddr->bytes, hwaddr->len) == 0;
}

static Layout layout_for(const BerthLease *lease)
{
    return (Layout){
        .has_revision = lease->revision != 0,
        .has_six = lease->type != BERTH_LEASE_V4,
        .id_holds_hw = holds_hwaddr(lease->client_id, &lease->hwaddr),
        .hw_len = lease->hwaddr.len,
        .id_len = (uint8_t)lease->client_id.len,
        .name_len = (uint8_t)lease->hostname.len,
        .context_len = (uint16_t)lease->context.len,
    };
}

static bool has_layout(const BerthRecord *r, const Layout *l)
{
    return r->has_revision == l->has_revision && r->has_six == l->has_six &&
           r->id_holds_hw == l->id_holds_hw && r->hw_len == l->hw_len && r->id_len == l->id_len &&
           r->name_len == l->name_len && r->context_len == l->context_len;
}

static void set_layout(BerthRecord *r, const Layout *l)
{
    r->has_revision = l->has_revision;
    r->has_six = l->has_six;
    r->id_holds_hw = l->id_holds_hw;
    r->hw_len = l->hw_len;
    r->id_len = l->id_len;
    r->name_len = l->name_len;
    r->context_len = l->context_len;
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
    /* A view of the same record overlaps with it. */
    if (len)
        memmove(to, from, len);
    return to + len;
}

static void write_bytes(uint8_t *to, const Layout *layout, const BerthLease *lease)
{
    Six six = {
        .iaid = lease->iaid,
        .preferred_sec = lease->preferred_sec,
        .hwaddr_source = lease->hwaddr_source,
    };

    memcpy(six.addr_high, lease->addr.b, sizeof(six.addr_high));
    if (layout->has_revision)
        to = put(to, &lease->revision, sizeof(lease->revision));
    if (layout->has_six)
        to = put(to, &six, sizeof(six));
    if (!layout->id_holds_hw)
        to = put(to, lease->hwaddr.bytes, lease->hwaddr.len);
    to = put(to, lease->client_id.data, lease->client_id.len);
    to = put(to, lease->hostname.data, lease->hostname.len);
    put(to, lease->context.data, lease->context.len);
}

/* Writes the bytes elsewhere first: those of `lease` may be the ones that give way. */
static void replace_bytes(BerthRecord *r, const Layout *layout, const BerthLease *lease)
{
    uint8_t *old = has_block(r) ? r->block : NULL;
    uint8_t inside[BERTH_RECORD_INSIDE];
    BerthRecord changed = *r;

    set_layout(&changed, layout);
    if (has_block(&changed)) {
        uint8_t *block = g_malloc(size_of(&changed));

        write_bytes(block, layout, lease);
        changed.block = block;
    } else {
        write_bytes(inside, layout, lease);
        memcpy(changed.inside, inside, sizeof(inside));
    }
    *r = changed;
    g_free(old);
}

void berth_record_set(BerthRecord *r, const BerthLease *lease)
{
    Layout layout = layout_for(lease);

    /* A renewal changes no length, and so allocates nothing. */
    if (has_layout(r, &layout))
        write_bytes(has_block(r) ? r->block : r->inside, &layout, lease);
    else
        replace_bytes(r, &layout, lease);
    memcpy(&r->addr_low, lease->addr.b + sizeof(lease->addr) - sizeof(r->addr_low),
           sizeof(r->addr_low));
    r->cltt = (uint64_t)lease->cltt;
    r->valid_sec = lease->valid_sec;
    r->subnet_id = lease->subnet_id;
    r->pool_id = lease->pool_id;
    r->type = lease->type;
    r->state = lease->state;
    r->prefix_len = lease->prefix_len;
    r->fwd = lease->fqdn_fwd;
    r->rev = lease->fqdn_rev;
    r->hw_type = lease->hwaddr.type;
}

static BerthBytes take(const uint8_t **at, size_t len)
{
    BerthBytes bytes = {len ? *at : NULL, len};

    *at += len;
    return bytes;
}

static BerthAddr addr_of(const BerthRecord *r, const Six *six)
{
    BerthAddr addr = BERTH_ADDR4_ANY;

    if (six)
        memcpy(addr.b, six->addr_high, sizeof(six->addr_high));
    memcpy(addr.b + sizeof(addr) - sizeof(r->addr_low), &r->addr_low, sizeof(r->addr_low));
    return addr;
}

/* Only of a record that has it. */
static Six six_of(const BerthRecord *r)
{
    Six six;

    memcpy(&six, bytes_of(r) + (r->has_revision ? sizeof(uint64_t) : 0), sizeof(six));
    return six;
}

BerthAddr berth_record_addr(const BerthRecord *r)
{
    Six six;

    if (!r->has_six)
        return addr_of(r, NULL);
    six = six_of(r);
    return addr_of(r, &six);
}

void berth_record_get(const BerthRecord *r, BerthLease *ret)
{
    const uint8_t *at = bytes_of(r);
    uint64_t revision = 0;
    Six six = {0};

    if (r->has_revision)
        memcpy(&revision, take(&at, sizeof(revision)).data, sizeof(revision));
    if (r->has_six)
        memcpy(&six, take(&at, sizeof(six)).data, sizeof(six));
    *ret = (BerthLease){
        .addr = addr_of(r, r->has_six ? &six : NULL),
        .type = r->type,
        .prefix_len = r->prefix_len,
        .state = r->state,
        .fqdn_fwd = r->fwd,
        .fqdn_rev = r->rev,
        .hwaddr_source = six.hwaddr_source,
        .subnet_id = r->subnet_id,
        .pool_id = r->pool_id,
        .iaid = six.iaid,
        .valid_sec = r->valid_sec,
        .preferred_sec = six.preferred_sec,
        .cltt = (int64_t)r->cltt,
        .revision = revision,
        .hwaddr = {.type = r->hw_type, .len = r->hw_len},
    };
    memcpy(ret->hwaddr.bytes, at + r->id_holds_hw, r->hw_len);
    take(&at, r->id_holds_hw ? 0 : r->hw_len);
    ret->client_id = take(&at, r->id_len);
    ret->hostname = take(&at, r->name_len);
    ret->context = take(&at, r->context_len);
}

void berth_record_clear(BerthRecord *r)
{
    if (has_block(r))
        g_free(r->block);
    *r = (BerthRecord){0};
}

/* ---- identities ---- */

#define TYPE6 0x8000u

BerthIdentity berth_identity6(BerthIdentityKind which, uint32_t subnet_id, BerthLeaseType type,
                              uint32_t iaid, BerthBytes duid)
{
    if (which == BERTH_BY_HWADDR)
        return (BerthIdentity){which, subnet_id, TYPE6, 0, duid};
    return (BerthIdentity){which, subnet_id, (uint16_t)(TYPE6 | type), iaid, duid};
}

BerthIdentity berth_record_identity(const BerthRecord *r, BerthIdentityKind which)
{
    const uint8_t *at = bytes_of(r) + head_size(r);
    BerthBytes id = {at + (r->id_holds_hw ? 0 : r->hw_len), r->id_len};

    if (r->has_six)
        return berth_identity6(which, r->subnet_id, (BerthLeaseType)r->type, six_of(r).iaid, id);
    if (which == BERTH_BY_HWADDR)
        return (BerthIdentity){
            which, r->subnet_id, r->hw_type, 0, {at + r->id_holds_hw, r->hw_len}};
    return (BerthIdentity){which, r->subnet_id, 0, 0, id};
}

BerthIdentity berth_lease_identity(const BerthLease *lease, BerthIdentityKind which)
{
    if (lease->type != BERTH_LEASE_V4)
        return berth_identity6(which, lease->subnet_id, (BerthLeaseType)lease->type, lease->iaid,
                               lease->client_id);
    if (which == BERTH_BY_CLIENT_ID)
        return (BerthIdentity){which, lease->subnet_id, 0, 0, lease->client_id};
    return (BerthIdentity){
        which, lease->subnet_id, lease->hwaddr.type, 0, {lease->hwaddr.bytes, lease->hwaddr.len}};
}

bool berth_identity_equal(const BerthIdentity *a, const BerthIdentity *b)
{
    return a->subnet_id == b->subnet_id && a->type == b->type && a->iaid == b->iaid &&
           berth_bytes_equal(a->bytes, b->bytes);
}
