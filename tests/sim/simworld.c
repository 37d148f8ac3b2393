/* simworld - see simworld.h. */
#include "tests/sim/simworld.h"

#include <errno.h>

#define JOB_USEC_MAX 20000 /* a sync takes up to 20 ms of virtual time */
#define START_USEC (INT64_C(1000) * SIM_SEC)
#define WALL_USEC (INT64_C(1767225600) * SIM_SEC) /* 2026-01-01 */

typedef struct SimFile {
    BerthFile base;
    BerthDiskFile *file;
} SimFile;

typedef struct SimLink {
    BerthLink base;
    bool is6;
    BerthReceive receive;
    void *data;
} SimLink;

typedef struct SimJob {
    SimWorld *sim;
    BerthTimer *timer;
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
    struct SimJob *next;
} SimJob;

typedef struct Arrival {
    int64_t at;
    BerthDatagram datagram; /* data is owned */
} Arrival;

struct SimWorld {
    BerthWorld world; /* first */
    BerthTimers events;
    BerthDisk *disk;
    GRand *rand;
    int64_t boot_usec;
    int64_t read_usec; /* of each read of a file */
    SimJob *jobs;      /* in the order of their making */
    int64_t slowness_usec;
    SimLink *links[2]; /* of IPv4 and IPv6 */
    GArray *arrivals;
    BerthTimer *arrival_timer, *change_timer;
    BerthIfaceChange change;
    void *change_data;
    BerthIface iface;
    SimSent sent;
    void *sent_data;
    unsigned calls_left; /* disk calls until the power fails; 0: it does not */
    bool power_off;
};

static SimWorld *sim_of(BerthWorld *world)
{
    return (SimWorld *)world;
}

/* ---- clock, random, jobs ---- */

static int64_t wall_usec(BerthWorld *world)
{
    return WALL_USEC + sim_of(world)->boot_usec - START_USEC;
}

static int64_t boot_usec(BerthWorld *world)
{
    return sim_of(world)->boot_usec;
}

static void fill_random(BerthWorld *world, void *ret, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)ret)[i] = (uint8_t)g_rand_int(sim_of(world)->rand);
}

static void job_end(void *data)
{
    SimJob *job = data, **at = &job->sim->jobs;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    berth_timer_free(job->timer);
    job->work(job->data);
    job->done(job->data);
    g_free(job);
}

static void add_job(BerthWorld *world, void (*work)(void *data), void (*done)(void *data),
                    void *data)
{
    SimWorld *sim = sim_of(world);
    SimJob *job = g_new0(SimJob, 1), **at = &sim->jobs;

    *job = (SimJob){.sim = sim, .work = work, .done = done, .data = data};
    while (*at)
        at = &(*at)->next;
    *at = job;
    job->timer = sim_timer(sim, job_end, job);
    sim_timer_set(sim, job->timer,
                  sim->slowness_usec + g_rand_int_range(sim->rand, 1, JOB_USEC_MAX));
}

/* ---- files ---- */

static BerthDiskFile *disk_file(BerthFile *file)
{
    return ((SimFile *)file)->file;
}

static void end_jobs(BerthWorld *world)
{
    SimWorld *sim = sim_of(world);

    while (sim->jobs)
        job_end(sim->jobs);
}

static int file_open(BerthWorld *world, const char *path, BerthOpen how, BerthFile **ret)
{
    BerthDiskFile *file;
    SimFile *sf;
    int r = berth_disk_open(sim_of(world)->disk, path, how, &file);

    if (r < 0)
        return r;
    sf = g_new0(SimFile, 1);
    sf->base.world = world;
    sf->file = file;
    *ret = &sf->base;
    return 0;
}

static void file_close(BerthFile *file)
{
    berth_disk_close(disk_file(file));
    g_free(file);
}

static int64_t file_read(BerthFile *file, int64_t offset, void *ret, size_t len)
{
    sim_of(file->world)->boot_usec += sim_of(file->world)->read_usec;
    return berth_disk_read(disk_file(file), offset, ret, len);
}

static int64_t file_append(BerthFile *file, const void *data, size_t len)
{
    return berth_disk_append(disk_file(file), data, len);
}

static int file_sync(BerthFile *file)
{
    return berth_disk_sync(disk_file(file));
}

static int64_t file_size(BerthFile *file)
{
    return berth_disk_size(disk_file(file));
}

static int64_t file_room(BerthFile *file)
{
    return berth_disk_room(disk_file(file));
}

static int file_truncate(BerthFile *file, int64_t size)
{
    return berth_disk_truncate(disk_file(file), size);
}

static int file_is_at(BerthFile *file, const char *path)
{
    return berth_disk_is_at(disk_file(file), path);
}

static int file_lock(BerthFile *file)
{
    return berth_disk_lock(disk_file(file));
}

static int file_rename(BerthWorld *world, const char *from, const char *to)
{
    return berth_disk_rename(sim_of(world)->disk, from, to);
}

static int file_unlink(BerthWorld *world, const char *path)
{
    return berth_disk_unlink(sim_of(world)->disk, path);
}

static int file_sync_dir(BerthWorld *world, const char *dir)
{
    return berth_disk_sync_dir(sim_of(world)->disk, dir);
}

/* ---- the network ---- */

static BerthIface the_iface(void)
{
    return (BerthIface){
        .index = SIM_IFINDEX,
        .name = "eth0",
        .up = true,
        .broadcast = true,
        .hwaddr = {1, 6, {2, 0, 0, 0, 0, 1}},
        .mtu = 1500,
        .n_addrs = 2,
        .addrs = {{{[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 1}},
                  {{0xfe, 0x80, [15] = 1}}},
        .prefix_lens = {24, 64},
    };
}

static void tell_ifaces(void *data)
{
    SimWorld *sim = data;

    if (sim->change)
        sim->change(sim->change_data, &sim->iface, 1);
}

static int iface_watch(BerthWorld *world, BerthIfaceChange change, void *data)
{
    SimWorld *sim = sim_of(world);

    sim->change = change;
    sim->change_data = data;
    if (change)
        sim_timer_set(sim, sim->change_timer, 0);
    return 0;
}

static int link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive, void *data,
                     BerthLink **ret)
{
    SimLink *link = g_new0(SimLink, 1);

    *link = (SimLink){{world}, conf->kind == BERTH_LINK_UDP6, receive, data};
    sim_of(world)->links[link->is6] = link;
    *ret = &link->base;
    return 0;
}

static size_t link_send(BerthLink *link, const BerthDatagram *batch, size_t n)
{
    SimWorld *sim = sim_of(link->world);

    for (size_t i = 0; i < n && !sim->power_off; i++)
        sim->sent(sim->sent_data, &batch[i]);
    return n;
}

static void link_close(BerthLink *base)
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

        if (a->at <= sim->boot_usec && berth_addr_is4(a->datagram.dst) != is6) {
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

static void arrive(void *data)
{
    SimWorld *sim = data;

    arrive_on(sim, false);
    arrive_on(sim, true);
    if (sim->arrivals->len > 0)
        sim_timer_set(sim, sim->arrival_timer, SIM_MSEC);
}

void sim_deliver(SimWorld *sim, const BerthDatagram *datagram, int64_t delay_usec)
{
    Arrival a = {.at = sim->boot_usec + delay_usec, .datagram = *datagram};

    a.datagram.data.data = g_memdup2(datagram->data.data, datagram->data.len);
    if (sim->arrivals->len == 0)
        sim_timer_set(sim, sim->arrival_timer, SIM_MSEC);
    g_array_append_val(sim->arrivals, a);
}

/* ---- streams: none here ---- */

static int no_stream(BerthWorld *world, const char *address, const BerthStreamEvents *events,
                     void *data, BerthStream **ret)
{
    (void)world;
    (void)address;
    (void)events;
    (void)data;
    (void)ret;
    return -EOPNOTSUPP;
}

static const BerthWorldOps ops = {
    .wall_usec = wall_usec,
    .boot_usec = boot_usec,
    .random = fill_random,
    .job = add_job,
    .end_jobs = end_jobs,
    .file_open = file_open,
    .file_close = file_close,
    .file_read = file_read,
    .file_append = file_append,
    .file_sync = file_sync,
    .file_size = file_size,
    .file_room = file_room,
    .file_truncate = file_truncate,
    .file_is_at = file_is_at,
    .file_lock = file_lock,
    .file_rename = file_rename,
    .file_unlink = file_unlink,
    .file_sync_dir = file_sync_dir,
    .stream_listen = no_stream,
    .stream_connect = no_stream,
    .iface_watch = iface_watch,
    .link_open = link_open,
    .link_send = link_send,
    .link_close = link_close,
};

/* ---- power ---- */

static int on_disk_call(void *data, BerthDiskOp op, const char *path, size_t *len)
{
    SimWorld *sim = data;
    bool changes = op != BERTH_DISK_OPEN && op != BERTH_DISK_READ && op != BERTH_DISK_LOCK;

    (void)path;
    if (!sim->power_off && changes && sim->calls_left > 0 && --sim->calls_left == 0)
        sim->power_off = true;
    if (!sim->power_off)
        return 0;
    if (op == BERTH_DISK_APPEND && *len > 0)
        *len = (size_t)g_rand_int_range(sim->rand, 0, (gint32)*len + 1);
    return -EIO;
}

void sim_fail_power_at(SimWorld *sim, unsigned nth)
{
    sim->calls_left = nth;
}

void sim_cut_power(SimWorld *sim)
{
    sim->power_off = true;
}

bool sim_power_failed(const SimWorld *sim)
{
    return sim->power_off;
}

void sim_drain(SimWorld *sim)
{
    while (sim->jobs) {
        job_end(sim->jobs);
        berth_world_run_idle(&sim->world);
    }
}

void sim_power_up(SimWorld *sim)
{
    berth_disk_crash_at_random(sim->disk, sim->rand);
    sim->power_off = false;
}

/* ---- time ---- */

BerthTimers *sim_timers(SimWorld *sim)
{
    return &sim->events;
}

BerthTimer *sim_timer(SimWorld *sim, void (*call)(void *data), void *data)
{
    return berth_timer_new_in(&sim->events, call, data);
}

void sim_timer_set(SimWorld *sim, BerthTimer *timer, int64_t delay_usec)
{
    berth_timer_set_at(timer, sim->boot_usec + delay_usec);
}

void sim_run(SimWorld *sim, int64_t until_usec)
{
    while (!sim->power_off) {
        int64_t next = MIN(berth_timers_next(&sim->events), berth_timers_next(&sim->world.timers));

        if (next > until_usec)
            break;
        sim->boot_usec = MAX(sim->boot_usec, next);
        berth_timers_run(&sim->events, sim->boot_usec);
        berth_timers_run(&sim->world.timers, sim->boot_usec);
        berth_world_run_idle(&sim->world);
    }
}

void sim_slow_reads(SimWorld *sim, int64_t usec)
{
    sim->read_usec = usec;
}

void sim_advance(SimWorld *sim, int64_t until_usec)
{
    int64_t next = MIN(berth_timers_next(&sim->events), berth_timers_next(&sim->world.timers));

    if (next > until_usec)
        sim->boot_usec = MAX(sim->boot_usec, until_usec);
}

void sim_end(SimWorld *sim)
{
    sim_run(sim, sim->boot_usec + SIM_SEC);
}

/* ---- making ---- */

SimWorld *sim_world_new(uint64_t seed)
{
    SimWorld *sim = g_new0(SimWorld, 1);
    guint32 seeds[] = {(guint32)seed, (guint32)(seed >> 32)};

    berth_world_init(&sim->world, &ops);
    berth_timers_init(&sim->events);
    sim->disk = berth_disk_new();
    berth_disk_on_call(sim->disk, on_disk_call, sim);
    sim->rand = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
    sim->boot_usec = START_USEC;
    sim->iface = the_iface();
    sim->arrivals = g_array_new(FALSE, FALSE, sizeof(Arrival));
    sim->arrival_timer = sim_timer(sim, arrive, sim);
    sim->change_timer = sim_timer(sim, tell_ifaces, sim);
    return sim;
}

void sim_world_free(SimWorld *sim)
{
    for (unsigned i = 0; i < sim->arrivals->len; i++)
        g_free((void *)g_array_index(sim->arrivals, Arrival, i).datagram.data.data);
    g_array_unref(sim->arrivals);
    berth_timer_free(sim->arrival_timer);
    berth_timer_free(sim->change_timer);
    berth_timers_clear(&sim->events);
    berth_world_clear(&sim->world);
    berth_disk_free(sim->disk);
    g_rand_free(sim->rand);
    g_free(sim);
}

BerthWorld *sim_world(SimWorld *sim)
{
    return &sim->world;
}

void sim_slow_jobs(SimWorld *sim, int64_t usec)
{
    sim->slowness_usec = usec;
}

BerthIface *sim_iface(SimWorld *sim)
{
    return &sim->iface;
}

BerthDisk *sim_disk(SimWorld *sim)
{
    return sim->disk;
}

GRand *sim_rand(SimWorld *sim)
{
    return sim->rand;
}

int64_t sim_now(const SimWorld *sim)
{
    return sim->boot_usec;
}

int64_t sim_wall_offset(void)
{
    return WALL_USEC - START_USEC;
}

void sim_on_sent(SimWorld *sim, SimSent sent, void *data)
{
    sim->sent = sent;
    sim->sent_data = data;
}
