/* test_wire - runs the vectors of tests/wire/; README.md there says what the lines mean. */
#include "core/wire/opttype.h"
#include "tests/lib/rows.h"
#include "tests/wire/codec.h"
#include "tests/wire/vectors.h"

typedef enum Kind { NOTHING, MESSAGE, BYTES, TEXT } Kind;

/* Where the run is: what the last line made, and whether anything looked at it. */
typedef struct Run {
    const char *file;
    const Codec *codec;
    BerthArena arena;
    GByteArray *payload; /* last decoded */
    void *msg;
    bool decoded;
    Kind kind;       /* of what was made */
    GByteArray *got; /* BYTES */
    GString *text;   /* MESSAGE, TEXT; "error …" */
    bool looked_at;
} Run;

static BerthBytes array_bytes(const GByteArray *array)
{
    return (BerthBytes){array->data, array->len};
}

static void made(Run *run, Kind kind)
{
    CHECK(run->kind == NOTHING || run->looked_at);
    run->kind = kind;
    run->looked_at = false;
    g_string_truncate(run->text, 0);
    g_byte_array_set_size(run->got, 0);
}

static void check_every_cut(Run *run)
{
    BerthBytes payload = array_bytes(run->payload);
    g_autofree void *msg = g_malloc(run->codec->size);
    BerthArena arena;

    berth_arena_init(&arena, 64u << 10);
    for (size_t len = 0; len <= payload.len; len++) {
        /* A copy of its own, so that a sanitizer sees the first byte read behind it. */
        g_autofree uint8_t *cut = g_memdup2(payload.data, len);
        const char *result = run->codec->parse(msg, (BerthBytes){cut, len}, &arena);

        berth_row("%s, cut to %zu bytes", run->file, len);
        CHECK((strcmp(result, "OK") == 0) == run->codec->outlives_cut(payload, len));
        berth_arena_reset(&arena);
    }
    berth_arena_clear(&arena);
}

/* Behind a head of our own only what the options make is of interest. */
static void leave_out_head(const Codec *codec, GString *text)
{
    const char *end = strstr(text->str, codec->head_text);

    if (CHECK(end != NULL))
        g_string_erase(text, 0, end - text->str + (gssize)strlen(codec->head_text));
}

static void run_decode(Run *run, const Vector *vector)
{
    const char *result;

    made(run, MESSAGE);
    g_byte_array_set_size(run->payload, 0);
    CHECK(vector_message(vector, run->payload));
    berth_arena_reset(&run->arena);
    result = run->codec->parse(run->msg, array_bytes(run->payload), &run->arena);
    run->decoded = strcmp(result, "OK") == 0;
    if (!run->decoded) {
        g_string_printf(run->text, "error %s", result);
        return;
    }
    run->codec->text(run->msg, run->text);
    if (strcmp(vector->word, "decode-options") == 0)
        leave_out_head(run->codec, run->text);
    g_strchomp(run->text->str);
    check_every_cut(run);
}

static void run_expect(Run *run, const Vector *vector)
{
    run->looked_at = true;
    if (run->kind == BYTES && run->text->len == 0) {
        g_autoptr(GByteArray) want = g_byte_array_new();

        CHECK(vector_bytes(vector->text, want));
        CHECK_BYTES(array_bytes(run->got), array_bytes(want));
    } else if (run->kind == BYTES && g_str_has_prefix(vector->text, "error ")) {
        CHECK_HAS(run->text->str, vector->text + strlen("error "));
    } else {
        CHECK_TEXT(run->text->str, vector->text);
    }
}

/* "space.name", or "name" of the family's own space, or a number; cuts it off the text. */
static const BerthOptDef *take_def(const Run *run, const char **text, unsigned *ret_code)
{
    size_t len = strcspn(*text, " \t\n");
    g_autofree char *name = g_strndup(*text, len);
    char *dot = strchr(name, '.');
    const BerthOptDef *def;

    *text += len + strspn(*text + len, " \t\n");
    *ret_code = (unsigned)g_ascii_strtoull(name, NULL, 10);
    if (*ret_code)
        return berth_optdef_find(run->codec->family, run->codec->space, (uint16_t)*ret_code);
    if (dot)
        *dot = 0;
    def = berth_optdef_find_name(run->codec->family, dot ? name : run->codec->space,
                                 dot ? dot + 1 : name);
    if (CHECK(def != NULL))
        *ret_code = def->code;
    return def;
}

static void run_option(Run *run, const Vector *vector)
{
    g_autoptr(GString) got = g_string_new(NULL);
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(run, &text, &code);
    BerthBytes value;

    run->looked_at = true;
    if (!CHECK(run->decoded) || !CHECK(run->codec->find(run->msg, (uint16_t)code, &value)))
        return;
    berth_opt_to_text(def, value, got);
    CHECK_TEXT(got->str, text);
}

static void run_decode_option(Run *run, const Vector *vector)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(run, &text, &code);

    made(run, TEXT);
    CHECK(vector_bytes(text, bytes));
    berth_opt_to_text(def, array_bytes(bytes), run->text);
}

static void run_encode_option(Run *run, const Vector *vector)
{
    g_autoptr(GError) error = NULL;
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(run, &text, &code);
    BerthBytes bytes;

    made(run, BYTES);
    if (berth_opt_from_text(def, text, true, &run->arena, &bytes, &error) < 0)
        g_string_assign(run->text, error->message);
    else
        g_byte_array_append(run->got, bytes.data, (guint)bytes.len);
}

static void run_encode(Run *run, const Vector *next)
{
    if (!CHECK(run->decoded))
        return;
    made(run, BYTES);
    run->codec->write(run->msg, array_bytes(run->payload), run->got);
    if (next && strcmp(next->word, "expect") == 0)
        return;
    run->looked_at = true;
    CHECK_BYTES(array_bytes(run->got), array_bytes(run->payload));
}

static void run_vector(Run *run, const Vector *vector, const Vector *next)
{
    berth_row("%s:%u", run->file, vector->line);
    if (vector_is_message(vector))
        run_decode(run, vector);
    else if (strcmp(vector->word, "expect") == 0)
        run_expect(run, vector);
    else if (strcmp(vector->word, "option") == 0)
        run_option(run, vector);
    else if (strcmp(vector->word, "encode") == 0)
        run_encode(run, next);
    else if (strcmp(vector->word, "decode-option") == 0)
        run_decode_option(run, vector);
    else if (strcmp(vector->word, "encode-option") == 0)
        run_encode_option(run, vector);
    else
        CHECK(!"a word that README.md knows");
}

static void run_file(const char *file, const Codec *codec)
{
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), file, NULL);
    g_autoptr(GPtrArray) vectors = vectors_read(path);
    Run run = {.file = file, .codec = codec};

    if (!CHECK(vectors && vectors->len > 0))
        return;
    berth_arena_init(&run.arena, 256u << 10);
    run.msg = g_malloc0(codec->size);
    run.payload = g_byte_array_new();
    run.got = g_byte_array_new();
    run.text = g_string_new(NULL);
    for (guint i = 0; i < vectors->len; i++)
        run_vector(&run, vectors->pdata[i], i + 1 < vectors->len ? vectors->pdata[i + 1] : NULL);
    CHECK(run.looked_at);
    g_free(run.msg);
    g_byte_array_unref(run.payload);
    g_byte_array_unref(run.got);
    g_string_free(run.text, TRUE);
    berth_arena_clear(&run.arena);
}

#define FILE_TEST(name, family)                         \
    static void test_##name##family(void)               \
    {                                                   \
        run_file(#name #family ".txt", &codec##family); \
    }
FILE_TEST(clients, 4)
FILE_TEST(servers, 4)
FILE_TEST(overload, 4)
FILE_TEST(hostile, 4)
FILE_TEST(options, 4)
FILE_TEST(clients, 6)
FILE_TEST(servers, 6)
FILE_TEST(relays, 6)
FILE_TEST(hostile, 6)
FILE_TEST(options, 6)

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"clients4", test_clients4},
        {"servers4", test_servers4},
        {"overload4", test_overload4},
        {"hostile4", test_hostile4},
        {"options4", test_options4},
        {"clients6", test_clients6},
        {"servers6", test_servers6},
        {"relays6", test_relays6},
        {"hostile6", test_hostile6},
        {"options6", test_options6},
        {0},
    };

    return berth_tests_main("wire", tests, argc, argv);
}
