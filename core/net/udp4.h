/* udp4 - IPv4 datagrams through the kernel's UDP, a batch at a time.
 *
 * The kernel does what must not be done twice: it checks lengths and checksums, puts fragments
 * together and takes VLAN tags off, so what comes from here is whole. Nothing here waits. */
#pragma once

#include "core/base/world.h"

/* Where datagrams are received: room for BERTH_BATCH of the largest there can be, so none is ever
 * cut. One serves all sockets of a thread; only the pages that are used take memory. */
typedef struct BerthInbox BerthInbox;
BerthInbox *berth_inbox_new(void);
void berth_inbox_free(BerthInbox *inbox);

/* A socket that receives what arrives on the interface for the port, broadcasts too, and sends
 * there. 0 or -errno. */
int berth_udp4_open(const BerthLinkConf *conf, int *ret_fd);
/* A socket that only sends, from the same port, where the routing table says. */
int berth_udp4_open_routed(uint16_t port, int *ret_fd);

/* Takes at most BERTH_BATCH datagrams. How many the kernel gave (0: none is left), or -errno; those
 * fit to be read are in ret[0..*ret_n), their bytes in the inbox until its next use. */
int berth_udp4_receive(int fd, BerthInbox *inbox, uint16_t port, BerthDatagram *ret, size_t *ret_n);

/* Sends n <= BERTH_BATCH datagrams; how many the kernel took. A hardware address is not looked at.
 */
size_t berth_udp4_send(int fd, const BerthDatagram *const *out, size_t n);
