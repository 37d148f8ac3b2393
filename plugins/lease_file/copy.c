/* copy - see copy.h. */
#include "copy.h"

#include <errno.h>

#define PIECE (1 << 18)

int copy_bytes(BerthFile *from, int64_t size, BerthFile *to)
{
    g_autofree uint8_t *piece = g_malloc(PIECE);

    for (int64_t at = 0; at < size;) {
        int64_t n = berth_file_read(from, at, piece, (size_t)MIN(size - at, PIECE));
        int r;

        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        r = berth_file_append(to, (BerthBytes){piece, (size_t)n});
        if (r < 0)
            return r;
        at += n;
    }
    return 0;
}

static int copy_all(BerthFile *from, BerthFile *to)
{
    int64_t size = berth_file_size(from);
    int r = size < 0 ? (int)size : copy_bytes(from, size, to);

    return r < 0 ? r : berth_file_sync(to);
}

int copy_aside(BerthServer *server, const char *from, const char *to)
{
    BerthFile *source = NULL, *target = NULL;
    int r = berth_file_open(server, from, BERTH_OPEN_READ, &source);

    if (r == 0)
        r = berth_file_open(server, to, BERTH_OPEN_NEW, &target);
    if (r == 0)
        r = copy_all(source, target);
    berth_file_close(target);
    berth_file_close(source);
    return r;
}
