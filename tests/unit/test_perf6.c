/* The packets of berthperf's DHCPv6: made, read from a file, patched for a client. */
#include "perf6_rows.h"
#include "perf_rows.h"
#include "tools/perf/v6/relay6.h"
#include <stdio.h>

static const char *patched(const PerfTemplate6 *template, BerthArena *arena)
{
    PerfPatch patch = perf6_patch();
    uint8_t *packet = berth_arena_alloc(arena, PERF_PACKET6_MAX);
    size_t len = perf_template6_write(template, &patch,
                                      (BerthBytes){perf6_server, sizeof(perf6_server)}, packet);

    return perf6_text((BerthBytes){packet, len}, arena);
}

#define CLIENT "\n1 clientid: 0x00030001020000000007"
#define SERVER "\n2 serverid: 0x00030001020000000001"
#define ADDRESS "\n3.5 iaaddr: 2001:db8::4d, 0, 0"
#define PREFIX "\n25.26 iaprefix: 0, 0, 56, 3fff:0:0:300::"

/* clang-format off */
static const PerfTextRow template_rows[] = {
    {"SOLICIT", PERF_DISCOVER,
     {"SOLICIT", "xid 0x123456", "\n8 elapsed-time: 399", CLIENT, "\n3 ia-na: 1, 0, 0", "\n25 ia-pd: 1, 0, 0", "\n6 oro: 23, 24, 82", "\n15 "},
     {"\n2 ", "\n3.5", "\n25.26", "\n14 "}},
    {"REQUEST", PERF_REQUEST,
     {"REQUEST", CLIENT, SERVER, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {NULL}},
    {"RENEW", PERF_RENEWAL,
     {"RENEW", CLIENT, SERVER, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {NULL}},
    {"REBIND", PERF_REBINDING,
     {"REBIND", CLIENT, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {"\n2 "}},
    {"RELEASE", PERF_GIVE_BACK,
     {"RELEASE", CLIENT, SERVER, ADDRESS, PREFIX}, {"\n6 ", "\n15 "}},
};
/* clang-format on */

static void test_templates(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;

    perf6_conf(&conf, 0);
    perf_add_option(&conf, BERTH_D6O_USER_CLASS, "x");
    berth_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < G_N_ELEMENTS(template_rows); i++) {
        const PerfTextRow *row = &template_rows[i];

        berth_row("%s", row->name);
        if (CHECK(perf_template6_make(&template, row->step, &conf, NULL)))
            perf_check_text(patched(&template, &arena), row);
    }
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_template_settings(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;
    const char *text;

    perf6_conf(&conf, 0);
    conf.rapid_commit = true;
    conf.wants[PERF_PREFIX] = false;
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("rapid commit");
    CHECK_HAS(text, "\n14 ");
    berth_row("addresses only");
    CHECK(!strstr(text, "\n25 "));
    conf.wants[PERF_PREFIX] = true;
    conf.wants[PERF_ADDRESS] = false;
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("prefixes only");
    CHECK_HAS(text, "\n25 ");
    CHECK(!strstr(text, "\n3 "));
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_levels(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;
    const char *text;

    perf6_conf(&conf, 3);
    conf.local_port = 1547;
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_REQUEST, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("RFC 9915 19.1: who is around whom");
    CHECK_HAS(text, "relay 0 hops 2 link :: peer 2001:db8:5::1\n");
    CHECK_HAS(text, "relay 1 hops 1 link :: peer 2001:db8:5::1\n");
    CHECK_HAS(text, "relay 2 hops 0 link 2001:db8:5::1 peer fe80::ff:fe00:7\n");
    CHECK_HAS(text, "REQUEST");
    CHECK_HAS(text, SERVER);
    berth_row("RFC 8357: answers to another port");
    CHECK_HAS(text, "relay 0 135 relay-source-port: 0");
    CHECK(!strstr(text, "relay 1 135"));
    conf.levels = PERF_LEVELS_MAX;
    berth_row("as many levels as there may be");
    CHECK(perf_template6_make(&template, PERF_REQUEST, &conf, NULL));
    CHECK_HAS(patched(&template, &arena), "relay 31 hops 0 link 2001:db8:5::1");
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_too_many_options(void)
{
    g_autofree char *text = g_strnfill(1900, 'x');
    g_autoptr(GError) error = NULL;
    PerfConf conf;
    PerfTemplate6 template;

    perf6_conf(&conf, 1);
    perf_add_option(&conf, 1000, text);
    berth_row("what does not fit is refused");
    CHECK(!perf_template6_make(&template, PERF_DISCOVER, &conf, &error));
    CHECK_HAS(error ? error->message : "", "do not fit");
    perf_conf_clear(&conf);
}

/* ---- packets from a file ---- */

/* A RENEW with both identifiers, of another client and server, before what is patched; and vendor
 * options that end with the hardware address. */
#define FILE_HEX                                                                \
    "05 aabbcc  0001 000a 00030001 0a0000000009  0002 0008 0002 0000118b 0102 " \
    "0008 0002 0000  0003 0028 00000001 00000000 00000000 "                     \
    "0005 0018 20010db8000000000000000000000009 00000000 00000000 "             \
    "0019 0029 00000001 00000000 00000000 "                                     \
    "001a 0019 00000000 00000000 40 3fff0000000000090000000000000000 "          \
    "0011 000a 0000118b 0a0000000009"

typedef struct FileRow {
    const char *offsets, *error;
    const char *has;
} FileRow;

/* clang-format off */
static const FileRow file_rows[] = {
    {"",             NULL, "0x0000118b0a0000000009"},
    {":mac=0x85",    NULL, "0x0000118b020000000007"},
    {":elapsed=0",   NULL, "\n8 elapsed-time: 399"},
    {":mac=0x86",    "mac=0x86: expected FIELD=OFFSET within the template's 139 bytes", NULL},
    {":secs=4",      "FIELD being xid, elapsed, ip, prefix or mac", NULL},
    {":xid",         "expected FIELD=OFFSET", NULL},
};
/* clang-format on */

static void check_file_row(const FileRow *row, const PerfConf *conf)
{
    g_autoptr(GError) error = NULL;
    PerfTemplate6 template;
    BerthArena arena;
    bool good = perf_template6_make(&template, PERF_RENEWAL, conf, &error);
    const char *text;

    CHECK_INT(good, !row->error);
    CHECK_HAS(error ? error->message : "", row->error ? row->error : "");
    if (!good)
        return;
    berth_arena_init(&arena, 1 << 20);
    text = patched(&template, &arena);
    CHECK_HAS(text, row->has);
    CHECK_HAS(text, "relay 0 hops 0");
    CHECK_HAS(text, "RENEW");
    CHECK_HAS(text, "xid 0x123456");
    CHECK_HAS(text, CLIENT);
    CHECK_HAS(text, SERVER);
    CHECK_HAS(text, ADDRESS);
    CHECK_HAS(text, PREFIX);
    CHECK(!strstr(text, "0002000"));
    berth_arena_clear(&arena);
}

static void test_template_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("berthperf-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "template.hex", NULL);
    PerfConf conf;

    perf6_conf(&conf, 1);
    CHECK(g_file_set_contents(path, FILE_HEX, -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(file_rows); i++) {
        berth_row("template.hex%s", file_rows[i].offsets);
        conf.templates[PERF_RENEWAL] = g_strdup_printf("%s%s", path, file_rows[i].offsets);
        check_file_row(&file_rows[i], &conf);
        g_clear_pointer(&conf.templates[PERF_RENEWAL], g_free);
    }
    remove(path);
    remove(dir);
    perf_conf_clear(&conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"templates", test_templates},         {"template settings", test_template_settings},
        {"levels of relays", test_levels},     {"too many options", test_too_many_options},
        {"template file", test_template_file}, {0},
    };

    return berth_tests_main("perf6", tests, argc, argv);
}
