/* codec4 - DHCPv4 messages for the runner of the wire vectors. */
#include "core/wire/msg4.h"
#include "tests/lib/rows.h"
#include "tests/wire/codec.h"

#include <berth/plugin.h>

static const char *const result_names[] = {
    [BERTH_PARSE4_OK] = "OK",
    [BERTH_PARSE4_SHORT] = "SHORT",
    [BERTH_PARSE4_COOKIE] = "COOKIE",
    [BERTH_PARSE4_OP] = "OP",
    [BERTH_PARSE4_HLEN] = "HLEN",
    [BERTH_PARSE4_OPTIONS] = "OPTIONS",
    [BERTH_PARSE4_OVERLOAD] = "OVERLOAD",
    [BERTH_PARSE4_LENGTH] = "LENGTH",
    [BERTH_PARSE4_MEMORY] = "MEMORY",
};

static const char *parse(void *msg, BerthBytes payload, BerthArena *arena)
{
    bool is_reply = payload.len > 0 && payload.data[0] == BERTH_BOOTREPLY;

    return result_names[berth_msg4_parse(msg, payload,
                                         is_reply ? BERTH_BOOTREPLY : BERTH_BOOTREQUEST, arena)];
}

static void text(const void *msg, GString *ret)
{
    berth_msg4_text(msg, ret);
}

/* One past the END of the option field. */
static size_t end_of_options(BerthBytes payload)
{
    size_t at = BERTH_MSG4_HEADER;

    while (at < payload.len && payload.data[at] != 255)
        at += payload.data[at] ? 2u + payload.data[at + 1] : 1;
    return at + 1;
}

/* What is cut before its END must be refused; what is cut behind it must not be missed. */
static bool outlives_cut(BerthBytes payload, size_t len)
{
    return len >= end_of_options(payload);
}

static bool find(const void *data, uint16_t code, BerthBytes *ret)
{
    const BerthMsg4 *msg = data;

    return code < G_N_ELEMENTS(msg->option) && berth_msg4_bytes(msg, (uint8_t)code, ret);
}

/* The options in the order in which they were first seen. */
static size_t options_in_order(const BerthMsg4 *msg, BerthBytes payload, BerthOption4 ret[256])
{
    BerthReader r = berth_reader(payload);
    bool seen[256] = {[0] = true, [BERTH_DHO_DHCP_OPTION_OVERLOAD] = true, [255] = true};
    size_t n = 0;

    berth_read(&r, BERTH_MSG4_HEADER);
    while (berth_reader_left(&r) > 0) {
        uint8_t code = berth_read_u8(&r);

        if (!seen[code])
            ret[n++] = (BerthOption4){code, msg->option[code]};
        seen[code] = true;
        if (code == 255)
            break;
        if (code)
            berth_read(&r, berth_read_u8(&r));
    }
    for (unsigned code = 0; code < 256; code++)
        if (msg->has_option[code] && !seen[code])
            ret[n++] = (BerthOption4){(uint8_t)code, msg->option[code]};
    return n;
}

static int write_message(const void *msg, BerthBytes payload, GByteArray *ret)
{
    BerthOption4 options[256];
    size_t n = options_in_order(msg, payload, options);
    g_autofree uint8_t *buffer = g_malloc(BERTH_MSG4_MAX);
    BerthWriter w = berth_writer(buffer, BERTH_MSG4_MAX);
    BerthMsg4Left left = {0};
    int len = berth_msg4_write(msg, options, n, MAX(payload.len, BERTH_MSG4_MIN), &w, &left);

    CHECK_INT(left.options, 0);
    CHECK_INT(len, (int64_t)berth_writer_bytes(&w).len);
    g_byte_array_append(ret, buffer, (guint)MAX(len, 0));
    return len;
}

const Codec codec4 = {
    .family = 4,
    .space = "dhcp4",
    .size = sizeof(BerthMsg4),
    .head_text = "xid 0x00000001\n",
    .parse = parse,
    .text = text,
    .outlives_cut = outlives_cut,
    .find = find,
    .write = write_message,
};
