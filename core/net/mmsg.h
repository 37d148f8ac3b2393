/* mmsg - sendmmsg(2) to its end, and what our sockets have in common. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>

/* Sends what can be sent, leaving out messages that fail; how many were sent. */
size_t berth_mmsg_send(int fd, struct mmsghdr *msgs, size_t n);

/* Asks for a kernel buffer of this size, beyond the system's limit where that is allowed; `which`
 * is SO_RCVBUF or SO_SNDBUF. Less is no error. */
void berth_socket_buffer(int fd, int which, int size);
#define BERTH_SOCKET_BUFFER (4 << 20)
