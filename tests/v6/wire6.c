/* wire6 - see wire6.h. */
#include "tests/v6/wire6.h"

uint32_t number_at(BerthBytes bytes, size_t at, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | (at + i < bytes.len ? bytes.data[at + i] : 0);
    return value;
}

BerthAddr addr6_at(BerthBytes bytes, size_t at)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    if (at + sizeof(addr.b) <= bytes.len)
        memcpy(addr.b, bytes.data + at, sizeof(addr.b));
    return addr;
}

void put_number(GByteArray *out, uint32_t value, unsigned size)
{
    while (size-- > 0) {
        guint8 byte = (guint8)(value >> (8 * size));

        g_byte_array_append(out, &byte, 1);
    }
}

void put_option6(GByteArray *out, unsigned code, BerthBytes value)
{
    put_number(out, code, 2);
    put_number(out, (uint32_t)value.len, 2);
    g_byte_array_append(out, value.data, (guint)value.len);
}

GArray *options6_read(BerthBytes bytes)
{
    GArray *options = g_array_new(FALSE, FALSE, sizeof(Option6));
    size_t at = 0;

    while (at + 4 <= bytes.len) {
        size_t len = number_at(bytes, at + 2, 2);
        Option6 option = {(uint16_t)number_at(bytes, at, 2), {bytes.data + at + 4, len}};

        at += 4 + len;
        if (at <= bytes.len)
            g_array_append_val(options, option);
    }
    if (at == bytes.len)
        return options;
    g_array_unref(options);
    return NULL;
}

const Option6 *options6_get(const GArray *options, unsigned code, unsigned n)
{
    for (guint i = 0; options && i < options->len; i++) {
        const Option6 *option = &g_array_index(options, Option6, i);

        if (option->code == code && n-- == 0)
            return option;
    }
    return NULL;
}

/* The level's header and options; what it carries is `bytes` from now on. */
static bool read_relay(BerthBytes *bytes, Message6 *ret)
{
    Relay6 relay = {(uint8_t)number_at(*bytes, 0, 1), (uint8_t)number_at(*bytes, 1, 1),
                    addr6_at(*bytes, 2), addr6_at(*bytes, 18), NULL};

    if (bytes->len < 34)
        return false;
    relay.options = options6_read((BerthBytes){bytes->data + 34, bytes->len - 34});
    if (!relay.options)
        return false;
    *bytes = (BerthBytes){NULL, 0};
    for (guint i = relay.options->len; i > 0; i--) {
        const Option6 *option = &g_array_index(relay.options, Option6, i - 1);

        if (option->code != 9)
            continue;
        *bytes = option->value;
        g_array_remove_index(relay.options, i - 1);
    }
    g_array_append_val(ret->relays, relay);
    return true;
}

bool message6_read(BerthBytes bytes, Message6 *ret)
{
    *ret = (Message6){.relays = g_array_new(FALSE, FALSE, sizeof(Relay6))};
    while (bytes.len > 0 && (bytes.data[0] == 12 || bytes.data[0] == 13))
        if (!read_relay(&bytes, ret))
            return false;
    if (bytes.len < 4)
        return false;
    ret->type = bytes.data[0];
    ret->xid = number_at(bytes, 1, 3);
    ret->options = options6_read((BerthBytes){bytes.data + 4, bytes.len - 4});
    return ret->options != NULL;
}

void message6_clear(Message6 *message)
{
    for (guint i = 0; message->relays && i < message->relays->len; i++)
        g_array_unref(g_array_index(message->relays, Relay6, i).options);
    g_clear_pointer(&message->relays, g_array_unref);
    g_clear_pointer(&message->options, g_array_unref);
}
