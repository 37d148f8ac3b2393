/* ahead - see ahead.h. A line is copied here before it is parsed, for what `lines` hands out is
 * lent for a moment only. */
#include "ahead.h"

/* Rows are of some hundred bytes; where they are longer, there are fewer. */
#define TEXT_ENOUGH (1u << 19)
#define TEXT_BLOCK (1u << 13)

Ahead *ahead_new(void)
{
    Ahead *ahead = g_new0(Ahead, 1);

    ahead->text = g_string_chunk_new(TEXT_BLOCK);
    return ahead;
}

void ahead_free(Ahead *ahead)
{
    if (!ahead)
        return;
    for (unsigned i = 0; i < AHEAD_ROWS && ahead->rows[i].lease; i++)
        berth_lease_free(ahead->rows[i].lease);
    g_string_chunk_free(ahead->text);
    g_free(ahead);
}

static void add_row(Ahead *ahead, Scan *scan, const Line *line)
{
    AheadRow *row = &ahead->rows[ahead->n++];
    Line copy = *line;
    const char *why;

    if (!row->lease)
        row->lease = berth_lease_new();
    copy.text = g_string_chunk_insert_len(ahead->text, line->text, (gssize)line->len);
    why = scan_parse(scan, &copy, row->lease);
    row->line = scan->lines.number;
    row->why = why ? g_string_chunk_insert(ahead->text, why) : NULL;
}

void ahead_fill(Ahead *ahead, Scan *scan)
{
    size_t bytes = 0;
    Line line;

    g_string_chunk_clear(ahead->text);
    ahead->n = 0;
    ahead->end = SCAN_ROW;
    while (ahead->n < AHEAD_ROWS && bytes < TEXT_ENOUGH) {
        ahead->end = scan_line(scan, &line);
        if (ahead->end <= SCAN_END)
            return;
        add_row(ahead, scan, &line);
        bytes += line.len;
    }
}
