/* read_access - what of a packet an expression names: options by code or name and down into them,
 * what relays and vendors say, the header. */
#include "core/expr/reader.h"

/* A space of "" has no names: only codes are known there. */

static const char *main_space(const Reader *reader)
{
    return reader->names->family == 6 ? "dhcp6" : "dhcp4";
}

static const BerthOptDef *def_of_code(const Reader *reader, const char *space, uint16_t code)
{
    const BerthExprNames *names = reader->names;

    if (!*space)
        return NULL;
    return names->option ? names->option(names->data, space, code)
                         : berth_optdef_find(names->family, space, code);
}

static const BerthOptDef *def_of_name(const Reader *reader, const char *space, const char *name)
{
    const BerthExprNames *names = reader->names;

    if (!*space)
        return NULL;
    return names->option_name ? names->option_name(names->data, space, name)
                              : berth_optdef_find_name(names->family, space, name);
}

/* ---- options ---- */

static Kind add_code(Reader *reader, Access *access, uint16_t code)
{
    if (access->n_codes == PATH_MAX_CODES)
        return reader_fail(reader, reader->lexer.now.at, "more than %d options one in another",
                           PATH_MAX_CODES);
    access->codes[access->n_codes++] = code;
    return KIND_BYTES;
}

/* "[12]" or "[host-name]", of a space. */
static Kind read_code(Reader *reader, Access *access, const char *space)
{
    const int64_t most = reader->names->family == 6 ? UINT16_MAX : UINT8_MAX;
    const Token *now = &reader->lexer.now;
    int64_t code;

    if (!reader_sign(reader, '['))
        return KIND_NOTHING;
    if (now->kind == TOKEN_WORD) {
        g_autofree char *name = g_strndup(reader->lexer.text + now->at, now->len);

        access->def = def_of_name(reader, space, name);
        if (!access->def)
            return reader_fail(reader, now->at, "no option \"%s\" in space %s", name,
                               *space ? space : "of this option's insides");
        code = access->def->code;
        lexer_next(&reader->lexer);
    } else {
        if (!reader_number(reader, 0, most, &code))
            return KIND_NOTHING;
        access->def = def_of_code(reader, space, (uint16_t)code);
    }
    return reader_sign(reader, ']') ? add_code(reader, access, (uint16_t)code) : KIND_NOTHING;
}

static Kind emit_access(Reader *reader, const Access *access, Kind kind)
{
    const Op op = kind == KIND_BOOL ? OP_EXISTS : OP_FETCH;

    g_array_append_val(reader->accesses, *access);
    reader_emit(reader, (Step){op, (int32_t)reader->accesses->len - 1, 0}, 0, 1);
    return reader->failed ? KIND_NOTHING : kind;
}

/* ".hex", ".text", ".exists", or ".option[1]" and again. */
static Kind read_path(Reader *reader, Access *access)
{
    while (reader_sign(reader, '.')) {
        if (reader_has_word(reader, "hex"))
            return emit_access(reader, access, KIND_BYTES);
        if (reader_has_word(reader, "exists"))
            return emit_access(reader, access, KIND_BOOL);
        if (reader_has_word(reader, "text")) {
            access->as_text = true;
            return emit_access(reader, access, KIND_BYTES);
        }
        if (!reader_has_word(reader, "option"))
            return reader_expected(reader, "hex, text, exists or option");
        if (!read_code(reader, access, access->def ? access->def->format.space : ""))
            return KIND_NOTHING;
    }
    return KIND_NOTHING;
}

static Kind read_option(Reader *reader)
{
    Access access = {.place = PLACE_OPTION};

    return read_code(reader, &access, main_space(reader)) ? read_path(reader, &access)
                                                          : KIND_NOTHING;
}

/* ---- relays ---- */

static Kind read_relay4(Reader *reader)
{
    Access access = {.place = PLACE_OPTION, .codes = {BERTH_DHO_DHCP_AGENT_OPTIONS}, .n_codes = 1};

    return read_code(reader, &access, "dhcp-agent-options-space") ? read_path(reader, &access)
                                                                  : KIND_NOTHING;
}

static Kind read_relay6(Reader *reader)
{
    Access access = {0};
    int64_t index;

    if (!reader_sign(reader, '[') ||
        !reader_number(reader, -BERTH_MSG6_RELAYS_MAX, BERTH_MSG6_RELAYS_MAX - 1, &index) ||
        !reader_sign(reader, ']') || !reader_sign(reader, '.'))
        return KIND_NOTHING;
    access.index = (int32_t)index;
    access.place = PLACE_RELAY_PEER;
    if (reader_has_word(reader, "peeraddr"))
        return emit_access(reader, &access, KIND_BYTES);
    access.place = PLACE_RELAY_LINK;
    if (reader_has_word(reader, "linkaddr"))
        return emit_access(reader, &access, KIND_BYTES);
    access.place = PLACE_RELAY_OPTION;
    if (!reader_has_word(reader, "option"))
        return reader_expected(reader, "option, peeraddr or linkaddr");
    return read_code(reader, &access, main_space(reader)) ? read_path(reader, &access)
                                                          : KIND_NOTHING;
}

/* ---- vendors ---- */

/* ".enterprise", or "[4491]." or "[*]."; NOTHING when that was all, or wrong. */
static bool read_enterprise(Reader *reader, Place place, Access *access, Kind *ret)
{
    int64_t number = 0;

    *ret = KIND_NOTHING;
    if (reader_has_sign(reader, '.')) {
        access->place = place;
        if (reader_has_word(reader, "enterprise"))
            *ret = emit_access(reader, access, KIND_BYTES);
        else
            reader_expected(reader, "enterprise");
        return false;
    }
    if (!reader_sign(reader, '[') ||
        (!reader_has_sign(reader, '*') && !reader_number(reader, 0, UINT32_MAX, &number)) ||
        !reader_sign(reader, ']') || !reader_sign(reader, '.'))
        return false;
    access->enterprise = (uint32_t)number;
    return true;
}

static Kind read_vendor(Reader *reader)
{
    Access access = {.place = PLACE_VENDOR};
    g_autofree char *space = NULL;
    Kind kind;

    if (!read_enterprise(reader, PLACE_VENDOR_ENTERPRISE, &access, &kind))
        return kind;
    if (reader_has_word(reader, "exists"))
        return emit_access(reader, &access, KIND_BOOL);
    if (!reader_has_word(reader, "option"))
        return reader_expected(reader, "exists or option");
    space = access.enterprise ? g_strdup_printf("vendor-%u", access.enterprise) : g_strdup("");
    return read_code(reader, &access, space) ? read_path(reader, &access) : KIND_NOTHING;
}

static Kind read_vendor_class(Reader *reader)
{
    Access access = {.place = PLACE_VENDOR_CLASS};
    int64_t index = 0;
    Kind kind;

    if (!read_enterprise(reader, PLACE_VENDOR_CLASS_ENTERPRISE, &access, &kind))
        return kind;
    if (reader_has_word(reader, "exists"))
        return emit_access(reader, &access, KIND_BOOL);
    if (!reader_has_word(reader, "data"))
        return reader_expected(reader, "exists or data");
    if (reader_has_sign(reader, '[') &&
        (!reader_number(reader, 0, UINT8_MAX, &index) || !reader_sign(reader, ']')))
        return KIND_NOTHING;
    access.place = PLACE_VENDOR_CLASS_DATA;
    access.index = (int32_t)index;
    return emit_access(reader, &access, KIND_BYTES);
}

/* ---- the header ---- */

typedef struct Field {
    const char *word;
    Place place;
} Field;

static const Field fields[] = {
    {"iface", PLACE_IFACE}, {"src", PLACE_SRC}, {"dst", PLACE_DST}, {"len", PLACE_LEN}, {0}};
static const Field fields4[] = {{"mac", PLACE_MAC},         {"hlen", PLACE_HLEN},
                                {"htype", PLACE_HTYPE},     {"ciaddr", PLACE_CIADDR},
                                {"giaddr", PLACE_GIADDR},   {"yiaddr", PLACE_YIADDR},
                                {"siaddr", PLACE_SIADDR},   {"msgtype", PLACE_MSGTYPE},
                                {"transid", PLACE_TRANSID}, {0}};
static const Field fields6[] = {{"msgtype", PLACE_MSGTYPE}, {"transid", PLACE_TRANSID}, {0}};

static Kind read_field(Reader *reader, const Field *field)
{
    g_autoptr(GString) wanted = g_string_new(NULL);

    if (!reader_sign(reader, '.'))
        return KIND_NOTHING;
    for (; field->word; field++) {
        const Access access = {.place = field->place};

        if (reader_has_word(reader, field->word))
            return emit_access(reader, &access, KIND_BYTES);
        g_string_append_printf(wanted, "%s%s", wanted->len ? ", " : "", field->word);
    }
    return reader_expected(reader, wanted->str);
}

static Kind read_pkt(Reader *reader)
{
    return read_field(reader, fields);
}

static Kind read_pkt4(Reader *reader)
{
    return read_field(reader, fields4);
}

static Kind read_pkt6(Reader *reader)
{
    return read_field(reader, fields6);
}

static const struct {
    const char *word;
    int family; /* 0: both */
    Kind (*read)(Reader *reader);
} accesses[] = {
    {"option", 0, read_option},
    {"relay4", 4, read_relay4},
    {"relay6", 6, read_relay6},
    {"vendor", 0, read_vendor},
    {"pkt", 0, read_pkt},
    {"pkt4", 4, read_pkt4},
    {"vendor-class", 0, read_vendor_class},
    {"pkt6", 6, read_pkt6},
};

bool reader_is_access(const Reader *reader)
{
    for (size_t i = 0; i < G_N_ELEMENTS(accesses); i++)
        if (lexer_is_word(&reader->lexer, accesses[i].word))
            return true;
    return false;
}

Kind reader_access(Reader *reader)
{
    const size_t at = reader->lexer.now.at;

    for (size_t i = 0; i < G_N_ELEMENTS(accesses); i++) {
        if (!reader_has_word(reader, accesses[i].word))
            continue;
        if (accesses[i].family != 0 && accesses[i].family != reader->names->family)
            return reader_fail(reader, at, "DHCPv%d has no %s", reader->names->family,
                               accesses[i].word);
        return accesses[i].read(reader);
    }
    return KIND_NOTHING;
}
