/* auth - the authentication option of replies (RFC 9915 section 20.4). */
#include "tests/v6/wire6.h"

#include <string.h>

#define AUTH_HEAD 11
#define KEY 16

/* The digest is right: that of the whole message, with zeros in its place. */
static bool is_signed(const Message6 *message, const GByteArray *payload, const Option6 *auth,
                      const GByteArray *known)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *digest = NULL;
    char text[2 * KEY + 1];
    const uint8_t *end = payload->data + payload->len;
    BerthBytes sum = {auth->value.data + AUTH_HEAD + 1, KEY};

    /* It stands last, and the message last in what relays put around it. */
    if (known->len == 0 || sum.data + KEY != end)
        return false;
    put_number(bytes, 10 << 24, 4);
    for (guint i = 0; i < message->options->len; i++) {
        const Option6 *option = &g_array_index(message->options, Option6, i);

        put_option6(bytes, option->code, option->value);
    }
    memset(bytes->data + bytes->len - KEY, 0, KEY);
    digest = g_compute_hmac_for_data(G_CHECKSUM_MD5, known->data, KEY, bytes->data, bytes->len);
    return strcmp(digest, berth_hex_text(sum, 0, text, sizeof(text))) == 0;
}

bool auth6_is(const Message6 *message, const GByteArray *payload, GByteArray *known,
              const char *what)
{
    static const uint8_t head[] = {3, 1, 0};
    const Option6 *auth = options6_get(message->options, 11, 0);
    bool is_signature = strcmp(what, "signed") == 0, good;
    const uint8_t *value;

    if (!auth || auth->value.len != AUTH_HEAD + 1 + KEY || options6_get(message->options, 11, 1))
        return false;
    value = auth->value.data;
    good = memcmp(value, head, sizeof(head)) == 0 && value[AUTH_HEAD] == (is_signature ? 2 : 1) &&
           (known->len == 0 || memcmp(value + 3, known->data + KEY, 8) > 0);
    if (is_signature)
        good = good && is_signed(message, payload, auth, known);
    else if (strcmp(what, "same") == 0)
        good = good && known->len > 0 && memcmp(known->data, value + AUTH_HEAD + 1, KEY) == 0;
    else
        good = good && (known->len == 0 || memcmp(known->data, value + AUTH_HEAD + 1, KEY) != 0);
    g_byte_array_set_size(known, KEY + 8);
    if (!is_signature)
        memcpy(known->data, value + AUTH_HEAD + 1, KEY);
    memcpy(known->data + KEY, value + 3, 8);
    return good;
}
