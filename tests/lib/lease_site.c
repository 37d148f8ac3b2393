/* lease_site - see lease_site.h. */
#include "tests/lib/lease_site.h"

#include "tests/lib/rows.h"
#include <ctype.h>
#include <stdlib.h>

static BerthVerdict on_expire(void *data, BerthLease *lease, bool was_declined)
{
    Site *site = data;

    CHECK_INT(was_declined, lease->state == BERTH_LEASE_DECLINED);
    g_string_append_c(site->events, was_declined ? 'd' : 'e');
    return site->verdict;
}

static void add_pool(Site *site, unsigned i, unsigned subnet, uint32_t first, uint32_t last)
{
    site->pools[i] = (BerthPool){
        .subnet = &site->subnets[subnet],
        .type = BERTH_LEASE_V4,
        .delegated_len = 32,
        .first = berth_addr4(first),
        .last = berth_addr4(last),
        .id = i,
        .index = i,
    };
}

static void make_conf(Site *site)
{
    site->subnets[0] = (BerthSubnet){.id = 1, .prefix_len = 29};
    site->subnets[1] = (BerthSubnet){.id = 2, .prefix_len = 16};
    site->subnets[0].prefix = berth_addr4(0x0a000000);
    site->subnets[1].prefix = berth_addr4(0x0a020000);
    add_pool(site, 0, 0, 0x0a000000, 0x0a000007);
    add_pool(site, 1, 1, 0x0a020100, 0x0a0201ff);
    add_pool(site, 2, 1, 0x0a020201, 0x0a020264);
    site->subnets[0].pools = &site->pools[0];
    site->subnets[0].n_pools = 1;
    site->subnets[1].pools = &site->pools[1];
    site->subnets[1].n_pools = 2;
    site->conf.v4.subnets = site->subnets;
    site->conf.v4.n_subnets = 2;
    site->conf.v4.pools = site->pools;
    site->conf.v4.n_pools = 3;
    site->conf.v4.hold_reclaimed_sec = 600;
    site->conf.v4.flush_reclaimed_wait_sec = 25;
}

static void add_pool6(Site *site, unsigned i, unsigned subnet, const char *first, const char *last,
                      BerthLeaseType type, uint8_t len)
{
    site->pools[i] = (BerthPool){
        .subnet = &site->subnets[subnet],
        .type = type,
        .delegated_len = len,
        .first = site_prefix(first).addr,
        .last = site_prefix(last).addr,
        .id = i,
        .index = i,
    };
    site->by_addr[i] = &site->pools[i];
}

static void make_conf6(Site *site)
{
    BerthFamilyConf *v6 = &site->conf.v6;

    site->subnets[0] = (BerthSubnet){.id = 1, .prefix_len = 64};
    site->subnets[1] = (BerthSubnet){.id = 2, .prefix_len = 64};
    site->subnets[0].prefix = site_prefix("2001:db8:1::").addr;
    site->subnets[1].prefix = site_prefix("2001:db8:2::").addr;
    add_pool6(site, 0, 0, "2001:db8:1::", "2001:db8:1::ffff:ffff:ffff:ffff", BERTH_LEASE_NA, 128);
    add_pool6(site, 1, 0, "2001:db8:a000::", "2001:db8:a000:ffff:ffff:ffff:ffff:ffff",
              BERTH_LEASE_PD, 56);
    add_pool6(site, 2, 0, "2001:db8:b000::", "2001:db8:b000:fff:ffff:ffff:ffff:ffff",
              BERTH_LEASE_PD, 60);
    add_pool6(site, 3, 1, "2001:db8:2::", "2001:db8:2::f", BERTH_LEASE_NA, 128);
    add_pool6(site, 4, 1, "2001:db8:c000::", "2001:db8:c000:3:ffff:ffff:ffff:ffff", BERTH_LEASE_PD,
              64);
    site->subnets[0].pools = &site->pools[0];
    site->subnets[0].pools_by_addr = &site->by_addr[0];
    site->subnets[0].pd_pools_by_addr = &site->by_addr[1];
    site->subnets[1].pools_by_addr = &site->by_addr[3];
    site->subnets[1].pd_pools_by_addr = &site->by_addr[4];
    site->subnets[0].n_pools = 1;
    site->subnets[0].pd_pools = &site->pools[1];
    site->subnets[0].n_pd_pools = 2;
    site->subnets[1].pools = &site->pools[3];
    site->subnets[1].n_pools = 1;
    site->subnets[1].pd_pools = &site->pools[4];
    site->subnets[1].n_pd_pools = 1;
    v6->subnets = site->subnets;
    v6->n_subnets = 2;
    v6->pools = site->pools;
    v6->n_pools = 5;
    v6->hold_reclaimed_sec = 600;
    v6->flush_reclaimed_wait_sec = 25;
}

static void init(Site *site, int family)
{
    static const BerthLogger quiet = {"kea-dhcp4", BERTH_LOG_NONE, 0};

    *site = (Site){.world = berth_fake_world_new(1, NULL), .events = g_string_new(NULL)};
    site->log = berth_log_new(&site->world->world);
    berth_log_configure(site->log, &quiet, 1);
    site->stats = berth_stats_new(&site->world->world);
    site->leases = berth_leases_new(&site->world->world, site->log, site->stats, family);
    site->backend = berth_fake_backend_new();
    if (family == 4)
        make_conf(site);
    else
        make_conf6(site);
    berth_leases_set_backend(site->leases, &berth_fake_backend, site->backend);
    berth_leases_on_expire(site->leases, on_expire, site);
    berth_leases_set_conf(site->leases, &site->conf);
}

void site_init(Site *site)
{
    init(site, 4);
}

BerthAddr site_large_addr(uint32_t number)
{
    return berth_addr4(0x0a400000 + number);
}

void site_init_large(Site *site, unsigned bits)
{
    BerthSubnet *subnet = &site->subnets[1];

    site_init(site);
    subnet->prefix = site_large_addr(0);
    subnet->prefix_len = 10;
    subnet->n_pools = 1;
    site->pools[1].first = site_large_addr(0);
    site->pools[1].last = site_large_addr((1u << bits) - 1);
    site->conf.v4.n_pools = 2;
}

void site_init6(Site *site)
{
    init(site, 6);
}

void site_clear(Site *site)
{
    berth_leases_free(site->leases);
    berth_fake_backend_free(site->backend);
    if (site->other)
        berth_fake_backend_free(site->other);
    berth_stats_free(site->stats);
    berth_log_free(site->log);
    berth_fake_world_free(site->world);
    g_string_free(site->events, TRUE);
}

void site_settle(Site *site)
{
    do
        berth_fake_world_settle(site->world);
    while (berth_fake_backend_finish(site->backend) > 0);
}

void site_pass(Site *site, int64_t sec)
{
    berth_fake_world_pass(site->world, sec * 1000000);
    site_settle(site);
}

BerthAddr site_addr(unsigned octet)
{
    return berth_addr4(0x0a000000 + octet);
}

BerthClient site_client(char letter)
{
    static const uint8_t ids[256] = {['A'] = 'A', ['B'] = 'B', ['C'] = 'C'};
    uint8_t number = (uint8_t)letter;
    BerthClient client = {.hwaddr = {.type = 1, .len = 6}};

    client.hwaddr.bytes[5] = (uint8_t)tolower(letter);
    if (isupper(letter))
        client.client_id = (BerthBytes){&ids[number], 1};
    return client;
}

BerthClient site_client6(char letter, BerthLeaseType type, uint32_t iaid)
{
    static uint8_t duids[256][6];
    uint8_t number = (uint8_t)letter;

    memcpy(duids[number], (uint8_t[]){0, 3, 0, 1, 2, number}, 6);
    return (BerthClient){.client_id = {duids[number], 6}, .type = type, .iaid = iaid};
}

BerthPrefix site_prefix(const char *text)
{
    BerthPrefix prefix = {.len = 128};

    CHECK_INT(strchr(text, '/') ? berth_prefix_parse(text, &prefix.addr, &prefix.len)
                                : berth_addr_parse(text, &prefix.addr),
              0);
    return prefix;
}

const char *site_prefix_text(BerthPrefix prefix, char text[BERTH_PREFIX_TEXT])
{
    char addr[BERTH_ADDR_TEXT];

    if (prefix.len == 128)
        g_strlcpy(text, berth_addr_text(prefix.addr, addr), BERTH_PREFIX_TEXT);
    else
        g_snprintf(text, BERTH_PREFIX_TEXT, "%s/%u", berth_addr_text(prefix.addr, addr),
                   prefix.len);
    return text;
}

BerthLease site_lease6(const Site *site, BerthPrefix prefix, const BerthClient *client)
{
    return (BerthLease){
        .addr = prefix.addr,
        .prefix_len = prefix.len,
        .type = client->type,
        .iaid = client->iaid,
        .client_id = client->client_id,
        .subnet_id = 1,
        .cltt = berth_leases_now(site->leases),
        .valid_sec = SITE_VALID,
        .preferred_sec = SITE_VALID / 2,
    };
}

BerthLease site_lease(const Site *site, unsigned octet, char letter)
{
    BerthClient client = site_client(letter);
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.addr = site_addr(octet);
    lease.subnet_id = 1;
    lease.cltt = berth_leases_now(site->leases);
    lease.valid_sec = SITE_VALID;
    lease.hwaddr = client.hwaddr;
    lease.client_id = client.client_id;
    return lease;
}

static void set_up_one(Site *site, char verb, unsigned octet, char letter)
{
    BerthLease lease = site_lease(site, octet, letter);
    BerthClient client = site_client(letter);

    if (verb == '?') {
        berth_leases_hold(site->leases, lease.addr, 1, &client);
        return;
    }
    if (verb == '~' || verb == 'r' || verb == 's')
        lease.cltt -= SITE_VALID + 1;
    lease.state = verb == '!'   ? BERTH_LEASE_DECLINED
                  : verb == 'r' ? BERTH_LEASE_RECLAIMED
                  : verb == 's' ? BERTH_LEASE_RELEASED
                                : BERTH_LEASE_ACTIVE;
    if (verb == '!') {
        lease.hwaddr.len = 0;
        lease.client_id.len = 0;
    }
    CHECK_INT(berth_leases_loaded(site->leases, &lease), 0);
}

void site_set_up(Site *site, const char *script)
{
    for (const char *at = script; *at;) {
        char verb = *at++, *end;
        unsigned octet;

        if (verb == ' ')
            continue;
        octet = (unsigned)strtoul(at, &end, 10);
        at = end;
        set_up_one(site, verb, octet, isalpha(*at) ? *at : 'z');
        at += isalpha(*at) != 0;
    }
}

static void set_up_one6(Site *site, const char *word)
{
    bool is_pd = g_ascii_isupper(word[1]);
    BerthClient client =
        site_client6((char)g_ascii_tolower(word[1]), is_pd ? BERTH_LEASE_PD : BERTH_LEASE_NA,
                     (uint32_t)(word[2] - '0'));
    BerthLease lease = site_lease6(site, site_prefix(word + 4), &client);

    if (*word == '?') {
        berth_leases_hold6(site->leases, site_prefix(word + 4), 1, &client);
        return;
    }
    if (strchr("~rs", *word))
        lease.cltt -= SITE_VALID + 1;
    lease.state = *word == '!'   ? BERTH_LEASE_DECLINED
                  : *word == 'r' ? BERTH_LEASE_RECLAIMED
                  : *word == 's' ? BERTH_LEASE_RELEASED
                  : *word == 'g' ? BERTH_LEASE_REGISTERED
                                 : BERTH_LEASE_ACTIVE;
    if (*word == '!')
        lease.client_id.len = 0;
    CHECK_INT(berth_leases_loaded(site->leases, &lease), 0);
}

void site_set_up6(Site *site, const char *script)
{
    g_auto(GStrv) words = g_strsplit(script, " ", -1);

    for (int i = 0; words[i]; i++)
        if (*words[i])
            set_up_one6(site, words[i]);
}

void site_committed(void *data, BerthCommitResult result)
{
    g_string_append_c(((Site *)data)->events, "ocfu"[result]);
}

BerthPropose site_propose(Site *site, const BerthLease *before, const BerthLease *after)
{
    BerthUnit *unit = berth_unit_new(site->leases);
    BerthPropose r = berth_unit_add(unit, before, after);

    if (r == BERTH_PROPOSED)
        berth_unit_submit(unit, site_committed, site);
    else
        berth_unit_abandon(unit);
    return r;
}

bool site_commit(Site *site, const BerthLease *after)
{
    BerthLease before;
    bool was = berth_table_get(berth_leases_table(site->leases), after->addr, &before);
    BerthPropose r = site_propose(site, was ? &before : NULL, after);

    site_settle(site);
    return r == BERTH_PROPOSED;
}

int64_t site_stat(Site *site, const char *name)
{
    g_autoptr(GString) text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);
    const char *at;

    berth_json_begin_object(json, NULL);
    berth_stats_write(site->stats, name, json);
    berth_json_end(json);
    berth_json_free(json);
    /* "name": [ [ 3, "2026-…" ] ]; a name may hold brackets, too. */
    at = strchr(text->str, ':');
    return at ? strtoll(at + strspn(at, ": ["), NULL, 10) : -1;
}

char *site_table6(const Site *site)
{
    static const char marks[] = {0, '!', 'r', 's', 'g'};
    GString *text = g_string_new(NULL);
    BerthAddr after = BERTH_ADDR6_ANY;
    BerthLease lease;

    while (berth_table_after(berth_leases_table(site->leases), after, &lease)) {
        char prefix[BERTH_PREFIX_TEXT],
            who = lease.client_id.len ? (char)lease.client_id.data[5] : '-';

        after = lease.addr;
        g_string_append_printf(text, "%s%c%u:%s", text->len ? " " : "",
                               lease.type == BERTH_LEASE_PD ? g_ascii_toupper(who) : who,
                               lease.iaid, site_prefix_text(berth_lease_prefix(&lease), prefix));
        if (marks[lease.state])
            g_string_append_c(text, marks[lease.state]);
    }
    return g_string_free(text, FALSE);
}

char *site_table(const Site *site)
{
    static const char marks[] = {0, '!', 'r', 's', '?'};
    GString *text = g_string_new(NULL);
    BerthAddr after = BERTH_ADDR4_ANY;
    BerthLease lease;

    while (berth_table_after(berth_leases_table(site->leases), after, &lease)) {
        after = lease.addr;
        g_string_append_printf(text, "%s%u", text->len ? " " : "", lease.addr.b[15]);
        if (lease.hwaddr.len)
            g_string_append_c(text, (char)lease.hwaddr.bytes[5]);
        if (marks[lease.state])
            g_string_append_c(text, marks[lease.state]);
    }
    return g_string_free(text, FALSE);
}
