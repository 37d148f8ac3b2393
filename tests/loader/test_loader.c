/* test_loader - plugins found, refused, loaded, kept, unloaded; on a server that was never started.
 */
#include "core/server/server.h"
#include "tests/lib/fake_world.h"
#include "tests/lib/rows.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Site {
    BerthFakeWorld *world;
    BerthServer *server;
    GString *log; /* what the kinds said, "t_good start;" */
    char *more;   /* a second plugin folder */
} Site;

static int no_ifaces(BerthWorld *world, BerthIfaceChange change, void *data)
{
    (void)world;
    (void)change;
    (void)data;
    return 0;
}

static void write_log(void *run, const BerthLogEvent *event)
{
    if (strcmp(event->id, "KIND") == 0)
        g_string_append_printf(((Site *)run)->log, "%s;", event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

static const char *kinds(void)
{
    return getenv("BERTH_KINDS");
}

static void site_init(Site *site, bool no_path_checks)
{
    static const BerthWorldOps ops = {.iface_watch = no_ifaces};
    g_autofree char *path = NULL;
    BerthServerOptions options = {.paths = {"/data", "/log", "/run", "/script"},
                                  .no_path_checks = no_path_checks};

    site->more = g_dir_make_tmp("berth-loader-XXXXXX", NULL);
    path = g_strdup_printf(":%s:%s", kinds(), site->more);
    options.plugin_path = path;
    site->world = berth_fake_world_new(1, &ops);
    site->server = berth_server_new(&site->world->world, &options);
    site->log = g_string_new(NULL);
    berth_log_add_sink(site->server->log, &sink, site);
}

static void site_clear(Site *site)
{
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", site->more);

    berth_server_free(site->server);
    berth_fake_world_free(site->world);
    g_string_free(site->log, TRUE);
    CHECK_INT(system(remove), 0);
    g_free(site->more);
}

/* ---- configuring ---- */

static BerthConf *read_conf(const char *plugins, const char *globals, BerthErrors *errors)
{
    g_autofree char *text =
        g_strdup_printf("{\"Dhcp4\": {%s \"plugins\": [%s]}}", globals ? globals : "", plugins);
    BerthDoc *doc = berth_doc_parse_json(berth_bytes(text), "test.conf", false, errors);

    return doc ? berth_conf_from_doc(doc, "test.conf", errors) : NULL;
}

/* What the server does at a reload. "" or the errors; g_free it. */
static char *configure(Site *site, const char *plugins, const char *globals)
{
    BerthErrors errors;
    BerthConf *conf;
    char *text;

    berth_errors_init(&errors);
    conf = read_conf(plugins, globals, &errors);
    if (conf)
        berth_server_make_families(site->server, conf);
    if (conf && berth_loader_prepare(site->server->loader, conf, &errors) &&
        berth_loader_apply(site->server->loader, conf, &errors)) {
        berth_conf_unref(site->server->conf);
        site->server->conf = berth_conf_ref(conf);
    }
    berth_conf_unref(conf);
    text = berth_errors_text(&errors);
    berth_errors_clear(&errors);
    berth_fake_world_settle(site->world);
    return text;
}

static void check_good(Site *site, const char *plugins)
{
    g_autofree char *errors = configure(site, plugins, NULL);

    CHECK_TEXT(errors, "");
}

static void check_log(Site *site, const char *want)
{
    CHECK_TEXT(site->log->str, want);
    g_string_truncate(site->log, 0);
}

static void take_answer(void *data, BerthBytes json)
{
    g_string_append_len(data, (const char *)json.data, (gssize)json.len);
}

static void check_command(Site *site, const char *name, const char *want)
{
    g_autofree char *json = g_strdup_printf("{\"command\": \"%s\"}", name);
    GString *answer = g_string_new(NULL);

    berth_server_command(site->server, berth_bytes(json), take_answer, answer);
    CHECK_HAS(answer->str, want);
    g_string_free(answer, TRUE);
}

#define GOOD "{\"name\": \"t_good\"}"
#define OTHER "{\"name\": \"t_other\"}"

/* ---- what is refused, and that nothing has changed then ---- */

static void test_refused(void)
{
    static const struct {
        const char *plugins, *globals, *error;
        const char *log;
    } rows[] = {
        /* clang-format off */
        {"{\"name\": \"t_nowhere\"}", NULL, "there is no plugin 't_nowhere' in /", ""},
        {"{\"name\": \"t_godo\"}", NULL, "did you mean 't_good'?", ""},
        {"{\"name\": \"t_abi\"}", NULL, "built for plugin interface 99, this server has 1", ""},
        {"{\"name\": \"t_sizes\"}", NULL, "the sizes in its descriptor are impossible", ""},
        {"{\"name\": \"t_misnamed\"}", NULL, "its file must be other.so, not t_misnamed.so", ""},
        {"{\"name\": \"t_bare\"}", NULL, "does not export berth_plugin", ""},
        {"{\"name\": \"t_unresolved\"}", NULL, "undefined symbol: berth_that_is_nowhere", ""},
        {"{\"name\": \"t_offset\"}", NULL, "'far' of its configuration table lies outside", ""},
        {"{\"name\": \"t_role\"}", NULL, "no role 'barista'", ""},
        {"{\"name\": \"t_needs\"}", NULL, "the plugin 't_needs' needs the plugin 't_good'", ""},
        {"{\"name\": \"t_needs\"}, " GOOD, NULL, "must be listed before it", ""},
        {"{\"name\": \"t_point\"}", NULL, "did you mean 'pkt4_receive'?", ""},
        {"{\"name\": \"t_subject\"}", NULL, "'lease4_select' takes BERTH_ON_LEASE, not BERTH_ON_PACKET", ""},
        {"{\"name\": \"t_prepare\"}", NULL, "'t_prepare' refuses its parameters: not today", ""},
        {GOOD ", {\"name\": \"t_command\"}", NULL, "provides the command 't-good', but so does t_good", ""},
        {"{\"name\": \"t_core_command\"}", NULL, "provides the command 'version-get', but so does the server", ""},
        {"{\"name\": \"t_good\", \"parameters\": {\"wrod\": \"x\"}}", NULL, "did you mean \"word\"?", ""},
        {"{\"name\": \"t_good\", \"parameters\": {\"count\": 10}}", NULL, "count", ""},
        {"{\"name\": \"t_good\", \"parameters\": {\"t-good-global\": 1}}", NULL, "t-good-global", ""},
        {GOOD, "\"t-good-gobal\": 1,", "did you mean \"t-good-global\"?", ""},
        {GOOD, "\"t-good-global\": \"x\",", "t-good-global", ""},
        {OTHER, "\"t-good-global\": 1,", "Dhcp4.t-good-global: unknown key", ""},
        {OTHER ", {\"name\": \"t_start\"}", NULL, "'t_start' can't start: no luck", "t_other start;t_start start;t_other stop;"},
        {GOOD ", {\"name\": \"t_start\"}", NULL, "'t_start' can't start: no luck", "t_start start;"},
        {OTHER ", {\"name\": \"t_veto\"}", NULL, "'t_veto' refuses this configuration", "t_other start;t_veto start;t_veto stop;t_other stop;"},
        /* clang-format on */
    };
    Site site;

    site_init(&site, false);
    check_good(&site, GOOD);
    check_log(&site, "t_good start;");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int again = 0; again < 2; again++) {
            g_autofree char *errors = configure(&site, rows[i].plugins, rows[i].globals);

            berth_row("%s %s", rows[i].plugins, rows[i].globals ? rows[i].globals : "");
            CHECK_HAS(errors, rows[i].error);
            check_log(&site, rows[i].log);
            check_command(&site, "t-good", "none 3 7, live 1");
        }
    }
    site_clear(&site);
}

/* ---- from load to unload ---- */

static void test_life(void)
{
    BerthConf *old;
    Site site;

    site_init(&site, false);
    check_good(&site, GOOD "," OTHER);
    check_log(&site, "t_good start;t_other start;");
    check_good(&site, GOOD "," OTHER);
    check_log(&site, "t_good apply;t_other apply;");

    berth_row("gone, but a packet still has the old snapshot");
    old = berth_conf_ref(site.server->conf);
    check_good(&site, "");
    check_log(&site, "");
    check_command(&site, "t-good", "not supported");
    berth_row("back before the packet was done");
    check_good(&site, GOOD);
    check_log(&site, "t_good apply;");
    check_command(&site, "t-good", "none 3 7, live 2");
    berth_row("the packet is done");
    berth_conf_unref(old);
    check_log(&site, "");
    berth_fake_world_settle(site.world);
    check_log(&site, "t_other stop;");
    check_command(&site, "t-good", "live 1");

    berth_row("gone, and loaded anew");
    check_good(&site, OTHER "," GOOD);
    check_log(&site, "t_other start;t_good apply;");
    check_good(&site, "");
    check_log(&site, "t_other stop;t_good stop;");
    check_good(&site, GOOD);
    check_log(&site, "t_good start;");
    site_clear(&site);
}

static void test_parameters(void)
{
    Site site;

    site_init(&site, false);
    g_free(configure(&site,
                     "{\"name\": \"t_good\", \"parameters\": {\"word\": \"hi\", \"count\": 5}}",
                     "\"t-good-global\": 11,"));
    check_command(&site, "t-good", "hi 5 11, live 1");
    check_command(&site, "plugin-list", "\"version\": \"1.2.3\"");
    check_command(&site, "plugin-list", "\"about\": \"a kind of plugin\"");
    check_good(&site, "{\"name\": \"t_larger\"}");
    check_command(&site, "plugin-list", "\"point\": \"pkt4_send\"");
    check_good(&site, GOOD ", {\"name\": \"t_needs\"}");
    site_clear(&site);
}

/* Maps of the configuration, as `globals`; `word` is what stands in their user-contexts. */
static char *with_contexts(const char *word)
{
    return g_strdup_printf(
        "\"subnet4\": [{\"id\": 7, \"subnet\": \"192.0.2.0/24\","
        "  \"user-context\": {\"t-good\": \"%s\"}}, {\"id\": 8, \"subnet\": \"192.0.3.0/24\"}],"
        "\"shared-networks\": [{\"name\": \"net\", \"user-context\": {\"t-good\": \"%s\"},"
        "  \"subnet4\": []}],"
        "\"client-classes\": [{\"name\": \"c\", \"template-test\": \"'a'\","
        "  \"user-context\": {\"t-good\": \"%s\"}}],",
        word, word, word);
}

static void test_contexts(void)
{
    g_autofree char *good = with_contexts("good"), *bad = with_contexts("bad");
    Site site;
    char *errors;

    site_init(&site, false);
    errors = configure(&site, GOOD, good);
    CHECK_TEXT(errors, "");
    check_command(&site, "t-good", "live 1, contexts 1 1 1");
    g_free(errors);
    berth_row("each that is refused is told, and the configuration is released again");
    errors = configure(&site, GOOD, bad);
    CHECK_HAS(errors,
              "test.conf:1: Dhcp4.subnet4[id 7].user-context: the plugin 't_good' refuses it: "
              "it is bad");
    CHECK_HAS(errors, "Dhcp4.shared-networks[net].user-context");
    CHECK_HAS(errors, "Dhcp4.client-classes[c].user-context");
    check_command(&site, "t-good", "live 1, contexts 1 1 1");
    g_free(errors);
    berth_row("so is what a check refuses");
    errors =
        configure(&site, "{\"name\": \"t_good\", \"parameters\": {\"word\": \"/etc/x\"}}", good);
    CHECK_HAS(errors, "is outside the script directory /script");
    check_command(&site, "t-good", "live 1");
    g_free(errors);
    site_clear(&site);
}

static void test_sink(void)
{
    uint64_t *events;
    Site site;

    site_init(&site, false);
    check_good(&site, "{\"name\": \"t_sink\"}");
    events = berth_server_counter(site.server, "t-sink-events");
    *events = 0;
    berth_log_write(site.server->log, BERTH_ERROR, "dhcp4", "ONE", "one");
    CHECK_INT(*events, 1);
    check_good(&site, "{\"name\": \"t_sink\"}");
    *events = 0;
    berth_log_write(site.server->log, BERTH_ERROR, "dhcp4", "TWO", "two");
    CHECK_INT(*events, 1);
    check_good(&site, "");
    *events = 0;
    berth_log_write(site.server->log, BERTH_ERROR, "dhcp4", "THREE", "three");
    CHECK_INT(*events, 0);
    site_clear(&site);
}

static void test_pin(void)
{
    BerthLibrary *pinned;
    size_t n;
    Site site;

    site_init(&site, false);
    check_good(&site, GOOD);
    pinned = berth_loader_pin(site.server->loader,
                              (const void *)(uintptr_t)berth_callouts_at(
                                  site.server->conf->callouts, BERTH_POINT_pkt4_receive, &n)
                                  ->hook.call.packet);
    CHECK(pinned != NULL);
    CHECK(berth_loader_pin(site.server->loader, (const void *)(uintptr_t)test_pin) == NULL);
    check_log(&site, "t_good start;");
    check_good(&site, "");
    check_log(&site, "");
    berth_loader_unpin(site.server->loader, pinned);
    berth_loader_unpin(site.server->loader, NULL);
    berth_fake_world_settle(site.world);
    check_log(&site, "t_good stop;");
    site_clear(&site);
}

/* A plugin that has yet to answer a command is not stopped, so that whoever answers it for the
 * plugin does not call into what is gone. */
static void test_deferred(void)
{
    GString *answer = g_string_new(NULL);
    Site site;

    site_init(&site, false);
    check_good(&site, "{\"name\": \"t_later\"}");
    berth_server_command(site.server, berth_bytes("{\"command\": \"t-later\"}"), take_answer,
                         answer);
    check_good(&site, "");
    check_log(&site, "t_later start;");
    check_command(&site, "t-later", "not supported");
    CHECK_TEXT(answer->str, "");
    berth_fake_world_pass(site.world, 1000000);
    berth_fake_world_settle(site.world);
    CHECK_HAS(answer->str, "\"later\"");
    check_log(&site, "t_later answers;t_later stop;");
    g_string_free(answer, TRUE);
    site_clear(&site);
}

/* A check without applying leaves nothing behind. */
static void test_only_checked(void)
{
    BerthErrors errors;
    BerthConf *conf;
    Site site;

    site_init(&site, false);
    berth_errors_init(&errors);
    conf = read_conf(GOOD, NULL, &errors);
    CHECK(berth_loader_prepare(site.server->loader, conf, &errors));
    berth_conf_unref(conf);
    conf = read_conf("{\"name\": \"t_point\"}", NULL, &errors);
    CHECK(!berth_loader_prepare(site.server->loader, conf, &errors));
    CHECK(conf->callouts == NULL);
    berth_conf_unref(conf);
    berth_errors_clear(&errors);
    check_log(&site, "");
    site_clear(&site);
}

/* What was started and stopped again begins with zeros when it is tried once more. */
static void test_tried_again(void)
{
    BerthErrors errors;
    BerthConf *conf;
    Site site;

    site_init(&site, false);
    berth_errors_init(&errors);
    conf = read_conf(OTHER ", {\"name\": \"t_start\"}", NULL, &errors);
    CHECK(berth_loader_prepare(site.server->loader, conf, &errors));
    for (int i = 0; i < 2; i++) {
        CHECK(!berth_loader_apply(site.server->loader, conf, &errors));
        check_log(&site, "t_other start;t_start start;t_other stop;");
    }
    berth_conf_unref(conf);
    berth_errors_clear(&errors);
    site_clear(&site);
}

/* ---- where the file is, and whose it is: HI-109 ---- */

static char *put_copy(Site *site, const char *name, int mode)
{
    g_autofree char *from = g_strdup_printf("%s/t_good.so", kinds());
    char *to = g_strdup_printf("%s/%s", site->more, name);
    g_autofree char *bytes = NULL;
    size_t len;

    CHECK(g_file_get_contents(from, &bytes, &len, NULL));
    CHECK(g_file_set_contents(to, bytes, (gssize)len, NULL));
    CHECK_INT(g_chmod(to, mode), 0);
    return to;
}

static void check_path(Site *site, const char *path, const char *want)
{
    g_autofree char *plugins = g_strdup_printf("{\"name\": \"%s\"}", path);
    g_autofree char *errors = configure(site, plugins, NULL);

    if (*want)
        CHECK_HAS(errors, want);
    else
        CHECK_TEXT(errors, "");
}

static void test_paths(void)
{
    g_autofree char *good = g_strdup_printf("%s/t_good.so", kinds());
    g_autofree char *dotted = g_strdup_printf("%s/../loader/t_good.so", kinds());
    g_autofree char *inside = NULL, *link = NULL, *broken = NULL;
    Site site;

    site_init(&site, false);
    berth_row("a path inside the folder");
    check_path(&site, good, "");
    check_path(&site, dotted, "");
    berth_row("no such path");
    check_path(&site, "/nonexistent/t_good.so", "No such file or directory");
    check_good(&site, "");

    berth_row("writable by others");
    inside = put_copy(&site, "t_copy.so", 0664);
    check_path(&site, inside, "may be written by others");
    CHECK_INT(g_chmod(inside, 0755), 0);
    check_path(&site, inside, "its file must be t_good.so, not t_copy.so");
    berth_row("a folder in which everybody may write");
    CHECK_INT(g_chmod(site.more, 0777), 0);
    check_path(&site, inside, "everybody may put files into the folder");
    CHECK_INT(g_chmod(site.more, 0700), 0);

    berth_row("a link that leads outside");
    link = g_strdup_printf("%s/t_link.so", site.more);
    CHECK_INT(symlink("/usr/lib/os-release", link), 0);
    check_path(&site, "t_link", "is not in the plugin folder");

    berth_row("no shared object at all");
    broken = g_strdup_printf("%s/t_broken.so", site.more);
    CHECK(g_file_set_contents(broken, "hello", -1, NULL));
    CHECK_INT(g_chmod(broken, 0644), 0);
    check_path(&site, "t_broken", "file too short");

    berth_row("by its name and by its path");
    {
        g_autofree char *both = g_strdup_printf("%s, {\"name\": \"%s\"}", GOOD, good);
        g_autofree char *errors = configure(&site, both, NULL);

        CHECK_HAS(errors, "is listed twice");
    }
    site_clear(&site);
}

static void test_owner(void)
{
    g_autofree char *inside = NULL;
    Site site;

    if (geteuid() != 0) {
        berth_test_skip("only root can give a file away");
        return;
    }
    site_init(&site, false);
    inside = put_copy(&site, "t_good2.so", 0644);
    CHECK_INT(chown(inside, 12345, 12345), 0);
    check_path(&site, inside, "belongs to user 12345");
    site_clear(&site);
}

static void test_unchecked(void)
{
    g_autofree char *path = NULL;
    Site site, elsewhere;

    site_init(&site, true);
    site_init(&elsewhere, true);
    path = put_copy(&elsewhere, "t_good.so", 0666);
    check_path(&site, path, "");
    check_command(&site, "t-good", "live 1");
    site_clear(&site);
    site_clear(&elsewhere);
}

/* Two servers in one process have nothing in common but the code. */
static void test_two_servers(void)
{
    Site one, two;

    site_init(&one, false);
    site_init(&two, false);
    check_good(&one, GOOD);
    check_good(&two, GOOD "," OTHER);
    check_log(&one, "t_good start;");
    check_log(&two, "t_good start;t_other start;");
    check_good(&one, "");
    check_log(&one, "t_good stop;");
    check_log(&two, "");
    check_command(&two, "t-good", "none 3 7, live 1");
    site_clear(&one);
    site_clear(&two);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"refused", test_refused},
        {"life", test_life},
        {"parameters", test_parameters},
        {"contexts", test_contexts},
        {"sink", test_sink},
        {"pin", test_pin},
        {"deferred", test_deferred},
        {"only-checked", test_only_checked},
        {"tried-again", test_tried_again},
        {"paths", test_paths},
        {"owner", test_owner},
        {"unchecked", test_unchecked},
        {"two-servers", test_two_servers},
        {0},
    };

    return berth_tests_main("loader", tests, argc, argv);
}
