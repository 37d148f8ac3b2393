/* world_real - the real world: clock, loop and jobs on Linux and GLib; see world.h.
 *
 * One GSource drives everything: descriptors that are watched, one timerfd for the nearest of our
 * own timers, one eventfd for finished jobs. After each dispatch the idle calls run. */
#include "core/base/world_real.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 4
#define USEC_PER_SEC 1000000

struct BerthFdWatch {
    BerthReal *real;
    unsigned events;
    void *tag; /* NULL: unwatched while the source was dispatching, to be freed after */
    void (*ready)(void *data, unsigned events);
    void *data;
};

typedef struct Source {
    GSource source;
    BerthReal *real;
} Source;

typedef struct Job {
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
} Job;

/* ---- clock and chance ---- */

static int64_t now_usec(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

static int64_t wall_usec(BerthWorld *world)
{
    (void)world;
    return now_usec(CLOCK_REALTIME);
}

static int64_t boot_usec(BerthWorld *world)
{
    (void)world;
    return now_usec(CLOCK_BOOTTIME);
}

static void random_bytes(BerthWorld *world, void *ret, size_t len)
{
    (void)world;
    for (uint8_t *at = ret; len > 0;) {
        ssize_t n = getrandom(at, len, 0);

        /* Guessable numbers are worse than no server; nothing that a peer sends leads here. */
        if (n < 0 && errno != EINTR)
            abort();
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
}

/* ---- watched descriptors ---- */

BerthFdWatch *berth_world_real_watch_fd(BerthWorld *world, int fd, unsigned events,
                                        void (*ready)(void *data, unsigned events), void *data)
{
    BerthReal *real = (BerthReal *)world;
    BerthFdWatch *watch = g_new0(BerthFdWatch, 1);

    *watch = (BerthFdWatch){.real = real, .events = events, .ready = ready, .data = data};
    watch->tag = g_source_add_unix_fd(real->source, fd, (GIOCondition)events);
    g_ptr_array_add(real->watches, watch);
    return watch;
}

void berth_world_real_rewatch_fd(BerthFdWatch *watch, unsigned events)
{
    if (events == watch->events)
        return;
    watch->events = events;
    g_source_modify_unix_fd(watch->real->source, watch->tag, (GIOCondition)events);
}

void berth_world_real_unwatch_fd(BerthFdWatch *watch)
{
    BerthReal *real = watch->real;

    g_source_remove_unix_fd(real->source, watch->tag);
    watch->tag = NULL;
    if (!real->dispatching)
        g_ptr_array_remove(real->watches, watch);
}

/* What is there now of what is wanted now. */
static unsigned watch_ready(const BerthFdWatch *watch)
{
    if (!watch->tag)
        return 0;
    return g_source_query_unix_fd(watch->real->source, watch->tag) &
           (watch->events | POLLERR | POLLHUP);
}

static void run_watches(BerthReal *real)
{
    /* Those that are added meanwhile have nothing yet. */
    unsigned n = real->watches->len;

    for (unsigned i = 0; i < n; i++) {
        BerthFdWatch *watch = g_ptr_array_index(real->watches, i);
        unsigned events = watch_ready(watch);

        if (events)
            watch->ready(watch->data, events);
    }
}

static void sweep_watches(BerthReal *real)
{
    for (unsigned i = real->watches->len; i-- > 0;) {
        const BerthFdWatch *watch = g_ptr_array_index(real->watches, i);

        if (!watch->tag)
            g_ptr_array_remove_index(real->watches, i);
    }
}

/* ---- jobs ---- */

static void run_job(void *item, void *data)
{
    BerthReal *real = data;
    Job *job = item;
    uint64_t one = 1;

    job->work(job->data);
    g_async_queue_push(real->finished, job);
    /* It can only fail when the eventfd is readable already. */
    if (write(real->job_fd, &one, sizeof(one)) < 0)
        return;
}

static void job(BerthWorld *world, void (*work)(void *data), void (*done)(void *data), void *data)
{
    BerthReal *real = (BerthReal *)world;
    Job *item = g_new(Job, 1);

    *item = (Job){work, done, data};
    real->jobs++;
    g_thread_pool_push(real->pool, item, NULL);
    /* cppcheck-suppress memleak ; the pool has it, and finish_job frees it */
}

static void finish_job(BerthReal *real, Job *item)
{
    real->jobs--;
    item->done(item->data);
    g_free(item);
}

static void end_jobs(BerthWorld *world)
{
    BerthReal *real = (BerthReal *)world;

    while (real->jobs > 0)
        finish_job(real, g_async_queue_pop(real->finished));
}

static void on_finished(void *data, unsigned events)
{
    BerthReal *real = data;
    uint64_t count;
    Job *item;

    (void)events;
    if (read(real->job_fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
        return;
    /* A job that is pushed before its eventfd write may be taken here; then that write wakes for
     * nothing. */
    for (int n = g_async_queue_length(real->finished); n > 0; n--)
        if ((item = g_async_queue_try_pop(real->finished)))
            finish_job(real, item);
}

/* ---- the loop ---- */

static void on_timer_fd(void *data, unsigned events)
{
    /* The timers run after every dispatch anyway. The descriptor stays readable until it is armed
     * anew, which prepare() does as soon as the nearest deadline is another one. */
    (void)data;
    (void)events;
}

static void arm(BerthReal *real, int64_t at)
{
    struct itimerspec spec = {0};

    real->armed = at;
    if (at < INT64_MAX) {
        at = MAX(at, 1); /* zero would mean never */
        spec.it_value.tv_sec = at / USEC_PER_SEC;
        spec.it_value.tv_nsec = at % USEC_PER_SEC * 1000;
    }
    timerfd_settime(real->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static gboolean prepare(GSource *source, int *ret_timeout)
{
    BerthReal *real = ((Source *)source)->real;
    int64_t next = berth_timers_next(&real->world.timers);

    if (next != real->armed)
        arm(real, next);
    *ret_timeout = -1;
    return FALSE;
}

static gboolean check(GSource *source)
{
    BerthReal *real = ((Source *)source)->real;

    for (unsigned i = 0; i < real->watches->len; i++)
        if (watch_ready(g_ptr_array_index(real->watches, i)))
            return TRUE;
    return FALSE;
}

static gboolean dispatch(GSource *source, GSourceFunc call, void *data)
{
    BerthReal *real = ((Source *)source)->real;

    (void)call;
    (void)data;
    if (real->dispatching) /* somebody runs the loop within one of our calls */
        return G_SOURCE_CONTINUE;
    real->dispatching = true;
    real->world.turn_usec = boot_usec(&real->world);
    run_watches(real);
    real->world.turn_usec = boot_usec(&real->world);
    berth_timers_run(&real->world.timers, real->world.turn_usec);
    berth_world_run_idle(&real->world);
    real->world.turn_usec = 0;
    real->dispatching = false;
    sweep_watches(real);
    return G_SOURCE_CONTINUE;
}

static GSource *new_source(BerthReal *real)
{
    static const GSourceFuncs funcs = {.prepare = prepare, .check = check, .dispatch = dispatch};
    /* GLib only ever reads them. */
    GSource *source = g_source_new((GSourceFuncs *)&funcs, sizeof(Source));

    ((Source *)source)->real = real;
    g_source_set_static_name(source, "berth-world");
    /* Else GLib takes all descriptors out of the loop for each turn and puts them back, and wakes
     * the loop for each: two calls a descriptor, and a turn for nothing. */
    g_source_set_can_recurse(source, TRUE);
    return source;
}

/* ---- making it ---- */

/* Until core/net has added its own. */
static int no_iface_watch(BerthWorld *world, BerthIfaceChange change, void *data)
{
    (void)world;
    (void)change;
    (void)data;
    return -ENOSYS;
}

static int no_link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive,
                        void *data, BerthLink **ret)
{
    (void)world;
    (void)conf;
    (void)receive;
    (void)data;
    (void)ret;
    return -ENOSYS;
}

void berth_world_real_add_net(BerthWorld *world, const BerthWorldOps *net_ops)
{
    BerthWorldOps *ops = &((BerthReal *)world)->ops;

    ops->iface_watch = net_ops->iface_watch;
    ops->link_open = net_ops->link_open;
    ops->link_send = net_ops->link_send;
    ops->link_close = net_ops->link_close;
    ops->echo_open = net_ops->echo_open;
    ops->echo_send = net_ops->echo_send;
    ops->echo_close = net_ops->echo_close;
    ops->routes_change = net_ops->routes_change;
    ops->routes_list = net_ops->routes_list;
}

BerthWorld *berth_world_real_new(GMainContext *context)
{
    BerthReal *real = g_new0(BerthReal, 1);

    real->ops = (BerthWorldOps){.wall_usec = wall_usec,
                                .boot_usec = boot_usec,
                                .random = random_bytes,
                                .job = job,
                                .end_jobs = end_jobs,
                                .iface_watch = no_iface_watch,
                                .link_open = no_link_open};
    berth_real_add_files(&real->ops);
    berth_real_add_streams(&real->ops);
    berth_real_add_hosts(&real->ops);
    berth_real_add_tls(&real->ops);
    berth_real_add_processes(&real->ops);
    berth_world_init(&real->world, &real->ops);
    real->watches = g_ptr_array_new_with_free_func(g_free);
    real->lingering = g_ptr_array_new();
    real->processes = g_ptr_array_new();
    real->input = g_malloc(BERTH_REAL_INPUT);
    real->finished = g_async_queue_new();
    real->pool = g_thread_pool_new(run_job, real, MAX_THREADS, FALSE, NULL);
    real->source = new_source(real);
    real->armed = INT64_MAX;
    real->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    real->job_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (real->timer_fd < 0 || real->job_fd < 0)
        g_error("no file descriptors for the main loop: %s", g_strerror(errno));
    berth_world_real_watch_fd(&real->world, real->timer_fd, POLLIN, on_timer_fd, real);
    berth_world_real_watch_fd(&real->world, real->job_fd, POLLIN, on_finished, real);
    g_source_attach(real->source, context ? context : g_main_context_get_thread_default());
    return &real->world;
}

void berth_world_real_free(BerthWorld *world)
{
    BerthReal *real = (BerthReal *)world;

    if (!real)
        return;
    end_jobs(world);
    g_thread_pool_free(real->pool, FALSE, TRUE);
    while (real->lingering->len > 0)
        berth_real_stream_end(g_ptr_array_index(real->lingering, 0));
    berth_real_processes_end(real);
    g_source_destroy(real->source);
    g_source_unref(real->source);
    close(real->timer_fd);
    close(real->job_fd);
    g_async_queue_unref(real->finished);
    g_ptr_array_unref(real->lingering);
    g_ptr_array_unref(real->processes);
    g_ptr_array_unref(real->watches);
    g_free(real->input);
    berth_world_clear(&real->world);
    g_free(real);
}
