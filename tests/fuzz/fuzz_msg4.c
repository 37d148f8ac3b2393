/* fuzz_msg4 - any bytes as a message: parse, text, write, parse again, and the two must agree.
 *
 * With -Dfuzzers=true (clang) this is a libFuzzer target; else replay_msg.c is its main and runs
 * the vectors of tests/wire and their neighbours. */
#include "core/lease/lease.h"
#include "core/wire/ids.h"
#include "core/wire/msg4.h"
#include "core/wire/opttype.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA (256u << 10) /* what a packet has */

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz_msg4: %s\n", what);
    abort();
}

static void compare(const BerthMsg4 *a, const BerthMsg4 *b)
{
    for (unsigned code = 0; code < 256; code++) {
        /* Message type 0 is not written, and the writer decides about overload. */
        bool differs = code == BERTH_DHO_DHCP_OPTION_OVERLOAD ||
                       (code == BERTH_DHO_DHCP_MESSAGE_TYPE && a->type == 0);

        /* Where there is none its value says nothing. */
        require(differs ||
                    (a->has_option[code] == b->has_option[code] &&
                     (!a->has_option[code] || berth_bytes_equal(a->option[code], b->option[code]))),
                "an option changed");
    }
    require(strcmp(a->sname, b->sname) == 0 && strcmp(a->file, b->file) == 0, "a name changed");
    require(berth_hwaddr_equal(a->hwaddr, b->hwaddr), "the hardware address changed");
    require(a->xid == b->xid && a->secs == b->secs && a->flags == b->flags && a->hops == b->hops,
            "a number changed");
}

static void write_and_parse(const BerthMsg4 *msg, size_t limit, bool whole)
{
    uint8_t *buffer = g_malloc(BERTH_MSG4_MAX);
    BerthWriter w = berth_writer(buffer, BERTH_MSG4_MAX);
    BerthOption4 options[256];
    BerthMsg4Left left;
    BerthArena arena;
    BerthMsg4 again;
    size_t n = 0;
    int len;

    for (unsigned code = 0; code < 256; code++)
        if (msg->has_option[code])
            options[n++] = (BerthOption4){(uint8_t)code, msg->option[code]};
    len = berth_msg4_write(msg, options, n, limit, &w, &left);
    require(len >= BERTH_MSG4_MIN && (size_t)len <= MAX(limit, BERTH_MSG4_MIN), "length");
    berth_arena_init(&arena, ARENA);
    require(berth_msg4_parse(&again, (BerthBytes){buffer, (size_t)len}, msg->op, &arena) ==
                BERTH_PARSE4_OK,
            "what was written cannot be read");
    if (whole && left.options == 0)
        compare(msg, &again);
    berth_arena_clear(&arena);
    g_free(buffer);
}

/* The text of an option is read back to bytes with the same text. */
static void option_there_and_back(uint8_t code, BerthBytes value, BerthArena *arena)
{
    const BerthOptDef *def = berth_optdef_find(4, "dhcp4", code);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    BerthBytes bytes;
    bool csv;

    berth_opt_to_text(def, value, text);
    for (size_t i = 0; i < text->len; i++)
        require(g_ascii_isprint(text->str[i]), "an option's text is not printable");
    csv = !g_str_has_prefix(text->str, "0x");
    berth_arena_reset(arena);
    if (value.len == 0 || value.len > ARENA / 2)
        return;
    require(berth_opt_from_text(def, text->str, csv, arena, &bytes, &error) == 0 ||
                text->len > ARENA / 2 || !csv,
            "an option's text cannot be read");
    if (error)
        return;
    berth_opt_to_text(def, bytes, again);
    require(!csv || strcmp(text->str, again->str) == 0, "an option's text changed");
}

static void look_at(const BerthMsg4 *msg)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char label[BERTH_LABEL_SIZE];
    BerthArena arena;

    berth_msg4_text(msg, text);
    berth_label4(msg, label, sizeof(label));
    berth_arena_init(&arena, ARENA);
    for (unsigned code = 1; code < 255; code++)
        if (msg->has_option[code])
            option_there_and_back((uint8_t)code, msg->option[code], &arena);
    berth_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t op = size > 0 && data[0] == BERTH_BOOTREPLY ? BERTH_BOOTREPLY : BERTH_BOOTREQUEST;
    BerthArena arena;
    BerthMsg4 msg;

    berth_arena_init(&arena, ARENA);
    if (size <= BERTH_MSG4_MAX &&
        berth_msg4_parse(&msg, (BerthBytes){data, size}, op, &arena) == BERTH_PARSE4_OK) {
        look_at(&msg);
        write_and_parse(&msg, BERTH_MSG4_MAX, true);
        write_and_parse(&msg, 548, false);
        write_and_parse(&msg, BERTH_MSG4_MIN, false);
    }
    berth_arena_clear(&arena);
    return 0;
}
