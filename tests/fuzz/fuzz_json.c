/* fuzz_json - any bytes as a file of either syntax and as a command: a tree or errors, never both,
 * and a tree that can be walked. */
#include "core/conf/node.h"
#include "tests/fuzz/fuzz.h"

/* libconfig 1.5 loses the string that it had read just before an error of syntax. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static unsigned count(const BerthNode *node)
{
    unsigned n = 1;

    if (berth_node_key(node) && berth_node_get(node, "") == node)
        g_error("a node is its own member");
    for (const BerthNode *child = berth_node_first(node); child; child = berth_node_next(child))
        n += count(child);
    return n;
}

static void check(BerthDoc *doc, const BerthErrors *errors)
{
    if ((doc != NULL) == berth_errors_any(errors))
        g_error("a document with errors, or none without");
    if (doc && (!doc->root || count(doc->root) == 0))
        g_error("a document without a root");
    berth_doc_free(doc);
}

static void run(BerthBytes text, unsigned how)
{
    BerthErrors errors;

    berth_errors_init(&errors);
    if (how == 0)
        check(berth_doc_parse_libconfig(text, "f", &errors), &errors);
    else
        check(berth_doc_parse_json(text, "f", how == 1, &errors), &errors);
    g_free(berth_errors_text(&errors));
    berth_errors_clear(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (unsigned how = 0; how < 3; how++)
        run((BerthBytes){data, len}, how);
    return 0;
}
