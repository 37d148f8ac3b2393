/* play - the server as rows of text: one server in this process for each test, on a simulated
 * world. tests/v4/README.md has the words.
 *
 * Arguments: files, and names (or parts of names) of tests to run. */
#include "tests/lib/fake_echo.h"
#include "tests/lib/rows.h"
#include "tests/play/dialect.h"

#include <stdio.h>
#include <stdlib.h>

#define QUIET (2 * SIM_SEC) /* how long nothing has to come when nothing shall come */

/* The test that runs next, for CUnit's functions without arguments. */
static GPtrArray *wanted;
static GPtrArray *wanted_scripts;
static unsigned at_wanted;

void fail(const Play *play, const char *text)
{
    g_autofree char *base = g_path_get_basename(play->step->file);

    berth_row("%s:%u: %s %s", base, play->step->line, play->step->word, play->step->text);
    berth_check(false, __FILE__, __LINE__, text);
}

void check_text(const Play *play, const char *text)
{
    while (*text == ';' || *text == ' ')
        text++;
    if (*text)
        fail(play, text);
}

static bool need_server(Play *play)
{
    g_autofree char *why = play->site->server ? NULL : site_start(play->site);

    if (why)
        check_text(play, why);
    return !why || !*why;
}

/* ---- packets ---- */

void play_send(Play *play, char **args)
{
    Site *site = play->site;
    Query query = {0};
    const char *wrong;
    Client *client;

    if (!args[0] || !args[1]) {
        fail(play, "send WORD CLIENT …");
        return;
    }
    client = site_client(site, args[1]);
    wrong = query_make(args, client, site->address, &query);
    if (wrong)
        fail(play, wrong);
    else
        site_send(site, &query);
    if (query.payload)
        g_byte_array_unref(query.payload);
}

static void do_send(Play *play)
{
    play_send(play, play->step->args);
}

/* again CLIENT: the same bytes once more. */
static void do_again(Play *play)
{
    const Client *client = site_client(play->site, play->step->args[0]);

    site_send(play->site, &(Query){.datagram = client->datagram});
}

/* looped: what the server sent last comes back to it. */
static void do_looped(Play *play)
{
    Reply *reply = site_reply(play->site);
    BerthDatagram datagram;

    if (!reply) {
        fail(play, "there is no reply");
        return;
    }
    datagram = reply_datagram(reply);
    datagram.src = play->site->address;
    datagram.dst_port = dialect.family == 6 ? 547 : 67;
    sim_deliver(play->site->sim, &datagram, 0);
    reply_free(reply);
}

/* ---- expecting ---- */

static void expect_nothing(Play *play, char **args)
{
    const char *drops = NULL;
    g_autoptr(GString) wrong = g_string_new(NULL);

    for (; *args; args++)
        drops = script_value(*args, "drop");
    site_run(play->site, QUIET);
    if (!g_queue_is_empty(&play->site->replies)) {
        Reply *reply = g_queue_pop_head(&play->site->replies);

        g_string_append(wrong, "there is ");
        reply_describe(reply, wrong);
        reply_free(reply);
    }
    site_check_drops(play->site, drops, wrong);
    check_text(play, wrong->str);
}

static void expect_reply(Play *play, char **args)
{
    Reply *reply = site_reply(play->site);
    Client *client = args[1] ? site_client(play->site, args[1]) : NULL;
    g_autoptr(GString) wrong = g_string_new(NULL);

    if (!reply || !client) {
        fail(play, client ? "there is no reply" : "expect WORD CLIENT …");
        return;
    }
    if (strcmp(args[0], reply_word(reply)) != 0)
        g_string_append_printf(wrong, "; it is no %s", args[0]);
    reply_check(reply, client, args + 2, wrong);
    if (wrong->len) {
        g_string_append(wrong, ": ");
        reply_describe(reply, wrong);
    }
    check_text(play, wrong->str);
    reply_free(reply);
}

void play_expect(Play *play, char **args)
{
    if (strcmp(args[0], "nothing") == 0)
        expect_nothing(play, args + 1);
    else
        expect_reply(play, args);
}

static void do_expect(Play *play)
{
    if (play->step->args[0])
        play_expect(play, play->step->args);
    else
        fail(play, "expect what?");
}

/* ---- time and the server ---- */

static void do_wait(Play *play)
{
    int64_t usec = script_time(play->step->args[0]);

    if (usec < 0)
        fail(play, "no time");
    else
        site_run(play->site, usec);
}

static void restarted(Play *play)
{
    g_autofree char *why = site_start(play->site);

    check_text(play, why);
}

/* restart [loading=N]: with so many leases more, and on while they are loaded. */
static void do_restart(Play *play)
{
    const char *loading = play->step->args[0] ? script_value(play->step->args[0], "loading") : NULL;
    g_autofree char *why = NULL;

    site_stop(play->site);
    if (loading) {
        why = site_start_loading(play->site, (unsigned)strtoul(loading, NULL, 10));
        check_text(play, why);
    } else {
        restarted(play);
    }
}

static void do_crash(Play *play)
{
    site_crash(play->site);
    restarted(play);
}

static void do_reload(Play *play)
{
    g_autofree char *why = site_reload(play->site);

    check_text(play, why);
}

/* disk full|slow|ok */
static void do_disk(Play *play)
{
    const char *how = play->step->args[0];

    berth_disk_set_capacity(sim_disk(play->site->sim), strcmp(how, "full") == 0 ? 1 : UINT64_MAX);
    sim_slow_jobs(play->site->sim, strcmp(how, "slow") == 0 ? SIM_SEC / 2 : 0);
}

/* ---- looking inside ---- */

static bool is_state(const BerthLease *lease, const char *word)
{
    static const char *const states[] = {"active", "declined", "reclaimed", "released",
                                         "registered"};

    return lease->state < G_N_ELEMENTS(states) && strcmp(states[lease->state], word) == 0;
}

static void answered(void *data, BerthBytes answer)
{
    char **to = data;

    *to = g_strndup((const char *)answer.data, answer.len);
}

/* command JSON: runs it and waits for its answer. */
static void do_command(Play *play)
{
    Site *site = play->site;

    g_clear_pointer(&site->answer, g_free);
    berth_server_command(site->server, berth_bytes(play->step->text), answered, &site->answer);
    for (int i = 0; i < 1000 && !site->answer; i++)
        site_run(site, SIM_MSEC);
    if (!site->answer)
        fail(play, "there is no answer");
}

/* answer TEXT: the last answer has it somewhere. */
static void do_answer(Play *play)
{
    const char *answer = play->site->answer;

    if (!answer || !strstr(answer, play->step->text))
        fail(play, answer ? answer : "there is no answer");
}

/* logged TEXT: a message since the last such line has it, as "ID text". */
static void do_logged(Play *play)
{
    GString *heard = play->site->heard;

    if (!heard || !strstr(heard->str, play->step->text))
        fail(play, heard ? heard->str : "nothing is heard without 'hear'");
    else
        g_string_set_size(heard, 0);
}

/* lease ADDR none|STATE [CLIENT] [valid=N] [name=TEXT] */
static void do_lease(Play *play)
{
    char **args = play->step->args;
    const BerthTable *table = berth_leases_table(play->site->server->families[0]->env.leases);
    BerthAddr addr = BERTH_ADDR4_ANY;
    BerthLease lease;
    bool has;

    berth_addr_parse(args[0], &addr);
    has = berth_table_get(table, addr, &lease);
    if (strcmp(args[1], "none") == 0 || !has) {
        if (has || strcmp(args[1], "none") != 0)
            fail(play, has ? "there is a lease" : "there is no lease");
        return;
    }
    if (!is_state(&lease, args[1]))
        fail(play, "it has another state");
    for (args += 2; *args; args++) {
        const char *valid = script_value(*args, "valid"), *name = script_value(*args, "name");
        const Client *client = valid || name ? NULL : site_client(play->site, *args);

        if (valid && lease.valid_sec != strtoul(valid, NULL, 10))
            fail(play, "it has another lifetime");
        if (name && !berth_bytes_equal(lease.hostname, berth_bytes(name)))
            fail(play, "it has another host name");
        if (client && !client_has(client, &lease))
            fail(play, "it is another client's");
    }
}

/* context ADDR TEXT: the lease's user-context. */
static void do_context(Play *play)
{
    const BerthTable *table = berth_leases_table(play->site->server->families[0]->env.leases);
    const char *want = strchr(play->step->text, ' ');
    g_autoptr(GString) got = g_string_new(NULL);
    BerthAddr addr = BERTH_ADDR4_ANY;
    BerthLease lease;

    berth_addr_parse(play->step->args[0], &addr);
    if (!berth_table_get(table, addr, &lease)) {
        fail(play, "there is no lease");
        return;
    }
    g_string_append_len(got, (const char *)lease.context.data, (gssize)lease.context.len);
    if (strcmp(got->str, want ? want + 1 : "") != 0)
        fail(play, got->str);
}

/* counter NAME=N …; rows ADDR=N … */
static void do_numbers(Play *play)
{
    bool rows = strcmp(play->step->word, "rows") == 0;

    for (char **arg = play->step->args; *arg; arg++) {
        g_auto(GStrv) pair = g_strsplit(*arg, "=", 2);
        uint64_t got = rows ? site_rows(play->site, pair[0]) : site_counter(play->site, pair[0]);
        g_autofree char *text = g_strdup_printf("%s is %" G_GUINT64_FORMAT, pair[0], got);

        if (!pair[1] || got != g_ascii_strtoull(pair[1], NULL, 10))
            fail(play, text);
    }
}

/* asked ADDR=N: so many echo requests. */
static void do_asked(Play *play)
{
    g_auto(GStrv) pair = g_strsplit(play->step->args[0], "=", 2);
    BerthAddr addr = BERTH_ADDR4_ANY;
    unsigned got;

    berth_addr_parse(pair[0], &addr);
    got = berth_fake_host_asked(sim_world(play->site->sim), addr);
    if (!pair[1] || got != g_ascii_strtoull(pair[1], NULL, 10)) {
        g_autofree char *text = g_strdup_printf("%s was asked %u times", pair[0], got);

        fail(play, text);
    }
}

/* ---- a test ---- */

/* These need a server. */
static const Command commands[] = {
    {"send", do_send},       {"again", do_again},     {"looped", do_looped},
    {"expect", do_expect},   {"wait", do_wait},       {"restart", do_restart},
    {"crash", do_crash},     {"reload", do_reload},   {"disk", do_disk},
    {"lease", do_lease},     {"counter", do_numbers}, {"rows", do_numbers},
    {"command", do_command}, {"answer", do_answer},   {"logged", do_logged},
    {"context", do_context}, {"asked", do_asked},     {0},
};

static const Command *find_command(const Command *table, const char *word)
{
    while (table->word && strcmp(table->word, word) != 0)
        table++;
    return table->word ? table : NULL;
}

static bool play_step(Play *play, const Step *step)
{
    const Command *setting = find_command(settings, step->word);
    const Command *command = find_command(commands, step->word);

    if (!setting)
        setting = find_command(dialect.settings, step->word);
    if (!command)
        command = find_command(dialect.commands, step->word);
    play->step = step;
    if (!setting && !command) {
        fail(play, "no such word");
        return false;
    }
    if (command && !need_server(play))
        return false;
    (setting ? setting : command)->call(play);
    return true;
}

/* The server is alive, and nothing is left over. */
static void prove_life(Play *play)
{
    Step end = *play->step;

    end.word = (char *)"end of the test, behind";
    play->step = &end;
    expect_nothing(play, (char *[]){NULL});
    dialect_prove_life(play);
    if (berth_runner_in_work(play->site->server->runner) > 0)
        fail(play, "packets are left in work");
    if (berth_leases_pending(play->site->server->families[0]->env.leases) > 0)
        fail(play, "commits are left pending");
    check_text(play, play->site->wrong->str);
}

static void play_scene(const Script *script, const Scene *scene)
{
    const Scene *parts[] = {script->before, scene};
    Play play = {.site = site_new(), .ending = dialect.ending};
    bool going = true;

    for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
        for (unsigned i = 0; going && i < parts[p]->steps->len; i++)
            going = play_step(&play, parts[p]->steps->pdata[i]);
    if (going && play.step && play.site->server)
        prove_life(&play);
    site_free(play.site);
}

static void run_next(void)
{
    unsigned i = at_wanted++;

    play_scene(wanted_scripts->pdata[i], wanted->pdata[i]);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    bool any = false;

    for (int i = 1; i < argc; i++) {
        if (g_str_has_suffix(argv[i], ".txt"))
            continue;
        any = true;
        if (strstr(name, argv[i]))
            return true;
    }
    return !any;
}

static void want_tests(Script *script, GArray *tests, int argc, char **argv)
{
    for (unsigned i = 0; i < script->scenes->len; i++) {
        Scene *scene = script->scenes->pdata[i];
        BerthTest test = {scene->name, run_next};

        if (!is_wanted(scene->name, argc, argv))
            continue;
        g_array_append_val(tests, test);
        g_ptr_array_add(wanted, scene);
        g_ptr_array_add(wanted_scripts, script);
    }
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) scripts = g_ptr_array_new_with_free_func((GDestroyNotify)script_free);
    g_autoptr(GArray) tests = g_array_new(TRUE, TRUE, sizeof(BerthTest));
    int r;

    wanted = g_ptr_array_new();
    wanted_scripts = g_ptr_array_new();
    for (int i = 1; i < argc; i++) {
        Script *script = g_str_has_suffix(argv[i], ".txt") ? script_read(argv[i]) : NULL;

        if (script) {
            g_ptr_array_add(scripts, script);
            want_tests(script, tests, argc, argv);
        } else if (g_str_has_suffix(argv[i], ".txt")) {
            return 2;
        }
    }
    r = berth_tests_main(dialect.suite, (const BerthTest *)tests->data, 1, argv);
    g_ptr_array_unref(wanted);
    g_ptr_array_unref(wanted_scripts);
    return r;
}
