/* config-write at a server in simulation: what is written, where, and that a failure leaves the old
 * file. The disk is the simulated one, which the server does not read its configuration from: a
 * test puts what was written where it is read. */
#include "tests/unit/server_bench.h"

#include <errno.h>

#define STORE(name) "{ type = \"memfile\"; name = \"" name "\"; lfc-interval = 0; }"
#define DHCP4(store)                                                                     \
    "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                    \
    "lease-database = " store ";\n"                                                      \
    "user-context = \"{ \\\"secret\\\": \\\"s3\\\", \\\"odd key\\\": null }\";\n"        \
    "option-data = ( { name = \"domain-name\"; data = \"a \\\"quoted\\\" name\"; } );\n" \
    "subnet4 = ( { id = 4294967294; subnet = \"10.0.0.0/16\"; pools = ( { pool = "       \
    "\"10.0.0.0/24\"; } ); } ); };\n"
#define DHCP6                                                                                \
    "Dhcp6 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                        \
    "lease-database = " STORE("a6.csv") ";\n"                                                \
                                        "subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; " \
                                        "interface = \"eth0\"; } ); };\n"

#define OLD "the old one"
#define WRITE "{\"command\": \"config-write\"}"
#define WRITE_TO(name) \
    "{\"command\": \"config-write\", \"arguments\": {\"filename\": \"" name "\"}}"
#define GET "{\"command\": \"config-get\"}"
#define TO_B                                                                       \
    "{\"command\": \"lease-backend-set\", \"arguments\": {\"type\": \"memfile\", " \
    "\"parameters\": {\"name\": \"b.csv\"}}}"

static const char *ask(Bench *bench, int family, const char *json)
{
    bench_ask(bench, family, json);
    return bench->answer->str;
}

static char *written(Bench *bench, const char *path)
{
    BerthBytes bytes = berth_disk_get(sim_disk(bench->sim), path);

    return bytes.data ? g_strndup((const char *)bytes.data, bytes.len) : NULL;
}

/* A server that is started with it shows what the old one did, in each family. */
static void check_restart(Bench *bench, const char *text)
{
    g_autofree char *before4 = g_strdup(ask(bench, 4, GET)),
                    *before6 = g_strdup(ask(bench, 6, GET));

    CHECK(bench_restart_file(bench, text));
    CHECK_TEXT(ask(bench, 4, GET), before4);
    CHECK_TEXT(ask(bench, 6, GET), before6);
}

/* ---- tests ---- */

static void test_written(void)
{
    Bench bench;
    g_autofree char *text = NULL, *want = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")) DHCP6);
    ask(&bench, 6, WRITE);
    text = written(&bench, bench.path);
    if (CHECK(text != NULL)) {
        want = g_strdup_printf("{ \"result\": 0, \"text\": \"Configuration written to %s "
                               "successful\", \"arguments\": { \"filename\": \"%s\", \"size\": "
                               "%zu } }",
                               bench.path, bench.path, strlen(text));
        CHECK_TEXT(bench.answer->str, want);
        CHECK_HAS(text, "            id = 4294967294L;\n");
        CHECK_HAS(text, "data = \"a \\\"quoted\\\" name\";");
        CHECK_HAS(text, "Dhcp6 = {\n");
        check_restart(&bench, text);
    }
    bench_clear(&bench);
}

static void test_secrets(void)
{
    Bench bench;
    g_autofree char *text = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")));
    CHECK_HAS(ask(&bench, 4, GET), "\"secret\": \"*****\"");
    CHECK_HAS(ask(&bench, 4, WRITE), "\"result\": 0");
    text = written(&bench, bench.path);
    CHECK_HAS(text ? text : "", "\\\"secret\\\": \\\"s3\\\", \\\"odd key\\\": null");
    bench_clear(&bench);
}

/* Without it the next start would be with the store that was left, which is refused. */
static void test_after_swap(void)
{
    Bench bench;
    g_autofree char *text = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")) DHCP6);
    CHECK_HAS(ask(&bench, 4, TO_B), "\"result\": 0");
    CHECK_HAS(ask(&bench, 4, GET), "\"name\": \"b.csv\"");
    CHECK_HAS(ask(&bench, 4, WRITE), "\"result\": 0");
    text = written(&bench, bench.path);
    if (CHECK(text != NULL)) {
        CHECK_HAS(text, "lease-database = {\n        type = \"memfile\";\n        name = "
                        "\"b.csv\";\n    };");
        CHECK_HAS(text, "name = \"a6.csv\";");
        CHECK(!strstr(text, "\"a.csv\""));
        check_restart(&bench, text);
    }
    bench_clear(&bench);
}

static void test_json(void)
{
    static const char json[] =
        "{ \"plugins\": [ { \"name\": \"log\", \"enabled\": false }, { \"name\": \"control\", "
        "\"enabled\": false }, { \"name\": \"t_backend\" } ], // of Kea's\n"
        "\"Dhcp4\": { \"interfaces-config\": { \"interfaces\": [ \"eth0\" ] },\n"
        "\"lease-database\": { \"type\": \"memfile\", \"name\": \"a.csv\" },\n"
        "\"subnet4\": [ { \"id\": 1, \"subnet\": \"10.0.0.0/16\" } ] } }";
    Bench bench;
    g_autofree char *text = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")));
    CHECK(bench_restart_file(&bench, json));
    CHECK_HAS(ask(&bench, 4, TO_B), "\"result\": 0");
    CHECK_HAS(ask(&bench, 4, WRITE), "\"result\": 0");
    text = written(&bench, bench.path);
    if (CHECK(text != NULL)) {
        CHECK_HAS(text, "{\n    \"plugins\": [\n");
        CHECK_HAS(text, "        \"lease-database\": {\n            \"type\": \"memfile\",\n"
                        "            \"name\": \"b.csv\"\n        }");
        check_restart(&bench, text);
    }
    bench_clear(&bench);
}

static void test_where(void)
{
    static const struct {
        const char *name, *json, *has;
    } rows[] = {
        {"another folder", WRITE_TO("/elsewhere/x.conf"),
         "\"result\": 1, \"text\": \"not allowed to write config into /elsewhere/x.conf: file "
         "/elsewhere/x.conf must be in the same directory as the config file ("},
        {"a folder inside", WRITE_TO("inside/x.conf"), "not allowed to write config into inside/"},
        {"a folder above", WRITE_TO("../x.conf"), "not allowed to write config into ../x.conf"},
        {"no name", WRITE_TO(""), "not allowed to write config into "},
        {"a number", "{\"command\": \"config-write\", \"arguments\": {\"filename\": 5}}",
         "\"result\": 1, \"text\": \"passed parameter 'filename' is not a string\""},
        {"no map", "{\"command\": \"config-write\", \"arguments\": [1]}",
         "\"result\": 1, \"text\": \"Argument must be a map\""},
    };
    Bench bench;
    g_autofree char *dir = NULL, *path = NULL, *ask_path = NULL, *plain = NULL, *full = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_HAS(ask(&bench, 4, rows[i].json), rows[i].has);
    }
    dir = g_path_get_dirname(bench.path);
    berth_row("a plain name");
    path = g_build_filename(dir, "plain.conf", NULL);
    CHECK_HAS(ask(&bench, 4, WRITE_TO("plain.conf")), path);
    plain = written(&bench, path);
    CHECK(plain != NULL && !written(&bench, bench.path));
    berth_row("the whole path");
    ask_path = g_strdup_printf(WRITE_TO("%s/full.conf"), dir);
    CHECK_HAS(ask(&bench, 4, ask_path), "\"result\": 0");
    g_free(path);
    path = g_build_filename(dir, "full.conf", NULL);
    full = written(&bench, path);
    CHECK_TEXT(full, plain);
    bench_clear(&bench);
}

static void check_refused(Bench *bench, const char *next)
{
    g_autofree char *kept = NULL, *left = NULL;

    CHECK_HAS(ask(bench, 4, WRITE), "\"result\": 1, \"text\": \"Error during config-write: Unable "
                                    "to write file ");
    kept = written(bench, bench->path);
    CHECK_TEXT(kept ? kept : "", OLD);
    left = written(bench, next);
    CHECK(left == NULL);
}

static void test_disk_fails(void)
{
    Bench bench;
    BerthDisk *on;
    g_autofree char *next = NULL;

    bench_init(&bench, DHCP4(STORE("a.csv")));
    on = sim_disk(bench.sim);
    next = g_strconcat(bench.path, ".new", NULL);
    berth_disk_put(on, bench.path, berth_bytes(OLD));
    berth_row("no file can be made");
    berth_disk_refuse(on, next, -EACCES);
    check_refused(&bench, next);
    berth_disk_refuse(on, next, 0);
    berth_row("the disk is full");
    berth_disk_set_capacity(on, 500);
    check_refused(&bench, next);
    berth_disk_set_capacity(on, UINT64_MAX);
    berth_row("it can be done again");
    CHECK_HAS(ask(&bench, 4, WRITE), "\"result\": 0");
    bench_clear(&bench);
}

/* At whatever call the power fails, there is the old file or the new one, and what was answered is
 * there. */
static void test_power_fails(void)
{
    bool failed = true;
    unsigned n = 0;

    for (unsigned nth = 1; failed; nth++) {
        g_autofree char *kept = NULL;
        bool answered;
        Bench bench;

        berth_row("at call %u", nth);
        bench_init(&bench, DHCP4(STORE("a.csv")));
        berth_disk_put(sim_disk(bench.sim), bench.path, berth_bytes(OLD));
        sim_fail_power_at(bench.sim, nth);
        ask(&bench, 4, WRITE);
        failed = sim_power_failed(bench.sim);
        answered = strstr(bench.answer->str, "\"result\": 0") != NULL;
        bench_kill(&bench);
        kept = written(&bench, bench.path);
        if (CHECK(kept != NULL) && strcmp(kept, OLD) == 0)
            CHECK(!answered);
        else
            CHECK(kept && g_str_has_suffix(kept, ");\n};\n"));
        n += failed;
        bench_clear(&bench);
    }
    CHECK(n >= 4);
}

static void test_hash(void)
{
    static const char hash_get[] = "{\"command\": \"config-hash-get\"}";
    g_autofree char *first = NULL, *shown = NULL;
    Bench bench;

    bench_init(&bench, DHCP4(STORE("a.csv")));
    first = g_strdup(ask(&bench, 4, hash_get));
    CHECK(g_regex_match_simple("^\\{ \"result\": 0, \"arguments\": \\{ \"hash\": \"[0-9A-F]{64}\" "
                               "\\} \\}$",
                               first, 0, 0));
    shown = g_strdup(strstr(first, "\"hash\""));
    CHECK_HAS(ask(&bench, 4, GET), shown);
    CHECK_TEXT(ask(&bench, 4, hash_get), first);
    berth_row("another configuration");
    CHECK_HAS(ask(&bench, 4, TO_B), "\"result\": 0");
    CHECK(strcmp(ask(&bench, 4, hash_get), first) != 0);
    berth_row("and that of a reload is in its answer");
    ask(&bench, 4, "{\"command\": \"config-reload\"}");
    CHECK_HAS(bench.answer->str, strstr(first, "\"hash\""));
    bench_clear(&bench);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"written", test_written},
        {"secrets", test_secrets},
        {"after a swap", test_after_swap},
        {"json", test_json},
        {"where", test_where},
        {"the disk fails", test_disk_fails},
        {"the power fails", test_power_fails},
        {"hash", test_hash},
        {0},
    };

    return berth_tests_main("confwrite", tests, argc, argv);
}
