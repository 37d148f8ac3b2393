/* scan - see scan.h. */
#include "scan.h"

/* Without any header the rows may still be good: then the first line may be one. */
static void read_header(Scan *scan, const Line *line)
{
    scan->header = CSV_HEADER_DAMAGED;
    if (strlen(line->text) == line->len)
        scan->header = csv_read_header(&scan->reader, line->text);
    if (scan->header != CSV_HEADER_DAMAGED)
        return;
    lines_clear(&scan->lines);
    lines_init(&scan->lines, scan->file, CSV_LINE_MAX);
}

int scan_open(Scan *scan, BerthServer *server, const char *path, const CsvFormat *format)
{
    BerthFile *file = NULL;
    Line line;
    int r = berth_file_open(server, path, BERTH_OPEN_READ, &file);

    *scan = (Scan){0};
    if (r < 0)
        return r;
    *scan = (Scan){.file = file, .lease = berth_lease_new()};
    csv_reader_init(&scan->reader, format);
    lines_init(&scan->lines, file, CSV_LINE_MAX);
    r = lines_next(&scan->lines, &line);
    if (r < 0) {
        scan_close(scan);
        return r;
    }
    if (r > 0)
        read_header(scan, &line);
    return 0;
}

int scan_line(Scan *scan, Line *ret)
{
    int r = lines_next(&scan->lines, ret);

    if (r <= 0)
        return r < 0 ? r : SCAN_END;
    scan->rows++;
    return SCAN_ROW;
}

const char *scan_parse(Scan *scan, const Line *line, BerthLease *lease)
{
    if (line->is_long)
        return "it is longer than any row can be";
    if (csv_read_row(&scan->reader, line->text, line->len, lease) < 0)
        return scan->reader.why;
    return berth_lease_valid_sec(lease) ? berth_lease_unfit(lease) : NULL;
}

int scan_next(Scan *scan)
{
    Line line;
    int r = scan_line(scan, &line);

    if (r != SCAN_ROW)
        return r;
    scan->why = scan_parse(scan, &line, scan->lease);
    return scan->why ? SCAN_DAMAGED : SCAN_ROW;
}

void scan_close(Scan *scan)
{
    if (!scan->file)
        return;
    lines_clear(&scan->lines);
    berth_lease_free(scan->lease);
    berth_file_close(scan->file);
    *scan = (Scan){0};
}
