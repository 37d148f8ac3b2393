#include "core/expr/lexer.h"

#include <arpa/inet.h>

#define ADDRESS_CHARS "0123456789abcdefABCDEF:."

static void become(Lexer *lexer, TokenKind kind, size_t len)
{
    lexer->now = (Token){.kind = kind, .at = lexer->at, .len = len};
    lexer->at += len;
}

static void become_bytes(Lexer *lexer, size_t len)
{
    become(lexer, TOKEN_BYTES, len);
    lexer->now.bytes = lexer->bytes;
}

static void become_bad(Lexer *lexer, const char *text)
{
    become(lexer, TOKEN_BAD, 0);
    lexer->now.text = text;
}

static void read_string(Lexer *lexer)
{
    const char *from = lexer->text + lexer->at + 1;
    const size_t len = strcspn(from, "'\n");

    if (from[len] != '\'') {
        become_bad(lexer, "a ' that ends the string");
        return;
    }
    g_byte_array_set_size(lexer->bytes, 0);
    g_byte_array_append(lexer->bytes, (const guint8 *)from, (guint)len);
    become_bytes(lexer, len + 2);
}

/* An odd number of digits gets a 0 before them. */
static void read_hex(Lexer *lexer)
{
    const char *from = lexer->text + lexer->at + 2;
    const size_t digits = strspn(from, "0123456789abcdefABCDEF");
    uint8_t byte = 0;

    if (digits == 0) {
        become_bad(lexer, "hex digits after 0x");
        return;
    }
    g_byte_array_set_size(lexer->bytes, 0);
    for (size_t i = 0; i < digits; i++) {
        byte = (uint8_t)(byte << 4 | g_ascii_xdigit_value(from[i]));
        if ((digits - i) % 2 == 1)
            g_byte_array_append(lexer->bytes, &byte, 1);
    }
    become_bytes(lexer, digits + 2);
}

static void read_address(Lexer *lexer, size_t len)
{
    g_autofree char *text = g_strndup(lexer->text + lexer->at, len);
    const int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    uint8_t addr[16];

    /* Not as a BerthAddr, which has no mapped ones. */
    if (inet_pton(family, text, addr) != 1) {
        become_bad(lexer, "an address");
        return;
    }
    g_byte_array_set_size(lexer->bytes, 0);
    g_byte_array_append(lexer->bytes, addr, family == AF_INET6 ? 16 : 4);
    become_bytes(lexer, len);
}

static void read_number(Lexer *lexer)
{
    const char *from = lexer->text + lexer->at;
    const size_t len = strspn(from, "-0123456789");
    g_autofree char *text = g_strndup(from, len);
    gint64 number;

    if (!g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL)) {
        become_bad(lexer, "a number of 64 bits");
        return;
    }
    become(lexer, TOKEN_NUMBER, len);
    lexer->now.number = number;
}

static bool is_word_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

static void read_word(Lexer *lexer)
{
    size_t len = 0;

    while (is_word_char(lexer->text[lexer->at + len]))
        len++;
    become(lexer, TOKEN_WORD, len);
}

static void read_sign(Lexer *lexer)
{
    const char *from = lexer->text + lexer->at;
    const bool equal = from[0] == '=' && from[1] == '=';

    if (!equal && !strchr("()[].,+*", from[0])) {
        become_bad(lexer, "a value, a word or one of ( ) [ ] . , + * ==");
        return;
    }
    become(lexer, TOKEN_SIGN, equal ? 2 : 1);
    lexer->now.sign = from[0];
}

void lexer_next(Lexer *lexer)
{
    const char *from;
    size_t len;

    lexer->at += strspn(lexer->text + lexer->at, " \t\r\n");
    from = lexer->text + lexer->at;
    len = strspn(from, ADDRESS_CHARS);
    if (!*from)
        become(lexer, TOKEN_END, 0);
    else if (*from == '\'')
        read_string(lexer);
    else if (from[0] == '0' && (from[1] == 'x' || from[1] == 'X'))
        read_hex(lexer);
    else if (memchr(from, ':', len) || (g_ascii_isdigit(*from) && memchr(from, '.', len)))
        read_address(lexer, len);
    else if (g_ascii_isdigit(*from) || *from == '-')
        read_number(lexer);
    else if (g_ascii_isalpha(*from))
        read_word(lexer);
    else
        read_sign(lexer);
}

void lexer_init(Lexer *lexer, const char *text)
{
    *lexer = (Lexer){.text = text, .bytes = g_byte_array_new()};
    lexer_next(lexer);
}

void lexer_clear(Lexer *lexer)
{
    g_byte_array_unref(lexer->bytes);
}

bool lexer_is_word(const Lexer *lexer, const char *word)
{
    const Token *now = &lexer->now;

    return now->kind == TOKEN_WORD && now->len == strlen(word) &&
           memcmp(lexer->text + now->at, word, now->len) == 0;
}

bool lexer_is_sign(const Lexer *lexer, char sign)
{
    return lexer->now.kind == TOKEN_SIGN && lexer->now.sign == sign;
}
