/* mark - see mark.h. */
#include "mark.h"
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

static const char *const data_set_key = "data-set ", *const superseded_key = "superseded-by ",
                         *const unfinished_line = "unfinished";

void mark_clear(Mark *mark)
{
    g_clear_pointer(&mark->data_set, g_free);
    g_clear_pointer(&mark->superseded_by, g_free);
    mark->unfinished = false;
}

void mark_set(Mark *mark, const Mark *from)
{
    Mark copy = {g_strdup(from->data_set), g_strdup(from->superseded_by), from->unfinished};

    mark_clear(mark);
    *mark = copy;
}

static char *beside(const char *path, const char *suffix)
{
    return g_strconcat(path, suffix, NULL);
}

/* ---- reading ---- */

static bool take_line(Mark *mark, const char *line)
{
    if (g_str_has_prefix(line, data_set_key) && !mark->data_set)
        mark->data_set = g_strdup(line + strlen(data_set_key));
    else if (g_str_has_prefix(line, superseded_key) && !mark->superseded_by)
        mark->superseded_by = g_strdup(line + strlen(superseded_key));
    else if (strcmp(line, unfinished_line) == 0)
        mark->unfinished = true;
    else
        return false;
    return true;
}

static int read_lines(BerthFile *file, Mark *ret)
{
    Lines lines;
    Line line;
    int r;

    lines_init(&lines, file, LINE_MAX_BYTES);
    while ((r = lines_next(&lines, &line)) == 1)
        if (line.is_long || !take_line(ret, line.text)) {
            r = -EINVAL;
            break;
        }
    if (r == 0 && lines_torn(&lines) > 0)
        r = -EINVAL;
    lines_clear(&lines);
    return r;
}

int mark_read(BerthServer *server, const char *path, Mark *ret, GError **error)
{
    g_autofree char *name = beside(path, ".berth");
    BerthFile *file = NULL;
    int r = berth_file_open(server, name, BERTH_OPEN_READ, &file);

    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = read_lines(file, ret);
    berth_file_close(file);
    if (r == -EINVAL)
        return berth_fail(error, r,
                          "%s is damaged, so that it is not known whether %s is still in use; "
                          "if it is, remove %s",
                          name, path, name);
    return r < 0 ? berth_fail(error, r, "%s cannot be read: %s", name, g_strerror(-r)) : 0;
}

int mark_check(const Mark *mark, const char *path, GError **error)
{
    if (mark->superseded_by)
        return berth_fail(error, -ESTALE,
                          "%s: these leases were superseded by %s, which has all that was given "
                          "since; name that in lease-database. To go back to this file as it is, "
                          "and lose those, remove %s.berth",
                          path, mark->superseded_by, path);
    if (mark->unfinished)
        return berth_fail(error, -ESTALE,
                          "%s: the swap that was to fill this file did not end, so the leases are "
                          "where they were before; name that in lease-database",
                          path);
    return 0;
}

/* ---- writing ---- */

static GString *text_of(const Mark *mark)
{
    GString *text = g_string_new(NULL);
    size_t from;

    if (mark->data_set)
        g_string_append_printf(text, "%s%s\n", data_set_key, mark->data_set);
    if (mark->unfinished)
        g_string_append_printf(text, "%s\n", unfinished_line);
    if (!mark->superseded_by)
        return text;
    from = text->len;
    g_string_append_printf(text, "%s%.*s", superseded_key, LINE_MAX_BYTES / 2, mark->superseded_by);
    for (; from < text->len; from++)
        if ((unsigned char)text->str[from] < ' ')
            text->str[from] = ' ';
    g_string_append_c(text, '\n');
    return text;
}

static int write_fresh(BerthServer *server, const char *fresh, const GString *text)
{
    BerthFile *file = NULL;
    int r = berth_file_open(server, fresh, BERTH_OPEN_NEW, &file);

    if (r < 0)
        return r;
    r = berth_file_append(file, (BerthBytes){(const uint8_t *)text->str, text->len});
    if (r == 0)
        r = berth_file_sync(file);
    berth_file_close(file);
    return r;
}

static int sync_folder(BerthServer *server, const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);

    return berth_file_sync_dir(server, dir);
}

int mark_write(BerthServer *server, const char *path, const Mark *mark)
{
    g_autofree char *name = beside(path, ".berth"), *fresh = beside(path, ".berth.new");
    GString *text = text_of(mark);
    int r = write_fresh(server, fresh, text);

    g_string_free(text, TRUE);
    if (r == 0)
        r = berth_file_rename(server, fresh, name);
    if (r < 0) {
        berth_file_unlink(server, fresh);
        return r;
    }
    return sync_folder(server, path) < 0 ? MARK_UNSURE : 0;
}

/* ---- emptying ---- */

static const char *const old_files[] = {".completed", ".output", ".1", ".2"};

/* A header is no row, and neither is a last line without its end. */
static int holds_rows(BerthFile *file)
{
    Lines lines;
    Line line;
    int r;

    lines_init(&lines, file, LINE_MAX_BYTES);
    r = lines_next(&lines, &line);
    if (r == 1 && g_str_has_prefix(line.text, "address,"))
        r = lines_next(&lines, &line);
    lines_clear(&lines);
    return r;
}

static int has_rows(BerthServer *server, const char *path, const char *suffix)
{
    g_autofree char *name = beside(path, suffix);
    BerthFile *file = NULL;
    int r = berth_file_open(server, name, BERTH_OPEN_READ, &file);

    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = holds_rows(file);
    berth_file_close(file);
    return r;
}

static int is_used(BerthServer *server, const char *path)
{
    int r = has_rows(server, path, "");

    for (size_t i = 0; i < G_N_ELEMENTS(old_files) && r == 0; i++)
        r = has_rows(server, path, old_files[i]);
    return r;
}

static int remove_old(BerthServer *server, const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(old_files); i++) {
        g_autofree char *name = beside(path, old_files[i]);
        int r = berth_file_unlink(server, name);

        if (r < 0 && r != -ENOENT)
            return r;
    }
    return sync_folder(server, path);
}

static int check_room(BerthServer *server, const char *path, const Mark *mark, const char *data_set,
                      GError **error)
{
    bool is_same = mark->superseded_by && g_strcmp0(mark->data_set, data_set) == 0;
    int r = is_same || mark->unfinished ? 0 : is_used(server, path);

    if (r < 0)
        return berth_fail(error, r, "%s cannot be read: %s", path, g_strerror(-r));
    if (r == 0)
        return 0;
    if (mark->superseded_by)
        return berth_fail(error, -EEXIST,
                          "%s holds leases of another data set; name another file, or move it away",
                          path);
    return berth_fail(error, -EEXIST,
                      "%s holds leases, which would be lost; name another file, or move it away",
                      path);
}

int mark_make_room(BerthServer *server, const char *path, const Mark *mark, const Mark *next,
                   GError **error)
{
    int r = check_room(server, path, mark, next->data_set, error);

    if (r < 0)
        return r;
    r = mark_write(server, path, next);
    if (r == MARK_UNSURE)
        r = -EIO;
    if (r == 0)
        r = remove_old(server, path);
    return r < 0 ? berth_fail(error, r, "%s cannot be emptied: %s", path, g_strerror(-r)) : 0;
}
