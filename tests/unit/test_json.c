/* The JSON writer: whatever it is given, what comes out is JSON. */
#include "core/base/json.h"
#include "tests/lib/rows.h"

#include <math.h>

static void write_everything(BerthJson *json)
{
    berth_json_begin_object(json, "no key at the top");
    berth_json_int(json, "min", INT64_MIN);
    berth_json_uint(json, "max", UINT64_MAX);
    berth_json_u128(json, "none", 0);
    berth_json_u128(json, "more", (BerthU128)UINT64_MAX + 1);
    berth_json_u128(json, "most", ~(BerthU128)0);
    berth_json_bool(json, "yes", true);
    berth_json_bool(json, "no", false);
    berth_json_string(json, "null", NULL);
    berth_json_begin_list(json, "list");
    berth_json_string(json, "no key in a list", "a");
    berth_json_begin_object(json, NULL);
    berth_json_end(json);
    berth_json_begin_list(json, NULL);
    berth_json_end(json);
    berth_json_end(json);
    berth_json_int(json, "last", 0);
    berth_json_end(json);
}

static void test_json(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    write_everything(json);
    CHECK_TEXT(out->str, "{ \"min\": -9223372036854775808, \"max\": 18446744073709551615, "
                         "\"none\": 0, \"more\": 18446744073709551616, "
                         "\"most\": 340282366920938463463374607431768211455, "
                         "\"yes\": true, \"no\": false, \"null\": null, "
                         "\"list\": [ \"a\", { }, [ ] ], \"last\": 0 }");
    berth_json_free(json);
    berth_row("indented");
    g_string_truncate(out, 0);
    json = berth_json_new(out, 2);
    write_everything(json);
    CHECK_HAS(out->str, "{\n  \"min\": -9223372036854775808,\n  \"max\"");
    CHECK_HAS(out->str, "\n  \"list\": [\n    \"a\",\n    { },\n    [ ]\n  ],\n  \"last\": 0\n}");
    berth_json_free(json);
}

static void test_json_text(void)
{
    static const struct {
        const char *text, *want;
        size_t len;
    } rows[] = {
        {"", "\"\"", 0},
        {"plain / text", "\"plain / text\"", 12},
        {"\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"", 7},
        {"a\0b", "\"a\\u0000b\"", 3},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"", 3},
        {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
         11},
        {"\xff\xc3", "\"\\u00ff\\u00c3\"", 2},
        {"\xc2\x85", "\"\\u0085\"", 2},
        {"\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"", 3},
        {"cut \xe2\x82\xac", "\"cut \\u00e2\\u0082\"", 6},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        BerthJson *json = berth_json_new(out, 0);

        berth_row("%s", rows[i].want);
        berth_json_bytes(json, NULL, (BerthBytes){(const uint8_t *)rows[i].text, rows[i].len});
        CHECK_TEXT(out->str, rows[i].want);
        berth_json_free(json);
    }
}

static void test_json_real(void)
{
    static const struct {
        double value;
        const char *want;
    } rows[] = {
        {0, "0.0"},
        {1, "1.0"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {1.0 / 3, "0.33333333333333331"},
        {1e300, "1e+300"},
        {NAN, "null"},
        {INFINITY, "null"},
        {0.875, "0.875"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        BerthJson *json = berth_json_new(out, 0);

        berth_row("%s", rows[i].want);
        berth_json_real(json, NULL, rows[i].value);
        CHECK_TEXT(out->str, rows[i].want);
        berth_json_free(json);
    }
}

static void test_json_depth(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    for (int i = 0; i < BERTH_JSON_DEPTH + 3; i++)
        berth_json_begin_list(json, NULL);
    berth_json_int(json, NULL, 1);
    for (int i = 0; i < BERTH_JSON_DEPTH + 3; i++)
        berth_json_end(json);
    CHECK_HAS(out->str, "[ [ null ] ]");
    CHECK(!strchr(out->str, '1'));
    CHECK_INT((int64_t)out->len, BERTH_JSON_DEPTH * 4 + 4);
    berth_row("one end too many");
    berth_json_end(json);
    CHECK_INT((int64_t)out->len, BERTH_JSON_DEPTH * 4 + 4);
    berth_json_free(json);
}

/* What members of other kinds and damage do is shown by the plugin route, test_hop. */
static void test_json_member(void)
{
    static const struct {
        /* found NULL: none; put and taken NULL: no object */
        const char *name, *object, *found, *put, *taken;
    } rows[] = {
        {"nothing", "", NULL, "{ \"k\": 7 }", "{ }"},
        {"empty", "{}", NULL, "{ \"k\": 7 }", "{}"},
        {"a string", "{ \"k\": \"v\\\"\" }", "\"v\\\"\"", "{ \"k\": 7 }", "{ }"},
        {"an object, others around it", "{\"a\":1,\"k\" : { \"k\": [ 2 ] } ,\"b\":3}",
         "{ \"k\": [ 2 ] }", "{ \"k\": 7, \"a\":1,\"b\":3}", "{\"a\":1,\"b\":3}"},
        {"the last", "{ \"a\": [ 1 ], \"k\": true }", "true", "{ \"k\": 7, \"a\": [ 1 ]}",
         "{ \"a\": [ 1 ]}"},
        {"deeper", "{ \"a\": { \"k\": 1 } }", NULL, "{ \"k\": 7, \"a\": { \"k\": 1 } }",
         "{ \"a\": { \"k\": 1 } }"},
        {"a list", "[ 1 ]", NULL, NULL, NULL},
        {"cut off", "{ \"k\": [ 1", NULL, NULL, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthBytes value = {NULL, 0};
        g_autofree char *found = NULL, *put = NULL, *taken = NULL;

        berth_row("%s", rows[i].name);
        if (berth_json_find(berth_bytes(rows[i].object), "k", &value) == 1)
            found = g_strndup((const char *)value.data, value.len);
        CHECK_TEXT(found, rows[i].found);
        put = berth_json_put(berth_bytes(rows[i].object), "k", "7");
        CHECK_TEXT(put, rows[i].put);
        taken = berth_json_put(berth_bytes(rows[i].object), "k", NULL);
        CHECK_TEXT(taken, rows[i].taken);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"json", test_json},        {"text", test_json_text},     {"real", test_json_real},
        {"depth", test_json_depth}, {"member", test_json_member}, {0},
    };

    return berth_tests_main("json", tests, argc, argv);
}
