/* fuzz_msg6 - any bytes as a DHCPv6 message: parse, text, typed readers, write, parse again, and
 * the two must agree.
 *
 * With -Dfuzzers=true (clang) this is a libFuzzer target; else replay_msg.c is its main and runs
 * the vectors of tests/wire and their neighbours. */
#include "core/base/addr.h"
#include "core/wire/ids.h"
#include "core/wire/opttype.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA (256u << 10) /* what a packet has */

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz_msg6: %s\n", what);
    abort();
}

/* Every option lies within what is around it, and sub-trees within their parents. */
static unsigned check_tree(BerthOptions6 in, BerthBytes around, unsigned depth)
{
    unsigned n = 0;

    require(in.n == 0 || depth <= BERTH_MSG6_DEPTH_MAX, "options too deep");
    for (BERTH_EACH_OPTION6(option, in)) {
        const uint8_t *end = option->value.data + option->value.len;

        if (option->value.len > 0)
            require(option->value.data >= around.data && end <= around.data + around.len,
                    "an option lies outside of what is around it");
        require(option->head <= option->value.len, "a head is longer than its option");
        n += 1 + check_tree(berth_option6_inside(option), option->value, depth + 1);
        require(option + 1 + option->n_inside <= in.first + in.n, "a sub-tree is too large");
    }
    require(n == in.n, "options are lost");
    return n;
}

static bool same_tree(BerthOptions6 a, BerthOptions6 b)
{
    if (a.n != b.n)
        return false;
    for (unsigned i = 0; i < a.n; i++)
        if (a.first[i].code != b.first[i].code || a.first[i].n_inside != b.first[i].n_inside ||
            !berth_bytes_equal(a.first[i].value, b.first[i].value))
            return false;
    return true;
}

static void compare(const BerthMsg6 *a, const BerthMsg6 *b)
{
    require(a->type == b->type && a->xid == b->xid, "the header changed");
    require(same_tree(a->options, b->options), "an option changed");
    require(a->n_relays == b->n_relays && (b->n_relays == 0 || b->is_relay_reply),
            "a relay is missing");
    for (unsigned i = 0; i < a->n_relays; i++)
        require(a->relays[i].hops == b->relays[i].hops &&
                    berth_addr_equal(a->relays[i].link, b->relays[i].link) &&
                    berth_addr_equal(a->relays[i].peer, b->relays[i].peer),
                "a relay's header changed");
}

/* In a buffer of exactly `size` bytes; what had no room is left out whole. */
static void write_and_parse(const BerthMsg6 *msg, size_t size)
{
    BerthOption6 options[BERTH_MSG6_OPTIONS_MAX];
    g_autofree uint8_t *buffer = g_malloc(size);
    BerthWriter w = berth_writer(buffer, size);
    BerthMsg6Left left;
    BerthArena arena;
    BerthMsg6 again;
    size_t n = 0;
    int len;

    for (BERTH_EACH_OPTION6(option, msg->options))
        options[n++] = (BerthOption6){.code = option->code, .value = option->value};
    len = berth_msg6_write(msg, options, n, msg, &w, &left);
    require(len == -ENOSPC || (len >= BERTH_MSG6_HEADER && (size_t)len <= size), "length");
    require(len >= 0 || size < BERTH_MSG6_MAX, "no room where there is enough");
    if (len < 0)
        return;
    berth_arena_init(&arena, ARENA);
    require(berth_msg6_parse(&again, (BerthBytes){buffer, (size_t)len}, &arena) == BERTH_PARSE6_OK,
            "what was written cannot be read");
    if (left.options == 0)
        compare(msg, &again);
    berth_arena_clear(&arena);
}

/* The text of an option is read back to bytes with the same text. */
static void option_there_and_back(const BerthOption6 *option, BerthArena *arena)
{
    const BerthOptDef *def = berth_optdef_find(6, "dhcp6", option->code);
    const BerthBytes value = {option->value.data,
                              option->n_inside ? option->head : option->value.len};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    BerthBytes bytes;

    berth_opt_to_text(def, value, text);
    berth_arena_reset(arena);
    if (value.len == 0 || value.len > ARENA / 2 || g_str_has_prefix(text->str, "0x"))
        return;
    if (berth_opt_from_text(def, text->str, true, arena, &bytes, &error) < 0) {
        require(text->len > ARENA / 2, "an option's text cannot be read");
        return;
    }
    berth_opt_to_text(def, bytes, again);
    require(strcmp(text->str, again->str) == 0, "an option's text changed");
}

static void read_values(const BerthOption6 *option)
{
    BerthIa6 ia;
    BerthIaLease6 lease;
    BerthStatusOption6 status;
    BerthHwaddr hwaddr;
    BerthFqdn6 fqdn;
    BerthAddr excluded;
    uint8_t len;

    berth_option6_ia(option, &ia);
    berth_option6_status(option, &status);
    if (berth_option6_lease(option, &lease))
        require(lease.len <= 128, "a prefix is too long");
    if (berth_option6_hwaddr(option, &hwaddr))
        require(hwaddr.len > 0 && hwaddr.len <= BERTH_HWADDR_MAX, "a hardware address");
    if (berth_option6_fqdn(option, &fqdn))
        require(strlen(fqdn.name) < sizeof(fqdn.name), "a name");
    for (unsigned prefix_len = 0; prefix_len <= 128; prefix_len += 7)
        if (berth_pd_exclude_read(option->value, BERTH_ADDR6_ANY, (uint8_t)prefix_len, &excluded,
                                  &len))
            require(len > prefix_len && len <= 128 &&
                        berth_prefix_contains(BERTH_ADDR6_ANY, (uint8_t)prefix_len, excluded),
                    "an excluded prefix lies outside");
    if (berth_duid_hwaddr(option->value, &hwaddr))
        require(hwaddr.len <= BERTH_HWADDR_MAX, "the hardware address of a DUID");
}

static void look_at(const BerthMsg6 *msg, BerthBytes payload)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char label[BERTH_LABEL_SIZE];
    BerthArena arena;

    berth_msg6_text(msg, text);
    for (size_t i = 0; i < text->len; i++)
        require(text->str[i] == '\n' || g_ascii_isprint(text->str[i]), "text is not printable");
    berth_label6(msg, (BerthHwaddr){0}, label, sizeof(label));
    for (unsigned i = 0; i < msg->n_relays; i++)
        check_tree(msg->relays[i].options, payload, 0);
    check_tree(msg->options, payload, 0);
    berth_arena_init(&arena, ARENA);
    for (BERTH_EACH_OPTION6(option, msg->options))
        option_there_and_back(option, &arena);
    for (unsigned i = 0; i < msg->options.n; i++)
        read_values(&msg->options.first[i]);
    berth_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BerthArena arena;
    BerthMsg6 msg;

    berth_arena_init(&arena, ARENA);
    if (size <= BERTH_MSG6_MAX &&
        berth_msg6_parse(&msg, (BerthBytes){data, size}, &arena) == BERTH_PARSE6_OK) {
        look_at(&msg, (BerthBytes){data, size});
        write_and_parse(&msg, BERTH_MSG6_MAX);
        write_and_parse(&msg, size);
        write_and_parse(&msg, size / 2);
    }
    berth_arena_clear(&arena);
    return 0;
}
