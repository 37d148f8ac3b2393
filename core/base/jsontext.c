/* jsontext - members of a JSON object that stays text (berth/json.h). Of JSON it knows as much as
 * it needs to find the end of a value. */
#include "core/base/json.h"

typedef struct Text {
    const char *at, *end;
} Text;

static Text text_of(BerthBytes bytes)
{
    const char *at = (const char *)bytes.data;

    return (Text){at, at ? at + bytes.len : at};
}

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
    BerthBytes value;
} Member;

/* As berth_json_find answers. */
static int find_member(BerthBytes object, const char *key, Member *ret)
{
    Text text = text_of(object);
    const char *comma = NULL;

    if (!take(&text, '{'))
        return -1;
    if (take(&text, '}'))
        return 0;
    do {
        const char *begin = text.at, *value;
        BerthBytes name;

        if (!take_string(&text, &name) || !take(&text, ':'))
            return -1;
        peek(&text);
        value = text.at;
        if (!skip_value(&text))
            return -1;
        if (berth_bytes_equal(name, berth_bytes(key))) {
            ret->value = (BerthBytes){(const uint8_t *)value, (size_t)(text.at - value)};
            ret->begin = !take(&text, ',') && comma ? comma : begin;
            ret->end = text.at;
            return 1;
        }
        peek(&text);
        comma = text.at;
    } while (take(&text, ','));
    return take(&text, '}') ? 0 : -1;
}

int berth_json_find(BerthBytes object, const char *key, BerthBytes *ret_value)
{
    Member member;
    int found = find_member(object, key, &member);

    if (found == 1)
        *ret_value = member.value;
    return found;
}

bool berth_json_find_string(BerthBytes object, const char *key, char *ret, size_t size)
{
    BerthBytes value, string;
    Text text;

    if (berth_json_find(object, key, &value) != 1)
        return false;
    text = text_of(value);
    if (!take_string(&text, &string) || string.len >= size || memchr(string.data, '\\', string.len))
        return false;
    memcpy(ret, string.data, string.len);
    ret[string.len] = '\0';
    return true;
}

char *berth_json_put(BerthBytes object, const char *key, const char *value)
{
    g_autoptr(GString) rest = g_string_new_len((const char *)object.data, (gssize)object.len);
    GString *text;
    Text others;
    Member old;
    int found;

    if (object.len == 0)
        g_string_assign(rest, "{ }");
    found = find_member(berth_bytes(rest->str), key, &old);
    if (found < 0)
        return NULL;
    if (found)
        g_string_erase(rest, old.begin - rest->str, old.end - old.begin);
    text = g_string_new(NULL);
    others = text_of(berth_bytes(rest->str));
    take(&others, '{');
    if (value)
        g_string_append_printf(text, "{ \"%s\": %s%s ", key, value,
                               peek(&others) == '}' ? "" : ",");
    else
        g_string_append_c(text, '{');
    g_string_append_len(text, others.at, others.end - others.at);
    return g_string_free(text, FALSE);
}
