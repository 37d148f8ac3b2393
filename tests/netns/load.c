/* load - many clients behind one relay, 64 of them talking at any time, for test_kill.sh:
 *
 *   load fill RECORD RELAY SERVER FIRST    clients FIRST, FIRST + 1, … get leases, some renew, some
 *                                          release, until the server is silent; what was
 *                                          acknowledged is appended to RECORD
 *   load check RECORD RELAY SERVER FIRST   every lease of RECORD that should still hold, from
 * client FIRST on, is renewed: to the same address, or it was lost
 *
 * A line of RECORD is "ack CLIENT MAC ADDRESS EXPIRY" or "gone CLIENT MAC ADDRESS 0"; the last line
 * of a client counts. "gone" is written before the RELEASE leaves: whether it arrives is open. */
#include "core/base/addr.h"
#include "tests/netns/peer.h"
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WINDOW 64
#define RESEND_USEC (200 * INT64_C(1000))
#define QUIET_USEC (400 * INT64_C(1000))
#define PATIENT_USEC (3000 * INT64_C(1000))

typedef struct Slot {
    PeerAsk ask;
    uint32_t client;
    gint64 sent_usec; /* 0: the slot is free */
} Slot;

typedef struct Lease {
    BerthAddr addr;
    uint32_t client;
    gint64 expiry;
    bool is_held;
} Lease;

typedef struct Load Load;
struct Load {
    Peer peer;
    Slot slots[WINDOW];
    gint64 quiet_usec; /* silence of the server that ends it */
    uint32_t next;
    FILE *record;
    GPtrArray *leases; /* check: of Lease */
    unsigned acknowledged, released, refused, confirmed, lost;
    /* Puts the next client into the slot; false: there is none. */
    bool (*begin)(Load *load, Slot *slot);
    /* What the client does next is in the slot's ask; false: it is done. */
    bool (*answered)(Load *load, Slot *slot, const PeerAnswer *answer);
};

/* ---- 64 clients at a time ---- */

static void slot_send(Load *load, Slot *slot)
{
    slot->sent_usec = g_get_monotonic_time();
    peer_send(&load->peer, &slot->ask);
}

/* The slot's number is in the xid, and the rest of it tells late answers from due ones. */
static void slot_renew_xid(Load *load, Slot *slot)
{
    slot->ask.xid = (g_random_int() & ~(uint32_t)(WINDOW - 1)) | (uint32_t)(slot - load->slots);
}

static bool slot_begin(Load *load, Slot *slot)
{
    if (!load->begin(load, slot))
        return false;
    slot_renew_xid(load, slot);
    slot_send(load, slot);
    return true;
}

static void take(Load *load, const PeerAnswer *answer)
{
    Slot *slot = &load->slots[answer->xid % WINDOW];

    if (slot->sent_usec == 0 || answer->xid != slot->ask.xid)
        return;
    if (load->answered(load, slot, answer)) {
        slot_renew_xid(load, slot);
        slot_send(load, slot);
    } else {
        slot->sent_usec = 0;
        slot_begin(load, slot);
    }
}

static bool resend(Load *load)
{
    gint64 now = g_get_monotonic_time();
    bool is_any = false;

    for (unsigned i = 0; i < WINDOW; i++) {
        Slot *slot = &load->slots[i];

        is_any = is_any || slot->sent_usec > 0;
        if (slot->sent_usec > 0 && now - slot->sent_usec > RESEND_USEC)
            slot_send(load, slot);
    }
    return is_any;
}

/* Until no client is left or the server has been silent for long. */
static void run(Load *load)
{
    gint64 heard = g_get_monotonic_time();
    PeerAnswer answer;

    for (unsigned i = 0; i < WINDOW; i++)
        if (!slot_begin(load, &load->slots[i]))
            break;
    while (resend(load) && g_get_monotonic_time() - heard < load->quiet_usec)
        for (int wait_ms = 20; peer_receive(&load->peer, wait_ms, &answer); wait_ms = 0) {
            heard = g_get_monotonic_time();
            take(load, &answer);
        }
}

/* ---- fill ---- */

static void note(Load *load, const char *what, const Slot *slot, BerthAddr addr, gint64 expiry)
{
    char text[BERTH_ADDR_TEXT], mac[18];

    berth_hex_text((BerthBytes){slot->ask.mac, 6}, ':', mac, sizeof(mac));
    fprintf(load->record, "%s %u %s %s %" G_GINT64_FORMAT "\n", what, slot->client, mac,
            berth_addr_text(addr, text), expiry);
}

static bool next_client(Load *load, Slot *slot)
{
    slot->client = load->next++;
    slot->ask = peer_ask(BERTH_DHCPDISCOVER, slot->client);
    return true;
}

static void release(Load *load, Slot *slot, const PeerAnswer *answer)
{
    note(load, "gone", slot, answer->addr, 0);
    slot->ask = peer_ask(BERTH_DHCPRELEASE, slot->client);
    slot->ask.ciaddr = answer->addr;
    slot->ask.server_id = answer->server_id;
    peer_send(&load->peer, &slot->ask);
    load->released++;
}

static bool acknowledged(Load *load, Slot *slot, const PeerAnswer *answer)
{
    bool was_renewal = !berth_addr_is_any(slot->ask.ciaddr);
    gint64 since_usec = g_get_monotonic_time() - slot->sent_usec;

    note(load, "ack", slot, answer->addr,
         (g_get_real_time() - since_usec) / G_USEC_PER_SEC + answer->lifetime_sec);
    load->acknowledged++;
    if (slot->client % 16 == 1) {
        release(load, slot, answer);
        return false;
    }
    if (was_renewal || slot->client % 4 != 0)
        return false;
    slot->ask = peer_ask(BERTH_DHCPREQUEST, slot->client);
    slot->ask.ciaddr = answer->addr;
    return true;
}

static bool fill_answered(Load *load, Slot *slot, const PeerAnswer *answer)
{
    switch ((unsigned)answer->type) {
    case BERTH_DHCPOFFER:
        slot->ask = peer_ask(BERTH_DHCPREQUEST, slot->client);
        slot->ask.requested = answer->addr;
        slot->ask.server_id = answer->server_id;
        return true;
    case BERTH_DHCPACK:
        return acknowledged(load, slot, answer);
    default:
        load->refused++;
        return false;
    }
}

static int fill(Load *load, const char *path)
{
    load->record = fopen(path, "a");
    if (!load->record)
        return 2;
    load->begin = next_client;
    load->answered = fill_answered;
    load->quiet_usec = QUIET_USEC;
    run(load);
    fclose(load->record);
    printf("%u acknowledged, %u released, %u refused, next client %u\n", load->acknowledged,
           load->released, load->refused, load->next);
    return load->refused > 0;
}

/* ---- check ---- */

static void keep(GHashTable *by_client, char *const *word)
{
    Lease *lease = g_new0(Lease, 1);

    lease->is_held = strcmp(word[0], "ack") == 0;
    lease->client = (uint32_t)strtoul(word[1], NULL, 10);
    lease->expiry = g_ascii_strtoll(word[4], NULL, 10);
    berth_addr_parse(word[3], &lease->addr);
    g_hash_table_replace(by_client, GUINT_TO_POINTER(lease->client), lease);
}

static GHashTable *read_record(const char *path)
{
    GHashTable *by_client = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    FILE *file = fopen(path, "r");
    char line[256];

    while (file && fgets(line, sizeof(line), file)) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 5);

        if (g_strv_length(words) == 5)
            keep(by_client, words);
    }
    if (file)
        fclose(file);
    return by_client;
}

static bool next_lease(Load *load, Slot *slot)
{
    const Lease *lease;

    if (load->next >= load->leases->len)
        return false;
    lease = load->leases->pdata[load->next++];
    slot->client = lease->client;
    slot->ask = peer_ask(BERTH_DHCPREQUEST, lease->client);
    slot->ask.ciaddr = lease->addr;
    return true;
}

static bool check_answered(Load *load, Slot *slot, const PeerAnswer *answer)
{
    if (answer->type == BERTH_DHCPACK && berth_addr_equal(answer->addr, slot->ask.ciaddr))
        load->confirmed++;
    return false;
}

/* Leases that hold now, and how many of them have an address that another has, too. */
static unsigned choose(Load *load, GHashTable *by_client, uint32_t first)
{
    g_autoptr(GHashTable) owners = g_hash_table_new(NULL, NULL);
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    GHashTableIter iter;
    unsigned twice = 0;
    void *value;

    g_hash_table_iter_init(&iter, by_client);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Lease *lease = value;

        if (!lease->is_held || lease->expiry <= now)
            continue;
        twice += !g_hash_table_add(owners, GUINT_TO_POINTER(berth_addr_to4(lease->addr)));
        if (lease->client >= first)
            g_ptr_array_add(load->leases, lease);
    }
    return twice;
}

static int check(Load *load, const char *path)
{
    g_autoptr(GHashTable) by_client = read_record(path);
    unsigned twice;

    load->leases = g_ptr_array_new();
    twice = choose(load, by_client, load->next);
    load->next = 0;
    load->begin = next_lease;
    load->answered = check_answered;
    load->quiet_usec = PATIENT_USEC;
    run(load);
    load->lost = load->leases->len - load->confirmed;
    printf("%u confirmed, %u lost, %u twice\n", load->confirmed, load->lost, twice);
    g_ptr_array_unref(load->leases);
    return load->lost > 0 || twice > 0;
}

int main(int argc, char **argv)
{
    g_autofree Load *load = g_new0(Load, 1);
    BerthAddr relay, server;
    int r;

    if (argc != 6 || berth_addr_parse(argv[3], &relay) < 0 ||
        berth_addr_parse(argv[4], &server) < 0) {
        fprintf(stderr, "load fill|check RECORD RELAY SERVER FIRST\n");
        return 2;
    }
    r = peer_open(&load->peer, NULL, relay, server);
    if (r < 0) {
        fprintf(stderr, "load: can't open a socket: %s\n", g_strerror(-r));
        return 2;
    }
    load->next = (uint32_t)strtoul(argv[5], NULL, 10);
    return strcmp(argv[1], "fill") == 0 ? fill(load, argv[2]) : check(load, argv[2]);
}
