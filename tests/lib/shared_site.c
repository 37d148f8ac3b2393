/* shared_site - see shared_site.h. */
#include "tests/lib/shared_site.h"

#include "tests/lib/rows.h"
#include <ctype.h>
#include <stdlib.h>

/* ---- the sink ---- */

static int take(void *data, const BerthLease *lease)
{
    return berth_leases_load(((Site *)data)->leases, lease);
}

static void expect(void *data, uint64_t leases)
{
    (void)data;
    (void)leases;
}

static int changed(void *data, const BerthLease *lease)
{
    return berth_leases_changed(((Site *)data)->leases, lease);
}

static int settled(void *data, const BerthLease *lease)
{
    return berth_leases_settled(((Site *)data)->leases, lease);
}

static void reload(void *data)
{
    berth_leases_reload_begin(((Site *)data)->leases);
}

static void share(void *data, const BerthShare *how)
{
    berth_leases_set_share(((Site *)data)->leases, how);
}

void site_share(Site *site)
{
    site->other = berth_fake_backend_beside(site->backend);
    site->backend->sink = (BerthLeaseSink){
        .take = take,
        .expect = expect,
        .data = site,
        .changed = changed,
        .settled = settled,
        .reload = reload,
        .share = share,
    };
    berth_fake_backend_announce(site->backend);
}

/* ---- words ---- */

typedef struct Word {
    char verb;
    unsigned octet;
    char client;
} Word;

static const char *read_word(const char *at, Word *ret)
{
    char *end;

    ret->verb = *at++;
    ret->octet = (unsigned)strtoul(at, &end, 10);
    ret->client = isalpha(*end) ? *end++ : 'z';
    return end;
}

/* False: nothing shall be there. */
static bool lease_of(Site *site, const Word *word, BerthLease *ret)
{
    *ret = site_lease(site, word->octet, word->client);
    if (word->verb == '~' || word->verb == 'r' || word->verb == 's')
        ret->cltt -= SITE_VALID + 1;
    ret->state = word->verb == '!'   ? BERTH_LEASE_DECLINED
                 : word->verb == 'r' ? BERTH_LEASE_RECLAIMED
                 : word->verb == 's' ? BERTH_LEASE_RELEASED
                                     : BERTH_LEASE_ACTIVE;
    if (word->verb == '!') {
        ret->hwaddr.len = 0;
        ret->client_id.len = 0;
    }
    return word->verb != '-';
}

/* What is stored is replaced, whatever it is. */
static void write_word(Site *site, const Word *word, const void *writer)
{
    const BerthFakeKept *kept = berth_fake_data_get(site->other->data, site_addr(word->octet));
    BerthUnit *unit = berth_unit_make();
    BerthLease after;
    bool is_there = lease_of(site, word, &after);

    berth_unit_put(unit, kept ? &kept->lease : NULL, is_there ? &after : NULL);
    berth_fake_data_write(site->other->data, unit, writer);
    berth_unit_destroy(unit);
}

static void lose_word(Site *site, const Word *word)
{
    BerthLease before;

    lease_of(site, word, &before);
    before.revision = UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT | 1;
    berth_fake_data_put(site->other->data, &before, site->backend);
}

static void propose_word(Site *site, const Word *word)
{
    BerthLease before, after;
    bool was = berth_table_get(berth_leases_table(site->leases), site_addr(word->octet), &before);
    bool is = lease_of(site, word, &after);

    if (site_propose(site, was ? &before : NULL, is ? &after : NULL) != BERTH_PROPOSED)
        g_string_append_c(site->events, 'b');
}

static void follow_backwards(BerthFakeBackend *fake)
{
    g_queue_reverse(&fake->stream);
    berth_fake_backend_follow(fake);
}

bool site_reload_step(Site *site)
{
    BerthReload reload = berth_leases_reload_step(site->leases);
    int r;

    if (reload != BERTH_RELOAD_LOAD)
        return reload == BERTH_RELOAD_WAIT;
    r = berth_fake_backend.load(site->backend, 2, &site->backend->sink, NULL);
    CHECK_INT(berth_leases_load_end(site->leases), 0);
    if (r == BERTH_LOAD_DONE)
        berth_leases_reload_read(site->leases);
    return true;
}

static const char *run_word(Site *site, const char *at)
{
    char verb = *at++;
    char *end = (char *)at;
    Word word;

    switch (verb) {
    case '=':
        at = read_word(at, &word);
        write_word(site, &word, site->backend);
        berth_fake_backend_follow(site->backend);
        return at;
    case 'o':
        at = read_word(at, &word);
        write_word(site, &word, site->other);
        return at;
    case 'p':
        at = read_word(at, &word);
        propose_word(site, &word);
        return at;
    case '?': {
        at = read_word(at - 1, &word);
        BerthClient client = site_client(word.client);

        berth_leases_hold(site->leases, site_addr(word.octet), 1, &client);
        return at;
    }
    case 'y':
        at = read_word(at - 1, &word);
        lose_word(site, &word);
        return at;
    case 'x':
        berth_fake_data_remove(site->other->data, site_addr((unsigned)strtoul(at, &end, 10)));
        return end;
    case 't':
        site_pass(site, strtol(at, &end, 10));
        return end;
    case 'R':
        berth_leases_reclaim(site->leases);
        site_settle(site);
        return at;
    case '.':
        site_settle(site);
        return at;
    case 'F':
    case 'U':
    case 'W':
        site->backend->unknown_written = verb == 'W';
        berth_fake_backend_answer(site->backend,
                                  verb == 'F' ? BERTH_COMMIT_FAILED : BERTH_COMMIT_UNKNOWN);
        return at;
    case 'f':
        berth_fake_backend_follow(site->backend);
        return at;
    case 'e':
        follow_backwards(site->backend);
        return at;
    case 'E':
        site->backend->echoes_first = true;
        return at;
    case 'q':
        berth_fake_backend_reread(site->backend);
        return at;
    case 'L':
        berth_fake_backend_miss(site->backend);
        return at;
    case 'N':
        berth_fake_backend_fail_over(site->backend);
        return at;
    case 'l':
        site_reload_step(site);
        return at;
    case 'z':
        while (site_reload_step(site))
            ;
        return at;
    default:
        CHECK_TEXT(at - 1, "a word");
        return at + strlen(at);
    }
}

void site_run(Site *site, const char *script)
{
    for (const char *at = script; *at;)
        at = *at == ' ' ? at + 1 : run_word(site, at);
}
