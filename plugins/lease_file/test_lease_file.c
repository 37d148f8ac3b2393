/* What the backend makes of the files it finds, and what it leaves in them. */
#include "test_bench.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define OLD_HEADER \
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\n"
#define ROW(addr) addr ",02:00:00:00:00:01,,3600,1767229200,1,0,0,,0,,0"
#define REMOVED(addr) addr ",02:00:00:00:00:01,,0,1767225600,1,0,0,,0,,0"
#define OLD_ROW(addr) addr ",02:00:00:00:00:01,,3600,1767229200,1,0,0,h\n"
#define A ROW("10.0.0.1") "\n"
#define B ROW("10.0.0.2") "\n"
#define C ROW("10.0.0.3") "\n"
#define NO_A REMOVED("10.0.0.1") "\n"

#define OLD_HEADER6                                                                          \
    "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len," \
    "fqdn_fwd,fqdn_rev,hostname\n"
#define NA "2001:db8::1,00:03:00:01:0a,3600,1767229200,1,1800,0,5,128,0,0,,,0,,,,0\n"
#define NO_NA "2001:db8::1,00:03:00:01:0a,0,1767225600,1,1800,0,5,128,0,0,,,0,,,,0\n"
#define PD "2001:db8:1::,00:03:00:01:0a,3600,1767229200,1,1800,2,5,56,0,0,,,0,,,,0\n"
#define PD_AS_NA "2001:db8:1::,00:03:00:01:0a,3600,1767229200,1,1800,0,5,128,0,0,,,0,,,,0\n"

/* One start: the files that are there, what is loaded, what is logged, what the file is then. */
typedef struct Start {
    const char *name, *file;
    const char *completed, *two, *one; /* .completed, .2, .1 */
    const char *conf;
    const char *addresses; /* NULL: it refuses to start, and `log` is in the error */
    const char *log;       /* NULL: nothing above INFO */
    const char *after;     /* NULL: as before */
    int family;            /* 0: 4 */
} Start;

/* clang-format off */
static const Start starts[] = {
    {.name = "no file", .addresses = "", .after = BENCH_HEADER},
    {.name = "0 bytes", .file = "", .addresses = "", .after = BENCH_HEADER},
    {.name = "header only", .file = BENCH_HEADER, .addresses = ""},
    {.name = "half a header", .file = "address,hwa", .addresses = "", .log = "LEASE_FILE_TORN", .after = BENCH_HEADER},
    {.name = "two rows", .file = BENCH_HEADER A B, .addresses = "10.0.0.1 10.0.0.2"},
    {.name = "seven rows, three slices", .file = BENCH_HEADER A B C A B C A, .addresses = "10.0.0.1 10.0.0.2 10.0.0.3"},
    {.name = "a removal", .file = BENCH_HEADER A B NO_A, .addresses = "10.0.0.2"},
    {.name = "removed and given again", .file = BENCH_HEADER A NO_A A, .addresses = "10.0.0.1"},
    {.name = "removal of nothing", .file = BENCH_HEADER NO_A, .addresses = ""},
    {.name = "CRLF", .file = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\r\n"
                             "10.0.0.1,0a,,3600,1767229200,1,0,0,\r\n", .addresses = "10.0.0.1", .log = "NEEDS_UPGRADING"},
    {.name = "schema 1.0", .file = OLD_HEADER OLD_ROW("10.0.0.1"), .addresses = "10.0.0.1", .log = "WARN DHCPSRV_MEMFILE_NEEDS_UPGRADING"},
    {.name = "schema 1.0, then our rows", .file = OLD_HEADER OLD_ROW("10.0.0.1") B, .addresses = "10.0.0.1 10.0.0.2", .log = "NEEDS_UPGRADING"},
    {.name = "a newer version", .file = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id,more\n"
                                        ROW("10.0.0.1") ",x\n" B, .addresses = "10.0.0.1 10.0.0.2", .log = "WARN LEASE_FILE_NEWER"},
    {.name = "of DHCPv6", .file = "address,duid,valid_lifetime,expire\n", .log = "/data/kea-leases4.csv:1: this is no DHCPv4 lease file that can be read: column 2 is 'duid'"},
    {.name = "no header", .file = A B, .addresses = "10.0.0.1 10.0.0.2", .log = "WARN LEASE_FILE_NO_HEADER"},
    {.name = "a damaged header", .file = "\x01" "ddress,hwaddr\n" A, .addresses = "10.0.0.1", .log = "csv:1: row ignored: it has 2 columns"},
    {.name = "a damaged row", .file = BENCH_HEADER A "10.0.0.2,,,garbage\n" C, .addresses = "10.0.0.1 10.0.0.3",
     .log = "ERROR DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR /data/kea-leases4.csv:3: row ignored: it has 4 columns, not 12"},
    {.name = "unfit for the core", .file = BENCH_HEADER "10.0.0.2,0a,,60,0,1,0,0,,0,,0\n" A, .addresses = "10.0.0.1", .log = "csv:2: row ignored: its time is out of range"},
    {.name = "an empty line", .file = BENCH_HEADER A "\n" B, .addresses = "10.0.0.1 10.0.0.2", .log = ":3: row ignored"},
    {.name = "as many errors as allowed", .file = BENCH_HEADER "x\n" "y\n" A, .conf = "{\"max-row-errors\": 2}", .addresses = "10.0.0.1", .log = ":3: row ignored"},
    {.name = "one more", .file = BENCH_HEADER "x\n" "y\n" "z\n" A, .conf = "{\"max-row-errors\": 2}", .log = "csv:4: more damaged rows than max-row-errors (2) allows"},
    {.name = "a torn row", .file = BENCH_HEADER A "10.0.0.2,02:0", .addresses = "10.0.0.1", .log = "WARN LEASE_FILE_TORN /data/kea-leases4.csv:3:", .after = BENCH_HEADER A},
    {.name = "a row without its newline", .file = BENCH_HEADER A ROW("10.0.0.2"), .addresses = "10.0.0.1", .log = "LEASE_FILE_TORN", .after = BENCH_HEADER A},
    {.name = "Kea's .2 and .1", .two = BENCH_HEADER A B, .one = BENCH_HEADER NO_A, .file = BENCH_HEADER C, .addresses = "10.0.0.2 10.0.0.3"},
    {.name = "Kea's .1 alone", .one = BENCH_HEADER A, .file = BENCH_HEADER C, .addresses = "10.0.0.1 10.0.0.3"},
    {.name = "Kea's .1, torn", .one = BENCH_HEADER A "10.0", .file = BENCH_HEADER C, .addresses = "10.0.0.1 10.0.0.3", .log = ".csv.1:3: the last line (4 bytes)"},
    {.name = "Kea's .1 without the file", .one = BENCH_HEADER A, .addresses = "10.0.0.1", .after = BENCH_HEADER},
    {.name = "Kea's .completed", .completed = BENCH_HEADER B, .two = BENCH_HEADER A, .one = BENCH_HEADER A, .file = BENCH_HEADER C, .addresses = "10.0.0.2 10.0.0.3"},
    {.name = "v6, no file", .family = 6, .addresses = "", .after = BENCH_HEADER6},
    {.name = "v6, of DHCPv4", .family = 6, .file = BENCH_HEADER A, .log = "/data/kea-leases6.csv:1: this is no DHCPv6 lease file that can be read: column 2 is 'hwaddr'"},
    {.name = "v6, an address and a prefix", .family = 6, .file = BENCH_HEADER6 NA PD, .addresses = "2001:db8:1:: 2001:db8::1"},
    {.name = "v6, removals", .family = 6, .file = BENCH_HEADER6 NA PD NO_NA, .addresses = "2001:db8:1::"},
    {.name = "v6, a prefix becomes an address", .family = 6, .file = BENCH_HEADER6 PD PD_AS_NA, .addresses = "2001:db8:1::"},
    {.name = "v6, schema 1.0, then our rows", .family = 6, .file = OLD_HEADER6 "2001:db8::2,0a,60,1767229200,1,30,0,1,128,0,0,\n" PD,
     .addresses = "2001:db8:1:: 2001:db8::2", .log = "NEEDS_UPGRADING"},
    {.name = "v6, unfit: no DUID", .family = 6, .file = BENCH_HEADER6 "2001:db8::2,00:00:00,60,1767229200,1,30,0,1,128,0,0,,,0,,,,0\n" NA,
     .addresses = "2001:db8::1", .log = "csv:2: row ignored: it has no DUID"},
    {.name = "v6, unfit: host bits", .family = 6, .file = BENCH_HEADER6 "2001:db8::2,0a,60,1767229200,1,30,2,1,64,0,0,,,0,,,,0\n" NA,
     .addresses = "2001:db8::1", .log = "csv:2: row ignored: its prefix has host bits set"},
    {.name = "v6, unfit: half an address", .family = 6, .file = BENCH_HEADER6 "2001:db8::2,0a,60,1767229200,1,30,0,1,64,0,0,,,0,,,,0\n" NA,
     .addresses = "2001:db8::1", .log = "csv:2: row ignored: the prefix length of an IPv6 address is not 128"},
    {.name = "v6, a temporary address", .family = 6, .file = BENCH_HEADER6 "2001:db8::2,0a,60,1767229200,1,30,1,1,128,0,0,,,0,,,,0\n" NA,
     .addresses = "2001:db8::1", .log = "csv:2: row ignored: lease_type must be 0 or 2"},
    {.name = "v6, rows of DHCPv4", .family = 6, .file = BENCH_HEADER6 A NA, .addresses = "2001:db8::1", .log = "csv:2: row ignored: it has 12 columns, not 18"},
    {.name = "v6, a torn row", .family = 6, .file = BENCH_HEADER6 NA "2001:db8::2,02:0", .addresses = "2001:db8::1", .log = "WARN LEASE_FILE_TORN", .after = BENCH_HEADER6 NA},
    {.name = "v6, Kea's .2 and .1", .family = 6, .two = BENCH_HEADER6 NA PD, .one = BENCH_HEADER6 NO_NA, .file = BENCH_HEADER6, .addresses = "2001:db8:1::"},
    {.name = "damage in .1", .one = BENCH_HEADER "x\n" A, .file = BENCH_HEADER C, .addresses = "10.0.0.1 10.0.0.3", .log = "/data/kea-leases4.csv.1:2: row ignored"},
};
/* clang-format on */

static void check_start(Bench *bench, const Start *start)
{
    g_autoptr(GError) error = NULL;
    int r = bench_start(bench, &error);
    const char *log = berth_fake_server_log(bench->server);
    const char *after = start->after ? start->after : start->file;
    g_autofree char *addresses = bench_addresses(bench), *file = bench_get(bench, "");

    if (!start->addresses) {
        CHECK(r < 0);
        CHECK_HAS(error ? error->message : "", start->log);
        CHECK_TEXT(file, start->file);
        return;
    }
    CHECK_INT(r, 0);
    CHECK_TEXT(error ? error->message : "", "");
    CHECK_TEXT(addresses, start->addresses);
    CHECK_TEXT(file, after);
    if (start->log)
        CHECK_HAS(log, start->log);
    else
        CHECK(!strstr(log, "WARN ") && !strstr(log, "ERROR "));
}

static void test_starts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        const Start *start = &starts[i];
        Bench bench;

        berth_row("%s", start->name);
        bench_init(&bench, start->family ? start->family : 4);
        bench.conf = start->conf;
        if (start->file)
            bench_put(&bench, "", start->file);
        if (start->completed)
            bench_put(&bench, ".completed", start->completed);
        if (start->two)
            bench_put(&bench, ".2", start->two);
        if (start->one)
            bench_put(&bench, ".1", start->one);
        check_start(&bench, start);
        bench_clear(&bench);
    }
}

/* Why it does not open: a path that cannot be opened, and what is said. */
static void test_refusals(void)
{
    static const struct {
        const char *name, *path;
        int error;
        const char *says;
    } rows[] = {
        {"a folder", BENCH_PATH, -EISDIR,
         BENCH_PATH ": the lease file cannot be opened for writing: "
                    "Is a directory"},
        {"a FIFO", BENCH_PATH, -EINVAL, "it is no plain file"},
        {"a symbolic link", BENCH_PATH, -ELOOP, "it is a symbolic link"},
        {"somebody else's", BENCH_PATH, -EACCES, "Permission denied"},
        {"a folder for readers", BENCH_PATH ".new", -EACCES,
         "/data: the server cannot make files in this folder: Permission denied"},
        {"a read-only file system", BENCH_PATH ".lock", -EROFS,
         BENCH_PATH ".lock: cannot be locked"},
        {"an unreadable .2", BENCH_PATH ".2", -EACCES,
         BENCH_PATH ".2: the lease file cannot be read"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, 4);
        berth_disk_refuse(bench.disk, rows[i].path, rows[i].error);
        CHECK_INT(bench_start(&bench, &error), rows[i].error);
        CHECK_HAS(error ? error->message : "", rows[i].says);
        bench_clear(&bench);
    }
}

/* HI-145 */
static void test_second_server(void)
{
    g_autoptr(GError) error = NULL;
    Bench bench;
    void *first;

    bench_begin(&bench, 4, NULL);
    first = g_steal_pointer(&bench.store);
    CHECK_INT(bench_open(&bench, &error), -EWOULDBLOCK);
    CHECK_HAS(error ? error->message : "", BENCH_PATH ": another server uses this lease file");
    bench.ops->close(first);
    CHECK_INT(bench_start(&bench, NULL), 0);
    bench_clear(&bench);
}

/* Two stores of one server, as while it goes over from one to the other: each has its own rows. */
static void test_two_stores(void)
{
    g_autofree char *one = NULL, *kept = NULL, *answer = NULL;
    const char *file;
    Bench bench, other;

    berth_row("two stores of one server");
    bench_begin(&bench, 4, NULL);
    other = bench;
    other.store = NULL;
    other.conf = "{\"name\": \"other.csv\"}";
    CHECK_INT(bench_start(&other, NULL), 0);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    CHECK_INT(bench_commit1(&other, ROW("10.0.0.2")), BERTH_COMMIT_OK);
    one = bench_get(&bench, "");
    CHECK_TEXT(one, BENCH_HEADER A);
    bench_close(&bench);
    CHECK_INT(bench_commit1(&other, ROW("10.0.0.3")), BERTH_COMMIT_OK);
    file = (const char *)berth_disk_get(bench.disk, "/data/other.csv").data;
    CHECK(g_str_has_prefix(file, BENCH_HEADER B C));
    answer = bench_command(&other, "kea-lfc-start");
    CHECK_HAS(answer, "kea-lfc started");
    bench_settle(&other);
    CHECK_INT(bench_logged(&other, "LFC_WRITE_STATS Leases: 2"), 1);
    kept = bench_get(&bench, ".2");
    CHECK_TEXT(kept, NULL);
    bench_close(&other);
    bench_clear(&bench);
}

/* One server with both families: each has its file, and a command is for one. */
static void test_two_families(void)
{
    g_autofree char *of4 = NULL, *of6 = NULL, *cleaned4 = NULL, *cleaned6 = NULL;
    char row6[] = NA;
    Bench bench, six;

    berth_row("both families");
    row6[strlen(row6) - 1] = '\0';
    bench_begin(&bench, 4, NULL);
    six = bench;
    six.store = NULL;
    six.format = csv_format(6);
    six.path = BENCH_PATH6;
    CHECK_INT(bench_start(&six, NULL), 0);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    CHECK_INT(bench_commit1(&six, row6), BERTH_COMMIT_OK);
    of4 = bench_get(&bench, "");
    of6 = bench_get(&six, "");
    CHECK_TEXT(of4, BENCH_HEADER A);
    CHECK_TEXT(of6, BENCH_HEADER6 NA);
    g_free(bench_command(&six, "kea-lfc-start"));
    bench_settle(&bench);
    cleaned4 = bench_get(&bench, ".2");
    cleaned6 = bench_get(&six, ".2");
    CHECK_TEXT(cleaned4, NULL);
    CHECK_TEXT(cleaned6, BENCH_HEADER6 NA);
    bench_close(&six);
    bench_clear(&bench);
}

/* HI-142: the file ends at every byte of its last three rows; what is whole is loaded, and what is
 * appended after does not run into what was torn. */
static void test_truncated(void)
{
    static const char file[] = BENCH_HEADER A B C;
    size_t from = strlen(BENCH_HEADER), row = strlen(A);

    for (size_t end = from; end <= strlen(file); end++) {
        static const char *const want[] = {"", "10.0.0.1", "10.0.0.1 10.0.0.2",
                                           "10.0.0.1 10.0.0.2 10.0.0.3"};
        const char *before = want[(end - from) / row];
        g_autofree char *text = g_strndup(file, end);
        g_autofree char *all = g_strdup_printf("%s%s10.0.0.9", before, *before ? " " : "");
        Bench bench;

        berth_row("%zu bytes", end);
        bench_init(&bench, 4);
        bench_put(&bench, "", text);
        bench_check_start(&bench, before);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.9")), BERTH_COMMIT_OK);
        bench_crash(&bench, NULL);
        bench_check_start(&bench, all);
        bench_clear(&bench);
    }
}

/* HI-141: much garbage: everything that is good is loaded, the damage is counted, shown in part,
 * and kept. */
static void test_garbage(void)
{
    static const struct {
        const char *name, *piece;
        unsigned n, damaged, reports;
    } rows[] = {
        {"1 row", "garbage\n", 1, 1, 1},
        {"100 rows", "garbage\n", 100, 100, 100},
        {"101 rows", "garbage\n", 101, 101, 100},
        {"a million rows", ",\n", 1000000, 1000000, 100},
        {"a page of 0xff", "\xff\xff\xff\xff\xff\xff\xff\xff", 512, 1, 1},
        {"a line of 1 MiB", "01234567890abcde", 65536, 1, 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) file = g_string_new(BENCH_HEADER A);
        g_autofree char *kept = NULL, *count = NULL;
        g_auto(GStrv) lines = NULL;
        const char *log;
        unsigned reports = 0;
        Bench bench;

        berth_row("%s", rows[i].name);
        for (unsigned k = 0; k < rows[i].n; k++)
            g_string_append(file, rows[i].piece);
        g_string_append(file, rows[i].piece[strlen(rows[i].piece) - 1] == '\n' ? B : "\n" B);
        bench_init(&bench, 4);
        bench_put(&bench, "", file->str);
        bench_check_start(&bench, "10.0.0.1 10.0.0.2");
        kept = bench_get(&bench, ".damaged");
        CHECK(g_strcmp0(kept, file->str) == 0);
        log = berth_fake_server_log(bench.server);
        count = g_strdup_printf("%u damaged rows", rows[i].damaged);
        CHECK_HAS(log, count);
        lines = g_strsplit(log, "LEASE_LOAD_ROW_ERROR", -1);
        reports = g_strv_length(lines) - 1;
        CHECK_INT(reports, rows[i].reports);
        bench_clear(&bench);
    }
}

static void test_zeros(void)
{
    g_autofree char *file = g_malloc0(8192);
    Bench bench;

    berth_row("a page of zeros between rows");
    g_strlcpy(file, BENCH_HEADER A, 8192);
    g_strlcpy(file + 5000, "\n" B, 8192 - 5000);
    bench_init(&bench, 4);
    berth_disk_put(bench.disk, BENCH_PATH, (BerthBytes){(uint8_t *)file, 8192});
    bench_check_start(&bench, "10.0.0.1 10.0.0.2");
    CHECK_HAS(berth_fake_server_log(bench.server), "LEASE_FILE_TORN");
    bench_clear(&bench);
}

static void test_persist_off(void)
{
    g_autofree char *file = NULL;
    Bench bench;

    berth_row("persist is off");
    bench_begin(&bench, 4, "{\"persist\": false}");
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    file = bench_get(&bench, "");
    CHECK(file == NULL);
    CHECK_HAS(berth_fake_server_log(bench.server), "DHCPSRV_MEMFILE_NO_STORAGE");
    bench_clear(&bench);
}

/* How much is durable, when: commits at 0 s and 0.5 s, the power fails at `crash_msec`. */
static void test_sync(void)
{
    static const struct {
        const char *name, *conf;
        int64_t crash_msec;
        unsigned syncs;
        const char *want;
    } rows[] = {
        {"always", "{}", 500, 2, "10.0.0.1 10.0.0.2"},
        {"interval, at once", "{\"sync\": \"interval\"}", 500, 0, ""},
        {"interval, due", "{\"sync\": \"interval\"}", 1000, 1, "10.0.0.1 10.0.0.2"},
        {"a short interval", "{\"sync\": \"interval\", \"sync-interval\": 100}", 500, 1,
         "10.0.0.1"},
        {"never", "{\"sync\": \"never\"}", 5000, 0, ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned syncs;
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, 4);
        bench.conf = rows[i].conf;
        CHECK_INT(bench_start(&bench, NULL), 0);
        syncs = berth_disk_calls(bench.disk, BERTH_DISK_SYNC);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
        berth_fake_world_pass(berth_fake_server_world(bench.server), 500000);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.2")), BERTH_COMMIT_OK);
        berth_fake_world_pass(berth_fake_server_world(bench.server),
                              (rows[i].crash_msec - 500) * 1000);
        CHECK_INT(berth_disk_calls(bench.disk, BERTH_DISK_SYNC) - syncs, rows[i].syncs);
        bench_crash(&bench, NULL);
        bench_check_start(&bench, rows[i].want);
        bench_clear(&bench);
    }
}

/* A server that ends in good order loses nothing, whatever `sync` says but never. */
static void test_close_syncs(void)
{
    Bench bench;

    berth_row("closed before the interval");
    bench_begin(&bench, 4, "{\"sync\": \"interval\"}");
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    bench_close(&bench);
    bench_crash(&bench, NULL);
    bench_check_start(&bench, "10.0.0.1");
    bench_clear(&bench);
}

/* What a server that was killed had written but not synced is loaded, so it must be durable then.
 */
static void test_loaded_is_durable(void)
{
    Bench bench;

    berth_row("loaded from memory, then the power fails");
    bench_begin(&bench, 4, "{\"sync\": \"never\"}");
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    bench_close(&bench);
    CHECK_INT(bench_start(&bench, NULL), 0);
    CHECK_INT(g_hash_table_size(bench.leases), 1);
    bench_crash(&bench, NULL);
    bench_check_start(&bench, "10.0.0.1");
    bench_clear(&bench);
}

/* A unit's rows stand in the file as Kea would write them, additions before removals. */
static void test_written(void)
{
    static const char *const unit[] = {"-" REMOVED("10.0.0.1"), ROW("10.0.0.2")};
    g_autofree char *file = NULL;
    Bench bench;

    berth_row("a client moves");
    bench_begin(&bench, 4, NULL);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    CHECK_INT(bench_commit(&bench, unit, 2), BERTH_COMMIT_OK);
    file = bench_get(&bench, "");
    CHECK_TEXT(file, BENCH_HEADER A B NO_A);
    bench_clear(&bench);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"starts", test_starts},
        {"refusals", test_refusals},
        {"second_server", test_second_server},
        {"two_stores", test_two_stores},
        {"two_families", test_two_families},
        {"truncated", test_truncated},
        {"garbage", test_garbage},
        {"zeros", test_zeros},
        {"persist_off", test_persist_off},
        {"sync", test_sync},
        {"close_syncs", test_close_syncs},
        {"loaded_is_durable", test_loaded_is_durable},
        {"written", test_written},
        {0},
    };

    return berth_tests_main("lease_file", tests, argc, argv);
}
