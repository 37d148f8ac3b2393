/* test_node - JSON and libconfig texts, good and bad: the tree they make, or the exact complaint.
 */
#include "core/conf/node.h"
#include "tests/lib/rows.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct Row {
    const char *text, *want;
} Row;

typedef BerthDoc *(*Parse)(BerthBytes text, BerthErrors *errors);

static BerthDoc *parse_json_file(BerthBytes text, BerthErrors *errors)
{
    return berth_doc_parse_json(text, "f", true, errors);
}

static BerthDoc *parse_command(BerthBytes text, BerthErrors *errors)
{
    return berth_doc_parse_json(text, "<command>", false, errors);
}

static BerthDoc *parse_libconfig(BerthBytes text, BerthErrors *errors)
{
    return berth_doc_parse_libconfig(text, "f", errors);
}

/* A tree as short text; `lines` adds "@LINE" to members. */
static void show(GString *to, const BerthNode *node, bool lines)
{
    const char *separator = "";
    char real[G_ASCII_DTOSTR_BUF_SIZE];

    if (berth_node_key(node)) {
        g_string_append_printf(to, "%s", berth_node_key(node));
        if (lines)
            g_string_append_printf(to, "@%d", node->line);
        g_string_append_c(to, '=');
    }
    switch (berth_node_kind(node)) {
    case BERTH_NODE_NULL:
        g_string_append(to, "null");
        return;
    case BERTH_NODE_BOOL:
        g_string_append(to, berth_node_bool(node, false) ? "true" : "false");
        return;
    case BERTH_NODE_INT:
        g_string_append_printf(to, "%" G_GINT64_FORMAT, berth_node_int(node, 0));
        return;
    case BERTH_NODE_REAL:
        g_string_append_printf(to, "~%s",
                               g_ascii_formatd(real, sizeof(real), "%g", berth_node_real(node, 0)));
        return;
    case BERTH_NODE_STRING:
        g_string_append_printf(to, "'%s'", berth_node_string(node, NULL));
        return;
    default:
        break;
    }
    g_string_append_c(to, node->kind == BERTH_NODE_MAP ? '{' : '[');
    for (const BerthNode *n = berth_node_first(node); n; n = berth_node_next(n)) {
        g_string_append(to, separator);
        show(to, n, lines);
        separator = ",";
    }
    g_string_append_c(to, node->kind == BERTH_NODE_MAP ? '}' : ']');
}

static char *outcome(BerthDoc *doc, BerthErrors *errors, bool lines)
{
    GString *text;
    char *ret;

    CHECK((doc == NULL) == berth_errors_any(errors));
    if (doc) {
        text = g_string_new(NULL);
        show(text, doc->root, lines);
        ret = g_string_free(text, FALSE);
    } else {
        ret = berth_errors_text(errors);
    }
    berth_doc_free(doc);
    berth_errors_clear(errors);
    return ret;
}

/* On a copy without a NUL behind it, so that the sanitizer sees a read too far. */
static char *parse(BerthBytes bytes, Parse parser)
{
    uint8_t *exact = g_memdup2(bytes.data, bytes.len);
    BerthErrors errors;
    BerthDoc *doc;

    berth_errors_init(&errors);
    doc = parser((BerthBytes){exact, bytes.len}, &errors);
    g_free(exact);
    return outcome(doc, &errors, false);
}

static void check_rows(const Row *rows, Parse parser)
{
    for (; rows->text; rows++) {
        g_autofree char *got = parse(berth_bytes(rows->text), parser);

        berth_row("%.60s", rows->text);
        CHECK_TEXT(got, rows->want);
    }
}

/* clang-format off */
static void test_json_good(void)
{
    static const Row rows[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"null", "null"},
        {"[true, false, null]", "[true,false,null]"},
        {"[0, -0, 7, -12, 9223372036854775807, -9223372036854775808]",
         "[0,0,7,-12,9223372036854775807,-9223372036854775808]"},
        {"[0.5, -1.25e2, 1E3, 1e-400, .5, -.25]", "[~0.5,~-125,~1000,~0,~0.5,~-0.25]"},
        {"{\"a\": 1, \"b\": {\"c\": [\"x\"]}}", "{a=1,b={c=['x']}}"},
        {"{\"a\": 1, \"b\": [1, 2,],}", "{a=1,b=[1,2]}"},
        {"\xef\xbb\xbf{\"a\": 1}", "{a=1}"},
        {"# one\n{ // two\n/* three\n * / */ \"a\": /**/ 1 # four\n}\n// five", "{a=1}"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "'\"\\/\b\f\n\r\t'"},
        {"\"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00\"", "'A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'"},
        {"\"\xc3\xa9 # // /* <?include\"", "'\xc3\xa9 # // /* <?include'"},
        {"{\"\": 1}", "{=1}"},
        {"{\"a\": 1, \"A\": 2}", "{a=1,A=2}"},
        {0},
    };

    check_rows(rows, parse_json_file);
}

static void test_json_bad(void)
{
    static const Row rows[] = {
        {"", "f:1:1: the end of the text where a value is expected"},
        {"# only\n", "f:2:1: the end of the text where a value is expected"},
        {"{", "f:1:2: the end of the text where a key in quotes or '}' is expected"},
        {"{a: 1}", "f:1:2: 'a' where a key in quotes or '}' is expected"},
        {"{\"a\" 1}", "f:1:6: '1' where ':' is expected"},
        {"{\"a\":\n  }", "f:2:3: '}' where a value is expected"},
        {"{\"a\": 1 \"b\": 2}", "f:1:9: '\"' where ',' or '}' is expected"},
        {"[1 2]", "f:1:4: '2' where ',' or ']' is expected"},
        {"[1}", "f:1:3: '}' where ',' or ']' is expected"},
        {"[,]", "f:1:2: ',' where a value is expected"},
        {"[1,,]", "f:1:4: ',' where a value is expected"},
        {"{} {}", "f:1:4: '{' where the end of the text is expected"},
        {"[\xc3\xa9]", "f:1:2: '\xc3\xa9' where a value is expected"},
        {"[\x01]", "f:1:2: byte 0x01 where a value is expected"},
        {"{\"a\": 1,\n \"b\": 2,\n  \"a\": 3}", "f:3:3: \"a\" is given twice, first at f:1:2"},
        {"{\"b\": 1, \"a\": 2, \"a\": 3, \"b\": 4}",
         "f:1:18: \"a\" is given twice, first at f:1:10\n"
         "f:1:26: \"b\" is given twice, first at f:1:2"},
        {"01", "f:1:1: \"01\" is not a number: leave out the leading zeros"},
        {"-01", "f:1:1: \"-01\" is not a number: leave out the leading zeros"},
        {"+1", "f:1:1: '+' where a value is expected"},
        {".", "f:1:1: \".\" is not a number: a digit must follow the point"},
        {"-", "f:1:1: \"-\" is not a number"},
        {"1.", "f:1:1: \"1.\" is not a number: a digit must follow the point"},
        {"1e+", "f:1:1: \"1e+\" is not a number: its exponent has no digits"},
        {"1-2", "f:1:1: \"1-2\" is not a number"},
        {"0x10", "f:1:2: 'x' where the end of the text is expected"},
        {"1e400", "f:1:1: \"1e400\" is too large for a number"},
        {"9223372036854775808", "f:1:1: \"9223372036854775808\" does not fit into 64 bits"},
        {"-9223372036854775809", "f:1:1: \"-9223372036854775809\" does not fit into 64 bits"},
        {"NaN", "f:1:1: 'N' where a value is expected"},
        {"[TRUE]", "f:1:2: true must be written in lower case"},
        {"\"abc", "f:1:1: this string has no end"},
        {"\"abc\\\"", "f:1:1: this string has no end"},
        {"\"abc\\", "f:1:1: this string has no end"},
        {"\"a\nb\"", "f:1:3: a control character in a string; write it as an escape, like \\n or \\t"},
        {"\"\\x41\"", "f:1:2: an unknown escape; a backslash itself is written \\\\"},
        {"\"\\u12\"", "f:1:2: \\u needs four hex digits"},
        {"\"\\u0000\"", "f:1:2: a NUL character cannot be in a string"},
        {"\"a\\ud800\"", "f:1:3: a surrogate without its other half"},
        {"\"\\ud800\\u0041\"", "f:1:2: a surrogate without its other half"},
        {"\"\\udc00\\ud800\"", "f:1:2: a surrogate without its other half"},
        {"\n \"\xff\"", "f:2:3: byte 0xff is not UTF-8 here; save the text as UTF-8"},
        {"\"\xed\xa0\x80\"", "f:1:2: byte 0xed is not UTF-8 here; save the text as UTF-8"},
        {"{ /* no end", "f:1:3: this comment has no end; close it with */"},
        {"/*/", "f:1:1: this comment has no end; close it with */"},
        {"{} / ", "f:1:4: '/' where the end of the text is expected"},
        {"<?include x?>", "f:1:1: an include is written <?include \"file\"?>"},
        {"<?include \"x\n\"?>", "f:1:1: an include is written <?include \"file\"?>"},
        {"<?include \"\"?>", "f:1:1: an include names no file"},
        {0},
    };

    check_rows(rows, parse_json_file);
}

static void test_command(void)
{
    static const Row rows[] = {
        {"{\"command\": \"list-commands\"}", "{command='list-commands'}"},
        {"<?include \"/etc/passwd\"?>", "<command>:1:1: <?include?> is only allowed in files"},
        {"{\"a\": x", "<command>:1:7: 'x' where a value is expected"},
        {0},
    };

    check_rows(rows, parse_command);
}

static void test_libconfig_good(void)
{
    static const Row rows[] = {
        {"", "{}"},
        {"Dhcp4: { valid-lifetime = 4000; subnet4 = ( { subnet = \"10.0.0.0/8\"; } ); };",
         "{Dhcp4={valid-lifetime=4000,subnet4=[{subnet='10.0.0.0/8'}]}}"},
        {"a = 2147483648; b = -2147483649; c = 0xffffffff; d = 9223372036854775807;",
         "{a=2147483648,b=-2147483649,c=4294967295,d=9223372036854775807}"},
        {"a = -9223372036854775808; b = 5L; c = +7; d = 010; e = 0x1F;",
         "{a=-9223372036854775808,b=5,c=7,d=10,e=31}"},
        {"a = [1, 5000000000]; b = [];", "{a=[1,5000000000],b=[]}"},
        {"a = \"4294967296 # // /* @include\"; b2147483648 = 1; x-3000000000 = 2;",
         "{a='4294967296 # // /* @include',b2147483648=1,x-3000000000=2}"},
        {"# 9999999999\na = 1; // 9999999999999999999999\n/* 99999999999999999999 */ b = 2;",
         "{a=1,b=2}"},
        {"a/* x */= 1;", "{a=1}"},
        {"a = 1.5; b = .5; c = -2e3; d = 1E+2; e = 3.;", "{a=~1.5,b=~0.5,c=~-2000,d=~100,e=~3}"},
        {"a = true; b = FALSE;", "{a=true,b=false}"},
        {"a = \"x\" \"y\"; b = \"\\x41\\\"\\\\\";", "{a='xy',b='A\"\\'}"},
        {"\xef\xbb\xbf" "a = 1", "{a=1}"},
        {"user-context = \"{ \\\"odd key\\\": [ 1, null ] }\";", "{user-context={odd key=[1,null]}}"},
        {"user-context = \"text\"; other = \"{}\";", "{user-context='text',other='{}'}"},
        {0},
    };

    check_rows(rows, parse_libconfig);
}

static void test_libconfig_bad(void)
{
    static const Row rows[] = {
        {"a = 1;\nb = 9223372036854775808;", "f:2:5: 9223372036854775808 does not fit into 64 bits"},
        {"a = -9223372036854775809L;", "f:1:5: -9223372036854775809L does not fit into 64 bits"},
        {"a = 0x10000000000000000;", "f:1:5: 0x10000000000000000 does not fit into 64 bits"},
        {"a = 1;\n\na = 2;", "f:3: this key is given twice in its group"},
        {"a = [ 1, \"x\" ];",
         "f:1: the elements of an array [ ] are of one type; write a list ( ) instead"},
        {"a = 1;\nb = ;", "f:2: syntax error"},
        {"a = {", "f:1: syntax error"},
        {"1a = 3;", "f:1: syntax error"},
        {"a = 12x;", "f:1: syntax error"},
        {"a = 1e999;", "f:1: this number is too large"},
        {"a = 1;\n b = \"x", "f:2:6: this string has no end"},
        {"a = \"x\\x00y\";", "f:1:7: a NUL character cannot be in a string"},
        {"a = \"\\xff\";", "f:1: the escapes of this string make no valid UTF-8"},
        {"a = 1; /* x", "f:1:8: this comment has no end; close it with */"},
        {"a = \"\xff\";", "f:1:6: byte 0xff is not UTF-8 here; save the text as UTF-8"},
        {"a = 1; @include \"x\"", "f:1:8: @include must be the first word of its line"},
        {"@include x", "f:1:1: an include is written @include \"file\""},
        {"a = 1;\nuser-context = \"{ x }\";",
         "f:2: in this string, JSON:1:3: 'x' where a key in quotes or '}' is expected"},
        {0},
    };

    check_rows(rows, parse_libconfig);
}
/* clang-format on */

/* Both ways of writing are checked by what reads them. */
static void test_written(void)
{
    static const struct {
        const char *name, *text, *libconfig;
    } rows[] = {
        {"nothing", "{}", ""},
        {"values", "{\"a\": true, \"b\": -5, \"c\": 2147483648, \"d\": 1.0, \"e\": 0.1}",
         "a = true;\nb = -5;\nc = 2147483648L;\nd = 1.0;\ne = 0.1;\n"},
        {"strings", "{\"a\": \"x\\\"\\\\ # \\n\\u0001\\u007f\xc3\xa9\"}",
         "a = \"x\\\"\\\\ # \\n\\x01\\x7f\xc3\xa9\";\n"},
        {"inner", "{\"a\": {\"b\": [1, \"x\", {}], \"c\": []}}",
         "a = {\n    b = (\n        1,\n        \"x\",\n        { }\n    );\n    c = ( );\n};\n"},
        {"free-form", "{\"user-context\": {\"odd key\": [null, \"\\\"\"]}}",
         "user-context = \"{ \\\"odd key\\\": [ null, \\\"\\\\\\\"\\\" ] }\";\n"},
        {"the ends of integers", "{\"a\": -9223372036854775808, \"b\": 9223372036854775807}",
         "a = -9223372036854775808L;\nb = 9223372036854775807L;\n"},
        {"a key that is no name", "{\"a b\": 1}", NULL},
        {"a null", "{\"a\": null}", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL, *json = NULL, *why = NULL;
        BerthErrors errors;
        BerthDoc *doc;

        berth_row("%s", rows[i].name);
        berth_errors_init(&errors);
        doc = berth_doc_parse_json(berth_bytes(rows[i].text), "f", true, &errors);
        if (CHECK(doc != NULL)) {
            json = berth_doc_text(doc, BERTH_SYNTAX_JSON, &errors);
            CHECK(json != NULL && !berth_errors_any(&errors));
            text = berth_doc_text(doc, BERTH_SYNTAX_LIBCONFIG, &errors);
            CHECK_TEXT(text ? text : "-", rows[i].libconfig ? rows[i].libconfig : "-");
            why = berth_errors_text(&errors);
            CHECK_TEXT(why,
                       text ? "" : "there is a key or a null in it that libconfig can't write");
        }
        berth_doc_free(doc);
        berth_errors_clear(&errors);
    }
}

/* JSON is written no deeper than an answer may be: such a file stays as it is. */
static void test_written_deep(void)
{
    GString *deep = g_string_new("{\"a\": ");
    g_autofree char *text = NULL, *why = NULL;
    BerthErrors errors;
    BerthDoc *doc;

    for (int i = 0; i < 40; i++)
        g_string_append_c(deep, '[');
    for (int i = 0; i < 40; i++)
        g_string_append_c(deep, ']');
    g_string_append_c(deep, '}');
    berth_errors_init(&errors);
    doc = berth_doc_parse_json(berth_bytes(deep->str), "f", true, &errors);
    if (CHECK(doc != NULL)) {
        text = berth_doc_text(doc, BERTH_SYNTAX_LIBCONFIG, &errors);
        CHECK(text != NULL && !berth_errors_any(&errors));
        CHECK(berth_doc_text(doc, BERTH_SYNTAX_JSON, &errors) == NULL);
        why = berth_errors_text(&errors);
        CHECK_TEXT(why, "it would not be read back as it is");
    }
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    g_string_free(deep, TRUE);
}

static void test_nul(void)
{
    static const uint8_t json[] = "{\"a\":\n \"x\0y\"}", libconfig[] = "a = \"\0\";";
    g_autofree char *a = parse((BerthBytes){json, sizeof(json) - 1}, parse_json_file);
    g_autofree char *b = parse((BerthBytes){libconfig, sizeof(libconfig) - 1}, parse_libconfig);

    CHECK_TEXT(a, "f:2:4: a NUL byte cannot be in a configuration or command");
    CHECK_TEXT(b, "f:1:6: a NUL byte cannot be in a configuration or command");
}

static char *nested(const char *before, const char *open, const char *inside, const char *close,
                    unsigned n, const char *after)
{
    GString *text = g_string_new(before);

    for (unsigned i = 0; i < n; i++)
        g_string_append(text, open);
    g_string_append(text, inside);
    for (unsigned i = 0; i < n; i++)
        g_string_append(text, close);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static void test_depth(void)
{
    static const struct {
        Parse parser;
        const char *before, *open, *inside, *close, *after;
        unsigned n;
        const char *error;
    } rows[] = {
        {parse_json_file, "", "[", "", "]", "", BERTH_NODE_DEPTH_FILE, NULL},
        {parse_json_file, "", "[", "", "]", "", BERTH_NODE_DEPTH_FILE + 1,
         "f:1:65: more than 64 lists and maps inside each other"},
        {parse_command, "", "{\"a\":", "1", "}", "", BERTH_NODE_DEPTH, NULL},
        {parse_command, "", "{\"a\":", "1", "}", "", BERTH_NODE_DEPTH + 1,
         "<command>:1:161: more than 32 lists and maps inside each other"},
        {parse_command, "", "[", "", "", "", 1000000,
         "<command>:1:33: more than 32 lists and maps inside each other"},
        {parse_libconfig, "a = ", "(", "", ")", ";", BERTH_NODE_DEPTH_FILE, NULL},
        {parse_libconfig, "a = ", "(", "", ")", ";", BERTH_NODE_DEPTH_FILE + 1,
         "f:1:69: more than 64 lists and groups inside each other"},
        {parse_libconfig, "user-context = \"", "{\\\"a\\\":", "1", "}", "\";",
         BERTH_NODE_DEPTH_FILE,
         "f:1: in this string, JSON:1:316: more than 64 lists and maps inside each other"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = nested(rows[i].before, rows[i].open, rows[i].inside, rows[i].close,
                                       rows[i].n, rows[i].after);
        g_autofree char *got = parse(berth_bytes(text), rows[i].parser);

        berth_row("depth row %zu", i);
        if (rows[i].error)
            CHECK_TEXT(got, rows[i].error);
        else
            CHECK_INT(strchr(got, ':') == NULL, true);
    }
}

static void test_large(void)
{
    g_autofree char *x = g_strnfill(10 << 20, 'x');
    g_autofree char *json = g_strdup_printf("{\"a\": \"%s\"}", x);
    g_autofree char *conf = g_strdup_printf("a = \"%s\";", x);
    g_autofree char *digits = g_strnfill(65537, '7');
    g_autofree char *a = parse(berth_bytes(json), parse_json_file);
    g_autofree char *b = parse(berth_bytes(conf), parse_libconfig);
    g_autofree char *c = parse(berth_bytes(digits), parse_json_file);
    g_autofree char *name = parse(berth_bytes(x), parse_libconfig);

    CHECK_INT(strlen(a), (10 << 20) + 6);
    CHECK_INT(strlen(b), (10 << 20) + 6);
    CHECK_TEXT(c, "f:1:1: a number of 65537 characters; at most 100 are read");
    CHECK_TEXT(name, "f:1: syntax error");
}

/* A map with very many keys costs no square of them. */
static void test_many_keys(void)
{
    GString *text = g_string_new("{");
    g_autofree char *got = NULL;

    for (unsigned i = 0; i < 200000; i++)
        g_string_append_printf(text, "\"k%u\":%u,", i, i);
    g_string_append(text, "\"k77\":1}");
    got = parse((BerthBytes){(uint8_t *)text->str, text->len}, parse_command);
    CHECK_HAS(got, "\"k77\" is given twice, first at <command>:1:");
    g_string_free(text, TRUE);
}

static void put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    CHECK(g_file_set_contents(path, text, -1, NULL));
}

/* The outcome of a file, with its folder's name cut out of errors. */
static char *read_file(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *prefix = g_strconcat(dir, "/", NULL);
    g_autofree char *got = NULL;
    g_auto(GStrv) parts = NULL;
    BerthErrors errors;

    berth_errors_init(&errors);
    got = outcome(berth_doc_read(path, &errors), &errors, true);
    parts = g_strsplit(got, prefix, -1);
    return g_strjoinv("", parts);
}

static void make_files(const char *dir)
{
    static const Row files[] = {
        {"main.json", "// a\n<?include \"sub/a.json\"?>"},
        {"sub/a.json",
         "{\n\"x\": 1,\n<?include \"b.json\"?>,\n\"z\": [<?include \"b2.json\"?> ] }"},
        {"sub/b.json", "\n\n\"y\": 2"},
        {"sub/b2.json", "1,\n2,"},
        {"loop.json", "{ \"a\":\n <?include \"loop.json\"?> }"},
        {"loop2.json", "<?include \"sub/loop3.json\"?>"},
        {"sub/loop3.json", "<?include \"../loop2.json\"?>"},
        {"dir.json", "<?include \"sub\"?>"},
        {"fifo.json", " <?include \"fifo\"?>"},
        {"none.json", "<?include \"none\"?>"},
        {"bad.json", "<?include \"sub/bad.json\"?>"},
        {"sub/bad.json", "{\n  \"a\": nix\n}"},
        {"main.conf", "/* { */ a = 1;\n  @include \"sub/a.conf\"\nd = 4;\n"},
        {"sub/a.conf", "\nb = 3000000000;\n@include \"b.conf\" // rest\nb2 = 1;"},
        {"sub/b.conf", "c = \"\n\";\nc2 = 1;"},
        {"loop.conf", "a = 1;\n@include \"loop.conf\"\n"},
        {"dir.conf", "@include \"sub\"\n"},
        {"fifo.conf", "@include \"fifo\"\n"},
        {"bad.conf", "a = 1;\n@include \"sub/bad.conf\"\nb = 2;\n"},
        {"sub/bad.conf", "\n\nx = = 1;\n"},
        {"after.conf", "a = 1;\n@include \"sub/b.conf\"\nb = ;\n"},
        {"twice.conf", "@include \"sub/b.conf\"\n@include \"sub/b.conf\"\n"},
        {0},
    };
    g_autofree char *sub = g_build_filename(dir, "sub", NULL);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);

    CHECK_INT(g_mkdir(sub, 0700), 0);
    CHECK_INT(mkfifo(fifo, 0600), 0);
    for (const Row *f = files; f->text; f++)
        put(dir, f->text, f->want);
    for (unsigned i = 0; i < 12; i++) {
        g_autofree char *name = g_strdup_printf("deep%u.json", i);
        g_autofree char *text = g_strdup_printf("{\"a\":<?include \"deep%u.json\"?>}", i + 1);

        put(dir, name, i < 11 ? text : "{}");
    }
}

static void remove_files(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_files(path);
        else
            g_unlink(path);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(dir);
}

static void test_files(void)
{
    static const Row rows[] = {
        {"main.json", "{x@2=1,y@3=2,z@4=[1,2]}"},
        {"loop.json", "loop.json:2:2: cannot include \"loop.json\": includes itself"},
        {"loop2.json", "sub/loop3.json:1:1: cannot include \"sub/../loop2.json\": includes itself"},
        {"dir.json", "dir.json:1:1: cannot include \"sub\": is a directory, not a file"},
        {"fifo.json", "fifo.json:1:2: cannot include \"fifo\": is a FIFO, not a regular file"},
        {"none.json", "none.json:1:1: cannot include \"none\": No such file or directory"},
        {"bad.json", "sub/bad.json:2:8: 'n' where a value is expected"},
        {"deep1.json", "{a@1={a@1={a@1={a@1={a@1={a@1={a@1={a@1={a@1={a@1={}}}}}}}}}}}"},
        {"deep0.json", "deep10.json:1:6: cannot include \"deep11.json\": "
                       "more than 10 files inside each other"},
        {"main.conf", "{a@1=1,b@2=3000000000,c@1='\n',c2@3=1,b2@4=1,d@3=4}"},
        {"loop.conf", "loop.conf:2:1: cannot include \"loop.conf\": includes itself"},
        {"dir.conf", "dir.conf:1:1: cannot include \"sub\": is a directory, not a file"},
        {"fifo.conf", "fifo.conf:1:1: cannot include \"fifo\": is a FIFO, not a regular file"},
        {"bad.conf", "sub/bad.conf:3: syntax error"},
        {"after.conf", "after.conf:3: syntax error"},
        {"twice.conf", "sub/b.conf:1: this key is given twice in its group"},
        {"fifo", "fifo: cannot read the file: is a FIFO, not a regular file"},
        {"sub", "sub: cannot read the file: is a directory, not a file"},
        {"none", "none: cannot read the file: No such file or directory"},
    };
    g_autofree char *dir = g_dir_make_tmp("berth-node-XXXXXX", NULL);

    make_files(dir);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = read_file(dir, rows[i].text);

        berth_row("%s", rows[i].text);
        CHECK_TEXT(got, rows[i].want);
    }
    remove_files(dir);
}

static void test_nodes(void)
{
    static const char text[] = "{\"s\": \"x\", \"i\": 5,\n  \"r\": 1.5, \"b\": true, \"l\": [1]}";
    BerthErrors errors;
    BerthDoc *doc;
    const BerthNode *root;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(berth_bytes(text), "f", true, &errors);
    root = doc ? doc->root : NULL;
    CHECK_TEXT(berth_node_string(berth_node_get(root, "s"), "-"), "x");
    CHECK_TEXT(berth_node_string(berth_node_get(root, "i"), "-"), "-");
    CHECK_INT(berth_node_int(berth_node_get(root, "i"), 1), 5);
    CHECK_INT(berth_node_int(berth_node_get(root, "r"), 1), 1);
    CHECK(berth_node_real(berth_node_get(root, "i"), 0) > 4.9);
    CHECK(berth_node_bool(berth_node_get(root, "b"), false));
    CHECK(berth_node_bool(berth_node_get(root, "x"), true));
    CHECK(berth_node_get(berth_node_get(root, "l"), "x") == NULL);
    CHECK(berth_node_first(berth_node_get(root, "s")) == NULL);
    CHECK_TEXT(berth_node_key(berth_node_first(root)), "s");
    CHECK_INT(berth_node_kind(NULL), BERTH_NODE_NULL);
    CHECK(berth_node_next(NULL) == NULL && berth_node_key(NULL) == NULL);
    CHECK_INT(root ? berth_node_get(root, "r")->line : 0, 2);
    CHECK_INT(root ? berth_node_get(root, "r")->column : 0, 3);
    berth_doc_free(doc);
    berth_doc_free(NULL);
    berth_errors_clear(&errors);
}

static void test_errors(void)
{
    BerthNode node = {.file = "f", .line = 7};
    BerthErrors errors;
    g_autofree char *text = NULL;

    berth_errors_init(&errors);
    CHECK(!berth_errors_any(&errors));
    berth_errors_add(&errors, &node, "Dhcp4.x", "is %s", "wrong");
    berth_errors_add(&errors, NULL, "Dhcp4.x", "is %s", "wrong");
    berth_errors_add(&errors, NULL, NULL, "a\nb\033c\xff");
    text = berth_errors_text(&errors);
    CHECK_TEXT(text, "f:7: Dhcp4.x: is wrong\nDhcp4.x: is wrong\na?b?c\xef\xbf\xbd");
    for (unsigned i = 3; i < 350; i++)
        berth_errors_add(&errors, NULL, NULL, "error %u", i);
    CHECK_INT(errors.lines->len, 101);
    CHECK_TEXT(g_ptr_array_index(errors.lines, 99), "error 99");
    CHECK_TEXT(g_ptr_array_index(errors.lines, 100), "and 250 more errors");
    berth_errors_clear(&errors);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"json good", test_json_good},
        {"json bad", test_json_bad},
        {"command", test_command},
        {"libconfig good", test_libconfig_good},
        {"libconfig bad", test_libconfig_bad},
        {"written", test_written},
        {"written, deep", test_written_deep},
        {"nul", test_nul},
        {"depth", test_depth},
        {"large", test_large},
        {"many keys", test_many_keys},
        {"files", test_files},
        {"nodes", test_nodes},
        {"errors", test_errors},
        {0},
    };

    return berth_tests_main("node", tests, argc, argv);
}
