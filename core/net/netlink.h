/* netlink - asking the kernel by rtnetlink, and reading what it tells.
 *
 * The kernel answers on the spot, but it may have to wait for other changes of the network: what
 * must not wait asks in a job. */
#pragma once

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BERTH_NETLINK_MAX 65536 /* the kernel's dumps come in parts of at most 32 KiB */

typedef struct BerthNetlink {
    int fd;
    uint32_t seq;
    _Alignas(struct nlmsghdr) uint8_t buffer[BERTH_NETLINK_MAX];
} BerthNetlink;

/* A socket that asks, and waits 2 s at most. 0 or -errno; then fd is -1. */
int berth_netlink_open(BerthNetlink *nl);
void berth_netlink_close(BerthNetlink *nl);

/* Sends the request, which is complete but for its number, and hands over each message of the
 * answer. 0 at its end; the kernel's -errno; -EAGAIN for a dump that was disturbed by a change: ask
 * again. */
typedef void (*BerthNetlinkEach)(void *data, const struct nlmsghdr *msg);
int berth_netlink_ask(BerthNetlink *nl, struct nlmsghdr *request, BerthNetlinkEach each,
                      void *data);

/* For a socket that only hears. Bytes in the buffer, 0 for a message that is not the kernel's, or
 * -errno. */
ssize_t berth_netlink_receive(BerthNetlink *nl, int fd);
/* The next message of what was received; NULL at its end. */
const struct nlmsghdr *berth_netlink_next(const BerthNetlink *nl, size_t *at, size_t len);

/* Puts an attribute behind the request, whose room is the caller's to know. */
void berth_netlink_put(struct nlmsghdr *request, uint16_t type, const void *data, size_t len);
