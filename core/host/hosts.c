/* hosts - see hosts.h. */
#include "core/host/hosts.h"
#include "core/base/bytes.h"
#include "core/set/index.h"
#include "core/set/slab.h"

/* One host in the set. */
typedef struct Entry {
    uint32_t next;   /* in the bucket of the index; the slab's while it is unused */
    uint32_t addrs;  /* its first one, 0: none */
    BerthHost *host; /* NULL: unused */
} Entry;

/* One of its addresses. */
typedef struct AddrEntry {
    uint32_t next;          /* as above */
    uint32_t following;     /* of the same host */
    uint32_t entry, number; /* of it */
} AddrEntry;

/* An identifier that hosts have, in whatever scope: most clients are nobody, and on a link of many
 * subnets one look says so. Only its hash is kept. */
typedef struct Known {
    uint32_t next; /* as above */
    uint32_t n;    /* hosts */
    uint64_t hash;
} Known;

struct BerthHosts {
    int refs; /* atomic: the last one may be dropped in a job */
    bool unique;
    uint32_t n_of_type[BERTH_HOST_ID_TYPES]; /* hosts: of most kinds there are none */
    BerthSlab entries, addrs, known;
    BerthIndex by_id, by_addr, known_ids;
};

/* Nobody outside chooses what is in the set, so nobody has to be kept from choosing buckets. */
static const BerthHashSeed seed = {1, 2};

/* ---- hashes ---- */

static uint64_t mix(uint64_t hash, uint32_t more)
{
    return (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15) >> 16 ^ hash;
}

static uint64_t hash_known(BerthHostIdType type, BerthBytes id)
{
    return mix(berth_hash(seed, id), (uint32_t)type);
}

static uint64_t hash_id(uint32_t subnet_id, BerthHostIdType type, BerthBytes id)
{
    return mix(hash_known(type, id), subnet_id);
}

static uint64_t hash_addr(uint32_t subnet_id, BerthAddr addr)
{
    return mix(berth_hash(seed, (BerthBytes){addr.b, sizeof(addr.b)}), subnet_id);
}

static Entry *entry_at(const BerthHosts *hosts, uint32_t handle)
{
    return berth_slab_at(&hosts->entries, handle);
}

static AddrEntry *addr_at(const BerthHosts *hosts, uint32_t handle)
{
    return berth_slab_at(&hosts->addrs, handle);
}

static uint64_t hash_of_entry(const void *owner, uint32_t handle)
{
    const BerthHost *host = entry_at(owner, handle)->host;

    return hash_id(host->subnet_id, berth_host_type(host), berth_host_id(host));
}

static uint32_t *link_of_entry(const void *owner, uint32_t handle)
{
    return &entry_at(owner, handle)->next;
}

static uint64_t hash_of_addr(const void *owner, uint32_t handle)
{
    const AddrEntry *at = addr_at(owner, handle);
    const BerthHost *host = entry_at(owner, at->entry)->host;

    return hash_addr(host->subnet_id, host->addrs[at->number].addr);
}

static uint32_t *link_of_addr(const void *owner, uint32_t handle)
{
    return &addr_at(owner, handle)->next;
}

static Known *known_at(const BerthHosts *hosts, uint32_t handle)
{
    return berth_slab_at(&hosts->known, handle);
}

static uint64_t hash_of_known(const void *owner, uint32_t handle)
{
    return known_at(owner, handle)->hash;
}

static uint32_t *link_of_known(const void *owner, uint32_t handle)
{
    return &known_at(owner, handle)->next;
}

static const BerthIndexOps known_ops = {hash_of_known, link_of_known};
static const BerthIndexOps id_ops = {hash_of_entry, link_of_entry};
static const BerthIndexOps addr_ops = {hash_of_addr, link_of_addr};

/* ---- the set ---- */

static void init(BerthHosts *hosts)
{
    memset(hosts->n_of_type, 0, sizeof(hosts->n_of_type));
    berth_slab_init(&hosts->entries, sizeof(Entry), BERTH_HOSTS_MAX);
    berth_slab_init(&hosts->addrs, sizeof(AddrEntry), BERTH_INDEX_HANDLE_MAX);
    berth_slab_init(&hosts->known, sizeof(Known), BERTH_HOSTS_MAX);
    berth_index_init(&hosts->by_id, &id_ops, hosts);
    berth_index_init(&hosts->known_ids, &known_ops, hosts);
    berth_index_init(&hosts->by_addr, &addr_ops, hosts);
}

static void clear(BerthHosts *hosts)
{
    for (uint32_t i = 1; i <= hosts->entries.used; i++)
        berth_host_unref(entry_at(hosts, i)->host);
    berth_index_clear(&hosts->by_id);
    berth_index_clear(&hosts->by_addr);
    berth_index_clear(&hosts->known_ids);
    berth_slab_clear(&hosts->entries);
    berth_slab_clear(&hosts->known);
    berth_slab_clear(&hosts->addrs);
}

BerthHosts *berth_hosts_new(bool unique)
{
    BerthHosts *hosts = g_new0(BerthHosts, 1);

    hosts->refs = 1;
    hosts->unique = unique;
    init(hosts);
    return hosts;
}

BerthHosts *berth_hosts_ref(BerthHosts *hosts)
{
    g_atomic_int_inc(&hosts->refs);
    return hosts;
}

void berth_hosts_unref(BerthHosts *hosts)
{
    if (!hosts || !g_atomic_int_dec_and_test(&hosts->refs))
        return;
    clear(hosts);
    g_free(hosts);
}

void berth_hosts_set_unique(BerthHosts *hosts, bool unique)
{
    hosts->unique = unique;
}

void berth_hosts_expect(BerthHosts *hosts, size_t n)
{
    if (n > BERTH_HOSTS_MAX)
        return;
    berth_index_reserve(&hosts->by_id, (uint32_t)n);
    berth_index_reserve(&hosts->known_ids, (uint32_t)n);
    berth_index_reserve(&hosts->by_addr, (uint32_t)n);
}

void berth_hosts_clear(BerthHosts *hosts)
{
    clear(hosts);
    init(hosts);
}

size_t berth_hosts_count(const BerthHosts *hosts)
{
    return hosts ? hosts->by_id.count : 0;
}

bool berth_hosts_have_addrs(const BerthHosts *hosts)
{
    return hosts->by_addr.count > 0;
}

/* ---- finding ---- */

static uint32_t find_id(const BerthHosts *hosts, uint32_t subnet_id, BerthHostIdType type,
                        BerthBytes id)
{
    uint32_t handle;

    if (hosts->by_id.count == 0)
        return 0;
    handle = berth_index_first(&hosts->by_id, hash_id(subnet_id, type, id));
    for (; handle; handle = entry_at(hosts, handle)->next) {
        const BerthHost *host = entry_at(hosts, handle)->host;

        if (host->subnet_id == subnet_id && host->id_type == type &&
            berth_bytes_equal(berth_host_id(host), id))
            break;
    }
    return handle;
}

const BerthHost *berth_hosts_find(const BerthHosts *hosts, uint32_t subnet_id, BerthHostIdType type,
                                  BerthBytes id)
{
    const uint32_t handle = find_id(hosts, subnet_id, type, id);

    return handle ? entry_at(hosts, handle)->host : NULL;
}

static uint32_t find_known(const BerthHosts *hosts, uint64_t hash)
{
    uint32_t handle = berth_index_first(&hosts->known_ids, hash);

    while (handle && known_at(hosts, handle)->hash != hash)
        handle = known_at(hosts, handle)->next;
    return handle;
}

bool berth_hosts_know(const BerthHosts *hosts, BerthHostIdType type, BerthBytes id)
{
    return hosts->n_of_type[type] > 0 && find_known(hosts, hash_known(type, id)) != 0;
}

const BerthHost *berth_hosts_next_of(const BerthHosts *hosts, uint32_t subnet_id,
                                     BerthPrefix prefix, uint32_t *iter)
{
    uint32_t handle;

    if (hosts->by_addr.count == 0)
        return NULL;
    handle = *iter ? addr_at(hosts, *iter)->next
                   : berth_index_first(&hosts->by_addr, hash_addr(subnet_id, prefix.addr));
    for (; handle; handle = addr_at(hosts, handle)->next) {
        const AddrEntry *at = addr_at(hosts, handle);
        const BerthHost *host = entry_at(hosts, at->entry)->host;
        const BerthHostAddr *addr = &host->addrs[at->number];

        if (host->subnet_id == subnet_id && addr->len == prefix.len &&
            berth_addr_equal(addr->addr, prefix.addr))
            break;
    }
    *iter = handle;
    return handle ? entry_at(hosts, addr_at(hosts, handle)->entry)->host : NULL;
}

const BerthHost *berth_hosts_next(const BerthHosts *hosts, uint64_t *from)
{
    while (*from < hosts->entries.used) {
        const BerthHost *host = entry_at(hosts, (uint32_t)++ * from)->host;

        if (host)
            return host;
    }
    return NULL;
}

/* ---- changing ---- */

static bool has_clash(const BerthHosts *hosts, const BerthHost *host, BerthHostsClash *ret)
{
    for (unsigned i = 0; i < host->n_addrs && hosts->unique; i++) {
        const BerthHostAddr *addr = &host->addrs[i];
        uint32_t iter = 0;

        ret->addr = addr;
        ret->other = berth_hosts_next_of(hosts, host->subnet_id,
                                         (BerthPrefix){addr->addr, addr->len}, &iter);
        if (ret->other)
            return true;
    }
    return false;
}

static void drop_addrs(BerthHosts *hosts, Entry *entry)
{
    while (entry->addrs) {
        const uint32_t handle = entry->addrs;

        entry->addrs = addr_at(hosts, handle)->following;
        berth_index_remove(&hosts->by_addr, handle);
        *addr_at(hosts, handle) = (AddrEntry){0};
        berth_slab_give(&hosts->addrs, handle);
    }
}

static bool add_addrs(BerthHosts *hosts, uint32_t handle, const BerthHost *host)
{
    for (unsigned i = 0; i < host->n_addrs; i++) {
        const uint32_t at = berth_slab_take(&hosts->addrs);

        if (at == 0)
            return false;
        *addr_at(hosts, at) =
            (AddrEntry){.following = entry_at(hosts, handle)->addrs, .entry = handle, .number = i};
        entry_at(hosts, handle)->addrs = at;
        berth_index_add(&hosts->by_addr, at, hash_addr(host->subnet_id, host->addrs[i].addr));
    }
    return true;
}

/* As many as there are hosts find room in the slab. */
static void know(BerthHosts *hosts, const BerthHost *host)
{
    const uint64_t hash = hash_known(berth_host_type(host), berth_host_id(host));
    uint32_t handle = find_known(hosts, hash);

    if (!handle) {
        handle = berth_slab_take(&hosts->known);
        known_at(hosts, handle)->hash = hash;
        berth_index_add(&hosts->known_ids, handle, hash);
    }
    known_at(hosts, handle)->n++;
    hosts->n_of_type[berth_host_type(host)]++;
}

static void forget(BerthHosts *hosts, const BerthHost *host)
{
    const uint32_t handle =
        find_known(hosts, hash_known(berth_host_type(host), berth_host_id(host)));

    hosts->n_of_type[berth_host_type(host)]--;
    if (--known_at(hosts, handle)->n > 0)
        return;
    berth_index_remove(&hosts->known_ids, handle);
    *known_at(hosts, handle) = (Known){0};
    berth_slab_give(&hosts->known, handle);
}

static void drop(BerthHosts *hosts, uint32_t handle)
{
    Entry *entry = entry_at(hosts, handle);
    BerthHost *host = entry->host;

    forget(hosts, host);
    drop_addrs(hosts, entry);
    berth_index_remove(&hosts->by_id, handle);
    *entry = (Entry){0};
    berth_slab_give(&hosts->entries, handle);
    berth_host_unref(host);
}

BerthHostsPut berth_hosts_put(BerthHosts *hosts, BerthHost *host, BerthHostsClash *ret_clash)
{
    const BerthHostIdType type = berth_host_type(host);
    const BerthBytes id = berth_host_id(host);
    BerthHostsClash clash = {.other = berth_hosts_find(hosts, host->subnet_id, type, id)};
    BerthHostsPut put = clash.other ? BERTH_HOSTS_HAVE_ID : BERTH_HOSTS_PUT;
    uint32_t handle;

    if (!put && has_clash(hosts, host, &clash))
        put = BERTH_HOSTS_HAVE_ADDR;
    if (ret_clash)
        *ret_clash = clash;
    if (put)
        return put;
    handle = berth_slab_take(&hosts->entries);
    if (handle == 0)
        return BERTH_HOSTS_FULL;
    entry_at(hosts, handle)->host = berth_host_ref(host);
    know(hosts, host);
    berth_index_add(&hosts->by_id, handle, hash_id(host->subnet_id, type, id));
    if (add_addrs(hosts, handle, host))
        return BERTH_HOSTS_PUT;
    drop(hosts, handle);
    return BERTH_HOSTS_FULL;
}

bool berth_hosts_remove(BerthHosts *hosts, const BerthHost *host)
{
    const uint32_t handle =
        find_id(hosts, host->subnet_id, berth_host_type(host), berth_host_id(host));

    if (handle == 0 || entry_at(hosts, handle)->host != host)
        return false;
    drop(hosts, handle);
    return true;
}
