/* text - see text.h. The one place of this folder that touches files: configuration is read before
 * there is a world, by -t and the tools without any, and never on the packet path. */
#include "core/conf/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

BerthPlace berth_text_place(const BerthText *text)
{
    return (BerthPlace){text->name, text->line, (int)(text->at - text->line_start) + 1};
}

void berth_texts_error(BerthTexts *texts, BerthPlace at, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    texts->failed = true;
    if (at.column)
        berth_errors_add(texts->errors, NULL, NULL, "%s:%d:%d: %s", at.file, at.line, at.column,
                         what);
    else if (at.line)
        berth_errors_add(texts->errors, NULL, NULL, "%s:%d: %s", at.file, at.line, what);
    else
        berth_errors_add(texts->errors, NULL, NULL, "%s: %s", at.file, what);
}

/* Steps over the valid bytes up to `bad`, so that its place is known. */
static bool report_byte(BerthTexts *texts, BerthText *text, const char *bad)
{
    for (; text->at < bad; text->at++)
        if (*text->at == '\n') {
            text->line++;
            text->line_start = text->at + 1;
        }
    if (*bad == '\0')
        berth_texts_error(texts, berth_text_place(text),
                          "a NUL byte cannot be in a configuration or command");
    else
        berth_texts_error(texts, berth_text_place(text),
                          "byte 0x%02x is not UTF-8 here; save the text as UTF-8",
                          (unsigned)(uint8_t)*bad);
    return false;
}

/* Puts a text on the stack. Its bytes are checked as a whole, so the readers may trust them. */
static bool push(BerthTexts *texts, BerthText text, size_t len)
{
    const char *bad = NULL;

    if (len > BERTH_NODE_BYTES - texts->bytes) {
        berth_texts_error(texts, (BerthPlace){text.name, 0, 0},
                          "the text is longer than %u MB with its includes",
                          BERTH_NODE_BYTES >> 20);
        g_free(text.owned);
        return false;
    }
    texts->bytes += len;
    text.end = text.at + len;
    /* There is a text, for else there would have been a reason: NOLINTNEXTLINE(*NonNullParam*) */
    if (len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        text.at += 3;
    text.line_start = text.at;
    text.line = 1;
    texts->stack[texts->n++] = text;
    if (text.at < text.end && !g_utf8_validate_len(text.at, (size_t)(text.end - text.at), &bad))
        return report_byte(texts, berth_texts_top(texts), bad);
    return true;
}

bool berth_texts_open(BerthTexts *texts, BerthBytes bytes, const char *name)
{
    BerthText text = {.name = berth_arena_strdup(texts->arena, name),
                      .at = bytes.len ? (const char *)bytes.data : ""};

    return push(texts, text, bytes.len);
}

static const char *not_a_file(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return "is a directory, not a file";
    case S_IFIFO:
        return "is a FIFO, not a regular file";
    default:
        return "is not a regular file";
    }
}

/* Reads all of an open file, up to `room` bytes and one more that tells it is too long. */
static char *read_all(int fd, size_t room, size_t *ret_len)
{
    GString *all = g_string_new(NULL);
    char block[16384];
    ssize_t n;

    do {
        n = read(fd, block, sizeof(block));
        if (n > 0)
            g_string_append_len(all, block, n);
    } while ((n > 0 && all->len <= room) || (n < 0 && errno == EINTR));
    *ret_len = all->len;
    return g_string_free(all, n < 0);
}

static bool is_open(const BerthTexts *texts, const struct stat *st)
{
    for (unsigned i = 0; i < texts->n; i++)
        if (texts->stack[i].ino == st->st_ino && texts->stack[i].dev == st->st_dev)
            return true;
    return false;
}

/* The text of an open file; NULL with the reason why not. */
static char *file_text(const BerthTexts *texts, int fd, BerthText *text, size_t *ret_len,
                       const char **ret_why)
{
    struct stat st;
    char *all;

    if (fstat(fd, &st) < 0) {
        *ret_why = g_strerror(errno);
        return NULL;
    }
    if ((*ret_why = not_a_file(st.st_mode)))
        return NULL;
    if (is_open(texts, &st)) {
        *ret_why = "includes itself";
        return NULL;
    }
    text->dev = st.st_dev;
    text->ino = st.st_ino;
    all = read_all(fd, BERTH_NODE_BYTES - texts->bytes, ret_len);
    if (!all)
        *ret_why = g_strerror(errno);
    return all;
}

static bool push_file(BerthTexts *texts, const char *path, BerthPlace at)
{
    BerthText text = {.name = berth_arena_strdup(texts->arena, path)};
    /* O_NONBLOCK: opening a FIFO would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *why = NULL;
    size_t len = 0;

    if (fd < 0)
        why = g_strerror(errno);
    else
        text.owned = file_text(texts, fd, &text, &len, &why);
    if (fd >= 0)
        close(fd);
    if (!text.name)
        why = "its name is too long";
    if (why) {
        g_free(text.owned);
        if (at.line)
            berth_texts_error(texts, at, "cannot include \"%s\": %s", path, why);
        else
            berth_texts_error(texts, at, "cannot read the file: %s", why);
        return false;
    }
    text.at = text.owned;
    return push(texts, text, len);
}

bool berth_texts_open_file(BerthTexts *texts, const char *path)
{
    return push_file(texts, path, (BerthPlace){path, 0, 0});
}

bool berth_texts_include(BerthTexts *texts, const char *path, BerthPlace at)
{
    g_autofree char *dir = g_path_get_dirname(berth_texts_top(texts)->name);
    g_autofree char *full = NULL;

    if (*path == '\0') {
        berth_texts_error(texts, at, "an include names no file");
        return false;
    }
    if (texts->n > BERTH_INCLUDE_DEPTH) {
        berth_texts_error(texts, at, "cannot include \"%s\": more than %d files inside each other",
                          path, BERTH_INCLUDE_DEPTH);
        return false;
    }
    if (++texts->included > BERTH_INCLUDES_MAX) {
        berth_texts_error(texts, at, "cannot include \"%s\": more than %d includes", path,
                          BERTH_INCLUDES_MAX);
        return false;
    }
    full = g_path_is_absolute(path) || strcmp(dir, ".") == 0 ? g_strdup(path)
                                                             : g_build_filename(dir, path, NULL);
    return push_file(texts, full, at);
}

void berth_texts_pop(BerthTexts *texts)
{
    g_clear_pointer(&berth_texts_top(texts)->owned, g_free);
    texts->n--;
}

void berth_texts_clear(BerthTexts *texts)
{
    while (texts->n > 0)
        berth_texts_pop(texts);
}
