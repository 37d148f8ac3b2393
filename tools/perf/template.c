/* template - see template.h. */
#include "tools/perf/template.h"

#include <stdlib.h>

/* Hex digits in any grouping, lines and all. */
static bool read_hex(PerfTemplateFile *file, const char *path, size_t min, GError **error)
{
    g_autofree char *text = NULL;
    size_t digits = 0;
    int len;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    for (const char *at = text; *at; at++)
        if (!g_ascii_isspace(*at) && *at != ':')
            text[digits++] = *at;
    text[digits] = '\0';
    len = berth_hex_parse(text, file->bytes, file->size);
    if (len >= 0 && (size_t)len >= min && digits % 2 == 0) {
        file->len = (uint16_t)len;
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "%s: a template is an even number of hex digits, %zu to %zu bytes of DHCP message",
                path, min, file->size);
    return false;
}

bool perf_template_read(PerfTemplateFile *file, const char *spec, size_t min, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(spec, ":", 2);

    if (!read_hex(file, parts[0], min, error))
        return false;
    file->offsets = g_strsplit(parts[1] ? parts[1] : "", ",", -1);
    return true;
}

static void set_names_error(const PerfTemplateFile *file, const char *text, const PerfField *fields,
                            size_t n, GError **error)
{
    g_autoptr(GString) names = g_string_new(fields[0].name);

    for (size_t i = 1; i < n; i++)
        g_string_append_printf(names, "%s%s", i + 1 < n ? ", " : " or ", fields[i].name);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "%s: expected FIELD=OFFSET within the template's %u bytes, FIELD being %s", text,
                file->len, names->str);
}

static const PerfField *find_field(const PerfField *fields, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(fields[i].name) == len && strncmp(fields[i].name, name, len) == 0)
            return &fields[i];
    return NULL;
}

bool perf_template_offsets(const PerfTemplateFile *file, const PerfField *fields, size_t n,
                           void *ret, GError **error)
{
    for (size_t i = 0; file->offsets[i]; i++) {
        const char *text = file->offsets[i], *equals = strchr(text, '=');
        const PerfField *field =
            equals ? find_field(fields, n, text, (size_t)(equals - text)) : NULL;
        char *end = NULL;
        unsigned long at = equals ? strtoul(equals + 1, &end, 0) : 0;
        uint16_t value = (uint16_t)at;

        if (!field || *end || end == equals + 1 || at + field->len > file->len) {
            set_names_error(file, text, fields, n, error);
            return false;
        }
        memcpy((uint8_t *)ret + field->at, &value, sizeof(value));
    }
    return true;
}
