/* replay_text - runs a fuzz target for texts without libFuzzer: "[-m N] FILE-OR-FOLDER…" takes each
 * file as it is, then N times with small damage (a byte flipped, cut out, doubled, or the end cut
 * off). The damage is the same in every run, so that a failure can be had again. */
#include "tests/fuzz/fuzz.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned runs;

/* On memory of its own, so that the sanitizer sees a read too far. */
static void run(const char *data, size_t len)
{
    uint8_t *exact = g_memdup2(data, len);

    LLVMFuzzerTestOneInput(exact, len);
    g_free(exact);
    runs++;
}

static void damage(GString *text, GRand *random)
{
    gssize at = text->len ? g_rand_int_range(random, 0, (gint32)text->len) : 0;
    gssize len = g_rand_int_range(random, 1, 9);

    len = MIN(len, (gssize)text->len - at);
    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        if (len > 0)
            text->str[at] = (char)(text->str[at] ^ (1 << g_rand_int_range(random, 0, 8)));
        break;
    case 1:
        g_string_erase(text, at, len);
        break;
    case 2: {
        g_autofree char *copy = g_strndup(text->str + at, (size_t)len);

        g_string_insert_len(text, at, copy, (gssize)strlen(copy));
        break;
    }
    default:
        g_string_truncate(text, (size_t)at);
    }
}

static void run_file(const char *path, unsigned times)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    g_autofree char *data = NULL;
    size_t len;

    if (!g_file_get_contents(path, &data, &len, NULL)) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    run(data, len);
    for (unsigned i = 0; i < times; i++) {
        GString *text = g_string_new_len(data, (gssize)len);

        for (gint32 n = g_rand_int_range(random, 1, 4); n > 0; n--)
            damage(text, random);
        run(text->str, text->len);
        g_string_free(text, TRUE);
    }
}

static void run_path(const char *path, unsigned times)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir) {
        run_file(path, times);
        return;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        run_path(inner, times);
    }
    g_dir_close(dir);
}

int main(int argc, char **argv)
{
    unsigned times = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-m") == 0 && i + 1 < argc)
            times = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            run_path(argv[i], times);
    }
    printf("fuzz: %u passed, 0 failed\n", runs);
    return runs == 0;
}
