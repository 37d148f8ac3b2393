/* csv - see csv.h. */
#include "csv.h"

#include <errno.h>
#include <stdarg.h>

static const CsvFormat formats[] = {
    {
        .family = 4,
        .kind = "DHCPv4 lease file",
        .name = "kea-leases4.csv",
        .addr_len = 4,
        .columns = columns4,
        .oldest = 9, /* 1.0; 2.0 added state, 2.1 user_context, 3.0 pool_id */
        .newest = G_N_ELEMENTS(columns4),
    },
    {
        .family = 6,
        .kind = "DHCPv6 lease file",
        .name = "kea-leases6.csv",
        .addr_len = 16,
        .columns = columns6,
        .oldest = 12, /* 1.0; 2.0 added hwaddr, 3.0 state, 3.1 user_context, 4.0 hwtype and
                         hwaddr_source, 5.0 pool_id */
        .newest = G_N_ELEMENTS(columns6),
    },
};

const CsvFormat *csv_format(int family)
{
    return &formats[family == 6];
}

void csv_append_header(const CsvFormat *format, GString *out)
{
    for (unsigned i = 0; i < format->newest; i++)
        g_string_append_printf(out, "%s%s", i ? "," : "", format->columns[i].name);
    g_string_append_c(out, '\n');
}

void csv_reader_init(CsvReader *reader, const CsvFormat *format)
{
    reader->format = format;
    reader->schema = (CsvSchema){.min = format->oldest, .max = format->newest};
    reader->why[0] = '\0';
}

static int damaged(CsvReader *reader, const char *format, ...) G_GNUC_PRINTF(2, 3);
static int damaged(CsvReader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(reader->why, sizeof(reader->why), format, args);
    va_end(args);
    return -EINVAL;
}

/* ---- fields ---- */

typedef struct Field {
    char *text; /* a NUL behind `len` bytes */
    size_t len;
} Field;

typedef struct Fields {
    Field at[COLUMNS_MAX];
    unsigned n; /* in the line: more than there are in `at`, perhaps */
    bool has_nul;
} Fields;

static void end_field(Fields *fields, char *from, char *end)
{
    *end = '\0';
    if (fields->n < COLUMNS_MAX)
        fields->at[fields->n] = (Field){from, (size_t)(end - from)};
    fields->n++;
}

/* The line becomes its fields. */
static void split(char *line, size_t len, Fields *ret)
{
    char *from = line, *end = line + len;

    ret->n = 0;
    ret->has_nul = false;
    for (char *at = line; at < end; at++) {
        if (*at == ',') {
            end_field(ret, from, at);
            from = at + 1;
        } else if (*at == '\0') {
            ret->has_nul = true;
        }
    }
    end_field(ret, from, end);
}

/* ---- the header ---- */

static CsvHeader foreign(CsvReader *reader, unsigned column, const char *name)
{
    const CsvFormat *format = reader->format;
    char shown[64];

    damaged(reader, "column %u is '%s', but in a %s it is '%s'", column + 1,
            berth_escape(berth_bytes(name), shown, sizeof(shown)), format->kind,
            format->columns[column].name);
    return CSV_HEADER_FOREIGN;
}

CsvHeader csv_read_header(CsvReader *reader, char *line)
{
    const CsvFormat *format = reader->format;
    Fields fields;

    if (strncmp(line, "address,", 8) != 0)
        return CSV_HEADER_DAMAGED;
    split(line, strlen(line), &fields);
    for (unsigned i = 0; i < MIN(fields.n, format->newest); i++)
        if (strcmp(fields.at[i].text, format->columns[i].name) != 0)
            return foreign(reader, i, fields.at[i].text);
    if (fields.n < format->oldest) {
        damaged(reader, "it has %u columns, but a %s has at least %u", fields.n, format->kind,
                format->oldest);
        return CSV_HEADER_FOREIGN;
    }
    reader->schema =
        (CsvSchema){.min = MIN(fields.n, format->newest),
                    .max = MAX(fields.n, format->newest),
                    .is_older = fields.n<format->newest, .is_newer = fields.n> format->newest};
    return CSV_HEADER_GOOD;
}

/* ---- rows ---- */

static int check_fields(CsvReader *reader, const Fields *fields)
{
    const CsvSchema *schema = &reader->schema;

    if (fields->has_nul)
        return damaged(reader, "it has a NUL byte");
    if (fields->n < schema->min || fields->n > schema->max)
        return damaged(reader, "it has %u columns, not %u", fields->n,
                       fields->n < schema->min ? schema->min : schema->max);
    return 0;
}

int csv_read_row(CsvReader *reader, char *line, size_t len, BerthLease *lease)
{
    const CsvFormat *format = reader->format;
    Fields fields;
    Row row;
    int r;

    split(line, len, &fields);
    r = check_fields(reader, &fields);
    if (r < 0)
        return r;
    row_clear(&row);
    /* In a row of an older schema the rest keeps its default. */
    for (unsigned i = 0; i < MIN(fields.n, format->newest); i++) {
        const Column *column = &format->columns[i];

        if (!column->read(fields.at[i].text, fields.at[i].len, (char *)&row + column->offset))
            return damaged(reader, "%s must be %s", column->name, column->must);
    }
    row_to_lease(&row, lease);
    return 0;
}

void csv_append_row(const CsvFormat *format, GString *out, const BerthLease *lease, bool removed)
{
    size_t len = out->len;
    char *at;
    Row row;

    row_from_lease(&row, lease, removed);
    g_string_set_size(out, len + row_text_max(&row));
    at = out->str + len;
    for (unsigned i = 0; i < format->newest; i++) {
        at = format->columns[i].write(at, (const char *)&row + format->columns[i].offset);
        *at++ = i + 1 < format->newest ? ',' : '\n';
    }
    g_string_set_size(out, (size_t)(at - out->str));
}
