/* simnet - the network of a simulated machine: its interface, links, and what arrives on them. */
#include "core/base/addr.h"
#include "tests/sim/simworld_i.h"

#define PAUSED_KEEPS_USEC (SIM_SEC / 2)

struct SimLink {
    BerthLink base;
    bool is6;
    BerthReceive receive;
    void *data;
};

typedef struct Arrival {
    int64_t at;
    BerthDatagram datagram; /* data is owned */
} Arrival;

static BerthIface the_iface(unsigned number)
{
    uint8_t octet = (uint8_t)number;

    return (BerthIface){
        .index = SIM_IFINDEX,
        .name = "eth0",
        .up = true,
        .broadcast = true,
        .hwaddr = {1, 6, {2, 0, 0, 0, 0, octet}},
        .mtu = 1500,
        .n_addrs = 2,
        .addrs = {{{[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = octet}},
                  {{0xfe, 0x80, [15] = octet}}},
        .prefix_lens = {24, 64},
    };
}

static void tell_ifaces(void *data)
{
    SimWorld *sim = data;

    if (sim->change)
        sim->change(sim->change_data, &sim->iface, 1);
}

int sim_iface_watch(BerthWorld *world, BerthIfaceChange change, void *data)
{
    SimWorld *sim = sim_of(world);

    sim->change = change;
    sim->change_data = data;
    if (change)
        sim_timer_set(sim, sim->change_timer, 0);
    return 0;
}

int sim_link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive, void *data,
                  BerthLink **ret)
{
    SimLink *link = g_new0(SimLink, 1);

    *link = (SimLink){{world}, conf->kind == BERTH_LINK_UDP6, receive, data};
    sim_of(world)->links[link->is6] = link;
    *ret = &link->base;
    return 0;
}

size_t sim_link_send(BerthLink *link, const BerthDatagram *batch, size_t n)
{
    SimWorld *sim = sim_of(link->world);

    for (size_t i = 0; i < n && !sim->power_off; i++)
        sim->sent(sim->sent_data, &batch[i]);
    return n;
}

void sim_link_close(BerthLink *base)
{
    sim_of(base->world)->links[((SimLink *)base)->is6] = NULL;
    g_free(base);
}

static void arrive_on(SimWorld *sim, bool is6)
{
    SimLink *link = sim->links[is6];
    BerthDatagram batch[BERTH_BATCH];
    size_t n = 0;

    for (unsigned i = 0; i < sim->arrivals->len && n < BERTH_BATCH;) {
        Arrival *a = &g_array_index(sim->arrivals, Arrival, i);

        if (a->at <= sim->time->boot_usec && berth_addr_is4(a->datagram.dst) != is6) {
            batch[n++] = a->datagram;
            g_array_remove_index(sim->arrivals, i);
        } else {
            i++;
        }
    }
    if (n > 0 && link)
        link->receive(link->data, batch, n);
    for (size_t i = 0; i < n; i++)
        g_free((void *)batch[i].data.data);
}

/* A paused machine keeps only what came lately. A RELEASE that was under way for longer than its
 * client stayed away would release what the client has got meanwhile; RFC 2131 can't tell. */
static void forget_old(SimWorld *sim)
{
    for (unsigned i = 0; i < sim->arrivals->len;) {
        const Arrival *a = &g_array_index(sim->arrivals, Arrival, i);

        if (a->at > sim->time->boot_usec - PAUSED_KEEPS_USEC) {
            i++;
            continue;
        }
        g_free((void *)a->datagram.data.data);
        g_array_remove_index(sim->arrivals, i);
    }
}

static void arrive(void *data)
{
    SimWorld *sim = data;

    if (sim->is_paused) {
        forget_old(sim);
        sim_timer_set(sim, sim->arrival_timer, SIM_PAUSED_USEC);
        return;
    }
    arrive_on(sim, false);
    arrive_on(sim, true);
    if (sim->arrivals->len > 0)
        sim_timer_set(sim, sim->arrival_timer, SIM_MSEC);
}

void sim_deliver(SimWorld *sim, const BerthDatagram *datagram, int64_t delay_usec)
{
    Arrival a = {.at = sim->time->boot_usec + delay_usec, .datagram = *datagram};

    a.datagram.data.data = g_memdup2(datagram->data.data, datagram->data.len);
    if (sim->arrivals->len == 0)
        sim_timer_set(sim, sim->arrival_timer, SIM_MSEC);
    g_array_append_val(sim->arrivals, a);
}

bool sim_is_for(const SimWorld *sim, BerthAddr dst)
{
    for (unsigned i = 0; i < sim->iface.n_addrs; i++)
        if (berth_addr_equal(sim->iface.addrs[i], dst))
            return true;
    return berth_addr_is4(dst) ? berth_addr_to4(dst) == UINT32_MAX : dst.b[0] == 0xff;
}

void sim_on_sent(SimWorld *sim, SimSent sent, void *data)
{
    sim->sent = sent;
    sim->sent_data = data;
}

BerthIface *sim_iface(SimWorld *sim)
{
    return &sim->iface;
}

void sim_net_init(SimWorld *sim, unsigned number)
{
    sim->iface = the_iface(number);
    sim->arrivals = g_array_new(FALSE, FALSE, sizeof(Arrival));
    sim->arrival_timer = sim_timer(sim, arrive, sim);
    sim->change_timer = sim_timer(sim, tell_ifaces, sim);
}

void sim_net_clear(SimWorld *sim)
{
    for (unsigned i = 0; i < sim->arrivals->len; i++)
        g_free((void *)g_array_index(sim->arrivals, Arrival, i).datagram.data.data);
    g_array_unref(sim->arrivals);
    berth_timer_free(sim->arrival_timer);
    berth_timer_free(sim->change_timer);
}
