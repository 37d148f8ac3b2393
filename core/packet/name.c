/* name - the name of a client, cleaned and written; see name.h. */
#include "core/packet/name.h"

#include <glib.h>

#define LABEL_MAX 63

void berth_name_add_kept(BerthWriter *name, BerthBytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];

        if (g_ascii_isalnum(c) || c == '.' || c == '-')
            berth_write_u8(name, (uint8_t)g_ascii_tolower(c));
    }
}

bool berth_name_add_labels(BerthWriter *name, BerthBytes wire)
{
    BerthReader r = berth_reader(wire);

    while (berth_reader_left(&r)) {
        size_t len = berth_read_u8(&r);
        BerthBytes label = berth_read(&r, len);

        if (len > LABEL_MAX || r.failed)
            return false;
        if (len == 0)
            break;
        berth_name_add_kept(name, label);
        berth_write_u8(name, '.');
    }
    return true;
}

static BerthBytes next_label(BerthReader *r)
{
    const uint8_t *start = r->at;

    while (r->at < r->end && *r->at != '.')
        r->at++;
    return (BerthBytes){start, (size_t)(r->at - start)};
}

bool berth_name_write_labels(BerthWriter *w, BerthBytes text)
{
    BerthReader r = berth_reader(text);

    while (berth_reader_left(&r) > 0 && !(text.len == 1 && *text.data == '.')) {
        const BerthBytes label = next_label(&r);

        if (label.len == 0 || label.len > LABEL_MAX)
            return false;
        berth_write_u8(w, (uint8_t)label.len);
        berth_write(w, label);
        if (berth_reader_left(&r) > 0)
            berth_read_u8(&r);
    }
    berth_write_u8(w, 0);
    return true;
}

void berth_name_make(BerthWriter *name, BerthAddr addr)
{
    char text[BERTH_ADDR_TEXT];

    berth_addr_text(addr, text);
    g_strdelimit(text, ".:", '-');
    berth_write(name, berth_bytes("myhost-"));
    berth_write(name, berth_bytes(text));
}

bool berth_name_has_gap(BerthBytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '.' && (i == 0 || text.data[i - 1] == '.'))
            return true;
    return false;
}
