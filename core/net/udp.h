/* udp - datagrams through the kernel's UDP, a batch at a time, of both families.
 *
 * The kernel does what must not be done twice: it checks lengths and checksums, puts fragments
 * together and takes VLAN tags off, so what comes from here is whole. Nothing here waits.
 *
 * What belongs together passes the kernel as one, which costs as much as a single datagram: what
 * arrived from one sender in a row (UDP_GRO of udp(7)), as from a relay, and what goes to one
 * receiver in a row (UDP_SEGMENT). Neither is needed: without them there are more, shorter
 * messages. */
#pragma once

#include "core/base/world.h"
#include <sys/socket.h>

/* Where datagrams are received: room for BERTH_BATCH messages of the largest there can be, so none
 * is ever cut. One serves all sockets of a thread; only the pages that are used take memory. */
typedef struct BerthInbox BerthInbox;
BerthInbox *berth_inbox_new(void);
void berth_inbox_free(BerthInbox *inbox);

/* Makes the kernel tell each datagram's destination, and hand over in one what came in a row. 0 or
 * -errno. */
int berth_udp_prepare(int fd, int family);

/* Takes what has arrived, but about `max` datagrams; those of the inbox that were not read are
 * gone. 1: there may be more; 0: that was all; or -errno. */
int berth_udp_fetch(int fd, BerthInbox *inbox, unsigned max);
/* The next ones of what was fetched, at most BERTH_BATCH; 0: no more. Their bytes are in the inbox
 * until the next fetch. */
size_t berth_inbox_next(BerthInbox *inbox, uint16_t port, BerthDatagram *ret);

/* Sends n <= BERTH_BATCH datagrams of one family; how many the kernel took. A hardware address is
 * not looked at. */
size_t berth_udp_send(int fd, const BerthDatagram *const *out, size_t n);

/* ---- for sockets of any kind ---- */

/* Sends what can be sent, leaving out messages that fail; how many were sent. */
size_t berth_mmsg_send(int fd, struct mmsghdr *msgs, size_t n);

/* Asks for a kernel buffer of this size, beyond the system's limit where that is allowed; `which`
 * is SO_RCVBUF or SO_SNDBUF. Less is no error. */
void berth_socket_buffer(int fd, int which, int size);
#define BERTH_SOCKET_BUFFER (4 << 20)
