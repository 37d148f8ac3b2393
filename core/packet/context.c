/* context - Kea's member "ISC" of a lease's user-context, and in it what relays said
 * (store-extended-info). */
#include "core/base/json.h"
#include "core/packet/change.h"

/* NULL: it stands there already, or the context is one that nothing can be put into. */
static char *with_info(BerthBytes context, const char *key, const char *value)
{
    BerthBytes isc = {NULL, 0}, old;
    g_autofree char *inside = NULL;

    if (berth_json_find(context, "ISC", &isc) == 1 && berth_json_find(isc, key, &old) == 1 &&
        berth_bytes_equal(old, berth_bytes(value)))
        return NULL;
    inside = berth_json_put(isc, key, value);
    return inside ? berth_json_put(context, "ISC", inside) : NULL;
}

void berth_packet_put_info(BerthPacket *pkt, BerthLease *lease, const char *key, const char *value)
{
    g_autofree char *text = NULL;
    BerthBytes copy;

    if (strlen(value) > BERTH_LEASE_INFO_MAX)
        return;
    text = with_info(lease->context, key, value);
    if (!text || strlen(text) > UINT16_MAX)
        return;
    copy = berth_arena_copy(&pkt->arena, berth_bytes(text));
    if (copy.data)
        lease->context = copy;
}
