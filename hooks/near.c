/* near - see near.h. Optimal string alignment on three rows, so a swapped pair is one edit. */
#include "hooks/near.h"

#include <string.h>
#include <sys/param.h>

#define WORD_MAX 63

typedef struct Rows {
    unsigned at[3][WORD_MAX + 1];
} Rows;

static unsigned cell(const Rows *rows, unsigned i, unsigned j, const char *a, const char *b)
{
    const unsigned *above = rows->at[(i - 1) % 3];
    unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

    best = MIN(best, MIN(above[j], rows->at[i % 3][j - 1]) + 1);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = MIN(best, rows->at[(i - 2) % 3][j - 2] + 1);
    return best;
}

unsigned berth_near_distance(const char *a, const char *b)
{
    unsigned a_len = (unsigned)strnlen(a, WORD_MAX), b_len = (unsigned)strnlen(b, WORD_MAX);
    Rows rows;

    for (unsigned j = 0; j <= b_len; j++)
        rows.at[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        rows.at[i % 3][0] = i;
        for (unsigned j = 1; j <= b_len; j++)
            rows.at[i % 3][j] = cell(&rows, i, j, a, b);
    }
    return rows.at[a_len % 3][b_len];
}

unsigned berth_near_limit(const char *word)
{
    return MIN(BERTH_NEAR_MAX, (unsigned)strlen(word) / 3);
}
