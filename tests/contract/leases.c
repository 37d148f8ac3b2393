/* leases - what the contract's leases look like. */
#include "tests/contract/contract_i.h"

#define FOREVER BERTH_LIFETIME_INFINITE
/* clang-format off */
static const Kind kinds[] = {
    {'a',  6,   0, BERTH_LEASE_ACTIVE,    3600,       0, NULL,              false, false, NULL},
    {'b',  6,   7, BERTH_LEASE_ACTIVE,    7200,       0, "b.example.org",   true,  false, NULL},
    {'c',  6, 255, BERTH_LEASE_ACTIVE,    60,         7, "c",               false, true,  NULL},
    {'d',  0,  19, BERTH_LEASE_ACTIVE,    3600,       1, "d.example",       true,  true,  "{ \"a\": 1 }"},
    {'e', 20,   2, BERTH_LEASE_ACTIVE,    1,          0, NULL,              false, false, "{ \"ISC\": { \"x\": \"a,b&#x2c\\n\" } }"},
    {'f',  6,   0, BERTH_LEASE_ACTIVE,    FOREVER,    0, "a,b\"c &#x2c;'d", false, false, NULL},
    {'g',  0,   0, BERTH_LEASE_DECLINED,  86400,      0, NULL,              false, false, NULL},
    {'h',  6,   7, BERTH_LEASE_RECLAIMED, 3600,       0, NULL,              false, false, NULL},
    {'r',  6,   7, BERTH_LEASE_RELEASED,  1,          0, "r.example.org",   false, false, NULL},
    {'s',  6,   7, BERTH_LEASE_RELEASED,  3600, 4000000, NULL,              false, false, NULL},
    {'m',  6,   0, BERTH_LEASE_ACTIVE,    FOREVER - 1, 0, NULL,             false, false, NULL},
    {'n', 20, 130, BERTH_LEASE_REGISTERED, 3600,      0, "n",               false, false, NULL},
    {0},
};
/* clang-format on */

const Kind *contract_kind(char letter)
{
    for (const Kind *kind = kinds; kind->letter; kind++)
        if (kind->letter == letter)
            return kind;
    return NULL;
}

static void fill6(BerthLease *lease, unsigned octet, const Kind *kind)
{
    bool is_prefix = octet % 3 == 0;

    lease->type = is_prefix ? BERTH_LEASE_PD : BERTH_LEASE_NA;
    lease->addr = (BerthAddr){{0x20, 1, 0x0d, 0xb8}};
    lease->addr.b[is_prefix ? 6 : 15] = (uint8_t)octet;
    lease->prefix_len = is_prefix ? 56 : 128;
    lease->iaid = UINT32_MAX - octet;
    lease->preferred_sec = kind->valid_sec / 2;
    lease->hwaddr.type = kind->hw_len ? 1 + (octet & 1) * 31 : 0;
    if (kind->id_len || kind->state != BERTH_LEASE_DECLINED)
        lease->client_id.len = CLAMP(kind->id_len, 3, 130);
}

void contract_fill_cell(BerthLease *lease, unsigned octet, Cell cell, uint8_t id[255])
{
    const Kind *kind = cell.kind;

    for (unsigned i = 0; i < 255; i++)
        id[i] = (uint8_t)(i + (uint8_t)kind->letter);
    berth_lease_clear(lease);
    lease->addr = berth_addr4(0x0a000000 + octet);
    lease->state = kind->state;
    lease->subnet_id = 1 + octet % 2 * 4000000;
    lease->pool_id = kind->pool_id;
    lease->valid_sec = kind->valid_sec;
    lease->cltt = CONTRACT_START + (int64_t)cell.version * 100;
    lease->hwaddr = (BerthHwaddr){.type = kind->hw_len ? 1 : 0, .len = kind->hw_len};
    memcpy(lease->hwaddr.bytes, id, kind->hw_len);
    lease->client_id = (BerthBytes){id, kind->id_len};
    berth_lease_set_hostname(lease, berth_bytes(kind->hostname), kind->fwd, kind->rev);
    lease->context = berth_bytes(kind->context);
    lease->revision = cell.revision;
    if (contract_family == 6)
        fill6(lease, octet, kind);
    else if (kind->state == BERTH_LEASE_REGISTERED)
        lease->state = BERTH_LEASE_ACTIVE; /* There is none of IPv4. */
}

void contract_fill(BerthLease *lease, unsigned octet, char letter, unsigned version,
                   uint8_t id[255])
{
    contract_fill_cell(lease, octet, (Cell){.kind = contract_kind(letter), .version = version}, id);
}

unsigned contract_octet(const BerthLease *lease)
{
    unsigned octet = lease->addr.b[15] | lease->addr.b[6];
    uint8_t id[255];
    BerthLease ours;

    contract_fill_cell(&ours, octet, (Cell){.kind = kinds}, id);
    return berth_addr_equal(lease->addr, ours.addr) ? octet : CONTRACT_ADDRS;
}

void contract_check(const BerthLease *got, unsigned octet, Cell cell)
{
    uint8_t id[255];
    BerthLease want;

    contract_fill_cell(&want, octet, cell, id);
    CHECK_INT(got->type, want.type);
    CHECK_INT(got->prefix_len, want.prefix_len);
    CHECK_INT(got->state, want.state);
    CHECK_INT(got->subnet_id, want.subnet_id);
    CHECK_INT(got->pool_id, want.pool_id);
    CHECK_INT(got->iaid, want.iaid);
    CHECK_INT(got->valid_sec, want.valid_sec);
    CHECK_INT(got->cltt, want.cltt);
    CHECK_INT(got->revision, want.revision);
    if (contract_family == 6)
        CHECK_INT(got->preferred_sec, want.preferred_sec);
    CHECK_INT(got->hwaddr.type, want.hwaddr.type);
    CHECK_INT(got->fqdn_fwd, want.fqdn_fwd);
    CHECK_INT(got->fqdn_rev, want.fqdn_rev);
    CHECK_BYTES(((BerthBytes){got->hwaddr.bytes, got->hwaddr.len}),
                ((BerthBytes){want.hwaddr.bytes, want.hwaddr.len}));
    CHECK_BYTES(got->client_id, want.client_id);
    CHECK_BYTES(got->hostname, want.hostname);
    CHECK_BYTES(got->context, want.context);
}
