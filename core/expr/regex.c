/* regex - see regex.h. */
#include "core/expr/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <glib.h>
#include <pcre2.h>

#define WHY_MAX 128

/* The room of a match belongs to its pattern; expressions are asked on the main thread alone. */
struct Regex {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *limits;
};

/* ECMAScript, which Kea's std::regex reads: \u and \x as there, [] is empty, a group that took no
 * part is as an empty one, $ is the end alone. A pattern that says (*UTF) is none. */
#define OPTIONS                                                                                \
    (PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |              \
     PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | \
     PCRE2_NEVER_BACKSLASH_C)

static pcre2_code *compile(BerthBytes pattern, int *ret_error, size_t *ret_at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code;

    /* What a dot leaves out. */
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    code = pcre2_compile(pattern.data ? pattern.data : (const uint8_t *)"", pattern.len, OPTIONS,
                         ret_error, ret_at, context);
    pcre2_compile_context_free(context);
    return code;
}

Regex *berth_regex_new(BerthBytes pattern, char **ret_why, size_t *ret_at)
{
    PCRE2_UCHAR why[WHY_MAX] = "";
    Regex *regex;
    pcre2_code *code;
    int error = 0;

    code = compile(pattern, &error, ret_at);
    if (!code) {
        pcre2_get_error_message(error, why, sizeof(why));
        *ret_why = g_strdup((const char *)why);
        return NULL;
    }
    regex = g_new0(Regex, 1);
    regex->code = code;
    regex->found = pcre2_match_data_create(1, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    pcre2_set_heap_limit(regex->limits, REGEX_HEAP_KIB_MAX);
    return regex;
}

void berth_regex_free(Regex *regex)
{
    if (!regex)
        return;
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->found);
    pcre2_code_free(regex->code);
    g_free(regex);
}

int berth_regex_matches(Regex *regex, BerthBytes value)
{
    const size_t steps = REGEX_BYTES_MAX / (value.len + 1);
    int r;

    pcre2_set_match_limit(regex->limits, (uint32_t)MIN(steps, REGEX_STEPS_MAX));
    r = pcre2_match(regex->code, value.len > 0 ? value.data : (const uint8_t *)"", value.len, 0, 0,
                    regex->found, regex->limits);
    if (r < 0 && r != PCRE2_ERROR_NOMATCH)
        return -E2BIG;
    /* 0: it matched, and had more groups than are asked for. */
    return r >= 0;
}
