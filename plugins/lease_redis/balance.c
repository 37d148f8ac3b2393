/* balance - RFC 3074: which server answers a client that begins anew. See store.h.
 *
 * Only what begins is shared out, DISCOVER and SOLICIT: who has a lease may turn to any server. The
 * parts are as large as each other, in the order of those that are alive, so that there is always
 * somebody for everybody. */
#include "store.h"

/* RFC 3074 section 4: client identifier, else hardware address; section 6: its hash. */
static uint8_t hash(BerthBytes id)
{
    static const uint8_t mix[256] = {
        251, 175, 119, 215, 81,  14,  79,  191, 103, 49,  181, 143, 186, 157, 0,   232, 31,  32,
        55,  60,  152, 58,  17,  237, 174, 70,  160, 144, 220, 90,  57,  223, 59,  3,   18,  140,
        111, 166, 203, 196, 134, 243, 124, 95,  222, 179, 197, 65,  180, 48,  36,  15,  107, 46,
        233, 130, 165, 30,  123, 161, 209, 23,  97,  16,  40,  91,  219, 61,  100, 10,  210, 109,
        250, 127, 22,  138, 29,  108, 244, 67,  207, 9,   178, 204, 74,  98,  126, 249, 167, 116,
        34,  77,  193, 200, 121, 5,   20,  113, 71,  35,  128, 13,  182, 94,  25,  226, 227, 199,
        75,  27,  41,  245, 230, 224, 43,  225, 177, 26,  155, 150, 212, 142, 218, 115, 241, 73,
        88,  105, 39,  114, 62,  255, 192, 201, 145, 214, 168, 158, 221, 148, 154, 122, 12,  84,
        82,  163, 44,  139, 228, 236, 205, 242, 217, 11,  187, 146, 159, 64,  86,  239, 195, 42,
        106, 198, 118, 112, 184, 172, 87,  2,   173, 117, 176, 229, 247, 253, 137, 185, 99,  164,
        102, 147, 45,  66,  231, 52,  141, 211, 194, 206, 246, 238, 56,  110, 78,  248, 63,  240,
        189, 93,  92,  51,  53,  183, 19,  171, 72,  50,  33,  104, 101, 69,  8,   252, 83,  120,
        76,  135, 85,  54,  202, 125, 188, 213, 96,  235, 136, 208, 162, 129, 190, 132, 156, 38,
        47,  1,   7,   254, 24,  4,   216, 131, 89,  21,  28,  133, 37,  153, 149, 80,  170, 68,
        6,   169, 234, 151,
    };
    uint8_t sum = (uint8_t)id.len;

    for (size_t i = id.len; i > 0; i--)
        sum = mix[sum ^ id.data[i - 1]];
    return sum;
}

bool balance_is_mine(BerthBytes id, unsigned stripe, unsigned stripes)
{
    return stripes <= 1 || id.len == 0 || hash(id) * stripes / 256 == stripe;
}

/* The store that serves the family, if it shares clients out. */
static const Store *sharing(const Run *run, int family)
{
    for (GList *l = run->stores.head; l; l = l->next) {
        const Store *store = l->data;

        if (store->family == family && store->conf.load_balance && store_is_serving(store))
            return store;
    }
    return NULL;
}

static BerthVerdict judge(const Store *store, BerthBytes id, int64_t waited_sec)
{
    return waited_sec > store->conf.balance_delay_sec ||
                   balance_is_mine(id, store->members.stripe, store->members.stripes)
               ? BERTH_CONTINUE
               : BERTH_DROP;
}

BerthVerdict balance_on_receive4(BerthPacket *pkt, const void *conf, void *run)
{
    const Store *store = sharing(run, 4);
    BerthHwaddr hwaddr;
    BerthBytes id;

    (void)conf;
    if (!store || berth_query4_type(pkt) != BERTH_DHCPDISCOVER)
        return BERTH_CONTINUE;
    hwaddr = berth_query4_hwaddr(pkt);
    if (!berth_query4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id) || id.len == 0)
        id = (BerthBytes){hwaddr.bytes, hwaddr.len};
    return judge(store, id, berth_query4_secs(pkt));
}

BerthVerdict balance_on_receive6(BerthPacket *pkt, const void *conf, void *run)
{
    const Store *store = sharing(run, 6);
    BerthBytes elapsed, id;
    int64_t waited_sec = 0;

    (void)conf;
    if (!store || berth_query6_type(pkt) != BERTH_SOLICIT ||
        !berth_query6_get(pkt, BERTH_D6O_CLIENTID, 0, &id))
        return BERTH_CONTINUE;
    /* RFC 9915 section 21.9: hundredths of a second. */
    if (berth_query6_get(pkt, BERTH_D6O_ELAPSED_TIME, 0, &elapsed) && elapsed.len == 2)
        waited_sec = (elapsed.data[0] << 8 | elapsed.data[1]) / 100;
    return judge(store, id, waited_sec);
}
