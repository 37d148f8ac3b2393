/* rows - CUnit programs made of named tests and tables of named rows.
 *
 * A failing check prints its row's name and what was expected, and the run goes on. The program
 * ends with "NAME: N passed, N failed" (tools/check adds these up) and exits 1 if anything failed,
 * 77 if it called berth_test_skip and nothing else ran. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct BerthTest {
    const char *name;
    void (*run)(void);
} BerthTest;

/* Runs the tests (ended by {0}); arguments, if any, name the ones to run. */
int berth_tests_main(const char *suite, const BerthTest *tests, int argc, char **argv);

/* The row that is being checked, for messages. */
void berth_row(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Says why this test did nothing; it counts as skipped, not as passed. */
void berth_test_skip(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Each answers whether it held, so that a test may stop where going on makes no sense. */
bool berth_check(bool held, const char *file, int line, const char *what);
bool berth_check_int(int64_t got, int64_t want, const char *file, int line, const char *what);
bool berth_check_text(const char *got, const char *want, const char *file, int line,
                      const char *what);
/* `got` holds `want` somewhere. */
bool berth_check_has(const char *got, const char *want, const char *file, int line,
                     const char *what);
bool berth_check_bytes(BerthBytes got, BerthBytes want, const char *file, int line,
                       const char *what);

#define CHECK(condition) berth_check(condition, __FILE__, __LINE__, #condition)
#define CHECK_INT(got, want) berth_check_int(got, want, __FILE__, __LINE__, #got)
#define CHECK_TEXT(got, want) berth_check_text(got, want, __FILE__, __LINE__, #got)
#define CHECK_HAS(got, want) berth_check_has(got, want, __FILE__, __LINE__, #got)
#define CHECK_BYTES(got, want) berth_check_bytes(got, want, __FILE__, __LINE__, #got)
