/* name - the name of a client, cleaned and written; see name.h. */
#include "core/packet/name.h"

#include <glib.h>

#define LABEL_MAX 63

void berth_name_add_kept(BerthWriter *name, const BerthNaming *naming, BerthBytes text)
{
    uint8_t *start = name->at;

    if (naming && naming->scrub)
        berth_scrub_write(naming->scrub, text, name);
    else
        berth_write(name, text);
    for (; start < name->at; start++)
        *start = (uint8_t)g_ascii_tolower((char)*start);
}

static BerthBytes next_label(BerthReader *r)
{
    const uint8_t *start = r->at;

    while (r->at < r->end && *r->at != '.')
        r->at++;
    return (BerthBytes){start, (size_t)(r->at - start)};
}

void berth_name_add_dotted(BerthWriter *name, const BerthNaming *naming, BerthBytes text)
{
    BerthReader r = berth_reader(text);

    for (;;) {
        berth_name_add_kept(name, naming, next_label(&r));
        if (berth_reader_left(&r) == 0)
            return;
        berth_write_u8(name, berth_read_u8(&r));
    }
}

void berth_name_add_root(BerthWriter *name)
{
    if (name->at > name->start && name->at[-1] != '.')
        berth_write_u8(name, '.');
}

bool berth_name_add_labels(BerthWriter *name, const BerthNaming *naming, BerthBytes wire)
{
    BerthReader r = berth_reader(wire);
    size_t len = 1;

    while (len > 0 && berth_reader_left(&r) > 0) {
        len = berth_read_u8(&r);
        /* The root's is a part like the others: a pattern may match nothing. */
        berth_name_add_dotted(name, naming, berth_read(&r, len));
        if (len > LABEL_MAX || r.failed)
            return false;
        if (len > 0)
            berth_write_u8(name, '.');
    }
    berth_name_add_root(name);
    return true;
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

void berth_name_make(BerthWriter *name, const BerthNaming *naming, BerthAddr addr)
{
    char text[BERTH_ADDR_TEXT];

    berth_addr_text(addr, text);
    g_strdelimit(text, ".:", '-');
    berth_write(name, berth_bytes(naming ? naming->prefix : "myhost"));
    berth_write_u8(name, '-');
    berth_write(name, berth_bytes(text));
}

static BerthBytes without_root(BerthBytes name)
{
    if (name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    return name;
}

static bool ends_with(BerthBytes name, BerthBytes domain)
{
    return name.len >= domain.len &&
           memcmp(name.data + name.len - domain.len, domain.data, domain.len) == 0 &&
           (name.len == domain.len || name.data[name.len - domain.len - 1] == '.');
}

void berth_name_qualify(BerthWriter *name, const BerthNaming *naming, bool is_rooted)
{
    const BerthBytes domain = without_root(berth_bytes(naming ? naming->suffix : NULL));
    const BerthBytes text = without_root(berth_writer_bytes(name));

    name->at = name->start + text.len;
    if (domain.len > 0 && !ends_with(text, domain)) {
        berth_write_u8(name, '.');
        berth_write(name, domain);
    }
    if (is_rooted)
        berth_write_u8(name, '.');
}

bool berth_name_has_gap(BerthBytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '.' && (i == 0 || text.data[i - 1] == '.'))
            return true;
    return false;
}
