/* sockaddr - where a byte stream listens or connects to, as text: "unix:/path", "tcp:ADDRESS:PORT".
 *
 * No names are looked up: that would wait. */
#pragma once

#include <netinet/in.h>
#include <sys/un.h>

typedef struct BerthSockaddr {
    socklen_t len;
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
} BerthSockaddr;

/* 0, -EINVAL, or -ENAMETOOLONG for a path beyond what the system's sockets can name. */
int berth_sockaddr_parse(const char *text, BerthSockaddr *ret);
