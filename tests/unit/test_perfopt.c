/* berthperf's command line: what is understood, what is refused and with which words. */
#include "core/base/addr.h"
#include "tests/lib/rows.h"
#include "tools/perf/options.h"
#include <stdio.h>

static bool parse(PerfConf *conf, const char *line, GError **error)
{
    g_autofree char *whole = g_strdup_printf("berthperf %s", line);
    g_auto(GStrv) argv = NULL;
    int argc;

    perf_conf_init(conf);
    return CHECK(g_shell_parse_argv(whole, &argc, &argv, NULL)) &&
           perf_options_parse(argc, argv, conf, error);
}

typedef struct Refused {
    const char *line, *has;
} Refused;

/* clang-format off */
static const Refused refused[] = {
    {"", "which server?"},
    {"server.example", "'server.example' is no IPv4 address"},
    {"2001:db8::1", "is no IPv4 address"},
    {"127.0.0.1 127.0.0.2", "'127.0.0.2': there is one server"},
    {"-r 0 127.0.0.1", "-r: '0': expected a number from 0.001"},
    {"-r 12x 127.0.0.1", "-r: '12x': expected a number"},
    {"-r nan 127.0.0.1", "expected a number"},
    {"-R 1.5 127.0.0.1", "-R: '1.5': expected a whole number"},
    {"-R 99999999 127.0.0.1", "-R: '99999999': expected a number from 1"},
    {"-r", "-r needs a value"},
    {"--window", "--window needs a value"},
    {"-z 127.0.0.1", "there is no option -z"},
    {"--speed 127.0.0.1", "there is no option --speed"},
    {"-r 100 -w 5 127.0.0.1", "give one of them"},
    {"-P 5 127.0.0.1", "-P goes with -r"},
    {"-r 100 -f 80 -F 30 127.0.0.1", "an -r of at least 110"},
    {"-f 80 127.0.0.1", "an -r of at least 80"},
    {"--mix dora=50,renew=40 127.0.0.1", "is 90 percent together, not 100"},
    {"--mix discover=100 127.0.0.1", "--mix: 'discover=100': expected dora=, do=, renew=, rebind= or release="},
    {"--scenario flood 127.0.0.1", "expected basic or avalanche"},
    {"--scenario avalanche -r 5 127.0.0.1", "an avalanche has no -r"},
    {"--scenario avalanche -i 127.0.0.1", "an avalanche is of full exchanges"},
    {"-g multi 127.0.0.1", "-g: expected ADDRESS or FIRST-LAST of relays (giaddr): 'multi'"},
    {"-g 10.0.0.9-10.0.0.1 127.0.0.1", "a range goes up"},
    {"-g 10.0.0.0-10.255.255.255 127.0.0.1", "at most 65536 relays"},
    {"-g 192.0.2.99 127.0.0.1", "-g 192.0.2.99 is no address of this host"},
    {"-I lo -g 127.0.0.1", "-I is for clients on a wire"},
    {"-b duid=00 127.0.0.1", "expected mac=00:0c:01:02:03:04"},
    {"-M /nonexistent/macs 127.0.0.1", "-M: Failed to open"},
    {"-l eth0 127.0.0.1", "an interface is given by -I"},
    {"-o 60 127.0.0.1", "expected CODE,HEX or NAME=VALUE"},
    {"-o 60,zz 127.0.0.1", "-o: "},
    {"-o colour=red 127.0.0.1", "there is no DHCPv4 option 'colour'"},
    {"-o routers=red 127.0.0.1", "-o: "},
    {"-o 53,01 127.0.0.1", "berthperf writes it itself"},
    {"-o 300,01 127.0.0.1", "no message has it"},
    {"-D 0 127.0.0.1", "-D: '0': expected a number from 1"},
    {"-D 200% 127.0.0.1", "-D: '200': expected a number"},
    {"-e prefix-only 127.0.0.1", "-A and -e are DHCPv6's"},
    {"-A 1 127.0.0.1", "-A and -e are DHCPv6's"},
    {"--mix sarr=100 127.0.0.1", "'sarr=100': expected dora="},
    {"all", "'all' is no IPv4 address"},
    {"-6 127.0.0.1", "'127.0.0.1' is no IPv6 address"},
    {"-6", "which server?"},
    {"-6 all", "needs -I and the interface"},
    {"-6 fe80::1", "needs -I and the interface"},
    {"-6 -B ::1", "-B and --no-client-id are DHCPv4's"},
    {"-6 --no-client-id ::1", "-B and --no-client-id are DHCPv4's"},
    {"-6 -e prefixes ::1", "-e: 'prefixes': expected address-only, prefix-only or address-and-prefix"},
    {"-6 -A 33 ::1", "-A: '33': expected a number from 0 to 32"},
    {"-6 -A 0 -g 2001:db8::1 ::1", "-A 0 is without relays, -g is one"},
    {"-6 -g 10.0.0.1 ::1", "expected ADDRESS or FIRST-LAST of relays (link-address): '10.0.0.1' is no IPv6"},
    {"-6 -g 2001:db8::1-2001:db8:1::1 ::1", "at most 65536 relays"},
    {"-6 --mix dora=100 ::1", "expected sarr=, sa=, renew=, rebind= or release="},
    {"-6 -b duid=0001020304 ::1", "expected mac=00:0c:01:02:03:04, or duid= and 8 to 130 bytes"},
    {"-6 -o colour=red ::1", "there is no DHCPv6 option 'colour'"},
    {"-6 -o 25,00 ::1", "berthperf writes it itself"},
    {"-6 -o 70000,00 ::1", "no message has it"},
    {"-T a -T b -T c -T d -T e -T f 127.0.0.1", "one template too many"},
};
/* clang-format on */

static void test_refused(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        PerfConf conf;

        berth_row("berthperf %s", refused[i].line);
        CHECK(!parse(&conf, refused[i].line, &error));
        CHECK_HAS(error ? error->message : "", refused[i].has);
        perf_conf_clear(&conf);
    }
}

static bool takes(PerfConf *conf, const char *line)
{
    g_autoptr(GError) error = NULL;
    bool good;

    berth_row("berthperf %s", line);
    good = parse(conf, line, &error);
    return CHECK_TEXT(error ? error->message : "", "") && CHECK(good);
}

static uint32_t relay_of(const PerfConf *conf, guint i)
{
    return berth_addr_to4(g_array_index(conf->relays, BerthAddr, i));
}

static void test_defaults(void)
{
    PerfConf conf;

    if (takes(&conf, "127.0.0.1")) {
        CHECK_INT(berth_addr_to4(conf.server), 0x7f000001);
        CHECK_INT(conf.n_clients, 1);
        CHECK_INT(conf.n_exchanges, 1);
        CHECK_INT(conf.window, 1);
        CHECK_INT(conf.local_port, 67);
        CHECK_INT(conf.server_port, 67);
        CHECK_INT(conf.relays->len, 1);
        CHECK_INT(relay_of(&conf, 0), 0x7f000001);
        CHECK(conf.client_id);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "-I lo -R 10")) {
        CHECK_INT(conf.local_port, 68);
        CHECK_INT(conf.server_port, 67);
        CHECK_INT(conf.window, PERF_WINDOW);
        CHECK_INT(conf.n_exchanges, 10);
        CHECK_INT(conf.relays->len, 0);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "--null -I lo")) {
        CHECK_INT(conf.local_port, 67);
        CHECK_INT(conf.server_port, 68);
    }
    perf_conf_clear(&conf);
}

static void test_load(void)
{
    PerfConf conf;

    if (takes(&conf, "-r 100 -f 20 -F 30.5 -p 2.5 -n 7 -d 0.2 -D 5% --no-client-id -B 127.0.0.1")) {
        CHECK_INT((int64_t)(conf.weights[PERF_DORA] * 10), 495);
        CHECK_INT((int64_t)(conf.weights[PERF_RELEASE] * 10), 305);
        CHECK_INT((int64_t)(conf.period_sec * 10), 25);
        CHECK_INT(conf.n_exchanges, 7);
        CHECK_INT((int64_t)conf.max_drop_percent, 5);
        CHECK(!conf.client_id && conf.broadcast);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "--mix do=25,release=75 -w 9 -g 127.0.0.1-127.0.0.9 -g 127.0.1.1 -N 1067 "
                     "-b mac=02:00:00:00:00:aa 127.0.0.1")) {
        CHECK_INT((int64_t)conf.weights[PERF_DORA], 0);
        CHECK_INT((int64_t)conf.weights[PERF_DO], 25);
        CHECK_INT(conf.relays->len, 10);
        CHECK_INT(relay_of(&conf, 9), 0x7f000101);
        CHECK_INT(conf.server_port, 1067);
        CHECK_INT(conf.base[5], 0xaa);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "-i -r 5 127.0.0.1"))
        CHECK_INT((int64_t)(conf.weights[PERF_DORA] + conf.weights[PERF_DO] * 2), 200);
    perf_conf_clear(&conf);
}

static BerthAddr addr_of(const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static void test_defaults6(void)
{
    PerfConf conf;

    if (takes(&conf, "::1 -6")) {
        CHECK(berth_addr_equal(conf.server, addr_of("::1")));
        CHECK_INT(conf.local_port, 547);
        CHECK_INT(conf.server_port, 547);
        CHECK_INT(conf.levels, 1);
        CHECK_INT(conf.relays->len, 1);
        CHECK(berth_addr_equal(g_array_index(conf.relays, BerthAddr, 0), addr_of("::1")));
        CHECK_INT(conf.base_len, 10);
        CHECK(conf.wants[PERF_ADDRESS] && !conf.wants[PERF_PREFIX]);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "-6 -I lo -e address-and-prefix -b mac=02:00:00:00:00:aa")) {
        CHECK(berth_addr_equal(conf.server, addr_of("ff02::1:2")));
        CHECK_INT(conf.local_port, 546);
        CHECK_INT(conf.server_port, 547);
        CHECK_INT(conf.levels, 0);
        CHECK_INT(conf.relays->len, 0);
        CHECK(conf.wants[PERF_ADDRESS] && conf.wants[PERF_PREFIX]);
        CHECK_BYTES(((BerthBytes){conf.base, conf.base_len}),
                    ((BerthBytes){(const uint8_t *)"\0\3\0\1\2\0\0\0\0\xaa", 10}));
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "--null -6 -I lo")) {
        CHECK_INT(conf.local_port, 547);
        CHECK_INT(conf.server_port, 547);
    }
    perf_conf_clear(&conf);
}

static void test_relays6(void)
{
    PerfConf conf;

    if (takes(&conf, "-6 -e prefix-only -A 3 -g 2001:db8:0:1::1-2001:db8:0:9::1 -g 2001:db8::1 "
                     "--mix sarr=25,rebind=75 -1 ::1")) {
        CHECK_INT(conf.relays->len, 10);
        CHECK(
            berth_addr_equal(g_array_index(conf.relays, BerthAddr, 8), addr_of("2001:db8:0:9::1")));
        CHECK_INT(conf.levels, 3);
        CHECK_INT((int64_t)conf.weights[PERF_REBIND], 75);
        CHECK(!conf.wants[PERF_ADDRESS] && conf.wants[PERF_PREFIX] && conf.one_server);
    }
    perf_conf_clear(&conf);
    if (takes(&conf, "-6 -I lo -g 2001:db8::1-2001:db8::3 servers")) {
        CHECK(berth_addr_equal(conf.server, addr_of("ff05::1:3")));
        CHECK_INT(conf.levels, 1);
        CHECK_INT(conf.relays->len, 3);
    }
    perf_conf_clear(&conf);
}

typedef struct OptionRow {
    const char *text;
    uint16_t code;
    const char *bytes;
} OptionRow;

/* clang-format off */
static const OptionRow option_rows[] = {
    {"60,4d534654",                            60, "MSFT"},
    {"60=MSFT",                                60, "MSFT"},
    {"vendor-class-identifier=MSFT",           60, "MSFT"},
    {"dhcp-parameter-request-list=49,50,51",   55, "123"},
    {"224,3132",                              224, "12"},
    {"59=tftp -6",                             59, "tftp"},
    {"1060,4d534654 -6",                     1060, "MSFT"},
    {"new-posix-timezone=EST5 -6",             41, "EST5"},
};
/* clang-format on */

static void test_options(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(option_rows); i++) {
        g_autofree char *line =
            g_strdup_printf("-o %s %s", option_rows[i].text,
                            g_str_has_suffix(option_rows[i].text, "-6") ? "::1" : "127.0.0.1");
        PerfConf conf;

        if (takes(&conf, line) && CHECK_INT(conf.options->len, 1)) {
            const PerfOption *option = &g_array_index(conf.options, PerfOption, 0);
            BerthBytes value = {.len = 0};

            value.data = g_bytes_get_data(option->value, &value.len);
            CHECK_INT(option->code, option_rows[i].code);
            CHECK_BYTES(value, berth_bytes(option_rows[i].bytes));
        }
        perf_conf_clear(&conf);
    }
}

static void test_mac_file(void)
{
    static const struct {
        const char *text, *error;
        int n;
        bool is_v6;
    } rows[] = {
        {"02:00:00:00:00:01\n", "", 1},
        {"# two\n\n020000000001  # one\n02-00-00-00-00-02", "", 2},
        {"02:00:00:00:00:01\nnonsense\n", ":2: 'nonsense' is no MAC address", 0},
        {"02:00:00:00:00:01\n\n020000000001\n", ":3: 02:00:00:00:00:01 is in this file already", 0},
        {"# nobody\n", "there is no MAC address in it", 0},
        {"02:00:00:00:00\n", "is no MAC address", 0},
        {"02:00:00:00:00:01\n00020000118b010203\n", "", 2, true},
        {"02:00:00:00:00:01\n00030001020000000001\n", ":2: 00:03:00:01:02:00:00:00:00:01 is in", 0,
         true},
        {"0001\n", ":1: '0001' is no MAC address and no DUID", 0, true},
        {"\n", "there is no DUID and no MAC address in it", 0, true},
    };
    g_autofree char *dir = g_dir_make_tmp("berthperf-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "macs", NULL);
    g_autofree char *line = g_strdup_printf("-M %s 127.0.0.1", path);
    g_autofree char *line6 = g_strdup_printf("-6 -M %s ::1", path);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        PerfConf conf;

        berth_row("%s", rows[i].text);
        CHECK(g_file_set_contents(path, rows[i].text, -1, NULL));
        CHECK_INT(parse(&conf, rows[i].is_v6 ? line6 : line, &error), rows[i].n > 0);
        CHECK_HAS(error ? error->message : "", rows[i].error);
        if (rows[i].n)
            CHECK_INT(conf.n_clients, rows[i].n);
        perf_conf_clear(&conf);
    }
    remove(path);
    remove(dir);
}

static void test_help(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    PerfConf conf;

    berth_row("-h answers whatever else there is");
    CHECK(takes(&conf, "-r 5 -h") && conf.wants_help);
    perf_options_help(text);
    CHECK_HAS(text->str, "-r, --rate RATE");
    CHECK_HAS(text->str, "      --null");
    perf_conf_clear(&conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"refused", test_refused},
        {"defaults", test_defaults},
        {"defaults of DHCPv6", test_defaults6},
        {"relays of DHCPv6", test_relays6},
        {"load", test_load},
        {"options", test_options},
        {"mac file", test_mac_file},
        {"help", test_help},
        {0},
    };

    return berth_tests_main("perfopt", tests, argc, argv);
}
