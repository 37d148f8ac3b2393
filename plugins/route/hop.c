/* hop - see hop.h. Of JSON it knows as much as it needs to find the end of a value. */
#include "hop.h"

#define KEY "berth-route"

bool hop_equal(const Hop *a, const Hop *b)
{
    return memcmp(&a->via, &b->via, sizeof(a->via)) == 0 && strcmp(a->interface, b->interface) == 0;
}

/* ---- finding a member ---- */

typedef struct Text {
    const char *at, *end;
} Text;

static char peek(Text *text)
{
    while (text->at < text->end && g_ascii_isspace(*text->at))
        text->at++;
    return text->at < text->end ? *text->at : '\0';
}

static bool take(Text *text, char wanted)
{
    if (peek(text) != wanted)
        return false;
    text->at++;
    return true;
}

/* What stands between the quotes, as it stands there. */
static bool take_string(Text *text, BerthBytes *ret)
{
    const char *begin;

    if (!take(text, '"'))
        return false;
    for (begin = text->at; text->at < text->end && *text->at != '"'; text->at++)
        if (*text->at == '\\' && ++text->at == text->end)
            return false;
    *ret = (BerthBytes){(const uint8_t *)begin, (size_t)(text->at - begin)};
    return take(text, '"');
}

/* Any value, up to what follows it. */
static bool skip_value(Text *text)
{
    unsigned depth = 0;
    BerthBytes string;

    do {
        char c = peek(text);

        if (c == '"') {
            if (!take_string(text, &string))
                return false;
            continue;
        }
        if (c == '\0' || (depth == 0 && (c == ',' || c == '}' || c == ']')))
            return false;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        text->at++;
        if (depth == 0 && c != '}' && c != ']')
            while (text->at < text->end && !strchr(",}] \t\r\n", *text->at))
                text->at++;
    } while (depth > 0);
    return true;
}

typedef struct Member {
    const char *begin, *end; /* with the comma behind it, or, of the last one, before it */
    Text value;
} Member;

/* 1: found; 0: the object hasn't got it; -1: no object. */
static int find_member(BerthBytes context, const char *key, Member *ret)
{
    Text text = {(const char *)context.data, (const char *)context.data + context.len};
    const char *comma = NULL;

    if (!take(&text, '{'))
        return -1;
    if (take(&text, '}'))
        return 0;
    do {
        const char *begin = text.at;
        BerthBytes name;
        Text value;

        if (!take_string(&text, &name) || !take(&text, ':'))
            return -1;
        value.at = text.at;
        if (!skip_value(&text))
            return -1;
        value.end = text.at;
        if (berth_bytes_equal(name, berth_bytes(key))) {
            bool is_last = !take(&text, ',');

            *ret = (Member){is_last && comma ? comma : begin, text.at, value};
            return 1;
        }
        peek(&text);
        comma = text.at;
    } while (take(&text, ','));
    return take(&text, '}') ? 0 : -1;
}

static bool member_string(Text object, const char *key, char *ret, size_t size)
{
    BerthBytes bytes = {(const uint8_t *)object.at, (size_t)(object.end - object.at)}, value;
    Member member;

    if (find_member(bytes, key, &member) != 1 || !take_string(&member.value, &value) ||
        value.len >= size || memchr(value.data, '\\', value.len))
        return false;
    memcpy(ret, value.data, value.len);
    ret[value.len] = '\0';
    return true;
}

/* ---- the hop ---- */

bool hop_read(BerthBytes context, Hop *ret)
{
    char via[BERTH_ADDR_TEXT];
    Member member;
    Hop hop = {.interface = ""};

    if (find_member(context, KEY, &member) != 1 ||
        !member_string(member.value, "via", via, sizeof(via)) ||
        berth_addr_parse(via, &hop.via) < 0 || berth_addr_is4(hop.via))
        return false;
    member_string(member.value, "interface", hop.interface, sizeof(hop.interface));
    *ret = hop;
    return true;
}

/* The rest of the object behind our member, which stands first. */
static void append_rest(GString *text, BerthBytes context)
{
    Text rest = {(const char *)context.data, (const char *)context.data + context.len};

    take(&rest, '{');
    if (peek(&rest) != '}')
        g_string_append_c(text, ',');
    g_string_append_c(text, ' ');
    g_string_append_len(text, rest.at, rest.end - rest.at);
}

char *hop_write(BerthBytes context, const Hop *hop)
{
    g_autoptr(GString) rest = g_string_new_len((const char *)context.data, (gssize)context.len);
    GString *text = g_string_new("{ \"" KEY "\": { \"via\": \"");
    char via[BERTH_ADDR_TEXT];
    Member old;
    int found;

    if (context.len == 0)
        g_string_assign(rest, "{ }");
    context = berth_bytes(rest->str);
    found = find_member(context, KEY, &old);
    if (found < 0 || strpbrk(hop->interface, "\"\\")) {
        g_string_free(text, TRUE);
        return NULL;
    }
    if (found)
        g_string_erase(rest, old.begin - rest->str, old.end - old.begin);
    g_string_append_printf(text, "%s\"", berth_addr_text(hop->via, via));
    if (*hop->interface)
        g_string_append_printf(text, ", \"interface\": \"%s\"", hop->interface);
    g_string_append(text, " }");
    append_rest(text, berth_bytes(rest->str));
    return g_string_free(text, FALSE);
}
