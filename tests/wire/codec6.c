/* codec6 - DHCPv6 messages for the runner of the wire vectors. */
#include "core/wire/msg6.h"
#include "tests/lib/rows.h"
#include "tests/wire/codec.h"

static const char *const result_names[] = {
    [BERTH_PARSE6_OK] = "OK",           [BERTH_PARSE6_SHORT] = "SHORT",
    [BERTH_PARSE6_RELAY] = "RELAY",     [BERTH_PARSE6_HOPS] = "HOPS",
    [BERTH_PARSE6_OPTIONS] = "OPTIONS", [BERTH_PARSE6_MANY] = "MANY",
    [BERTH_PARSE6_LENGTH] = "LENGTH",   [BERTH_PARSE6_TWICE] = "TWICE",
    [BERTH_PARSE6_DUID] = "DUID",       [BERTH_PARSE6_MEMORY] = "MEMORY",
};

static const char *parse(void *msg, BerthBytes payload, BerthArena *arena)
{
    return result_names[berth_msg6_parse(msg, payload, arena)];
}

static void text(const void *msg, GString *ret)
{
    berth_msg6_text(msg, ret);
}

/* Nothing marks the end of a message: cut between two options it is a shorter one, as long as a
 * relay's still has what it carries. */
static bool outlives_cut(BerthBytes payload, size_t len)
{
    bool is_relayed = payload.data[0] == BERTH_RELAY_FORW || payload.data[0] == BERTH_RELAY_REPL;
    size_t at = is_relayed ? BERTH_MSG6_RELAY_HEADER : BERTH_MSG6_HEADER;
    bool carries = !is_relayed;

    while (at < len) {
        BerthReader r = berth_reader((BerthBytes){payload.data + at, payload.len - at});

        carries |= berth_read_u16(&r) == BERTH_D6O_RELAY_MSG;
        at += 4u + berth_read_u16(&r);
    }
    return at == len && carries;
}

/* The fields of its own, without the options inside. */
static bool find(const void *data, uint16_t code, BerthBytes *ret)
{
    const BerthMsg6 *msg = data;
    const BerthOption6 *option = berth_options6_find(msg->options, code);

    if (option)
        *ret =
            (BerthBytes){option->value.data, option->n_inside ? option->head : option->value.len};
    return option != NULL;
}

static int write_message(const void *data, BerthBytes payload, GByteArray *ret)
{
    const BerthMsg6 *msg = data;
    BerthOption6 options[BERTH_MSG6_OPTIONS_MAX];
    g_autofree uint8_t *buffer = g_malloc(BERTH_MSG6_MAX);
    BerthWriter w = berth_writer(buffer, BERTH_MSG6_MAX);
    BerthMsg6Left left = {0};
    size_t n = 0;
    int len;

    (void)payload;
    for (BERTH_EACH_OPTION6(option, msg->options))
        options[n++] = (BerthOption6){.code = option->code, .value = option->value};
    len = berth_msg6_write(msg, options, n, msg, &w, &left);
    CHECK_INT(left.options, 0);
    CHECK_INT(len, (int64_t)berth_writer_bytes(&w).len);
    g_byte_array_append(ret, buffer, (guint)MAX(len, 0));
    return len;
}

const Codec codec6 = {
    .family = 6,
    .space = "dhcp6",
    .size = sizeof(BerthMsg6),
    .head_text = "xid 0x000001\n",
    .parse = parse,
    .text = text,
    .outlives_cut = outlives_cut,
    .find = find,
    .write = write_message,
};
