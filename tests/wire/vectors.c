/* vectors - see vectors.h. */
#include "tests/wire/vectors.h"

#include <stdio.h>

static void vector_free(gpointer data)
{
    Vector *vector = data;

    g_free(vector->word);
    g_free(vector->text);
    g_free(vector);
}

static Vector *vector_new(int family, unsigned line, const char *text)
{
    Vector *vector = g_new0(Vector, 1);
    size_t len = strcspn(text, " \t");

    vector->family = family;
    vector->line = line;
    vector->word = g_strndup(text, len);
    vector->text = g_strstrip(g_strdup(text + len));
    return vector;
}

static void add_line(Vector *vector, char *line)
{
    char *text = vector->text;

    vector->text =
        *text ? g_strconcat(text, "\n", g_strstrip(line), NULL) : g_strdup(g_strstrip(line));
    g_free(text);
}

GPtrArray *vectors_read(const char *path)
{
    GPtrArray *vectors = g_ptr_array_new_with_free_func(vector_free);
    const int family = g_str_has_suffix(path, "6.txt") ? 6 : 4;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        g_ptr_array_unref(vectors);
        return NULL;
    }
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        if (*lines[i] == '#' || lines[i][strspn(lines[i], " \t")] == 0)
            continue;
        if (g_ascii_isspace(*lines[i]) && vectors->len > 0)
            add_line(vectors->pdata[vectors->len - 1], lines[i]);
        else
            g_ptr_array_add(vectors, vector_new(family, i + 1, lines[i]));
    }
    return vectors;
}

/* 'text', with `at` on the first quote; NULL when the second is missing. */
static const char *quoted(const char *at, GByteArray *run)
{
    const char *end = strchr(at + 1, '\'');

    if (end)
        g_byte_array_append(run, (const guint8 *)at + 1, (guint)(end - at - 1));
    return end ? end + 1 : NULL;
}

static const char *digits(const char *at, GByteArray *run)
{
    for (; g_ascii_isxdigit(*at); at += 2) {
        int high = g_ascii_xdigit_value(at[0]), low = g_ascii_xdigit_value(at[1]);
        guint8 byte = (guint8)(high << 4 | low);

        if (low < 0)
            return NULL;
        g_byte_array_append(run, &byte, 1);
    }
    return run->len > 0 ? at : NULL;
}

/* "*N": N times; "..N": until there are N bytes; neither: once. */
static guint64 repeats(const char **text, guint64 len, guint run_len)
{
    guint64 times = 1;
    char *end = (char *)*text;

    if (**text == '*')
        times = g_ascii_strtoull(*text + 1, &end, 10);
    else if (g_str_has_prefix(*text, "..") && run_len > 0)
        times = (MAX(g_ascii_strtoull(*text + 2, &end, 10), len) - len) / run_len;
    *text = end;
    return times;
}

bool vector_bytes(const char *text, GByteArray *ret)
{
    for (;;) {
        g_autoptr(GByteArray) run = g_byte_array_new();
        guint64 times;

        while (g_ascii_isspace(*text))
            text++;
        if (!*text)
            return true;
        text = *text == '\'' ? quoted(text, run) : digits(text, run);
        if (!text)
            return false;
        for (times = repeats(&text, ret->len, run->len); times > 0; times--)
            g_byte_array_append(ret, run->data, run->len);
    }
}

bool vector_is_message(const Vector *vector)
{
    return strcmp(vector->word, "decode") == 0 || strcmp(vector->word, "decode-options") == 0;
}

bool vector_message(const Vector *vector, GByteArray *ret)
{
    static const char head4[] = "01010600 00000001 00000000 00*16 020000000001 00*202 63825363";
    static const char head6[] = "01 000001";

    if (strcmp(vector->word, "decode-options") == 0 &&
        !vector_bytes(vector->family == 6 ? head6 : head4, ret))
        return false;
    return vector_bytes(vector->text, ret);
}
