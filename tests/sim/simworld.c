/* simworld - see simworld.h. */
#include "tests/sim/simworld_i.h"

#include "tests/lib/fake_echo.h"

#include <errno.h>

#define WAIT_USEC_MAX 1000 /* until a helper thread has time for a job */
#define JOB_USEC_MAX 20000 /* a sync takes up to 20 ms of virtual time */
#define START_USEC (INT64_C(1000) * SIM_SEC)
#define WALL_USEC (INT64_C(1767225600) * SIM_SEC) /* 2026-01-01 */

typedef struct SimFile {
    BerthFile base;
    BerthDiskFile *file;
} SimFile;

struct SimJob {
    SimWorld *sim;
    BerthTimer *timer;
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
    bool begun;
    SimJob *next;
};

/* ---- clock, random, jobs ---- */

static int64_t wall_usec(BerthWorld *world)
{
    return WALL_USEC + sim_of(world)->time->boot_usec - START_USEC + sim_of(world)->skew_usec;
}

static int64_t boot_usec(BerthWorld *world)
{
    return sim_of(world)->time->boot_usec;
}

static void fill_random(BerthWorld *world, void *ret, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)ret)[i] = (uint8_t)g_rand_int(sim_of(world)->time->rand);
}

static void job_begin(SimJob *job)
{
    job->begun = true;
    berth_disk_work(job->sim->disk, job);
    job->work(job->data);
    berth_disk_work(job->sim->disk, NULL);
    sim_timer_set(job->sim, job->timer, g_rand_int_range(job->sim->time->rand, 1, JOB_USEC_MAX));
}

/* What was not synced when the power failed is not durable, whatever is said of it. */
static void job_end(SimJob *job)
{
    SimJob **at = &job->sim->jobs;

    if (!job->begun)
        job_begin(job);
    if (!job->sim->power_off)
        berth_disk_ended(job->sim->disk, job);
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    berth_timer_free(job->timer);
    job->done(job->data);
    g_free(job);
}

/* Once when it begins, once when it ends; they begin in the order of their making. */
static void job_on_timer(void *data)
{
    SimJob *job = data;

    if (job->sim->is_paused)
        sim_timer_set(job->sim, job->timer, SIM_PAUSED_USEC);
    else if (job->begun)
        job_end(job);
    else
        for (SimJob *at = job->sim->jobs; at != job->next; at = at->next)
            if (!at->begun)
                job_begin(at);
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
    job->timer = sim_timer(sim, job_on_timer, job);
    sim_timer_set(sim, job->timer,
                  sim->slowness_usec + g_rand_int_range(sim->time->rand, 1, WAIT_USEC_MAX));
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
    sim_of(file->world)->time->boot_usec += sim_of(file->world)->read_usec;
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
    .iface_watch = sim_iface_watch,
    .link_open = sim_link_open,
    .link_send = sim_link_send,
    .link_close = sim_link_close,
    .echo_open = berth_fake_echo_open,
    .echo_send = berth_fake_echo_send,
    .echo_close = berth_fake_echo_close,
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
        *len = (size_t)g_rand_int_range(sim->time->rand, 0, (gint32)*len + 1);
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
    berth_disk_crash_at_random(sim->disk, sim->time->rand);
    sim->power_off = false;
}

/* ---- time ---- */

BerthTimers *sim_timers(SimWorld *sim)
{
    return &sim->time->events;
}

BerthTimer *sim_timer(SimWorld *sim, void (*call)(void *data), void *data)
{
    return berth_timer_new_in(&sim->time->events, call, data);
}

void sim_timer_set(SimWorld *sim, BerthTimer *timer, int64_t delay_usec)
{
    berth_timer_set_at(timer, sim->time->boot_usec + delay_usec);
}

static bool runs(const SimWorld *sim)
{
    return !sim->power_off && !sim->is_paused;
}

static int64_t next_of_all(const SimTime *time)
{
    int64_t next = berth_timers_next(&time->events);

    for (unsigned i = 0; i < time->machines->len; i++) {
        const SimWorld *sim = time->machines->pdata[i];

        if (runs(sim))
            next = MIN(next, berth_timers_next(&sim->world.timers));
    }
    return next;
}

void sim_run(SimWorld *sim, int64_t until_usec)
{
    SimTime *time = sim->time;

    while (!sim->power_off) {
        int64_t next = next_of_all(time);

        if (next > until_usec)
            break;
        time->boot_usec = MAX(time->boot_usec, next);
        berth_timers_run(&time->events, time->boot_usec);
        for (unsigned i = 0; i < time->machines->len; i++) {
            SimWorld *machine = time->machines->pdata[i];

            if (!runs(machine))
                continue;
            berth_timers_run(&machine->world.timers, time->boot_usec);
            berth_world_run_idle(&machine->world);
        }
    }
}

void sim_slow_reads(SimWorld *sim, int64_t usec)
{
    sim->read_usec = usec;
}

void sim_advance(SimWorld *sim, int64_t until_usec)
{
    if (next_of_all(sim->time) > until_usec)
        sim->time->boot_usec = MAX(sim->time->boot_usec, until_usec);
}

void sim_end(SimWorld *sim)
{
    sim_run(sim, sim->time->boot_usec + SIM_SEC);
}

/* ---- making ---- */

static SimTime *time_new(uint64_t seed)
{
    guint32 seeds[] = {(guint32)seed, (guint32)(seed >> 32)};
    SimTime *time = g_new0(SimTime, 1);

    berth_timers_init(&time->events);
    time->rand = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
    time->boot_usec = START_USEC;
    time->machines = g_ptr_array_new();
    return time;
}

static void time_free(SimTime *time)
{
    g_ptr_array_unref(time->machines);
    berth_timers_clear(&time->events);
    g_rand_free(time->rand);
    g_free(time);
}

static SimWorld *machine_new(SimTime *time)
{
    SimWorld *sim = g_new0(SimWorld, 1);

    berth_world_init(&sim->world, &ops);
    sim->time = time;
    g_ptr_array_add(time->machines, sim);
    sim->disk = berth_disk_new();
    berth_disk_on_call(sim->disk, on_disk_call, sim);
    sim_net_init(sim, time->machines->len);
    return sim;
}

SimWorld *sim_world_new(uint64_t seed)
{
    return machine_new(time_new(seed));
}

SimWorld *sim_world_join(SimWorld *first)
{
    return machine_new(first->time);
}

void sim_world_free(SimWorld *sim)
{
    sim_net_clear(sim);
    berth_fake_echo_clear(&sim->world);
    berth_world_clear(&sim->world);
    berth_disk_free(sim->disk);
    g_ptr_array_remove(sim->time->machines, sim);
    if (sim->time->machines->len == 0)
        time_free(sim->time);
    g_free(sim);
}

SimWorld *sim_machine(SimWorld *sim, unsigned i)
{
    return i < sim->time->machines->len ? sim->time->machines->pdata[i] : NULL;
}

void sim_skew(SimWorld *sim, int64_t usec)
{
    sim->skew_usec = usec;
}

void sim_pause(SimWorld *sim, bool is_paused)
{
    sim->is_paused = is_paused;
}

BerthWorld *sim_world(SimWorld *sim)
{
    return &sim->world;
}

void sim_slow_jobs(SimWorld *sim, int64_t usec)
{
    sim->slowness_usec = usec;
}

BerthDisk *sim_disk(SimWorld *sim)
{
    return sim->disk;
}

GRand *sim_rand(SimWorld *sim)
{
    return sim->time->rand;
}

int64_t sim_now(const SimWorld *sim)
{
    return sim->time->boot_usec;
}

int64_t sim_wall_offset(void)
{
    return WALL_USEC - START_USEC;
}
