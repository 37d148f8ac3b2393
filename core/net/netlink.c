/* netlink - see netlink.h. */
#include "core/net/netlink.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The time limit is for the case that the kernel does not answer after all. */
int berth_netlink_open(BerthNetlink *nl)
{
    struct timeval limit = {.tv_sec = 2};
    int r;

    nl->seq = 0;
    nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (nl->fd < 0)
        return -errno;
    if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0) {
        r = -errno;
        berth_netlink_close(nl);
        return r;
    }
    return 0;
}

void berth_netlink_close(BerthNetlink *nl)
{
    if (nl->fd >= 0)
        close(nl->fd);
    nl->fd = -1;
}

ssize_t berth_netlink_receive(BerthNetlink *nl, int fd)
{
    struct sockaddr_nl from = {0};
    socklen_t len = sizeof(from);
    ssize_t got = recvfrom(fd, nl->buffer, sizeof(nl->buffer), 0, (void *)&from, &len);

    if (got < 0)
        return errno == EINTR ? 0 : -errno;
    return from.nl_pid == 0 ? got : 0;
}

const struct nlmsghdr *berth_netlink_next(const BerthNetlink *nl, size_t *at, size_t len)
{
    const struct nlmsghdr *msg = (const struct nlmsghdr *)(nl->buffer + *at);
    size_t left = len - *at;

    if (left < sizeof(*msg) || msg->nlmsg_len < sizeof(*msg) || msg->nlmsg_len > left)
        return NULL;
    *at += MIN((size_t)NLMSG_ALIGN(msg->nlmsg_len), left);
    return msg;
}

/* 1: it was done; or the kernel's -errno. */
static int error_of(const struct nlmsghdr *msg)
{
    const struct nlmsgerr *error = NLMSG_DATA(msg);

    if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || error->error > 0)
        return -EPROTO;
    return error->error == 0 ? 1 : error->error;
}

/* One part of the answer: 1 when it was the last, 0, or -errno. */
static int read_part(BerthNetlink *nl, size_t len, BerthNetlinkEach each, void *data)
{
    const struct nlmsghdr *msg;
    size_t at = 0;

    while ((msg = berth_netlink_next(nl, &at, len))) {
        if (msg->nlmsg_seq != nl->seq)
            continue; /* of an answer that was given up */
        if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
            return -EAGAIN;
        if (msg->nlmsg_type == NLMSG_ERROR)
            return error_of(msg);
        if (msg->nlmsg_type == NLMSG_DONE)
            return 1;
        each(data, msg);
    }
    return 0;
}

int berth_netlink_ask(BerthNetlink *nl, struct nlmsghdr *request, BerthNetlinkEach each, void *data)
{
    int r = 0;

    request->nlmsg_seq = ++nl->seq;
    if (send(nl->fd, request, request->nlmsg_len, 0) < 0)
        r = -errno;
    while (r == 0) {
        ssize_t len = berth_netlink_receive(nl, nl->fd);

        r = len < 0 ? (int)len : read_part(nl, (size_t)len, each, data);
    }
    return r < 0 ? r : 0;
}

void berth_netlink_put(struct nlmsghdr *request, uint16_t type, const void *data, size_t len)
{
    struct rtattr *rta = (struct rtattr *)((uint8_t *)request + NLMSG_ALIGN(request->nlmsg_len));

    rta->rta_type = type;
    rta->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(rta), data, len);
    request->nlmsg_len = (uint32_t)(NLMSG_ALIGN(request->nlmsg_len) + RTA_ALIGN(rta->rta_len));
}
