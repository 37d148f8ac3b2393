/* record - see record.h. */
#include "core/lease/record.h"

#include <glib.h>

typedef struct More {
    uint64_t revision;
    uint32_t iaid, preferred_sec;
} More;

G_STATIC_ASSERT(sizeof(BerthRecord) == 104);

static size_t size_of(const BerthRecord *r)
{
    return (r->has_more ? sizeof(More) : 0) + r->hw_len + r->id_len + r->name_len +
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

static bool needs_more(const BerthLease *lease)
{
    return lease->revision || lease->iaid || lease->preferred_sec;
}

static bool same_layout(const BerthRecord *r, const BerthLease *lease)
{
    return r->has_more == needs_more(lease) && r->hw_len == lease->hwaddr.len &&
           r->id_len == lease->client_id.len && r->name_len == lease->hostname.len &&
           r->context_len == lease->context.len;
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
    /* A view of the same record overlaps with it. */
    if (len)
        memmove(to, from, len);
    return to + len;
}

static void write_bytes(uint8_t *to, const BerthLease *lease)
{
    More more = {lease->revision, lease->iaid, lease->preferred_sec};

    if (needs_more(lease))
        to = put(to, &more, sizeof(more));
    to = put(to, lease->hwaddr.bytes, lease->hwaddr.len);
    to = put(to, lease->client_id.data, lease->client_id.len);
    to = put(to, lease->hostname.data, lease->hostname.len);
    put(to, lease->context.data, lease->context.len);
}

static void set_layout(BerthRecord *r, const BerthLease *lease)
{
    r->has_more = needs_more(lease);
    r->hw_len = lease->hwaddr.len;
    r->id_len = (uint8_t)lease->client_id.len;
    r->name_len = (uint8_t)lease->hostname.len;
    r->context_len = (uint16_t)lease->context.len;
}

/* Writes the bytes elsewhere first: those of `lease` may be the ones that give way. */
static void replace_bytes(BerthRecord *r, const BerthLease *lease)
{
    uint8_t *old = has_block(r) ? r->block : NULL;
    uint8_t inside[BERTH_RECORD_INSIDE];
    BerthRecord layout = {0};

    set_layout(&layout, lease);
    if (has_block(&layout)) {
        uint8_t *block = g_malloc(size_of(&layout));

        write_bytes(block, lease);
        r->block = block;
    } else {
        write_bytes(inside, lease);
        memcpy(r->inside, inside, sizeof(inside));
    }
    set_layout(r, lease);
    g_free(old);
}

void berth_record_set(BerthRecord *r, const BerthLease *lease)
{
    /* A renewal changes no length, and so allocates nothing. */
    if (same_layout(r, lease))
        write_bytes(has_block(r) ? r->block : r->inside, lease);
    else
        replace_bytes(r, lease);
    r->addr = lease->addr;
    r->cltt = lease->cltt;
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

void berth_record_get(const BerthRecord *r, BerthLease *ret)
{
    const uint8_t *at = bytes_of(r);
    More more = {0};

    if (r->has_more)
        memcpy(&more, take(&at, sizeof(more)).data, sizeof(more));
    *ret = (BerthLease){
        .addr = r->addr,
        .type = r->type,
        .prefix_len = r->prefix_len,
        .state = r->state,
        .fqdn_fwd = r->fwd,
        .fqdn_rev = r->rev,
        .subnet_id = r->subnet_id,
        .pool_id = r->pool_id,
        .iaid = more.iaid,
        .valid_sec = r->valid_sec,
        .preferred_sec = more.preferred_sec,
        .cltt = r->cltt,
        .revision = more.revision,
        .hwaddr = {.type = r->hw_type, .len = r->hw_len},
    };
    memcpy(ret->hwaddr.bytes, at, r->hw_len);
    take(&at, r->hw_len);
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

BerthBytes berth_record_identity(const BerthRecord *r, BerthIdentity which)
{
    const uint8_t *at = bytes_of(r) + (r->has_more ? sizeof(More) : 0);

    if (which == BERTH_BY_HWADDR)
        return (BerthBytes){at, r->hw_len};
    return (BerthBytes){at + r->hw_len, r->id_len};
}
