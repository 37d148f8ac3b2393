/* mmsg - see mmsg.h. */
#include "core/net/mmsg.h"

#include <errno.h>

size_t berth_mmsg_send(int fd, struct mmsghdr *msgs, size_t n)
{
    size_t at = 0, sent = 0;

    while (at < n) {
        int r = sendmmsg(fd, msgs + at, (unsigned)(n - at), 0);

        if (r > 0) {
            at += (size_t)r;
            sent += (size_t)r;
        } else if (r < 0 && errno == EINTR) {
            continue;
        } else if (r < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            break; /* full: the rest would not fit either, and clients ask again */
        } else {
            at++; /* this one is refused; the next may have another destination */
        }
    }
    return sent;
}

void berth_socket_buffer(int fd, int which, int size)
{
    int force = which == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
        (void)!setsockopt(fd, SOL_SOCKET, which, &size, sizeof(size));
}
