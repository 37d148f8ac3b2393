/* script - see script.h. */
#include "tests/play/script.h"

#include <stdio.h>

/* ---- reading ---- */

static void step_free(void *data)
{
    Step *step = data;

    g_free(step->word);
    g_free(step->text);
    g_strfreev(step->args);
    g_free(step);
}

static Scene *scene_new(const char *name)
{
    Scene *scene = g_new0(Scene, 1);

    scene->name = g_strdup(name);
    scene->steps = g_ptr_array_new_with_free_func(step_free);
    return scene;
}

static void scene_free(void *data)
{
    Scene *scene = data;

    g_free(scene->name);
    g_ptr_array_unref(scene->steps);
    g_free(scene);
}

/* Words of a line; a quote hides blanks. */
static char **split(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    const char *start = NULL;
    bool quoted = false;

    for (const char *at = text;; at++) {
        bool blank = !*at || (!quoted && g_ascii_isspace(*at));

        quoted ^= *at == '\'';
        if (!blank && !start)
            start = at;
        if (blank && start) {
            g_ptr_array_add(words, g_strndup(start, (size_t)(at - start)));
            start = NULL;
        }
        if (!*at)
            break;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static void add_line(Script *script, unsigned line, const char *text)
{
    unsigned n = script->scenes->len;
    Scene *scene = n ? script->scenes->pdata[n - 1] : script->before;
    size_t len = strcspn(text, " \t");
    g_autofree char *word = g_strndup(text, len);
    Step *step;

    text += len + strspn(text + len, " \t");
    if (strcmp(word, "test") == 0) {
        g_ptr_array_add(script->scenes, scene_new(text));
        return;
    }
    step = g_new0(Step, 1);
    *step = (Step){script->file, line, g_steal_pointer(&word), g_strdup(text), split(text)};
    g_ptr_array_add(scene->steps, step);
}

static bool is_nothing(const char *line)
{
    return *line == '#' || line[strspn(line, " \t")] == 0;
}

Script *script_read(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    Script *script;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return NULL;
    }
    script = g_new0(Script, 1);
    script->file = g_strdup(path);
    script->before = scene_new("");
    script->scenes = g_ptr_array_new_with_free_func(scene_free);
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i];) {
        g_autoptr(GString) whole = g_string_new(lines[i]);
        unsigned line = ++i;

        for (; lines[i] && g_ascii_isspace(*lines[i]); i++)
            g_string_append_printf(whole, " %s", g_strstrip(lines[i]));
        if (!is_nothing(whole->str))
            add_line(script, line, whole->str);
    }
    return script;
}

void script_free(Script *script)
{
    if (!script)
        return;
    g_free(script->file);
    scene_free(script->before);
    g_ptr_array_unref(script->scenes);
    g_free(script);
}

/* ---- arguments ---- */

const char *script_value(const char *arg, const char *key)
{
    size_t len = strlen(key);

    return strncmp(arg, key, len) == 0 && arg[len] == '=' ? arg + len + 1 : NULL;
}

int64_t script_time(const char *text)
{
    static const struct {
        const char *unit;
        int64_t usec;
    } units[] = {{"", 1000000},
                 {"ms", 1000},
                 {"s", 1000000},
                 {"m", INT64_C(60000000)},
                 {"h", INT64_C(3600000000)}};
    char *end;
    int64_t n = g_ascii_strtoll(text, &end, 10);

    for (size_t i = 0; end != text && i < G_N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].unit) == 0)
            return n * units[i].usec;
    return -1;
}

static bool number_bytes(const char *item, unsigned width, GByteArray *ret)
{
    char *end;
    guint64 n = g_ascii_strtoull(item, &end, 10);

    if (end == item || *end)
        return false;
    for (unsigned i = width; i-- > 0;) {
        guint8 byte = (guint8)(n >> (8 * i));

        g_byte_array_append(ret, &byte, 1);
    }
    return true;
}

static bool hex_bytes(const char *item, GByteArray *ret)
{
    uint8_t bytes[4096];
    int n = berth_hex_parse(item, bytes, sizeof(bytes));

    if (n > 0)
        g_byte_array_append(ret, bytes, (guint)n);
    return n >= 0;
}

/* One item without its *N. */
static bool item_bytes(const char *item, unsigned width, GByteArray *ret)
{
    size_t len = strlen(item);
    BerthAddr addr;

    if (*item == '\'') {
        if (len < 2 || item[len - 1] != '\'')
            return false;
        g_byte_array_append(ret, (const guint8 *)item + 1, (guint)len - 2);
        return true;
    }
    if (g_str_has_prefix(item, "0x"))
        return hex_bytes(item + 2, ret);
    if (strchr(item, '.') && berth_addr_parse(item, &addr) == 0) {
        g_byte_array_append(ret, addr.b + 12, 4);
        return true;
    }
    if (strchr(item, ':') && berth_addr_parse(item, &addr) == 0) {
        g_byte_array_append(ret, addr.b, sizeof(addr.b));
        return true;
    }
    return number_bytes(item, width, ret);
}

static bool repeated_bytes(char *item, unsigned width, GByteArray *ret)
{
    g_autoptr(GByteArray) once = g_byte_array_new();
    char *star = strrchr(item, '*');
    guint64 n = 1;

    if (star && !strchr(star, '\'')) {
        n = g_ascii_strtoull(star + 1, NULL, 10);
        *star = 0;
    }
    if (!item_bytes(item, width, once))
        return false;
    for (; n > 0; n--)
        g_byte_array_append(ret, once->data, once->len);
    return true;
}

bool script_bytes(const char *text, unsigned width, GByteArray *ret)
{
    bool quoted = false;

    while (*text) {
        const char *end = text;
        g_autofree char *item = NULL;

        for (; *end && (quoted || *end != ','); end++)
            quoted ^= *end == '\'';
        item = g_strndup(text, (size_t)(end - text));
        if (!repeated_bytes(item, width, ret))
            return false;
        text = *end ? end + 1 : end;
    }
    return true;
}
