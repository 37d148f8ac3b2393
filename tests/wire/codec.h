/* codec - what the runner of the wire vectors asks of a family: messages to text and back. */
#pragma once

#include "core/base/arena.h"
#include <berth/types.h>
#include <glib.h>

typedef struct Codec {
    int family;
    const char *space; /* of options without a space */
    size_t size;       /* of a message */
    /* How the text begins up to the options, behind a head of our own (vector_message). */
    const char *head_text;
    /* "OK", or the name of what is wrong. */
    const char *(*parse)(void *msg, BerthBytes payload, BerthArena *arena);
    void (*text)(const void *msg, GString *ret);
    /* Whether a message that decodes must still do so when only `len` bytes of it are left. */
    bool (*outlives_cut)(BerthBytes payload, size_t len);
    /* The bytes of the first option of the code. */
    bool (*find)(const void *msg, uint16_t code, BerthBytes *ret);
    /* Writes what was decoded from `payload`: the length, or -errno. */
    int (*write)(const void *msg, BerthBytes payload, GByteArray *ret);
} Codec;

extern const Codec codec4, codec6;
