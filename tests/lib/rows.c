/* rows - see rows.h. CUnit keeps the registry and the counts; this adds the rows' names. */
#include "tests/lib/rows.h"

#include <CUnit/Basic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char row_name[256];
static unsigned skipped;

void berth_row(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(row_name, sizeof(row_name), format, args);
    va_end(args);
}

void berth_test_skip(const char *format, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    printf("skipped: %s: %s\n", CU_get_current_test()->pName, why);
    skipped++;
}

static bool report(bool held, const char *file, int line, const char *text)
{
    if (!held)
        fprintf(stderr, "%s:%d: %s%s%s\n", file, line, row_name, *row_name ? ": " : "", text);
    CU_assertImplementation(held, (unsigned)line, text, file, "", CU_FALSE);
    return held;
}

bool berth_check(bool held, const char *file, int line, const char *what)
{
    return report(held, file, line, what);
}

bool berth_check_int(int64_t got, int64_t want, const char *file, int line, const char *what)
{
    g_autofree char *text =
        g_strdup_printf("%s is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, what, got, want);

    return report(got == want, file, line, text);
}

bool berth_check_text(const char *got, const char *want, const char *file, int line,
                      const char *what)
{
    g_autofree char *text = g_strdup_printf("%s is\n  \"%s\", not\n  \"%s\"", what,
                                            got ? got : "(null)", want ? want : "(null)");

    return report(g_strcmp0(got, want) == 0, file, line, text);
}

bool berth_check_has(const char *got, const char *want, const char *file, int line,
                     const char *what)
{
    g_autofree char *text =
        g_strdup_printf("%s is\n  \"%s\", without\n  \"%s\"", what, got ? got : "(null)", want);

    return report(got && strstr(got, want), file, line, text);
}

static char *hex(BerthBytes bytes)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < bytes.len; i++)
        g_string_append_printf(text, "%02x", bytes.data[i]);
    return g_string_free(text, FALSE);
}

bool berth_check_bytes(BerthBytes got, BerthBytes want, const char *file, int line,
                       const char *what)
{
    g_autofree char *a = hex(got);
    g_autofree char *b = hex(want);

    return berth_check_text(a, b, file, line, what);
}

static bool chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

int berth_tests_main(const char *suite, const BerthTest *tests, int argc, char **argv)
{
    unsigned run, failed;
    CU_pSuite s;

    skipped = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (CU_initialize_registry() != CUE_SUCCESS || !(s = CU_add_suite(suite, NULL, NULL)))
        return 2;
    for (; tests->name; tests++)
        if (chosen(tests->name, argc, argv) && !CU_add_test(s, tests->name, tests->run))
            return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("%s: %u passed, %u failed\n", suite,
           run - failed - (skipped < run ? skipped : run - failed), failed);
    if (failed || run == 0)
        return 1;
    return skipped == run ? 77 : 0;
}
