/* lexer - the words of an expression. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_WORD,   /* and, option, host-name, vendor-class, … */
    TOKEN_BYTES,  /* 'text', 0x0102, 192.0.2.1: `bytes` */
    TOKEN_NUMBER, /* 12, -3 */
    TOKEN_SIGN,   /* ( ) [ ] . , + * and == as '=' */
    TOKEN_BAD,    /* `text` says what is wrong */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    size_t at, len; /* in the text */
    char sign;
    int64_t number;
    GByteArray *bytes; /* the lexer's own, of the last token of this kind */
    const char *text;
} Token;

typedef struct Lexer {
    const char *text;
    size_t at;
    Token now;
    GByteArray *bytes;
} Lexer;

void lexer_init(Lexer *lexer, const char *text); /* and reads the first token */
void lexer_clear(Lexer *lexer);
void lexer_next(Lexer *lexer);
bool lexer_is_word(const Lexer *lexer, const char *word);
bool lexer_is_sign(const Lexer *lexer, char sign);
