/* scrub - see scrub.h. PCRE2 does the work, and is told pattern and replacement in its own words.
 */
#include "core/expr/scrub.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <glib.h>
#include <pcre2.h>

#define WHY_MAX 128
#define HEAP_KIB_MAX 256
#define OUT_MAX 512 /* a name has half of it */
/* What a backslash may stand before (POSIX.1 section 9.4.3), and what repeats. */
#define SIGNS "^.[$()|*+?{\\"
#define REPEATS "*+?{"

#define COMPILE_OPTIONS (PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP)
/* A group that is not there, or took no part, is empty. */
#define WRITE_OPTIONS \
    (PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNKNOWN_UNSET | PCRE2_SUBSTITUTE_UNSET_EMPTY)

struct BerthScrub {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *limits;
    GString *replacement;
};

/* ---- the pattern ---- */

static void add_member(GString *to, char c)
{
    if (g_ascii_ispunct(c))
        g_string_append_c(to, '\\');
    g_string_append_c(to, c);
}

/* "[:alpha:]" stays, "[.x.]" and "[=x=]" are x. Answers what follows; NULL: it is none of them. */
static const char *add_named(GString *to, const char *at)
{
    const char *end;

    if (at[0] != '[' || !at[1] || !strchr(":.=", at[1]))
        return NULL;
    end = strstr(at + 2, (const char[]){at[1], ']', '\0'});
    if (!end)
        return NULL;
    if (at[1] == ':')
        g_string_append_len(to, at, end + 2 - at);
    else
        for (const char *c = at + 2; c < end; c++)
            add_member(to, *c);
    return end + 2;
}

/* What follows a '[', up to the ']' that closes it; one that comes first is a member. */
static const char *add_set(GString *to, const char *at)
{
    if (*at == '^')
        g_string_append_c(to, *at++);
    do {
        const char *behind = add_named(to, at);

        if (behind)
            at = behind;
        else if (*at == '-')
            g_string_append_c(to, *at++);
        else if (*at)
            add_member(to, *at++);
    } while (*at && *at != ']');
    return at;
}

/* Signs that mean more to PCRE2 than to POSIX. */
static char *what_is_foreign(const char *at)
{
    if (at[0] == '\\' && (!at[1] || !strchr(SIGNS, at[1])))
        return g_strdup_printf("a backslash stands before one of %s", SIGNS);
    if (at[0] == '(' && at[1] && strchr("?*", at[1]))
        return g_strdup_printf("nothing is there for %c to repeat", at[1]);
    return NULL;
}

/* One sign of the pattern, a set or an escape; answers what follows. "a*?" is no lazy one: what
 * stands `behind_repeat` repeats the repetition. */
static const char *add_sign(GString *to, const char *at, bool behind_repeat)
{
    if (behind_repeat && strchr(REPEATS, *at))
        g_string_append(to, "(?:)");
    if (*at == '\\')
        g_string_append_c(to, *at++);
    else if (*at == '[') {
        g_string_append_c(to, '[');
        return add_set(to, at + 1);
    }
    g_string_append_c(to, *at);
    return at + 1;
}

/* NULL: it is no extended regular expression. */
static GString *translate(const char *pattern, char **ret_why)
{
    GString *to = g_string_new(NULL);
    bool behind_repeat = false;

    for (const char *at = pattern; *at;) {
        const char *sign = at;

        *ret_why = what_is_foreign(at);
        if (*ret_why) {
            g_string_free(to, TRUE);
            return NULL;
        }
        at = add_sign(to, at, behind_repeat);
        behind_repeat = at == sign + 1 && strchr("*+?", *sign);
    }
    return to;
}

/* ---- the replacement ---- */

static GString *translate_replacement(const char *text)
{
    GString *to = g_string_new(NULL);

    for (const char *at = text; *at; at++) {
        const size_t digits = at[0] == '$' ? MIN(strspn(at + 1, "0123456789"), 2) : 0;

        if (digits > 0)
            g_string_append_printf(to, "${%.*s}", (int)digits, at + 1);
        else if (at[0] == '$')
            g_string_append(to, at[1] == '&' ? "${0}" : "$$");
        else
            g_string_append_c(to, *at);
        at += digits > 0 ? digits : at[0] == '$' && at[1] && strchr("$&", at[1]);
    }
    return to;
}

/* ---- both ---- */

static pcre2_code *compile(const char *pattern, char **ret_why)
{
    PCRE2_UCHAR why[WHY_MAX] = "";
    GString *text = translate(pattern, ret_why);
    pcre2_code *code;
    size_t at;
    int error;

    if (!text)
        return NULL;
    code = pcre2_compile((const uint8_t *)text->str, text->len, COMPILE_OPTIONS, &error, &at, NULL);
    g_string_free(text, TRUE);
    if (!code) {
        pcre2_get_error_message(error, why, sizeof(why));
        *ret_why = g_strdup((const char *)why);
    }
    return code;
}

BerthScrub *berth_scrub_new(const char *pattern, const char *replacement, char **ret_why)
{
    BerthScrub *scrub;
    pcre2_code *code;

    if (strlen(pattern) > BERTH_SCRUB_TEXT_MAX || strlen(replacement) > BERTH_SCRUB_TEXT_MAX) {
        *ret_why = g_strdup_printf("it is longer than %d bytes", BERTH_SCRUB_TEXT_MAX);
        return NULL;
    }
    code = compile(pattern, ret_why);
    if (!code)
        return NULL;
    scrub = g_new0(BerthScrub, 1);
    scrub->code = code;
    scrub->found = pcre2_match_data_create_from_pattern(code, NULL);
    scrub->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(scrub->limits, BERTH_SCRUB_STEPS_MAX);
    pcre2_set_heap_limit(scrub->limits, HEAP_KIB_MAX);
    scrub->replacement = translate_replacement(replacement);
    return scrub;
}

void berth_scrub_free(BerthScrub *scrub)
{
    if (!scrub)
        return;
    g_string_free(scrub->replacement, TRUE);
    pcre2_match_context_free(scrub->limits);
    pcre2_match_data_free(scrub->found);
    pcre2_code_free(scrub->code);
    g_free(scrub);
}

void berth_scrub_write(BerthScrub *scrub, BerthBytes text, BerthWriter *w)
{
    BERTH_UNCLEARED uint8_t out[OUT_MAX];
    size_t len = sizeof(out);
    const int r = pcre2_substitute(scrub->code, text.len > 0 ? text.data : (const uint8_t *)"",
                                   text.len, 0, WRITE_OPTIONS, scrub->found, scrub->limits,
                                   (const uint8_t *)scrub->replacement->str,
                                   scrub->replacement->len, out, &len);

    if (r < 0)
        w->full = true;
    else
        berth_write(w, (BerthBytes){out, len});
}
