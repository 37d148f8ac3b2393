/* test_limits - what limits may say, how rates are counted, and the classes that a lease keeps.
 * What becomes of packets and leases is in tests/v4/limits.txt and tests/v6/limits.txt. */
#include "conf.h"
#include "core/conf/node.h"
#include "names.h"
#include "rate.h"
#include "tests/lib/rows.h"

#define MSEC INT64_C(1000)

/* ---- the configuration ---- */

static int read_context(Conf *conf, const char *text, bool is_template, GError **error)
{
    BerthErrors errors;
    BerthDoc *doc;
    BerthContext context = {.size = sizeof(context),
                            .family = 4,
                            .of = BERTH_CONTEXT_CLASS,
                            .name = "port",
                            .is_template = is_template};
    int r;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(berth_bytes(text), "test", false, &errors);
    if (!CHECK(doc != NULL))
        return -1;
    context.map = doc->root;
    r = conf_read(conf, &context, error);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    return r;
}

static void test_refused(void)
{
    static const struct {
        const char *limits, *error;
    } rows[] = {
        {"7", "'limits' must be a map"},
        {"{\"address-limit\": -1}", "expected limit in range"},
        {"{\"address-limit\": 4294967296}", "expected limit in range"},
        {"{\"address-limit\": \"1\"}", "'address-limit' must be a number"},
        {"{\"prefix-limit\": 1.5}", "'prefix-limit' must be a number"},
        {"{\"rate-limit\": 5}", "'rate-limit' must be a string"},
        {"{\"rate-limit\": \"5 per second\"}",
         "expected rate limit of format <n> packet[s] per <time-unit>, got: 5 per second"},
        {"{\"rate-limit\": \"five packets per second\"}", "expected limit in range"},
        {"{\"rate-limit\": \"-5 packets per second\"}", "expected limit in range"},
        {"{\"rate-limit\": \"4294967296 packets per second\"}", "expected limit in range"},
        {"{\"rate-limit\": \"5 packets per seconds\"}", "invalid time period seconds"},
        {"{\"rate-limit\": \"5 packets per \"}", "invalid time period"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("{\"limits\": %s}", rows[i].limits);
        g_autoptr(GError) error = NULL;
        Conf conf;

        berth_row("%s", rows[i].limits);
        conf_prepare(&conf, NULL);
        CHECK(read_context(&conf, text, false, &error) < 0);
        CHECK_HAS(error ? error->message : "", rows[i].error);
        conf_release(&conf);
    }
}

static void test_classes(void)
{
    Conf conf;

    conf_prepare(&conf, NULL);
    CHECK(conf_of_class(&conf, 4, "port") == NULL);
    CHECK_INT(read_context(&conf, "{\"limits\": {\"address-limit\": 7}}", false, NULL), 0);
    CHECK_INT(conf_of_class(&conf, 4, "port")->leases[LIMIT_ADDRESSES], 7);
    CHECK_INT(conf_of_class(&conf, 4, "port")->leases[LIMIT_PREFIXES], -1);
    CHECK(conf_of_class(&conf, 4, "SPAWN_port_x") == NULL);
    CHECK(conf_of_class(&conf, 6, "port") == NULL);
    berth_row("a template: those that it makes, not itself");
    CHECK_INT(read_context(&conf, "{\"limits\": {\"prefix-limit\": 0}}", true, NULL), 0);
    CHECK(conf_of_class(&conf, 4, "port") == NULL);
    CHECK_INT(conf_of_class(&conf, 4, "SPAWN_port_x")->leases[LIMIT_PREFIXES], 0);
    CHECK(conf_of_class(&conf, 4, "SPAWN_port_a_b") != NULL);
    CHECK(conf_of_class(&conf, 4, "SPAWN_portx") == NULL);
    CHECK(conf_of_class(&conf, 4, "SPAWN_") == NULL);
    conf_release(&conf);
}

/* ---- rates ---- */

static unsigned take(RateSeries *series, const Rate *rate, int64_t now_usec, unsigned tries)
{
    unsigned n = 0;

    for (unsigned i = 0; i < tries; i++) {
        if (!rate_series_has_room(series, rate, now_usec))
            break;
        rate_series_add(series, rate, now_usec);
        n++;
    }
    return n;
}

static Rate rate_of(const char *text)
{
    Rate rate = {0};

    CHECK_INT(conf_read_rate(text, &rate, NULL), 0);
    return rate;
}

static void test_window(void)
{
    Rate rate = rate_of("5 packets per second");
    RateSeries *series = rate_series_new();

    CHECK(rate_series_is_over(series, 0));
    CHECK_INT(take(series, &rate, 0, 3), 3);
    CHECK_INT(take(series, &rate, 600 * MSEC, 9), 2);
    berth_row("one that is a second old counts, one older does not");
    CHECK_INT(take(series, &rate, 1000 * MSEC, 9), 0);
    CHECK_INT(take(series, &rate, 1000 * MSEC + 1, 9), 3);
    CHECK_INT(take(series, &rate, 1600 * MSEC + 1, 9), 2);
    CHECK(!rate_series_is_over(series, 2600 * MSEC + 1));
    CHECK(rate_series_is_over(series, 2600 * MSEC + 2));
    berth_row("a lower limit, after a reload");
    rate = rate_of("1 packet per second");
    CHECK_INT(take(series, &rate, 1700 * MSEC, 9), 0);
    CHECK_INT(take(series, &rate, 2700 * MSEC, 9), 1);
    rate_series_free(series);
}

static void test_units(void)
{
    static const struct {
        const char *text;
        int64_t sec;
    } rows[] = {
        {"1 packet per second", 1},      {"1 packets per minute", 60},
        {"1 packet per hour", 3600},     {"1 packet per day", 86400},
        {"1 packet per week", 604800},   {"1 packet per month", 2592000},
        {"1 packet per year", 31536000},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].text);
        CHECK_INT(rate_of(rows[i].text).unit_usec, rows[i].sec * 1000 * MSEC);
    }
}

/* Many packets take little room, and still no one too many comes in the time of a unit. */
static void test_large(void)
{
    Rate rate = rate_of("100000 packets per minute");
    RateSeries *series = rate_series_new();

    CHECK_INT(take(series, &rate, 0, 200000), 100000);
    CHECK_INT(take(series, &rate, 59999 * MSEC, 1), 0);
    CHECK_INT(take(series, &rate, 60001 * MSEC, 200000), 100000);
    for (int64_t at = 0; at < 1000; at++)
        take(series, &rate, (200000 + at * 60) * MSEC, 100);
    CHECK_INT(take(series, &rate, 260000 * MSEC, 9), 0);
    rate_series_free(series);
}

/* ---- classes in a lease ---- */

static void add_name(void *text, const char *name)
{
    g_string_append_printf(text, "<%s>", name);
}

static void test_names(void)
{
    static const struct {
        const char *row, *context, *names;
    } rows[] = {
        {"none", "", ""},
        {"another's", "{\"ISC\": {\"relay-agent-info\": {}}}", ""},
        {"Kea's", "{ \"ISC\": { \"client-classes\": [ \"ALL\", \"gold\" ] }, \"a\": 1 }",
         "<ALL><gold>"},
        {"empty", "{\"ISC\": {\"client-classes\": []}}", ""},
        {"escaped", "{\"ISC\": {\"client-classes\": [\"a\\\"b\\\\x22\\/\", \"\\u0041\"]}}",
         "<a\"b\\x22/><A>"},
        {"no list", "{\"ISC\": {\"client-classes\": 7}}", ""},
        {"no object", "[\"ISC\"]", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *text = g_string_new(NULL);

        berth_row("%s", rows[i].row);
        names_each(berth_bytes(rows[i].context), add_name, text);
        CHECK_TEXT(text->str, rows[i].names);
        g_string_free(text, TRUE);
    }
    CHECK(names_have(berth_bytes(rows[2].context), "gold"));
    CHECK(!names_have(berth_bytes(rows[2].context), "gol"));
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"refused", test_refused},
        {"classes", test_classes},
        {"window", test_window},
        {"units", test_units},
        {"large", test_large},
        {"names", test_names},
        {0},
    };

    return berth_tests_main("limits", tests, argc, argv);
}
