/* copy - see copy.h. */
#include "copy.h"

#include <errno.h>

#define PIECE (1 << 18)

static int copy_pieces(BerthFile *from, int64_t size, BerthFile *to, uint8_t *piece)
{
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

int copy_file(BerthServer *server, const char *from, int64_t size, BerthFile *to)
{
    g_autofree uint8_t *piece = g_malloc(PIECE);
    BerthFile *file = NULL;
    int r = berth_file_open(server, from, BERTH_OPEN_READ, &file);

    if (r < 0)
        return r;
    if (size < 0)
        size = berth_file_size(file);
    r = size < 0 ? (int)size : copy_pieces(file, size, to, piece);
    berth_file_close(file);
    return r;
}
