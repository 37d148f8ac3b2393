/* test_journal - what a server writes to its own disk: its acknowledgements, and what it remembers
 * of its store. */
#include "journal.h"
#include "state.h"
#include "tests/lib/fake_server.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define PATH "/data/acks"
#define SET_A "7d2b0cf8-0000-4000-8000-00000000000a"
#define SET_B "7d2b0cf8-0000-4000-8000-00000000000b"

typedef struct Site {
    BerthDisk *disk;
    BerthServer *server;
    GString *got;
} Site;

static void site_init(Site *site)
{
    site->disk = berth_disk_new();
    site->server = berth_fake_server_new(site->disk);
    site->got = g_string_new(NULL);
}

static void settle(const Site *site)
{
    berth_fake_world_settle(berth_fake_server_world(site->server));
}

static void site_clear(Site *site)
{
    settle(site);
    berth_fake_server_free(site->server);
    berth_disk_free(site->disk);
    g_string_free(site->got, TRUE);
}

static void add(Journal *journal, int64_t now, const char *key, const char *value)
{
    journal_add(journal, now, berth_bytes(key), berth_bytes(value));
}

static void on_record(void *data, BerthBytes key, BerthBytes value)
{
    g_string_append_printf(data, "%.*s=%.*s ", (int)key.len, (const char *)key.data, (int)value.len,
                           (const char *)value.data);
}

/* What a server that starts now finds. */
static void check_found(Site *site, int64_t since, const char *want)
{
    Journal *journal = journal_new(site->server, PATH);

    g_string_truncate(site->got, 0);
    journal_read(journal, since, on_record, site->got);
    settle(site);
    journal_close(journal);
    settle(site);
    CHECK_TEXT(site->got->str, want);
}

static void write_some(Site *site)
{
    Journal *journal = journal_new(site->server, PATH);

    add(journal, 100, "a", "1");
    add(journal, 110, "b", "2");
    settle(site);
    add(journal, 120, "a", "3");
    journal_close(journal);
    settle(site);
}

static void test_journal(void)
{
    Site site;

    site_init(&site);
    berth_row("nothing yet");
    check_found(&site, 0, "= ");
    berth_row("of each address the last");
    write_some(&site);
    check_found(&site, 0, "b=2 a=3 = ");
    berth_row("not older than asked for");
    check_found(&site, 111, "a=3 = ");
    berth_row("another start goes on behind it");
    write_some(&site);
    check_found(&site, 0, "b=2 a=3 = ");
    berth_row("forgotten");
    {
        Journal *journal = journal_new(site.server, PATH);

        journal_discard(journal);
        journal_close(journal);
    }
    check_found(&site, 0, "= ");
    site_clear(&site);
}

static void append(Site *site, const char *bytes)
{
    BerthFile *file;

    CHECK_INT(berth_file_open(site->server, PATH, BERTH_OPEN_APPEND, &file), 0);
    CHECK_INT(berth_file_append(file, berth_bytes(bytes)), 0);
    berth_file_close(file);
}

static void cut(Site *site, int64_t by)
{
    BerthFile *file;

    CHECK_INT(berth_file_open(site->server, PATH, BERTH_OPEN_APPEND, &file), 0);
    CHECK_INT(berth_file_truncate(file, berth_file_size(file) - by), 0);
    berth_file_close(file);
}

static void test_damage(void)
{
    Site site;

    site_init(&site);
    write_some(&site);
    berth_row("its end is missing");
    cut(&site, 1);
    check_found(&site, 0, "a=1 b=2 = ");
    berth_row("garbage behind it");
    append(&site, "garbage, and more than a head of it");
    check_found(&site, 0, "a=1 b=2 = ");
    site_clear(&site);
}

static void test_rotation(void)
{
    g_autofree char *value = g_strnfill(1 << 20, 'x');
    Journal *journal;
    Site site;

    berth_row("two files, and no more");
    site_init(&site);
    journal = journal_new(site.server, PATH);
    add(journal, 1, "first", "1");
    for (int i = 0; i < 40; i++) {
        add(journal, 2, "big", value);
        settle(&site);
    }
    add(journal, 3, "last", "2");
    journal_close(journal);
    settle(&site);
    journal = journal_new(site.server, PATH);
    journal_read(journal, 0, on_record, site.got);
    settle(&site);
    CHECK(strstr(site.got->str, "first=") == NULL);
    CHECK_HAS(site.got->str, "last=2 = ");
    CHECK_INT(berth_file_unlink(site.server, PATH), 0);
    CHECK_INT(berth_file_unlink(site.server, PATH ".1"), 0);
    CHECK_INT(berth_file_unlink(site.server, PATH ".2"), -ENOENT);
    journal_close(journal);
    site_clear(&site);
}

static void test_full(void)
{
    Journal *journal;
    Site site;

    berth_row("the disk is full, is told of once, and works again");
    site_init(&site);
    journal = journal_new(site.server, PATH);
    berth_disk_set_capacity(site.disk, 0);
    for (int i = 0; i < 3; i++) {
        add(journal, 1, "a", "1");
        settle(&site);
        CHECK(journal_is_failing(journal));
    }
    CHECK(strstr(berth_fake_server_log(site.server), "LEASE_REDIS_JOURNAL_FAILED") != NULL);
    berth_fake_server_clear_log(site.server);
    add(journal, 1, "a", "1");
    settle(&site);
    CHECK_TEXT(berth_fake_server_log(site.server), "");
    berth_disk_set_capacity(site.disk, UINT64_MAX);
    add(journal, 1, "b", "2");
    settle(&site);
    CHECK(!journal_is_failing(journal));
    journal_close(journal);
    check_found(&site, 0, "b=2 = ");
    site_clear(&site);
}

/* ---- the state ---- */

static State *open_state(Site *site, GQueue *shared)
{
    g_autoptr(GError) error = NULL;
    State *state = NULL;

    CHECK_INT(state_open(site->server, shared, "/data/state", &state, &error), 0);
    return state;
}

static void test_state(void)
{
    GQueue shared = G_QUEUE_INIT;
    uint64_t id;
    State *state;
    Site site;

    site_init(&site);
    berth_row("an identifier of its own, that stays");
    state = open_state(&site, &shared);
    id = state->id;
    CHECK(id != 0);
    CHECK(state_last(state) == NULL);
    state_close(state);
    state = open_state(&site, &shared);
    CHECK(state->id == id);
    state_close(state);
    settle(&site);
    CHECK_INT(shared.length, 0);
    state = open_state(&site, &shared);
    CHECK(state->id == id);
    berth_row("data sets, the last one in use");
    state_note(state, SET_A, 1, 5);
    state_note(state, SET_B, 2, 6);
    state_note(state, SET_A, 3, UINT64_C(1) << 47);
    state_close(state);
    settle(&site);
    state = open_state(&site, &shared);
    CHECK_TEXT(state_last(state)->id, SET_A);
    CHECK_INT(state_last(state)->epoch, 3);
    CHECK(state_last(state)->counter == UINT64_C(1) << 47);
    CHECK(state_find(state, SET_B) && state_find(state, SET_B)->counter == 6);
    CHECK(state_find(state, "another") == NULL);
    berth_row("no more than so many");
    for (unsigned i = 0; i < 2 * STATE_SETS_MAX; i++) {
        g_autofree char *set = g_strdup_printf("7d2b0cf8-0000-4000-8000-%012u", i);

        state_note(state, set, i, i);
    }
    CHECK_INT(state->n_sets, STATE_SETS_MAX);
    CHECK_INT(state_last(state)->epoch, 2 * STATE_SETS_MAX - 1);
    state_close(state);
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"journal", test_journal}, {"damage", test_damage}, {"rotation", test_rotation},
    {"full", test_full},       {"state", test_state},   {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("lease_redis_journal", tests, argc, argv);
}
