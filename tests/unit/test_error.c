/* Errors carry text and code. */
#include "tests/lib/rows.h"

#include <berth/plugin.h>
#include <errno.h>

static void test_fail(void)
{
    g_autoptr(GError) error = NULL;

    CHECK_INT(berth_fail(&error, -EINVAL, "%s:%d: wrong", "berth.conf", 7), -EINVAL);
    CHECK(g_error_matches(error, BERTH_ERROR_DOMAIN, -EINVAL));
    CHECK_TEXT(error->message, "berth.conf:7: wrong");
    CHECK_INT(berth_fail(NULL, -EIO, "nobody asks"), -EIO);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"fail", test_fail}, {0}};

    return berth_tests_main("error", tests, argc, argv);
}
