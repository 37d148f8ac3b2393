/* test_schema - tables meeting texts: members, defaults, inheritance, and each complaint. */
#include "core/base/addr.h"
#include "core/base/json.h"
#include "core/conf/schema.h"
#include "tests/lib/rows.h"

typedef struct Output {
    const char *name;
    bool flush;
    int64_t size;
} Output;

typedef struct Inner {
    const char *word;
    BerthList outputs;
} Inner;

typedef struct All {
    bool yes, no;
    int64_t port, unset;
    double share;
    const char *text, *secret;
    int level, mode;
    BerthAddr addr;
    BerthList names;
    BerthList inner, usual;
    BerthList outputs;
    const BerthNode *any;
} All;

static const char *const levels[] = {"DEBUG", "INFO", "WARN", NULL};
static const char *const modes[] = {"false", "true", "when-asked", NULL};

/* clang-format off */
static const BerthConfItem output_items[] = {
    {"name", BERTH_STRING(Output, name), NULL, "where to", BERTH_CONF_REQUIRED},
    {"flush", BERTH_BOOL(Output, flush), "true", "at once"},
    {"size", BERTH_INT(Output, size), "7", "bytes | octets", .min = 1, .max = INT64_MAX},
    {0},
};

static const BerthConfItem inner_items[] = {
    {"word", BERTH_STRING(Inner, word), "w", "a word"},
    {"outputs", BERTH_LIST(Inner, outputs), NULL, "outputs",
     .items = output_items, .item_size = sizeof(Output)},
    {0},
};

static const BerthConfItem all_items[] = {
    {"yes", BERTH_BOOL(All, yes), "true", "a switch", BERTH_CONF_INHERIT},
    {"no", BERTH_BOOL(All, no), NULL, "a switch"},
    {"port", BERTH_INT(All, port), "67", "a port", BERTH_CONF_INHERIT, .min = 1, .max = 65535},
    {"unset", BERTH_INT(All, unset), NULL, "a number"},
    {"share", BERTH_REAL(All, share), "0.25", "a share", .min = 0, .max = 1},
    {"text", BERTH_STRING(All, text), NULL, "a text", BERTH_CONF_INHERIT, .min = 0, .max = 8},
    {"secret", BERTH_STRING(All, secret), NULL, "a secret", BERTH_CONF_SECRET},
    {"level", BERTH_WORD(All, level), "INFO", "a level", .words = levels},
    {"mode", BERTH_WORD(All, mode), NULL, "a mode", .words = modes},
    {"addr", BERTH_ADDR(All, addr), "192.0.2.1", "an address"},
    {"names", BERTH_STRINGS(All, names), "a, b", "names"},
    {"inner", BERTH_MAP(All, inner), NULL, "a map", .items = inner_items, .item_size = sizeof(Inner)},
    {"usual", BERTH_MAP(All, usual), "{}", "a map", .items = inner_items, .item_size = sizeof(Inner)},
    {"out-puts", BERTH_LIST(All, outputs), NULL, "a list",
     .items = output_items, .item_size = sizeof(Output)},
    {"out_puts", BERTH_ALIAS, "out-puts", "before 1.3"},
    {"any", BERTH_NODE(All, any), NULL, "anything"},
    {"old", BERTH_IGNORED, NULL, "nobody needs it"},
    {"db", BERTH_REFUSED, NULL, "use a plugin"},
    {0},
};
/* clang-format on */

typedef struct Run {
    BerthArena arena;
    BerthErrors errors;
    BerthFill fill;
    BerthDoc *doc;
    All all;
} Run;

static void begin(Run *run, const char *text, const All *parent)
{
    BerthFillTable table = {.items = all_items, .ret = &run->all, .parent = parent};

    *run = (Run){0};
    berth_arena_init(&run->arena, 1 << 20);
    berth_errors_init(&run->errors);
    run->fill = (BerthFill){.arena = &run->arena,
                            .errors = &run->errors,
                            .warnings = g_ptr_array_new_with_free_func(g_free)};
    run->doc = berth_doc_parse_json(berth_bytes(text), "f", true, &run->errors);
    if (CHECK(run->doc != NULL))
        berth_schema_fill(&run->fill, run->doc->root, "Top", &table, 1, sizeof(BerthConfItem));
}

static void end(Run *run)
{
    berth_doc_free(run->doc);
    g_ptr_array_unref(run->fill.warnings);
    berth_errors_clear(&run->errors);
    berth_arena_clear(&run->arena);
}

static char *joined(const GPtrArray *lines)
{
    BerthErrors errors = {.lines = (GPtrArray *)lines};

    return berth_errors_text(&errors);
}

static void check_addr(BerthAddr addr, const char *want)
{
    char text[BERTH_ADDR_TEXT];

    CHECK_TEXT(berth_addr_text(addr, text), want);
}

static void test_defaults(void)
{
    const Inner *usual;
    Run run;

    begin(&run, "{}", NULL);
    CHECK(!berth_errors_any(&run.errors));
    CHECK(run.all.yes && !run.all.no);
    CHECK_INT(run.all.port, 67);
    CHECK_INT(run.all.unset, -1);
    CHECK(run.all.share > 0.24 && run.all.share < 0.26);
    CHECK(!run.all.text && !run.all.secret && !run.all.any);
    CHECK_INT(run.all.level, 1);
    CHECK_INT(run.all.mode, 0);
    check_addr(run.all.addr, "192.0.2.1");
    CHECK_INT(run.all.names.n, 2);
    CHECK_TEXT(((const char *const *)run.all.names.at)[1], "b");
    CHECK_INT(run.all.inner.n, 0);
    CHECK_INT(run.all.outputs.n, 0);
    usual = run.all.usual.at;
    if (CHECK_INT(run.all.usual.n, 1))
        CHECK_TEXT(usual->word, "w");
    end(&run);
}

static void test_values(void)
{
    const Inner *inner;
    const Output *outputs;
    Run run;

    begin(&run,
          "{ \"yes\": false, \"no\": true, \"port\": 65535, \"unset\": -5, \"share\": 1,"
          " \"text\": \"12345678\", \"secret\": \"s\", \"level\": \"warn\", \"mode\": true,"
          " \"addr\": \"2001:db8::1\", \"names\": [\"x\"], \"any\": [1], \"old\": false,"
          " \"inner\": { \"comment\": \"c\", \"user-context\": {}, \"word\": \"v\","
          " \"outputs\": [ {\"name\": \"a\"}, {\"name\": \"b\", \"flush\": false} ] },"
          " \"out-puts\": [], \"db\": [], \"comment\": \"c\" }",
          NULL);
    CHECK(!berth_errors_any(&run.errors));
    CHECK_INT(run.fill.warnings->len, 0);
    CHECK(!run.all.yes && run.all.no);
    CHECK_INT(run.all.port, 65535);
    CHECK_INT(run.all.unset, -5);
    CHECK(run.all.share > 0.99);
    CHECK_TEXT(run.all.text, "12345678");
    CHECK_INT(run.all.level, 2);
    CHECK_INT(run.all.mode, 1);
    check_addr(run.all.addr, "2001:db8::1");
    CHECK_INT(run.all.names.n, 1);
    CHECK_INT(berth_node_kind(run.all.any), BERTH_NODE_LIST);
    inner = run.all.inner.at;
    if (CHECK_INT(run.all.inner.n, 1) && CHECK_INT(inner->outputs.n, 2)) {
        outputs = inner->outputs.at;
        CHECK_TEXT(outputs[1].name, "b");
        CHECK(outputs[0].flush && !outputs[1].flush);
        CHECK_INT(outputs[1].size, 7);
    }
    end(&run);
}

static void test_inherit(void)
{
    Run outer, run;

    begin(&outer, "{\"yes\": false, \"port\": 1067, \"text\": \"t\", \"unset\": 3}", NULL);
    begin(&run, "{\"text\": \"own\"}", &outer.all);
    CHECK(!run.all.yes);
    CHECK_INT(run.all.port, 1067);
    CHECK_TEXT(run.all.text, "own");
    CHECK_INT(run.all.unset, -1);
    end(&run);
    end(&outer);
}

typedef struct Row {
    const char *text, *want;
} Row;

/* clang-format off */
static void test_errors(void)
{
    static const Row rows[] = {
        {"[]", "f:1: Top: a list where a map is expected"},
        {"{\"yes\": 1}", "f:1: Top.yes: a number where true or false is expected"},
        {"{\"port\": \"67\"}", "f:1: Top.port: a string where a number is expected"},
        {"{\"port\": 1.5}", "f:1: Top.port: a fraction where a whole number is expected"},
        {"{\"port\": null}", "f:1: Top.port: null where a number is expected"},
        {"{\"port\": 0}", "f:1: Top.port: 0 is not in the range 1 to 65535"},
        {"{\"port\": 65536}", "f:1: Top.port: 65536 is not in the range 1 to 65535"},
        {"{\"share\": 1.5}", "f:1: Top.share: 1.5 is not in the range 0 to 1"},
        {"{\"share\": true}", "f:1: Top.share: a boolean where a number is expected"},
        {"{\"text\": {}}", "f:1: Top.text: a map where a string is expected"},
        {"{\"text\": \"123456789\"}", "f:1: Top.text: is too long: 9 bytes, at most 8"},
        {"{\"level\": \"WARM\"}",
         "f:1: Top.level: \"WARM\" is not one of DEBUG, INFO, WARN; did you mean \"WARN\"?"},
        {"{\"level\": \"x\"}", "f:1: Top.level: \"x\" is not one of DEBUG, INFO, WARN"},
        {"{\"level\": true}",
         "f:1: Top.level: a boolean where one of DEBUG, INFO, WARN is expected"},
        {"{\"addr\": \"300.1.1.1\"}", "f:1: Top.addr: \"300.1.1.1\" is not an IP address"},
        {"{\"addr\": 5}", "f:1: Top.addr: a number where an address is expected"},
        {"{\"names\": \"x\"}", "f:1: Top.names: a string where a list of strings is expected"},
        {"{\"names\": [\"x\",\n 5]}", "f:2: Top.names[1]: a number where a string is expected"},
        {"{\"inner\": []}", "f:1: Top.inner: a list where a map is expected"},
        {"{\"out-puts\": {}}", "f:1: Top.out-puts: a map where a list is expected"},
        {"{\"out-puts\": [\n{\"name\": \"a\"},\n3]}",
         "f:3: Top.out-puts[1]: a number where a map is expected"},
        {"{\"inner\": {\"outputs\": [ {\"name\": \"a\"},\n {\"size\": 0,\n \"nam\": 1} ]}}",
         "f:2: Top.inner.outputs[1]: the key \"name\" is missing\n"
         "f:2: Top.inner.outputs[1].size: 0 is less than 1\n"
         "f:3: Top.inner.outputs[1].nam: unknown key; did you mean \"name\"?"},
        {"{\"prot\": 1, \"qqqqqqq\": 2, \"commment\": 3, \"user_context\": {}}",
         "f:1: Top.prot: unknown key; did you mean \"port\"?\n"
         "f:1: Top.qqqqqqq: unknown key\n"
         "f:1: Top.commment: unknown key; did you mean \"comment\"?\n"
         "f:1: Top.user_context: unknown key; did you mean \"user-context\"?"},
        {"{\"secret\": [1]}", "f:1: Top.secret: a list where a string is expected"},
        {"{\"db\": {\"type\": \"mysql\"}}", "f:1: Top.db: is not supported: use a plugin"},
        {"{\"db\": null, \"old\": \"\"}", ""},
        {"{\"out-puts\": [], \"out_puts\": []}",
         "f:1: Top.out_puts: is \"out-puts\" once more; leave one of them out"},
        {"{\"out_puts\": [{}]}", "f:1: Top.out_puts[0]: the key \"name\" is missing"},
        {0},
    };

    for (const Row *row = rows; row->text; row++) {
        g_autofree char *got = NULL;
        Run run;

        berth_row("%s", row->text);
        begin(&run, row->text, NULL);
        got = berth_errors_text(&run.errors);
        CHECK_TEXT(got, row->want);
        end(&run);
    }
}

/* Whatever is wrong with it, what a secret holds is not told. */
static void test_secrets(void)
{
    typedef struct Safe {
        int64_t pin;
        int word;
        BerthAddr addr;
        const char *text;
    } Safe;
    static const BerthConfItem items[] = {
        {"pin", BERTH_INT(Safe, pin), NULL, "", BERTH_CONF_SECRET, .min = 1, .max = 9},
        {"word", BERTH_WORD(Safe, word), NULL, "", BERTH_CONF_SECRET, .words = levels},
        {"addr", BERTH_ADDR(Safe, addr), NULL, "", BERTH_CONF_SECRET},
        {"text", BERTH_STRING(Safe, text), NULL, "", BERTH_CONF_SECRET, .min = 0, .max = 3},
        {0},
    };
    Run run;
    Safe safe = {0};
    BerthFillTable table = {.items = items, .ret = &safe};
    g_autofree char *got = NULL;

    begin(&run, "{\"any\": {\"pin\": 4711, \"word\": \"4711\", \"addr\": \"4711\", \"text\": \"4711\"}}",
          NULL);
    berth_schema_fill(&run.fill, run.all.any, NULL, &table, 1, sizeof(BerthConfItem));
    got = berth_errors_text(&run.errors);
    CHECK_TEXT(got, "f:1: pin: the value is not in the range 1 to 9\n"
                    "f:1: word: the value is not one of DEBUG, INFO, WARN\n"
                    "f:1: addr: the value is not an IP address\n"
                    "f:1: text: is too long: 4 bytes, at most 3");
    end(&run);
}
/* clang-format on */

static void test_warnings(void)
{
    g_autofree char *got = NULL;
    const Output *outputs;
    All other = {0};
    BerthFillTable table = {.items = all_items, .ret = &other};
    Run run;

    begin(&run, "{\"old\": 1,\n \"out_puts\": [ {\"name\": \"x\"} ]}", NULL);
    berth_schema_fill(&run.fill, run.doc->root, "Again", &table, 1, sizeof(BerthConfItem));
    got = joined(run.fill.warnings);
    CHECK_TEXT(got, "f:1: Top.old: has no effect: nobody needs it\n"
                    "f:2: Top.out_puts: is the old spelling of \"out-puts\"");
    CHECK(!berth_errors_any(&run.errors));
    outputs = run.all.outputs.at;
    if (CHECK_INT(run.all.outputs.n, 1))
        CHECK_TEXT(outputs[0].name, "x");
    end(&run);
}

typedef struct Mine {
    int64_t here, there;
} Mine;

static const BerthConfItem mine_items[] = {
    {"here", BERTH_INT(Mine, here), "1", "of parameters", .flags = BERTH_CONF_REQUIRED},
    {"there", BERTH_INT(Mine, there), "2", "of the family", .flags = BERTH_CONF_GLOBAL},
    {0},
};

/* A plugin's table serves two maps: its parameters, and with its GLOBAL rows the family's. */
static void test_tables(void)
{
    Mine mine = {0};
    All all = {0};
    BerthFillTable tables[] = {
        {.items = all_items, .ret = &all},
        {.items = mine_items, .ret = &mine, .only_flags = BERTH_CONF_GLOBAL},
    };
    BerthFillTable parameters = {.items = mine_items, .ret = &mine};
    Run run;

    begin(&run, "{\"any\": {\"there\": 5, \"port\": 9, \"extra\": 1}}", NULL);
    run.fill.unclaimed = g_ptr_array_new();
    berth_schema_fill(&run.fill, run.all.any, "Top", tables, 2, sizeof(BerthConfItem));
    CHECK_INT(all.port, 9);
    CHECK_INT(mine.there, 5);
    if (CHECK_INT(run.fill.unclaimed->len, 1))
        CHECK_TEXT(berth_node_key(g_ptr_array_index(run.fill.unclaimed, 0)), "extra");
    CHECK(!berth_errors_any(&run.errors));

    berth_schema_fill(&run.fill, NULL, "parameters", &parameters, 1, sizeof(BerthConfItem));
    CHECK_INT(mine.there, 5);
    CHECK_INT(mine.here, 1);
    if (CHECK_INT(run.errors.lines->len, 1))
        CHECK_TEXT(g_ptr_array_index(run.errors.lines, 0),
                   "parameters: the key \"here\" is missing");
    CHECK_TEXT(berth_schema_suggest("thxxe", tables, 2, sizeof(BerthConfItem)), NULL);
    CHECK_TEXT(berth_schema_suggest("theere", tables, 2, sizeof(BerthConfItem)), "there");
    CHECK_TEXT(berth_schema_suggest("out_putz", tables, 2, sizeof(BerthConfItem)), "out-puts");
    g_ptr_array_unref(run.fill.unclaimed);
    end(&run);
}

/* Rows of a plugin that was compiled with a smaller or larger row. */
static void test_row_sizes(void)
{
    static const size_t row_sizes[] = {sizeof(BerthConfItem) - 2 * sizeof(void *),
                                       sizeof(BerthConfItem) + 16};

    for (size_t i = 0; i < G_N_ELEMENTS(row_sizes); i++) {
        g_autofree char *rows = g_malloc0(3 * row_sizes[i]);
        BerthFillTable table = {.items = (const BerthConfItem *)rows};
        Mine mine = {0};
        Run run;

        for (size_t r = 0; r < 2; r++)
            memcpy(rows + r * row_sizes[i], &mine_items[r],
                   MIN(row_sizes[i], sizeof(mine_items[r])));
        table.ret = &mine;
        begin(&run, "{\"any\": {\"here\": 8}}", NULL);
        berth_schema_fill(&run.fill, run.all.any, "Top", &table, 1, row_sizes[i]);
        CHECK_INT(mine.here, 8);
        CHECK(!berth_errors_any(&run.errors));
        end(&run);
    }
}

static void test_full(void)
{
    All all = {0};
    BerthFillTable table = {.items = all_items, .ret = &all};
    BerthArena small;
    Run run;

    begin(&run, "{}", NULL);
    berth_arena_init(&small, 16);
    run.fill.arena = &small;
    berth_schema_fill(&run.fill, run.doc->root, "Top", &table, 1, sizeof(BerthConfItem));
    CHECK(berth_errors_any(&run.errors));
    if (berth_errors_any(&run.errors))
        CHECK_HAS(g_ptr_array_index(run.errors.lines, 0), "the configuration is too large");
    berth_arena_clear(&small);
    end(&run);
}

/* clang-format off */
static void test_write(void)
{
    static const Row rows[] = {
        {"{}",
         "{ \"yes\": true, \"no\": false, \"port\": 67, \"share\": 0.25, \"level\": \"INFO\", "
         "\"mode\": \"false\", \"addr\": \"192.0.2.1\", \"names\": [ \"a\", \"b\" ], "
         "\"usual\": { \"word\": \"w\", \"outputs\": [ ] }, \"out-puts\": [ ] }"},
        {"{\"unset\": 5, \"secret\": \"4711\", \"text\": \"t\", \"addr\": \"::1\", \"mode\": \"when-asked\","
         " \"inner\": {\"outputs\": [{\"name\": \"n\"}]}, \"any\": {\"a\": [null, true, -1, 1.5, \"s\"]}}",
         "{ \"yes\": true, \"no\": false, \"port\": 67, \"unset\": 5, \"share\": 0.25, "
         "\"text\": \"t\", \"secret\": \"*****\", \"level\": \"INFO\", \"mode\": \"when-asked\", "
         "\"addr\": \"::1\", \"names\": [ \"a\", \"b\" ], \"inner\": { \"word\": \"w\", \"outputs\": "
         "[ { \"name\": \"n\", \"flush\": true, \"size\": 7 } ] }, \"usual\": { \"word\": \"w\", "
         "\"outputs\": [ ] }, \"out-puts\": [ ], \"any\": { \"a\": [ null, true, -1, 1.5, \"s\" ] } }"},
        {0},
    };

    for (const Row *row = rows; row->text; row++) {
        GString *text = g_string_new(NULL);
        BerthJson *json = berth_json_new(text, 0);
        Run run;

        begin(&run, row->text, NULL);
        berth_json_begin_object(json, NULL);
        berth_schema_write(all_items, &run.all, json);
        berth_json_end(json);
        berth_json_free(json);
        CHECK_TEXT(text->str, row->want);
        end(&run);
        g_string_free(text, TRUE);
    }
}

static void test_manual(void)
{
    GString *text = g_string_new(NULL);

    berth_schema_manual(all_items, text);
    CHECK_HAS(text->str, "| `yes` | boolean | true |  | a switch |\n| `no` | boolean | false |");
    CHECK_HAS(text->str, "\n| `port` | integer | 67 | 1 to 65535 | a port |\n");
    CHECK_HAS(text->str, "\n| `level` | word | INFO | DEBUG, INFO, WARN | a level |\n");
    CHECK_HAS(text->str, "\n| `inner.outputs[].name` | string | required |  | where to |\n");
    CHECK_HAS(text->str, "\n| `out-puts[].size` | integer | 7 | 1 and more | bytes \\| octets |\n");
    CHECK_HAS(text->str, "\n| `db` | not supported |  |  | use a plugin |\n");
    CHECK(!strstr(text->str, "out_puts"));
    g_string_free(text, TRUE);
}
/* clang-format on */

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"defaults", test_defaults}, {"values", test_values},       {"inherit", test_inherit},
        {"errors", test_errors},     {"secrets", test_secrets},     {"warnings", test_warnings},
        {"tables", test_tables},     {"row sizes", test_row_sizes}, {"full", test_full},
        {"write", test_write},       {"manual", test_manual},       {0},
    };

    return berth_tests_main("schema", tests, argc, argv);
}
