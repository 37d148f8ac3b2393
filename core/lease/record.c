/* record - see record.h. */
#include "core/lease/record.h"

#include <glib.h>

G_STATIC_ASSERT(sizeof(BerthRecord) == 80);
G_STATIC_ASSERT(BERTH_BY_CLIENT_ID == 0); /* of_duid */

/* How long each part is; the parts stand in this order. */
typedef struct Layout {
    bool has_revision, has_six, id_holds_hw;
    uint8_t hw_len, id_len, name_len;
    uint16_t context_len;
} Layout;

/* Before what all may have: the revision, and of IPv6 the source of the hardware address. */
static size_t head_size(const BerthRecord *r)
{
    return (r->has_revision ? sizeof(uint64_t) : 0) + (r->has_six ? sizeof(uint8_t) : 0);
}

static size_t size_of(const BerthRecord *r)
{
    return head_size(r) + (r->id_holds_hw ? 0 : r->hw_len) + r->id_len + r->name_len +
           (size_t)r->context_len;
}

static bool has_block(const BerthRecord *r)
{
    return r->has_six || size_of(r) > BERTH_RECORD_INSIDE;
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
    if (layout->has_revision)
        to = put(to, &lease->revision, sizeof(lease->revision));
    if (layout->has_six)
        to = put(to, &lease->hwaddr_source, sizeof(lease->hwaddr_source));
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
    r->is_foreign = lease->is_foreign;
    r->hw_type = lease->hwaddr.type;
    if (!r->has_six)
        return;
    memcpy(r->addr_high, lease->addr.b, sizeof(r->addr_high));
    r->iaid = lease->iaid;
    r->preferred_sec = lease->preferred_sec;
}

static BerthBytes take(const uint8_t **at, size_t len)
{
    BerthBytes bytes = {len ? *at : NULL, len};

    *at += len;
    return bytes;
}

BerthAddr berth_record_addr(const BerthRecord *r)
{
    BerthAddr addr = BERTH_ADDR4_ANY;

    if (r->has_six)
        memcpy(addr.b, r->addr_high, sizeof(r->addr_high));
    memcpy(addr.b + sizeof(addr) - sizeof(r->addr_low), &r->addr_low, sizeof(r->addr_low));
    return addr;
}

void berth_record_get(const BerthRecord *r, BerthLease *ret)
{
    const uint8_t *at = bytes_of(r);
    uint64_t revision = 0;
    uint8_t source = 0;

    if (r->has_revision)
        memcpy(&revision, take(&at, sizeof(revision)).data, sizeof(revision));
    if (r->has_six)
        source = *take(&at, sizeof(source)).data;
    *ret = (BerthLease){
        .addr = berth_record_addr(r),
        .type = r->type,
        .prefix_len = r->prefix_len,
        .state = r->state,
        .fqdn_fwd = r->fwd,
        .fqdn_rev = r->rev,
        .is_foreign = r->is_foreign,
        .hwaddr_source = source,
        .subnet_id = r->subnet_id,
        .pool_id = r->pool_id,
        .iaid = r->has_six ? r->iaid : 0,
        .valid_sec = r->valid_sec,
        .preferred_sec = r->has_six ? r->preferred_sec : 0,
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

BerthIdentity berth_record_identity(const BerthRecord *r, BerthIdentityKind which)
{
    const uint8_t *at = bytes_of(r) + head_size(r);
    BerthBytes id = {at + (r->id_holds_hw ? 0 : r->hw_len), r->id_len};

    if (which == BERTH_BY_CLIENT_ID)
        return (BerthIdentity){which, r->subnet_id, r->has_six ? BERTH_DUID_TYPE : 0, id};
    if (r->has_six)
        return (BerthIdentity){.which = which};
    return (BerthIdentity){which, r->subnet_id, r->hw_type, {at + r->id_holds_hw, r->hw_len}};
}

BerthIdentity berth_lease_identity(const BerthLease *lease, BerthIdentityKind which)
{
    bool is6 = lease->type != BERTH_LEASE_V4;

    if (which == BERTH_BY_CLIENT_ID)
        return (BerthIdentity){which, lease->subnet_id, is6 ? BERTH_DUID_TYPE : 0,
                               lease->client_id};
    if (is6)
        return (BerthIdentity){.which = which};
    return (BerthIdentity){
        which, lease->subnet_id, lease->hwaddr.type, {lease->hwaddr.bytes, lease->hwaddr.len}};
}

bool berth_identity_equal(const BerthIdentity *a, const BerthIdentity *b)
{
    return a->subnet_id == b->subnet_id && a->type == b->type &&
           berth_bytes_equal(a->bytes, b->bytes);
}
