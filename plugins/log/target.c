/* target - see target.h. */
#include "target.h"

#include <stdio.h>

/* Not by the log: it would come back here. */
static void complain(Target *target, int error)
{
    if (!target->said_failed)
        fprintf(stderr, "log: can't write %s: %s; its lines are lost until it can\n", target->path,
                g_strerror(-error));
    target->said_failed = true;
}

static void open_file(Target *target)
{
    int r = berth_file_open(target->server, target->path, BERTH_OPEN_APPEND, &target->file);

    if (r < 0) {
        target->file = NULL;
        complain(target, r);
        return;
    }
    target->size = MAX(berth_file_size(target->file), 0);
}

static void close_file(Target *target)
{
    berth_file_close(g_steal_pointer(&target->file));
}

Target *target_new(BerthServer *server, TargetKind kind, char *path, int64_t maxsize,
                   int64_t maxver)
{
    Target *target = g_new0(Target, 1);

    *target = (Target){.server = server,
                       .kind = kind,
                       .path = path,
                       .maxsize = maxsize,
                       .maxver = maxver,
                       .held = g_string_new(NULL)};
    if (kind == TARGET_FILE)
        open_file(target);
    return target;
}

void target_free(void *data)
{
    Target *target = data;

    close_file(target);
    g_string_free(target->held, TRUE);
    g_free(target->path);
    g_free(target);
}

/* NAME.1 is the youngest; the one beyond maxver is overwritten. */
static void rotate(Target *target)
{
    close_file(target);
    for (int64_t i = target->maxver; i >= 1; i--) {
        g_autofree char *from =
            i == 1 ? g_strdup(target->path) : g_strdup_printf("%s.%d", target->path, (int)i - 1);
        g_autofree char *to = g_strdup_printf("%s.%d", target->path, (int)i);

        berth_file_rename(target->server, from, to);
    }
    open_file(target);
}

static bool is_full(const Target *target)
{
    return target->maxsize > 0 && target->size > 0 &&
           target->size + (int64_t)target->held->len > target->maxsize;
}

static void write_file(Target *target)
{
    int r;

    if (!target->file)
        open_file(target);
    if (target->file && is_full(target))
        rotate(target);
    if (!target->file)
        return;
    /* The next line must not be lost in the beginning of one that broke off. */
    if (target->torn)
        g_string_prepend_c(target->held, '\n');
    r = berth_file_append(target->file,
                          (BerthBytes){(const uint8_t *)target->held->str, target->held->len});
    target->torn = r < 0 && berth_file_size(target->file) != target->size;
    if (r < 0) {
        complain(target, r);
        close_file(target);
        return;
    }
    target->size += (int64_t)target->held->len;
    target->said_failed = false;
}

void target_write(Target *target)
{
    FILE *standard = target->kind == TARGET_STDERR ? stderr : stdout;

    if (target->held->len == 0)
        return;
    if (target->kind == TARGET_FILE) {
        write_file(target);
    } else {
        fwrite(target->held->str, 1, target->held->len, standard);
        fflush(standard);
    }
    g_string_truncate(target->held, 0);
}
