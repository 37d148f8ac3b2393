/* test_wire - runs the vectors of tests/wire/; README.md there says what the lines mean. */
#include "core/wire/msg4.h"
#include "core/wire/opttype.h"
#include "tests/lib/rows.h"
#include "tests/wire/vectors.h"

#include <berth/plugin.h>

typedef enum Kind { NOTHING, MESSAGE, BYTES, TEXT } Kind;

/* Where the run is: what the last line made, and whether anything looked at it. */
typedef struct Run {
    const char *file;
    BerthArena arena;
    GByteArray *payload; /* last decoded */
    BerthMsg4 msg;
    BerthParse4 result;
    Kind kind;       /* of what was made */
    GByteArray *got; /* BYTES */
    GString *text;   /* MESSAGE, TEXT; "error …" */
    bool looked_at;
} Run;

static const char *const result_names[] = {
    [BERTH_PARSE4_OK] = "OK",
    [BERTH_PARSE4_SHORT] = "SHORT",
    [BERTH_PARSE4_COOKIE] = "COOKIE",
    [BERTH_PARSE4_OP] = "OP",
    [BERTH_PARSE4_HLEN] = "HLEN",
    [BERTH_PARSE4_OPTIONS] = "OPTIONS",
    [BERTH_PARSE4_OVERLOAD] = "OVERLOAD",
    [BERTH_PARSE4_LENGTH] = "LENGTH",
    [BERTH_PARSE4_MEMORY] = "MEMORY",
};

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

static BerthParse4 parse(BerthMsg4 *msg, BerthBytes payload, BerthArena *arena)
{
    bool is_reply = payload.len > 0 && payload.data[0] == BERTH_BOOTREPLY;

    return berth_msg4_parse(msg, payload, is_reply ? BERTH_BOOTREPLY : BERTH_BOOTREQUEST, arena);
}

/* One past the END of the option field. */
static size_t end_of_options(BerthBytes payload)
{
    size_t at = BERTH_MSG4_HEADER;

    while (at < payload.len && payload.data[at] != 255)
        at += payload.data[at] ? 2u + payload.data[at + 1] : 1;
    return at + 1;
}

/* What is cut before its END must be refused; what is cut behind it must not be missed. */
static void check_every_cut(Run *run)
{
    BerthBytes payload = array_bytes(run->payload);
    size_t end = end_of_options(payload);
    BerthArena arena;
    BerthMsg4 msg;

    berth_arena_init(&arena, BERTH_MSG4_MAX);
    for (size_t len = 0; len <= payload.len; len++) {
        /* A copy of its own, so that a sanitizer sees the first byte read behind it. */
        g_autofree uint8_t *cut = g_memdup2(payload.data, len);
        BerthParse4 result = parse(&msg, (BerthBytes){cut, len}, &arena);

        berth_row("%s, cut to %zu bytes", run->file, len);
        CHECK((result == BERTH_PARSE4_OK) == (len >= end));
        berth_arena_reset(&arena);
    }
    berth_arena_clear(&arena);
}

/* Behind a head of our own only what the options make is of interest. */
static void leave_out_head(GString *text)
{
    const char *end = strstr(text->str, "xid 0x00000001\n");

    if (CHECK(end != NULL))
        g_string_erase(text, 0, end - text->str + (gssize)strlen("xid 0x00000001\n"));
}

static void run_decode(Run *run, const Vector *vector)
{
    made(run, MESSAGE);
    g_byte_array_set_size(run->payload, 0);
    CHECK(vector_message(vector, run->payload));
    berth_arena_reset(&run->arena);
    run->result = parse(&run->msg, array_bytes(run->payload), &run->arena);
    if (run->result != BERTH_PARSE4_OK) {
        g_string_printf(run->text, "error %s", result_names[run->result]);
        return;
    }
    berth_msg4_text(&run->msg, run->text);
    if (strcmp(vector->word, "decode-options") == 0)
        leave_out_head(run->text);
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

/* "space.name", or "name" of dhcp4, or a number; cuts it off the text. */
static const BerthOptDef *take_def(const char **text, unsigned *ret_code)
{
    size_t len = strcspn(*text, " \t\n");
    g_autofree char *name = g_strndup(*text, len);
    char *dot = strchr(name, '.');
    const BerthOptDef *def;

    *text += len + strspn(*text + len, " \t\n");
    *ret_code = (unsigned)g_ascii_strtoull(name, NULL, 10);
    if (*ret_code)
        return berth_optdef_find(4, "dhcp4", (uint16_t)*ret_code);
    if (dot)
        *dot = 0;
    def = berth_optdef_find_name(4, dot ? name : "dhcp4", dot ? dot + 1 : name);
    if (CHECK(def != NULL))
        *ret_code = def->code;
    return def;
}

static void run_option(Run *run, const Vector *vector)
{
    g_autoptr(GString) got = g_string_new(NULL);
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(&text, &code);

    run->looked_at = true;
    if (!CHECK_INT(run->result, BERTH_PARSE4_OK) || !CHECK(run->msg.has_option[code]))
        return;
    berth_opt_to_text(def, run->msg.option[code], got);
    CHECK_TEXT(got->str, text);
}

static void run_decode_option(Run *run, const Vector *vector)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(&text, &code);

    made(run, TEXT);
    CHECK(vector_bytes(text, bytes));
    berth_opt_to_text(def, array_bytes(bytes), run->text);
}

static void run_encode_option(Run *run, const Vector *vector)
{
    g_autoptr(GError) error = NULL;
    const char *text = vector->text;
    unsigned code;
    const BerthOptDef *def = take_def(&text, &code);
    BerthBytes bytes;

    made(run, BYTES);
    if (berth_opt_from_text(def, text, true, &run->arena, &bytes, &error) < 0)
        g_string_assign(run->text, error->message);
    else
        g_byte_array_append(run->got, bytes.data, (guint)bytes.len);
}

/* The options in the order in which they were first seen. */
static size_t options_in_order(const Run *run, BerthOption4 ret[256])
{
    BerthBytes payload = array_bytes(run->payload);
    BerthReader r = berth_reader(payload);
    bool seen[256] = {[0] = true, [BERTH_DHO_DHCP_OPTION_OVERLOAD] = true, [255] = true};
    size_t n = 0;

    berth_read(&r, BERTH_MSG4_HEADER);
    while (berth_reader_left(&r) > 0) {
        uint8_t code = berth_read_u8(&r);

        if (!seen[code])
            ret[n++] = (BerthOption4){code, run->msg.option[code]};
        seen[code] = true;
        if (code == 255)
            break;
        if (code)
            berth_read(&r, berth_read_u8(&r));
    }
    for (unsigned code = 0; code < 256; code++)
        if (run->msg.has_option[code] && !seen[code])
            ret[n++] = (BerthOption4){(uint8_t)code, run->msg.option[code]};
    return n;
}

static void run_encode(Run *run, const Vector *next)
{
    BerthOption4 options[256];
    size_t n = options_in_order(run, options);
    g_autofree uint8_t *buffer = g_malloc(BERTH_MSG4_MAX);
    BerthWriter w = berth_writer(buffer, BERTH_MSG4_MAX);
    BerthMsg4Left left = {0};
    int len;

    if (!CHECK_INT(run->result, BERTH_PARSE4_OK))
        return;
    made(run, BYTES);
    len =
        berth_msg4_write(&run->msg, options, n, MAX(run->payload->len, BERTH_MSG4_MIN), &w, &left);
    CHECK_INT(left.options, 0);
    CHECK_INT(len, (int64_t)berth_writer_bytes(&w).len);
    g_byte_array_append(run->got, buffer, (guint)MAX(len, 0));
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

static void run_file(const char *file)
{
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), file, NULL);
    g_autoptr(GPtrArray) vectors = vectors_read(path);
    Run run = {.file = file};

    if (!CHECK(vectors && vectors->len > 0))
        return;
    berth_arena_init(&run.arena, 256u << 10);
    run.payload = g_byte_array_new();
    run.got = g_byte_array_new();
    run.text = g_string_new(NULL);
    for (guint i = 0; i < vectors->len; i++)
        run_vector(&run, vectors->pdata[i], i + 1 < vectors->len ? vectors->pdata[i + 1] : NULL);
    CHECK(run.looked_at);
    g_byte_array_unref(run.payload);
    g_byte_array_unref(run.got);
    g_string_free(run.text, TRUE);
    berth_arena_clear(&run.arena);
}

static void test_clients(void)
{
    run_file("clients4.txt");
}

static void test_servers(void)
{
    run_file("servers4.txt");
}

static void test_overload(void)
{
    run_file("overload4.txt");
}

static void test_hostile(void)
{
    run_file("hostile4.txt");
}

static void test_options(void)
{
    run_file("options4.txt");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"clients", test_clients}, {"servers", test_servers}, {"overload", test_overload},
        {"hostile", test_hostile}, {"options", test_options}, {0},
    };

    return berth_tests_main("wire", tests, argc, argv);
}
