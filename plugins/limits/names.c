/* names - see names.h. */
#include "names.h"

#define NAME_MAX_LEN 512

static BerthBytes list_in(BerthBytes context)
{
    BerthBytes isc, list = {0};

    if (context.len > 0 && berth_json_find(context, "ISC", &isc) == 1)
        berth_json_find(isc, "client-classes", &list);
    return list;
}

/* One character of a JSON string; 0 at its end. Names have no others than these escapes. */
static char next_char(const uint8_t **at, const uint8_t *end)
{
    char c;

    if (*at >= end || **at == '"')
        return 0;
    c = (char)*(*at)++;
    if (c != '\\' || *at >= end)
        return c;
    c = (char)*(*at)++;
    if (c == 'u' && end - *at >= 4) {
        c = (char)(g_ascii_xdigit_value((char)(*at)[2]) << 4 |
                   g_ascii_xdigit_value((char)(*at)[3]));
        *at += 4;
    }
    return c;
}

/* What is too long for a name is passed over. */
static bool next_name(const uint8_t **at, const uint8_t *end, char name[NAME_MAX_LEN])
{
    size_t len = 0;
    char c;

    *at = *at < end ? memchr(*at, '"', (size_t)(end - *at)) : NULL;
    if (!*at)
        return false;
    ++*at;
    while ((c = next_char(at, end)))
        if (len + 1 < NAME_MAX_LEN)
            name[len++] = c;
    name[len] = '\0';
    ++*at;
    return true;
}

void names_each(BerthBytes context, NamesEach each, void *data)
{
    BerthBytes list = list_in(context);
    const uint8_t *at = list.data, *end = list.len ? at + list.len : at;
    char name[NAME_MAX_LEN];

    while (list.len > 0 && next_name(&at, end, name))
        each(data, name);
}

bool names_have(BerthBytes context, const char *name)
{
    BerthBytes list = list_in(context);
    const uint8_t *at = list.data, *end = list.len ? at + list.len : at;
    char found[NAME_MAX_LEN];

    while (list.len > 0 && next_name(&at, end, found))
        if (strcmp(found, name) == 0)
            return true;
    return false;
}

static void add_name(GString *list, const char *name)
{
    g_string_append(list, list->len > 1 ? ", \"" : " \"");
    for (; *name; name++) {
        if ((guchar)*name < ' ')
            g_string_append_printf(list, "\\u%04x", (guchar)*name);
        else if (*name == '"' || *name == '\\')
            g_string_append_printf(list, "\\%c", *name);
        else
            g_string_append_c(list, *name);
    }
    g_string_append_c(list, '"');
}

char *names_put(BerthBytes context, const BerthPacket *pkt)
{
    g_autoptr(GString) list = g_string_new("[");
    BerthBytes isc = {0};
    g_autofree char *inside = NULL;
    const char *name;

    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++)
        add_name(list, name);
    g_string_append(list, " ]");
    if (berth_bytes_equal(list_in(context), berth_bytes(list->str)))
        return NULL;
    if (context.len > 0)
        berth_json_find(context, "ISC", &isc);
    inside = berth_json_put(isc, "client-classes", list->str);
    return inside ? berth_json_put(context, "ISC", inside) : NULL;
}
