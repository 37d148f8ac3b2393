/* relay6 - see relay6.h. */
#include "tools/perf/v6/relay6.h"

#define MAC 6

/* RFC 4291 appendix A. */
static BerthAddr link_local(BerthBytes id)
{
    BerthAddr addr = {{0xfe, 0x80, [11] = 0xff, [12] = 0xfe}};
    uint8_t mac[MAC] = {0};
    size_t len = id.len < MAC ? id.len : MAC;

    memcpy(mac + MAC - len, id.data + id.len - len, len);
    memcpy(addr.b + 8, mac, 3);
    memcpy(addr.b + 13, mac + 3, 3);
    addr.b[8] ^= 2;
    return addr;
}

/* RFC 9915 sections 19.1.1 and 19.1.2: the relay on the client's link says which link that is; the
 * next one has the message from a relay with a global address, so it says nothing. */
void perf_relay6_put(const PerfRelay6 *relay, unsigned level, uint8_t ret[PERF_RELAY6_WHO])
{
    unsigned hops = relay->n_levels - 1 - level;
    BerthAddr link = hops ? BERTH_ADDR6_ANY : relay->relay;
    BerthAddr peer = hops ? relay->relay : link_local(relay->id);

    ret[0] = (uint8_t)hops;
    memcpy(ret + 1, link.b, sizeof(link.b));
    memcpy(ret + 17, peer.b, sizeof(peer.b));
}
