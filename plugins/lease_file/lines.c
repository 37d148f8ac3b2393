/* lines - see lines.h. The buffer never holds more than one longest line and one piece. */
#include "lines.h"

#define PIECE 65536

void lines_init(Lines *lines, BerthFile *file, size_t max)
{
    *lines = (Lines){.file = file, .buffer = g_byte_array_new(), .max = max};
}

void lines_clear(Lines *lines)
{
    if (lines->buffer)
        g_byte_array_unref(lines->buffer);
    *lines = (Lines){0};
}

int64_t lines_torn(const Lines *lines)
{
    return lines->dropped + (int64_t)(lines->buffer->len - lines->at);
}

/* Appends the next piece of the file to the buffer; 0 at the end. */
static int read_more(Lines *lines)
{
    GByteArray *buffer = lines->buffer;
    guint had = buffer->len - (guint)lines->at;
    int64_t n;

    g_byte_array_remove_range(buffer, 0, (guint)lines->at);
    lines->at = 0;
    if (had > lines->max) {
        lines->dropped += had;
        had = 0;
    }
    g_byte_array_set_size(buffer, had + PIECE);
    n = berth_file_read(lines->file, lines->offset + lines->dropped + had, buffer->data + had,
                        PIECE);
    g_byte_array_set_size(buffer, had + (n > 0 ? (guint)n : 0));
    return n < 0 ? (int)n : n > 0;
}

/* Hands out the line that ends at `newline`. */
static void take(Lines *lines, char *newline, Line *ret)
{
    char *start = (char *)lines->buffer->data + lines->at;
    size_t len = (size_t)(newline - start);
    bool is_long = lines->dropped > 0 || len > lines->max;

    lines->at += len + 1;
    lines->offset += lines->dropped + (int64_t)len + 1;
    lines->dropped = 0;
    lines->number++;
    if (is_long)
        len = 0;
    if (len && start[len - 1] == '\r')
        len--;
    start[len] = '\0';
    *ret = (Line){.text = start, .len = len, .is_long = is_long};
}

int lines_next(Lines *lines, Line *ret)
{
    int r;

    do {
        size_t have = lines->buffer->len - lines->at;
        char *newline = have ? memchr(lines->buffer->data + lines->at, '\n', have) : NULL;

        if (newline) {
            take(lines, newline, ret);
            return 1;
        }
        r = read_more(lines);
    } while (r > 0);
    return r;
}
