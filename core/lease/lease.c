/* lease - the accessors of berth/lease.h, and the three questions that a lease answers by itself:
 * whose it is, whether it may be stored, and what a copy of it is. */
#include "core/lease/lease.h"

#include "core/base/bytes.h"
#include <glib.h>

/* The end of the year 9999, so that no sum of lease times can overflow. */
#define CLTT_MAX INT64_C(253402300799)
#define DUID_MAX 130
#define BYTES_MAX 255
#define CONTEXT_MAX 65535

BerthLeaseType berth_lease_type(const BerthLease *lease)
{
    return (BerthLeaseType)lease->type;
}

BerthLeaseState berth_lease_state(const BerthLease *lease)
{
    return (BerthLeaseState)lease->state;
}

BerthAddr berth_lease_addr(const BerthLease *lease)
{
    return lease->addr;
}

uint8_t berth_lease_prefix_len(const BerthLease *lease)
{
    return lease->prefix_len;
}

uint32_t berth_lease_subnet_id(const BerthLease *lease)
{
    return lease->subnet_id;
}

uint32_t berth_lease_pool_id(const BerthLease *lease)
{
    return lease->pool_id;
}

uint32_t berth_lease_iaid(const BerthLease *lease)
{
    return lease->iaid;
}

uint32_t berth_lease_valid_sec(const BerthLease *lease)
{
    return lease->valid_sec;
}

uint32_t berth_lease_preferred_sec(const BerthLease *lease)
{
    return lease->preferred_sec;
}

int64_t berth_lease_cltt(const BerthLease *lease)
{
    return lease->cltt;
}

int64_t berth_lease_expires(const BerthLease *lease)
{
    return berth_lease_end(lease);
}

BerthHwaddr berth_lease_hwaddr(const BerthLease *lease)
{
    return lease->hwaddr;
}

uint8_t berth_lease_hwaddr_source(const BerthLease *lease)
{
    return lease->hwaddr_source;
}

BerthBytes berth_lease_client_id(const BerthLease *lease)
{
    return lease->client_id;
}

BerthBytes berth_lease_hostname(const BerthLease *lease)
{
    return lease->hostname;
}

BerthBytes berth_lease_context(const BerthLease *lease)
{
    return lease->context;
}

bool berth_lease_fqdn_fwd(const BerthLease *lease)
{
    return lease->fqdn_fwd;
}

bool berth_lease_fqdn_rev(const BerthLease *lease)
{
    return lease->fqdn_rev;
}

uint64_t berth_lease_revision(const BerthLease *lease)
{
    return lease->revision;
}

bool berth_lease_is_foreign(const BerthLease *lease)
{
    return lease->is_foreign;
}

void berth_lease_clear(BerthLease *lease)
{
    *lease = (BerthLease){.addr = BERTH_ADDR4_ANY, .type = BERTH_LEASE_V4, .prefix_len = 32};
}

void berth_lease_set_type(BerthLease *lease, BerthLeaseType type)
{
    lease->type = (uint8_t)type;
}

void berth_lease_set_state(BerthLease *lease, BerthLeaseState state)
{
    lease->state = (uint8_t)state;
}

void berth_lease_set_addr(BerthLease *lease, BerthAddr addr, uint8_t prefix_len)
{
    lease->addr = addr;
    lease->prefix_len = prefix_len;
}

void berth_lease_set_subnet(BerthLease *lease, uint32_t subnet_id, uint32_t pool_id)
{
    lease->subnet_id = subnet_id;
    lease->pool_id = pool_id;
}

void berth_lease_set_iaid(BerthLease *lease, uint32_t iaid)
{
    lease->iaid = iaid;
}

void berth_lease_set_lifetimes(BerthLease *lease, uint32_t valid_sec, uint32_t preferred_sec)
{
    lease->valid_sec = valid_sec;
    lease->preferred_sec = preferred_sec;
}

void berth_lease_set_cltt(BerthLease *lease, int64_t cltt)
{
    lease->cltt = cltt;
}

void berth_lease_set_hwaddr(BerthLease *lease, BerthHwaddr hwaddr)
{
    lease->hwaddr = hwaddr;
}

void berth_lease_set_hwaddr_source(BerthLease *lease, uint8_t source)
{
    lease->hwaddr_source = source;
}

void berth_lease_set_client_id(BerthLease *lease, BerthBytes id)
{
    lease->client_id = id;
}

void berth_lease_set_hostname(BerthLease *lease, BerthBytes name, bool fwd, bool rev)
{
    lease->hostname = name;
    lease->fqdn_fwd = fwd;
    lease->fqdn_rev = rev;
}

void berth_lease_set_context(BerthLease *lease, BerthBytes json)
{
    lease->context = json;
}

void berth_lease_set_revision(BerthLease *lease, uint64_t revision)
{
    lease->revision = revision;
}

void berth_lease_set_foreign(BerthLease *lease, bool is_foreign)
{
    lease->is_foreign = is_foreign;
}

BerthLease *berth_lease_new(void)
{
    BerthLease *lease = g_new(BerthLease, 1);

    berth_lease_clear(lease);
    return lease;
}

void berth_lease_free(BerthLease *lease)
{
    g_free(lease);
}

bool berth_hwaddr_equal(BerthHwaddr a, BerthHwaddr b)
{
    return a.type == b.type && a.len == b.len && a.len <= BERTH_HWADDR_MAX &&
           memcmp(a.bytes, b.bytes, a.len) == 0;
}

BerthClient berth_lease_client(const BerthLease *lease)
{
    return (BerthClient){lease->hwaddr, lease->client_id, (BerthLeaseType)lease->type, lease->iaid};
}

bool berth_lease_has_identity(const BerthLease *lease)
{
    return lease->client_id.len > 0 || (lease->type == BERTH_LEASE_V4 && lease->hwaddr.len > 0);
}

BerthBytes berth_lease_binding(const BerthLease *lease, uint8_t buffer[BERTH_BINDING_MAX])
{
    bool is6 = lease->type != BERTH_LEASE_V4, by_id = is6 || lease->client_id.len > 0;
    BerthWriter w = berth_writer(buffer, BERTH_BINDING_MAX);

    if (!berth_lease_has_identity(lease))
        return (BerthBytes){0};
    berth_write_u32(&w, lease->subnet_id);
    berth_write_u32(&w, is6 ? lease->iaid : 0);
    berth_write_u8(&w, lease->type);
    berth_write_u8(&w, by_id);
    berth_write_u16(&w, by_id ? 0 : lease->hwaddr.type);
    berth_write(&w,
                by_id ? lease->client_id : (BerthBytes){lease->hwaddr.bytes, lease->hwaddr.len});
    return berth_writer_bytes(&w);
}

bool berth_lease_belongs_to(const BerthLease *lease, const BerthClient *client)
{
    /* RFC 9915 section 12: an identity association is known by its client's DUID, its type and its
     * IAID, and by nothing else. */
    if (lease->type != BERTH_LEASE_V4)
        return lease->type == client->type && lease->iaid == client->iaid && lease->client_id.len &&
               berth_bytes_equal(lease->client_id, client->client_id);
    /* RFC 2131 section 4.2: the client identifier is the identity when there is one; the hardware
     * address stands in only where one of the two sides has none. */
    if (lease->client_id.len && client->client_id.len)
        return berth_bytes_equal(lease->client_id, client->client_id);
    return lease->hwaddr.len && berth_hwaddr_equal(lease->hwaddr, client->hwaddr);
}

static const char *unfit_identity(const BerthLease *lease)
{
    size_t id_max = lease->type == BERTH_LEASE_V4 ? BYTES_MAX : DUID_MAX;

    if (lease->hwaddr.len > BERTH_HWADDR_MAX)
        return "its hardware address is longer than 20 bytes";
    if (lease->client_id.len > id_max)
        return lease->type == BERTH_LEASE_V4 ? "its client identifier is longer than 255 bytes"
                                             : "its DUID is longer than 130 bytes";
    /* A declined address is nobody's, so its record may be without an identity. */
    if (lease->state == BERTH_LEASE_DECLINED || lease->client_id.len)
        return NULL;
    if (lease->type != BERTH_LEASE_V4)
        return "it has no DUID";
    return lease->hwaddr.len ? NULL : "it has neither hardware address nor client identifier";
}

static const char *unfit_address(const BerthLease *lease)
{
    bool is4 = berth_addr_is4(lease->addr);

    if (is4 != (lease->type == BERTH_LEASE_V4))
        return "its address is not of the family of its type";
    if (berth_addr_is_any(lease->addr))
        return "it has no address";
    if (lease->type == BERTH_LEASE_V4)
        return lease->prefix_len == 32 ? NULL : "the prefix length of an IPv4 address is not 32";
    if (lease->type == BERTH_LEASE_NA)
        return lease->prefix_len == 128 ? NULL : "the prefix length of an IPv6 address is not 128";
    if (lease->prefix_len < 1 || lease->prefix_len > 128)
        return "the length of its prefix is not in 1..128";
    if (!berth_addr_equal(lease->addr, berth_prefix_first(lease->addr, lease->prefix_len)))
        return "its prefix has host bits set";
    return NULL;
}

const char *berth_lease_unfit(const BerthLease *lease)
{
    const char *why;

    if (lease->type != BERTH_LEASE_V4 && lease->type != BERTH_LEASE_NA &&
        lease->type != BERTH_LEASE_PD)
        return "its type is unknown";
    if (lease->state > BERTH_LEASE_REGISTERED)
        return "its state is unknown";
    if (lease->subnet_id == 0)
        return "its subnet identifier is 0";
    if (lease->cltt < 0 || lease->cltt > CLTT_MAX)
        return "its time is out of range";
    if (lease->hostname.len > BYTES_MAX)
        return "its host name is longer than 255 bytes";
    if (lease->context.len > CONTEXT_MAX)
        return "its user context is longer than 65535 bytes";
    why = unfit_address(lease);
    return why ? why : unfit_identity(lease);
}

static bool copy_bytes(BerthBytes *bytes, BerthArena *arena)
{
    *bytes = berth_arena_copy(arena, *bytes);
    return bytes->data || bytes->len == 0;
}

BerthLease *berth_lease_copy(const BerthLease *lease, BerthArena *arena)
{
    BerthLease *copy = berth_arena_take(arena, sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *lease;
    if (!copy_bytes(&copy->client_id, arena) || !copy_bytes(&copy->hostname, arena) ||
        !copy_bytes(&copy->context, arena))
        return NULL;
    return copy;
}
