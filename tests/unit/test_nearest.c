/* "Did you mean": near names are found, far ones are not. */
#include "core/base/nearest.h"
#include "tests/lib/rows.h"

static const char *const names[] = {
    "subnet", "subnet4", "max-valid-lifetime", "min-valid-lifetime", "pools", "pkt4_send", "id",
};

static const char *candidate(const void *data, size_t i)
{
    CHECK(data == names);
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

static void test_nearest(void)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"max-valid-lifetmie", "max-valid-lifetime"},
        {"mx-valid-lifetime", "max-valid-lifetime"},
        {"min-valid-liftime", "min-valid-lifetime"},
        {"subnet5", "subnet"},
        {"subnet44", "subnet4"},
        {"pool", "pools"},
        {"pol", NULL},
        {"pkt4send", "pkt4_send"},
        {"pkt6_sendd", "pkt4_send"},
        {"pkt6-sendd", NULL},
        {"ie", NULL},
        {"id", "id"},
        {"", NULL},
        {"subnetttttt", NULL},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_TEXT(berth_nearest(rows[i].name, candidate, names), rows[i].want);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"nearest", test_nearest}, {0}};

    return berth_tests_main("nearest", tests, argc, argv);
}
