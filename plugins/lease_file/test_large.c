/* Large files. One with a row in a hundred damaged: every row that still is one is used, every
 * other is listed with its line, the file is kept aside, and a clean-up changes nothing of that. */
#include "test_bench.h"
#include "tests/lib/rows.h"

#include "core/lease/lease.h"
#include "csv.h"

#define ROWS 20000
#define ADDRS 3000
#define SEEDS 10

typedef struct Damaged {
    const Bench *bench;
    GString *file;
    GPtrArray *lines; /* as they are in the file, without newline */
    GHashTable *bad;  /* line number -> NULL */
    GHashTable *want; /* address -> NULL */
    unsigned damaged;
} Damaged;

static char *good_row(const Bench *bench, GRand *rand, unsigned addr)
{
    unsigned valid = g_rand_int_range(rand, 0, 8) ? 3600 : 0;
    BenchText text;

    if (bench->format->family == 6)
        return g_strdup_printf(
            "%s,00:03:00:01:02:%02x:%02x,%u,%u,1,60,%u,%u,%u,0,1,host%u,,0,,,,%u",
            bench_addr(bench, addr, &text), addr >> 8, addr & 255, valid, 1767229200 + addr,
            addr % 2 ? 2u : 0u, addr, addr % 2 ? 64u : 128u, addr, addr % 3);
    return g_strdup_printf("10.0.%u.%u,02:00:00:00:%02x:%02x,01:%02x,%u,%u,1,0,1,host%u,0,,%u",
                           addr / 250, addr % 250 + 1, addr >> 8, addr & 255, addr & 255, valid,
                           1767229200 + addr, addr, addr % 3);
}

static void set_byte(GRand *rand, char *row)
{
    char byte;

    do
        byte = (char)g_rand_int_range(rand, 0, 256);
    while (byte == '\n' || byte == '\0');
    row[g_rand_int_range(rand, 0, (gint32)strlen(row))] = byte;
}

static char *damage(GRand *rand, char *row)
{
    char *end = row + g_rand_int_range(rand, 0, (gint32)strlen(row));

    switch (g_rand_int_range(rand, 0, 4)) {
    case 0:
        *end = '\0';
        break;
    case 1:
        memmove(end, end + 1, strlen(end));
        break;
    case 2:
        memset(row, '\xff', strlen(row));
        break;
    default:
        set_byte(rand, row);
        break;
    }
    return row;
}

/* What is to become of a line, by itself. */
static void judge(Damaged *d, const char *row)
{
    g_autofree char *line = g_strdup(row);
    size_t len = strlen(line);
    BerthLease *lease = berth_lease_new();
    char addr[BERTH_ADDR_TEXT];
    CsvReader reader;

    csv_reader_init(&reader, d->bench->format);
    reader.schema = (CsvSchema){.min = reader.format->newest, .max = reader.format->newest};
    if (len && line[len - 1] == '\r')
        line[--len] = '\0';
    g_ptr_array_add(d->lines, g_strdup(row));
    if (csv_read_row(&reader, line, len, lease) < 0 ||
        (lease->valid_sec && berth_lease_unfit(lease)))
        g_hash_table_add(d->bad, GUINT_TO_POINTER(d->lines->len + 1));
    else if (lease->valid_sec)
        g_hash_table_add(d->want, g_strdup(berth_addr_text(lease->addr, addr)));
    else
        g_hash_table_remove(d->want, berth_addr_text(lease->addr, addr));
    berth_lease_free(lease);
}

static void damaged_init(Damaged *d, const Bench *bench, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

    *d = (Damaged){
        .bench = bench,
        .file = g_string_new(NULL),
        .lines = g_ptr_array_new_with_free_func(g_free),
        .bad = g_hash_table_new(NULL, NULL),
        .want = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    csv_append_header(bench->format, d->file);
    for (unsigned i = 0; i < ROWS; i++) {
        g_autofree char *row = good_row(bench, rand, (unsigned)g_rand_int_range(rand, 0, ADDRS));

        if (g_rand_int_range(rand, 0, 100) == 0) {
            damage(rand, row);
            d->damaged++;
        }
        judge(d, row);
        g_string_append_printf(d->file, "%s\n", row);
    }
}

static void damaged_clear(Damaged *d)
{
    g_string_free(d->file, TRUE);
    g_ptr_array_unref(d->lines);
    g_hash_table_unref(d->bad);
    g_hash_table_unref(d->want);
}

static void check_leases(const Bench *bench, const Damaged *d)
{
    GHashTableIter iter;
    void *addr;

    CHECK_INT(g_hash_table_size(bench->leases), g_hash_table_size(d->want));
    g_hash_table_iter_init(&iter, d->want);
    while (g_hash_table_iter_next(&iter, &addr, NULL))
        if (!g_hash_table_contains(bench->leases, addr))
            CHECK_TEXT("missing", addr);
}

/* "12,20-23" */
static void add_lines(GHashTable *listed, const char *text)
{
    while (g_ascii_isdigit(*text)) {
        char *end;
        guint64 first = g_ascii_strtoull(text, &end, 10), last = first;

        if (*end == '-')
            last = g_ascii_strtoull(end + 1, &end, 10);
        for (guint64 line = first; line <= last; line++)
            CHECK(g_hash_table_add(listed, GUINT_TO_POINTER((guint)line)));
        text = *end == ',' ? end + 1 : "";
    }
}

/* The lines that the log names, of those that say so one by one, or many. */
static GHashTable *listed_lines(const Bench *bench)
{
    GHashTable *listed = g_hash_table_new(NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(berth_fake_server_log(bench->server), "\n", -1);
    g_autofree char *one = g_strconcat(bench->path, ":", NULL);

    for (unsigned i = 0; lines[i]; i++) {
        const char *many = strstr(lines[i], "more rows ignored, of lines ");
        const char *at = strstr(lines[i], one);

        if (many)
            add_lines(listed, many + strlen("more rows ignored, of lines "));
        else if (at && strstr(at, ": row ignored"))
            add_lines(listed, at + strlen(one));
    }
    return listed;
}

/* All of them, each once, and no others. */
static void check_listed(const Bench *bench, const Damaged *d)
{
    g_autoptr(GHashTable) listed = listed_lines(bench);
    GHashTableIter iter;
    void *line;

    CHECK_INT(g_hash_table_size(listed), g_hash_table_size(d->bad));
    g_hash_table_iter_init(&iter, d->bad);
    while (g_hash_table_iter_next(&iter, &line, NULL))
        CHECK(g_hash_table_contains(listed, line));
}

static void test_one_percent(void)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        g_autofree char *kept = NULL, *still = NULL, *two = NULL;
        Damaged d;
        Bench bench;

        berth_row("seed %u", seed);
        bench_init(&bench, seed % 2 ? 4 : 6);
        damaged_init(&d, &bench, seed);
        CHECK(g_hash_table_size(d.bad) > 110 && g_hash_table_size(d.bad) <= d.damaged);
        bench_put(&bench, "", d.file->str);
        CHECK_INT(bench_start(&bench, NULL), 0);
        check_leases(&bench, &d);
        check_listed(&bench, &d);
        kept = bench_get(&bench, ".damaged");
        CHECK(g_strcmp0(kept, d.file->str) == 0);

        g_free(bench_command(&bench, "kea-lfc-start"));
        bench_settle(&bench);
        bench_crash(&bench, NULL);
        berth_fake_server_clear_log(bench.server);
        CHECK_INT(bench_start(&bench, NULL), 0);
        check_leases(&bench, &d);
        CHECK_INT(bench_logged(&bench, "row ignored"), 0);
        still = bench_get(&bench, ".damaged");
        CHECK(g_strcmp0(still, d.file->str) == 0);
        two = bench_get(&bench, ".2");
        CHECK(two && strlen(two) < d.file->len / 2);
        damaged_clear(&d);
        bench_clear(&bench);
    }
}

static gboolean is_another(void *addr, void *row, void *other)
{
    return g_strcmp0(row, g_hash_table_lookup(other, addr)) != 0;
}

/* More than fits one piece of output, and more addresses than the index begins with. */
static void cleaned_up(int family)
{
    g_autoptr(GString) file = g_string_new(NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    g_autoptr(GHashTable) before = NULL;
    Bench bench;

    berth_row("120,000 rows of DHCPv%d", family);
    bench_init(&bench, family);
    csv_append_header(bench.format, file);
    for (unsigned i = 0; i < 120000; i++) {
        unsigned addr = (unsigned)g_rand_int_range(rand, 1, 100000);
        unsigned valid = g_rand_int_range(rand, 0, 10) ? 3600 : 0;
        BenchText row;

        g_string_append_printf(file, "%s\n", bench_row(&bench, addr, valid, 1767229200 + i, &row));
    }
    bench_put(&bench, "", file->str);
    CHECK_INT(bench_start(&bench, NULL), 0);
    CHECK(bench.expected > 119000 && bench.expected < 121000);
    bench_settle(&bench); /* It has grown enough. */
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 1);
    before = g_steal_pointer(&bench.leases);
    bench.leases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bench_crash(&bench, NULL);
    CHECK_INT(bench_start(&bench, NULL), 0);
    CHECK_INT(g_hash_table_size(bench.leases), g_hash_table_size(before));
    CHECK(g_hash_table_find(before, is_another, bench.leases) == NULL);
    bench_clear(&bench);
}

static void test_cleaned_up(void)
{
    cleaned_up(4);
    cleaned_up(6);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"one_percent", test_one_percent},
        {"cleaned_up", test_cleaned_up},
        {0},
    };

    return berth_tests_main("lease_file_large", tests, argc, argv);
}
