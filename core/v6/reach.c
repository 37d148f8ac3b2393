/* reach - see reach.h; and what of it is a packet's. */
#include "core/v6/reach.h"

#include "core/v6/reconfigure.h"
#include "core/v6/steps6.h"

#define MEMBER "berth-reconfigure"

/* ---- in a user-context ---- */

static bool read_key(BerthBytes object, uint8_t ret[BERTH_RKAP_KEY])
{
    char text[2 * BERTH_RKAP_KEY + 1];

    return berth_json_find_string(object, "key", text, sizeof(text)) &&
           berth_hex_parse(text, ret, BERTH_RKAP_KEY) == BERTH_RKAP_KEY;
}

/* There need not be any. */
static bool read_relays(BerthBytes object, BerthArena *arena, BerthBytes *ret)
{
    char text[2 * V6_RELAYS_MAX + 1];
    uint8_t bytes[V6_RELAYS_MAX];
    BerthBytes value;
    int n;

    if (berth_json_find(object, "relays", &value) == 0)
        return true;
    if (!berth_json_find_string(object, "relays", text, sizeof(text)))
        return false;
    n = berth_hex_parse(text, bytes, sizeof(bytes));
    *ret = berth_arena_copy(arena, (BerthBytes){bytes, (size_t)MAX(n, 0)});
    return n > 0 && ret->data;
}

static uint16_t read_port(BerthBytes object)
{
    BerthBytes value;
    char text[8] = "";

    if (berth_json_find(object, "port", &value) == 1 && value.len < sizeof(text))
        memcpy(text, value.data, value.len);
    return (uint16_t)g_ascii_strtoull(text, NULL, 10);
}

bool v6_reach_read(BerthBytes context, BerthArena *arena, V6Reach *ret)
{
    char peer[BERTH_ADDR_TEXT];
    V6Reach reach = {0};
    BerthBytes object;

    if (berth_json_find(context, MEMBER, &object) != 1 || !read_key(object, reach.key) ||
        !berth_json_find_string(object, "interface", reach.interface, sizeof(reach.interface)) ||
        !berth_json_find_string(object, "peer", peer, sizeof(peer)) ||
        berth_addr_parse(peer, &reach.peer) < 0 || !read_relays(object, arena, &reach.relays))
        return false;
    reach.port = read_port(object);
    *ret = reach;
    return reach.port != 0;
}

static bool knows_key(BerthBytes context, uint8_t ret[BERTH_RKAP_KEY])
{
    BerthBytes object;

    return context.len > 0 && berth_json_find(context, MEMBER, &object) == 1 &&
           read_key(object, ret);
}

static char *reach_text(const V6Reach *reach)
{
    char key[2 * BERTH_RKAP_KEY + 1], peer[BERTH_ADDR_TEXT], relays[2 * V6_RELAYS_MAX + 1];
    BerthBytes key_bytes = {reach->key, BERTH_RKAP_KEY};
    bool is_relayed = reach->relays.len > 0;

    return g_strdup_printf(
        "{ \"key\": \"%s\", \"interface\": \"%s\", \"peer\": \"%s\", \"port\": %u%s%s%s }",
        berth_hex_text(key_bytes, 0, key, sizeof(key)), reach->interface,
        berth_addr_text(reach->peer, peer), reach->port, is_relayed ? ", \"relays\": \"" : "",
        is_relayed ? berth_hex_text(reach->relays, 0, relays, sizeof(relays)) : "",
        is_relayed ? "\"" : "");
}

bool v6_reach_write(BerthBytes context, const V6Reach *reach, BerthArena *arena, BerthBytes *ret)
{
    g_autofree char *value = reach ? reach_text(reach) : NULL, *text = NULL;
    BerthBytes bytes = context, old;

    if (!value || berth_json_find(context, MEMBER, &old) != 1 ||
        !berth_bytes_equal(old, berth_bytes(value))) {
        text = berth_json_put(context, MEMBER, value);
        if (!text)
            return false;
        /* An object with nothing in it says no more than none. */
        bytes = (BerthBytes){0};
        if (strspn(text, "{} ") < strlen(text))
            bytes = berth_arena_copy(arena, berth_bytes(text));
    }
    if (bytes.len > 0 && !bytes.data)
        return false;
    *ret = bytes;
    return true;
}

/* ---- of a packet ---- */

/* The key that the client has been told, as its leases know it. */
static bool find_key(const BerthPacket *pkt, uint8_t ret[BERTH_RKAP_KEY])
{
    for (const BerthSubnet *at = pkt->subnet; at;
         at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set)) {
        uint32_t iter = 0;
        BerthLease lease;

        while (berth_leases_of_duid(pkt->env->leases, at->id, pkt->client.client_id, &iter, &lease))
            if (knows_key(lease.context, ret))
                return true;
    }
    return false;
}

static bool is_stateless(const BerthPacket *pkt)
{
    return pkt->v6.query.type == BERTH_INFORMATION_REQUEST;
}

/* RFC 9915 section 20.4.2: a key is selected in these exchanges. A client that begins anew has
 * forgotten it and is told the same again, so that it does not matter which of two REPLYs to a
 * REQUEST that was sent twice gets there. */
static bool begins(const BerthPacket *pkt)
{
    return pkt->v6.query.type == BERTH_SOLICIT || pkt->v6.query.type == BERTH_REQUEST ||
           is_stateless(pkt);
}

/* The RELAY-REPLs that lead to the client. */
static bool find_relays(BerthPacket *pkt, BerthBytes *ret)
{
    uint8_t *buffer = berth_arena_take(&pkt->arena, V6_RELAYS_MAX);
    BerthWriter w = berth_writer(buffer, buffer ? V6_RELAYS_MAX : 0);
    BERTH_UNCLEARED BerthMsg6 empty;
    BerthMsg6Left left;

    *ret = (BerthBytes){0};
    if (pkt->v6.query.n_relays == 0)
        return true;
    berth_msg6_clear(&empty);
    empty.type = BERTH_RECONFIGURE;
    if (berth_msg6_write(&empty, NULL, 0, &pkt->v6.query, &w, &left) < 0)
        return false;
    *ret = berth_writer_bytes(&w);
    return left.options == 0;
}

static bool find_way(BerthPacket *pkt, V6Reach *ret)
{
    v6_address_reply(pkt);
    g_strlcpy(ret->interface, pkt->iface.name, sizeof(ret->interface));
    ret->peer = pkt->out.dst;
    ret->port = pkt->out.dst_port;
    return !strpbrk(ret->interface, "\"\\") && find_relays(pkt, &ret->relays);
}

void v6_keep_reach(BerthPacket *pkt, BerthLease *lease)
{
    BerthBytes old;

    /* Whoever does not say it does not accept any more. */
    if (pkt->v6.reach || berth_json_find(lease->context, MEMBER, &old) == 1)
        v6_reach_write(lease->context, pkt->v6.reach, &pkt->arena, &lease->context);
}

/* That of the client, or a new one. False: it gets none now, since what it does goes on from where
 * it was told one or none, or since its leases have one and this message is about none of them. */
static bool choose_key(const BerthPacket *pkt, uint8_t ret[BERTH_RKAP_KEY])
{
    BerthWorld *world = pkt->env->world;
    V6Stateless *stateless = v6_reconfigure_stateless(pkt->env->reconfigure);
    V6Reach known;

    if (find_key(pkt, ret))
        return !is_stateless(pkt);
    if (!begins(pkt))
        return false;
    if (v6_stateless_find(stateless, pkt->client.client_id, &known))
        memcpy(ret, known.key, BERTH_RKAP_KEY);
    else
        world->ops->random(world, ret, BERTH_RKAP_KEY);
    return true;
}

BerthVerdict v6_find_reach(BerthPacket *pkt)
{
    V6Reach reach = {0}, *found;

    if (!pkt->conf->v6.reconfigure_accept || !pkt->env->reconfigure ||
        pkt->client.client_id.len == 0)
        return BERTH_CONTINUE;
    if (!berth_options6_find(pkt->v6.query.options, BERTH_D6O_RECONF_ACCEPT)) {
        v6_stateless_remove(v6_reconfigure_stateless(pkt->env->reconfigure), pkt->client.client_id);
        return BERTH_CONTINUE;
    }
    if (!choose_key(pkt, reach.key))
        return BERTH_CONTINUE;
    found = find_way(pkt, &reach) ? berth_arena_alloc(&pkt->arena, sizeof(*found)) : NULL;
    if (found) {
        *found = reach;
        pkt->v6.reach = found;
    }
    return BERTH_CONTINUE;
}

/* Whether a lease of the reply has been stored with the key. */
static bool is_kept(const BerthPacket *pkt)
{
    uint8_t key[BERTH_RKAP_KEY];

    for (unsigned i = 0; i < pkt->n_leases; i++) {
        const BerthPacketLease *pl = &pkt->leases[i];

        if (pl->told && pl->lease.valid_sec > 0 && knows_key(pl->lease.context, key) &&
            memcmp(key, pkt->v6.reach->key, BERTH_RKAP_KEY) == 0)
            return true;
    }
    return false;
}

/* Kept with its leases, or without any. False: it is not. */
static bool keep(BerthPacket *pkt)
{
    V6Stateless *stateless = v6_reconfigure_stateless(pkt->env->reconfigure);
    BerthBytes duid = pkt->client.client_id;

    if (is_stateless(pkt))
        v6_stateless_put(stateless, duid, pkt->subnet ? pkt->subnet->id : 0, pkt->v6.reach);
    else if (is_kept(pkt))
        v6_stateless_remove(stateless, duid);
    else
        return false;
    return true;
}

int v6_add_reconfigure(BerthPacket *pkt)
{
    uint8_t auth[BERTH_RKAP_AUTH];
    int r;

    if (!pkt->v6.reach || !keep(pkt))
        return 0;
    r = berth_packet6_add_option(pkt, BERTH_D6O_RECONF_ACCEPT, (BerthBytes){0}, true);
    if (r < 0 || !begins(pkt))
        return r;
    berth_rkap_write(auth, v6_reconfigure_replay(pkt->env->reconfigure), BERTH_RKAP_TELLS_KEY,
                     pkt->v6.reach->key);
    return berth_packet6_add_option(pkt, BERTH_D6O_AUTH, (BerthBytes){auth, sizeof(auth)}, false);
}
