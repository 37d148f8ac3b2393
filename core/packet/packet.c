/* packet - what steps and plugins ask of a packet as a whole. */
#include "core/packet/packet.h"

#include <errno.h>

/* Memory of one owner, found by its address. */
typedef struct BerthSlot {
    struct BerthSlot *next;
    const void *owner;
    void *memory;
    size_t size;
} BerthSlot;

BerthServer *berth_packet_server(const BerthPacket *pkt)
{
    return pkt->env->server;
}

const char *berth_packet_label(BerthPacket *pkt)
{
    if (pkt->label)
        return pkt->label;
    /* Before it is parsed nothing is known of the client, and the label is not kept. */
    if (!pkt->parsed)
        return pkt->env->family == 6 ? "duid=[no info], tid=[not parsed]"
                                     : "[no hwaddr info], cid=[no info], tid=[not parsed]";
    pkt->label = berth_arena_take(&pkt->arena, BERTH_LABEL_SIZE);
    if (!pkt->label)
        return "[no memory for the label]";
    if (pkt->env->family == 6)
        berth_label6(&pkt->v6.query, pkt->client.hwaddr, pkt->label, BERTH_LABEL_SIZE);
    else
        berth_label4(&pkt->v4.query, pkt->label, BERTH_LABEL_SIZE);
    return pkt->label;
}

const char *berth_packet_interface(const BerthPacket *pkt)
{
    return pkt->iface.name;
}

int berth_packet_interface_index(const BerthPacket *pkt)
{
    return pkt->iface.index;
}

int berth_packet_family(const BerthPacket *pkt)
{
    return pkt->env->family;
}

const BerthFamilyConf *berth_packet_conf(const BerthPacket *pkt)
{
    return berth_conf_family(pkt->conf, pkt->env->family);
}

uint32_t berth_packet_subnet_id(const BerthPacket *pkt)
{
    return pkt->subnet ? pkt->subnet->id : 0;
}

bool berth_packet_subnet(const BerthPacket *pkt, BerthAddr *ret_prefix, uint8_t *ret_len)
{
    if (!pkt->subnet)
        return false;
    *ret_prefix = pkt->subnet->prefix;
    *ret_len = pkt->subnet->prefix_len;
    return true;
}

void berth_packet_set_in_use(BerthPacket *pkt)
{
    if (pkt->env->family == 4)
        pkt->v4.in_use = true;
}

BerthVerdict berth_packet_over_limit(BerthPacket *pkt)
{
    return berth_packet_drop(pkt, BERTH_DROP_LIMIT_EXCEEDED);
}

const BerthLease *berth_packet_lease(const BerthPacket *pkt, size_t i, BerthLeaseAct *ret_act)
{
    if (i >= pkt->n_leases)
        return NULL;
    *ret_act = pkt->leases[i].act;
    return &pkt->leases[i].lease;
}

const BerthLease *berth_packet_lease_before(const BerthPacket *pkt, size_t i)
{
    return i < pkt->n_leases && pkt->leases[i].has_before ? &pkt->leases[i].before : NULL;
}

/* ---- memory ---- */

void *berth_packet_alloc(BerthPacket *pkt, size_t size)
{
    return berth_arena_alloc(&pkt->arena, size);
}

static BerthSlot *new_slot(BerthPacket *pkt, const void *owner, size_t size)
{
    BerthSlot *slot = berth_arena_alloc(&pkt->arena, sizeof(*slot));
    void *memory = slot ? berth_arena_alloc(&pkt->arena, MAX(size, 1)) : NULL;

    if (!memory)
        return NULL;
    *slot = (BerthSlot){pkt->slots, owner, memory, size};
    pkt->slots = slot;
    return slot;
}

void *berth_packet_slot(BerthPacket *pkt, const void *owner, size_t size)
{
    BerthSlot *slot = pkt->slots;

    while (slot && slot->owner != owner)
        slot = slot->next;
    if (!slot)
        slot = new_slot(pkt, owner, size);
    return slot && size <= slot->size ? slot->memory : NULL;
}

/* ---- its end ---- */

bool berth_packet_at_end(BerthPacket *pkt, void (*call)(void *data), void *data)
{
    BerthAtEnd *at_end = berth_arena_alloc(&pkt->arena, sizeof(*at_end));

    if (!at_end)
        return false;
    *at_end = (BerthAtEnd){pkt->at_end, call, data};
    pkt->at_end = at_end;
    return true;
}

/* ---- for steps ---- */

BerthPacketLease *berth_packet_add_lease(BerthPacket *pkt, BerthLeaseAct act)
{
    BerthPacketLease *lease;

    if (pkt->n_leases >= BERTH_PACKET_LEASES_MAX)
        return NULL;
    lease = &pkt->leases[pkt->n_leases++];
    lease->act = act;
    lease->has_before = lease->told = false;
    lease->ia = 0;
    lease->first = NULL;
    return lease;
}
