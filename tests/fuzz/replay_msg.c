/* replay_msg - runs a fuzz target over wire vectors and their neighbours, where there is no
 * libFuzzer.
 *
 *     replay VECTORS.txt... FILE...     each message of the vectors, each other file as it is
 *     replay --corpus DIR VECTORS.txt...  writes the messages of the vectors as files for libFuzzer
 *
 * Neighbours: cut at every byte, and every byte replaced by a few others. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/vectors.h"

#include <stdio.h>

typedef struct Replay {
    const char *corpus; /* NULL: run */
    unsigned inputs, runs;
    bool failed;
} Replay;

/* In a block of its own size, so that a sanitizer sees the first byte read behind it. */
static void run(Replay *replay, const uint8_t *data, size_t size)
{
    g_autofree uint8_t *copy = g_memdup2(data, size);

    LLVMFuzzerTestOneInput(copy, size);
    replay->runs++;
}

static void run_neighbours(Replay *replay, GByteArray *input)
{
    static const uint8_t others[] = {0, 1, 255, 52, 82};

    for (guint len = 0; len <= input->len; len++)
        run(replay, input->data, len);
    for (guint at = 0; at < input->len; at++) {
        uint8_t was = input->data[at];

        for (size_t i = 0; i < sizeof(others); i++) {
            input->data[at] = others[i];
            run(replay, input->data, input->len);
        }
        input->data[at] = (uint8_t)(was ^ 0xc0);
        run(replay, input->data, input->len);
        input->data[at] = was;
    }
}

static void take(Replay *replay, GByteArray *input)
{
    g_autofree char *path = NULL;

    replay->inputs++;
    if (!replay->corpus) {
        /* Neighbours of a long input are many, and say little more. */
        if (input->len <= 2048)
            run_neighbours(replay, input);
        else
            run(replay, input->data, input->len);
        return;
    }
    path = g_strdup_printf("%s/vector-%04u", replay->corpus, replay->inputs);
    if (!g_file_set_contents(path, (const char *)input->data, input->len, NULL)) {
        fprintf(stderr, "%s cannot be written\n", path);
        replay->failed = true;
    }
}

static void take_vectors(Replay *replay, const char *path)
{
    g_autoptr(GPtrArray) vectors = vectors_read(path);

    replay->failed |= !vectors;
    for (guint i = 0; vectors && i < vectors->len; i++) {
        const Vector *vector = vectors->pdata[i];
        g_autoptr(GByteArray) input = g_byte_array_new();

        if (vector_is_message(vector) && vector_message(vector, input))
            take(replay, input);
    }
}

static void take_file(Replay *replay, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    gsize size;

    if (!g_file_get_contents(path, &data, &size, &error)) {
        fprintf(stderr, "%s\n", error->message);
        replay->failed = true;
        return;
    }
    replay->inputs++;
    run(replay, (const uint8_t *)data, size);
}

int main(int argc, char **argv)
{
    Replay replay = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--corpus") == 0 && i + 1 < argc)
            replay.corpus = argv[++i];
        else if (g_str_has_suffix(argv[i], ".txt"))
            take_vectors(&replay, argv[i]);
        else
            take_file(&replay, argv[i]);
    }
    printf("fuzz: %u inputs, %u runs\n", replay.inputs, replay.runs);
    return replay.failed || replay.inputs == 0;
}
