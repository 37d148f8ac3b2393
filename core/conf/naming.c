/* naming - which characters of clients' names are replaced (hostname-char-set).
 *
 * Kea takes any regular expression; what it is used for is a set of characters, and that is what is
 * understood here: "[^A-Za-z0-9.-]". So a name costs a look-up for each of its characters. */
#include "core/conf/build.h"

#define CHARACTERS 256

static const char *const classes[] = {"alnum", "alpha", "digit", "lower",
                                      "upper", "punct", "space", "xdigit"};

static bool is_of_class(unsigned which, unsigned char c)
{
    switch (which) {
    case 0:
        return g_ascii_isalnum(c);
    case 1:
        return g_ascii_isalpha(c);
    case 2:
        return g_ascii_isdigit(c);
    case 3:
        return g_ascii_islower(c);
    case 4:
        return g_ascii_isupper(c);
    case 5:
        return g_ascii_ispunct(c);
    case 6:
        return g_ascii_isspace(c);
    default:
        return g_ascii_isxdigit(c);
    }
}

/* "[:alpha:]"; false: it is none. */
static bool read_class(const char **at, uint8_t *set)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *text = g_strdup_printf("[:%s:]", classes[i]);

        if (!g_str_has_prefix(*at, text))
            continue;
        for (unsigned c = 0; c < CHARACTERS; c++)
            set[c] |= is_of_class(i, (unsigned char)c);
        *at += strlen(text);
        return true;
    }
    return false;
}

/* One character, or what a backslash says of the next; false: the text ends. */
static bool read_character(const char **at, unsigned char *ret)
{
    if (**at == '\\')
        ++*at;
    if (!**at)
        return false;
    *ret = (unsigned char)*(*at)++;
    return true;
}

static bool read_range(const char **at, uint8_t *set)
{
    unsigned char first, last;

    if (!read_character(at, &first))
        return false;
    last = first;
    if ((*at)[0] == '-' && (*at)[1] && (*at)[1] != ']') {
        ++*at;
        if (!read_character(at, &last))
            return false;
    }
    for (unsigned c = first; c <= last; c++)
        set[c] = 1;
    return first <= last;
}

static bool read_set(const char *text, uint8_t *set)
{
    const char *at = text;
    bool is_negated;

    if (*at++ != '[')
        return false;
    is_negated = *at == '^';
    if (is_negated)
        at++;
    do
        if (!(at[0] == '[' && at[1] == ':' ? read_class(&at, set) : read_range(&at, set)))
            return false;
    while (*at && *at != ']');
    for (unsigned c = 0; is_negated && c < CHARACTERS; c++)
        set[c] = !set[c];
    return at[0] == ']' && !at[1];
}

void berth_build_naming(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthNaming *naming, const BerthNaming *outer)
{
    const BerthNode *own = berth_node_get(node, "hostname-char-set");
    uint8_t *set;

    naming->taken = outer ? outer->taken : NULL;
    if (outer && !own)
        return;
    naming->taken = NULL;
    if (!naming->characters || !*naming->characters)
        return;
    set = berth_build_array(build, CHARACTERS, sizeof(*set));
    if (!read_set(naming->characters, set))
        berth_build_fail(build, own, path,
                         "\"%s\" is no set of characters such as [^A-Za-z0-9.-]; other regular "
                         "expressions are not supported",
                         naming->characters);
    naming->taken = set;
}
