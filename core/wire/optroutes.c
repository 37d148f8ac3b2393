/* optroutes - the text of option 121, classless static routes (RFC 3442): "10.0.0.0/8 - 10.0.0.1,
 * …". */
#include "core/wire/optfield.h"

#include "core/base/addr.h"

static int write_route(const BerthOptWriting *writing, const char *text)
{
    g_auto(GStrv) halves = g_strsplit(text, "-", 2);
    BerthAddr net, router;
    uint8_t len;

    if (!halves[0] || !halves[1] || strchr(text, ':') ||
        berth_prefix_parse(g_strstrip(halves[0]), &net, &len) < 0 ||
        berth_addr_parse(g_strstrip(halves[1]), &router) < 0)
        return berth_optwriting_fail(writing, BERTH_OPT_INTERNAL, text,
                                     "a route, as 10.0.0.0/8 - 10.0.0.1");
    /* RFC 3442: bits outside the mask are zero, and only the significant octets are sent. */
    net = berth_prefix_first(net, len);
    berth_opt_append(writing->out, len, 1);
    g_byte_array_append(writing->out, net.b + 12, (len + 7u) / 8);
    g_byte_array_append(writing->out, router.b + 12, 4);
    return 0;
}

int berth_optroutes_write(BerthOptWriting *writing, const char *text)
{
    g_autoptr(GPtrArray) routes = berth_opttext_split(text, ',');

    if (routes->len == 0)
        return berth_optwriting_fail(writing, BERTH_OPT_INTERNAL, text,
                                     "a list of routes, as 10.0.0.0/8 - 10.0.0.1");
    for (guint i = 0; i < routes->len; i++) {
        int r;

        writing->field = i + 1;
        r = write_route(writing, routes->pdata[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool read_route(BerthReader *r, GString *ret)
{
    uint8_t len = berth_read_u8(r);
    BerthBytes octets = berth_read(r, (len + 7u) / 8);
    BerthAddr router = berth_addr4(berth_read_u32(r));
    BerthAddr net = BERTH_ADDR4_ANY;
    char text[BERTH_ADDR_TEXT];

    if (r->failed || len > 32)
        return false;
    if (octets.len > 0)
        memcpy(net.b + 12, octets.data, octets.len);
    net = berth_prefix_first(net, len);
    g_string_append_printf(ret, "%s/%u - ", berth_addr_text(net, text), len);
    g_string_append(ret, berth_addr_text(router, text));
    return true;
}

bool berth_optroutes_read(BerthBytes bytes, GString *ret)
{
    BerthReader r = berth_reader(bytes);

    for (const char *comma = ""; berth_reader_left(&r) > 0; comma = ", ") {
        g_string_append(ret, comma);
        if (!read_route(&r, ret))
            return false;
    }
    return bytes.len > 0;
}
