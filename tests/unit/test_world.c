/* The real world's loop, timers, jobs and files, on a main context and a folder of the test's own.
 */
#include "core/base/world.h"
#include "core/base/world_real.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Fixture {
    GMainContext *context;
    BerthWorld *world;
    char *dir;
    BerthTimer *limit;
    bool late;
} Fixture;

static void on_limit(void *data)
{
    ((Fixture *)data)->late = true;
}

static Fixture *setup(void)
{
    Fixture *f = g_new0(Fixture, 1);

    f->context = g_main_context_new();
    f->world = berth_world_real_new(f->context);
    f->dir = g_dir_make_tmp("berth-world-XXXXXX", NULL);
    f->limit = berth_world_timer(f->world, on_limit, f);
    berth_world_timer_set(f->world, f->limit, 5000000);
    return f;
}

static void teardown(Fixture *f)
{
    CHECK(!f->late);
    berth_timer_free(f->limit);
    berth_world_real_free(f->world);
    g_main_context_unref(f->context);
    CHECK_INT(g_rmdir(f->dir), 0);
    g_free(f->dir);
    g_free(f);
}

static char *path_of(const Fixture *f, const char *name)
{
    return g_build_filename(f->dir, name, NULL);
}

/* ---- loop ---- */

/* Of those that the loop waited for, how many were there in its last poll. */
static int n_there;

static int count_there(GPollFD *fds, unsigned n, int timeout)
{
    return n_there = g_poll(fds, n, timeout);
}

static void take_byte(void *data, unsigned events)
{
    uint8_t byte;

    (void)events;
    CHECK_INT(read(*(int *)data, &byte, 1), 1);
}

/* A turn does not wake the loop that it is a turn of: that would be calls and a turn for nothing.
 */
static void test_quiet(void)
{
    Fixture *f = setup();
    BerthFdWatch *watch;
    int ends[2];

    CHECK_INT(pipe(ends), 0);
    watch = berth_world_real_watch_fd(f->world, ends[0], POLLIN, take_byte, &ends[0]);
    while (g_main_context_iteration(f->context, FALSE))
        ;
    g_main_context_set_poll_func(f->context, count_there);
    CHECK_INT(write(ends[1], "x", 1), 1);
    g_main_context_iteration(f->context, FALSE);
    CHECK_INT(n_there, 1);
    g_main_context_iteration(f->context, FALSE);
    CHECK_INT(n_there, 0);
    berth_world_real_unwatch_fd(watch);
    close(ends[0]);
    close(ends[1]);
    teardown(f);
}

static void test_clock(void)
{
    Fixture *f = setup();
    int64_t boot = berth_world_boot_usec(f->world);
    uint8_t a[64] = {0}, b[64] = {0};

    CHECK(berth_world_boot_usec(f->world) >= boot);
    CHECK(ABS(f->world->ops->wall_usec(f->world) - g_get_real_time()) < 5000000);
    f->world->ops->random(f->world, a, sizeof(a));
    f->world->ops->random(f->world, b, sizeof(b));
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    teardown(f);
}

static void on_count(void *data)
{
    ++*(unsigned *)data;
}

static void test_overdue(void)
{
    static const int64_t deadlines[] = {INT64_MIN, -5, 0, 1};

    for (size_t i = 0; i < G_N_ELEMENTS(deadlines); i++) {
        Fixture *f = setup();
        unsigned ticks = 0;
        BerthTimer *timer = berth_world_timer(f->world, on_count, &ticks);

        berth_row("deadline %" G_GINT64_FORMAT, deadlines[i]);
        berth_timer_set_at(timer, deadlines[i]);
        while (ticks == 0 && !f->late)
            g_main_context_iteration(f->context, TRUE);
        CHECK_INT(ticks, 1);
        CHECK(!g_main_context_pending(f->context));
        berth_timer_free(timer);
        teardown(f);
    }
}

static void test_timers_and_idle(void)
{
    Fixture *f = setup();
    unsigned ticks = 0, idles = 0;
    BerthTimer *timer = berth_world_timer(f->world, on_count, &ticks);
    int64_t start = berth_world_boot_usec(f->world);

    berth_world_on_idle(f->world, on_count, &idles);
    berth_world_timer_set(f->world, timer, 20000);
    while (ticks == 0 && !f->late)
        g_main_context_iteration(f->context, TRUE);
    CHECK(berth_world_boot_usec(f->world) - start >= 20000);
    CHECK(idles >= 1);
    berth_row("a deadline in the past");
    berth_timer_set_at(timer, -5);
    while (ticks == 1 && !f->late)
        g_main_context_iteration(f->context, TRUE);
    berth_row("a stopped one");
    berth_timer_set_at(timer, 0);
    berth_timer_stop(timer);
    while (g_main_context_iteration(f->context, FALSE))
        continue;
    CHECK_INT(ticks, 2);
    berth_world_off_idle(f->world, on_count, &idles);
    berth_timer_free(timer);
    teardown(f);
}

typedef struct IdleProbe {
    BerthWorld *world;
    unsigned first, second;
} IdleProbe;

static void on_idle_second(void *data)
{
    ((IdleProbe *)data)->second++;
}

static void on_idle_first(void *data)
{
    IdleProbe *p = data;

    p->first++;
    berth_world_off_idle(p->world, on_idle_first, p);
    berth_world_off_idle(p->world, on_idle_second, p);
    berth_world_on_idle(p->world, on_idle_second, p);
}

static void test_idle_changes(void)
{
    Fixture *f = setup();
    IdleProbe p = {.world = f->world};

    berth_world_on_idle(f->world, on_idle_first, &p);
    berth_world_on_idle(f->world, on_idle_second, &p);
    berth_world_run_idle(f->world);
    CHECK_INT(p.first, 1);
    CHECK_INT(p.second, 0);
    berth_world_run_idle(f->world);
    CHECK_INT(p.first, 1);
    CHECK_INT(p.second, 1);
    teardown(f);
}

/* ---- watchers of the interfaces ---- */

typedef struct WatchWorld {
    BerthWorld world; /* first */
    BerthIfaceChange change;
    void *data;
    unsigned asked;
} WatchWorld;

typedef struct WatchProbe {
    BerthWorld *world;
    struct WatchProbe *stops; /* this one within its own call */
    unsigned told;
} WatchProbe;

static int watch_once(BerthWorld *world, BerthIfaceChange change, void *data)
{
    WatchWorld *w = (WatchWorld *)world;

    w->change = change;
    w->data = data;
    w->asked++;
    return 0;
}

static void on_ifaces(void *data, const BerthIface *all, size_t n)
{
    WatchProbe *p = data;

    (void)all;
    p->told += (unsigned)n;
    if (p->stops)
        berth_world_unwatch_ifaces(p->world, on_ifaces, p->stops);
}

static void test_watchers(void)
{
    static const BerthWorldOps ops = {.iface_watch = watch_once};
    WatchWorld w = {0};
    WatchProbe second = {&w.world, NULL, 0}, first = {&w.world, &second, 0}, third = second;
    BerthIface iface = {0};

    berth_world_init(&w.world, &ops);
    berth_row("the world is asked with each, so that a late one is told, too");
    CHECK_INT(berth_world_watch_ifaces(&w.world, on_ifaces, &second), 0);
    w.change(w.data, &iface, 1);
    CHECK_INT(berth_world_watch_ifaces(&w.world, on_ifaces, &third), 0);
    CHECK_INT(w.asked, 2);
    w.change(w.data, &iface, 1);
    CHECK_INT(second.told, 2);
    CHECK_INT(third.told, 1);
    berth_row("one that stops another while they are told");
    berth_world_unwatch_ifaces(&w.world, on_ifaces, &second);
    berth_world_watch_ifaces(&w.world, on_ifaces, &first);
    berth_world_watch_ifaces(&w.world, on_ifaces, &second);
    w.change(w.data, &iface, 1);
    CHECK_INT(first.told, 1);
    CHECK_INT(second.told, 2);
    CHECK_INT(third.told, 2);
    berth_row("the last one");
    berth_world_unwatch_ifaces(&w.world, on_ifaces, &third);
    CHECK(w.change);
    berth_world_unwatch_ifaces(&w.world, on_ifaces, &first);
    CHECK(!w.change);
    berth_world_clear(&w.world);
}

typedef struct JobProbe {
    GThread *worked_on;
    unsigned *done;
    BerthWorld *world;
    struct JobProbe *next;
} JobProbe;

static void on_work(void *data)
{
    ((JobProbe *)data)->worked_on = g_thread_self();
}

static void on_done(void *data)
{
    JobProbe *p = data;

    ++*p->done;
    if (p->next)
        p->world->ops->job(p->world, on_work, on_done, p->next);
}

static void test_jobs(void)
{
    Fixture *f = setup();
    JobProbe probes[100];
    unsigned done = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        probes[i] = (JobProbe){.done = &done};
        f->world->ops->job(f->world, on_work, on_done, &probes[i]);
    }
    CHECK_INT(done, 0);
    while (done < G_N_ELEMENTS(probes) && !f->late)
        g_main_context_iteration(f->context, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++)
        CHECK(probes[i].worked_on && probes[i].worked_on != g_thread_self());
    teardown(f);
}

static void test_jobs_at_the_end(void)
{
    Fixture *f = setup();
    unsigned done = 0;
    JobProbe second = {.done = &done};
    JobProbe first = {.done = &done, .world = f->world, .next = &second};

    f->world->ops->job(f->world, on_work, on_done, &first);
    teardown(f);
    CHECK_INT(done, 2);
}

typedef struct FdProbe {
    BerthFdWatch *watch[2];
    unsigned calls;
} FdProbe;

static void on_ready_unwatch(void *data, unsigned events)
{
    FdProbe *p = data;

    CHECK(events & POLLIN);
    p->calls++;
    for (int i = 0; i < 2; i++)
        g_clear_pointer(&p->watch[i], berth_world_real_unwatch_fd);
}

static void test_unwatch_in_call(void)
{
    Fixture *f = setup();
    FdProbe p = {0};
    int fds[2];

    if (!CHECK(pipe(fds) == 0))
        return;
    for (int i = 0; i < 2; i++)
        p.watch[i] = berth_world_real_watch_fd(f->world, fds[0], 0, on_ready_unwatch, &p);
    CHECK_INT(write(fds[1], "x", 1), 1);
    while (g_main_context_iteration(f->context, FALSE))
        continue;
    CHECK_INT(p.calls, 0);
    for (int i = 0; i < 2; i++)
        berth_world_real_rewatch_fd(p.watch[i], POLLIN);
    for (int i = 0; i < 10; i++)
        g_main_context_iteration(f->context, FALSE);
    CHECK_INT(p.calls, 1);
    close(fds[0]);
    close(fds[1]);
    teardown(f);
}

static void on_ready_mute(void *data, unsigned events)
{
    FdProbe *p = data;

    (void)events;
    p->calls++;
    for (int i = 0; i < 2; i++)
        berth_world_real_rewatch_fd(p->watch[i], 0);
}

static void test_rewatch_in_call(void)
{
    Fixture *f = setup();
    FdProbe p = {0};
    int fds[2];

    if (!CHECK(pipe(fds) == 0))
        return;
    for (int i = 0; i < 2; i++)
        p.watch[i] = berth_world_real_watch_fd(f->world, fds[0], POLLIN, on_ready_mute, &p);
    CHECK_INT(write(fds[1], "x", 1), 1);
    while (g_main_context_iteration(f->context, FALSE))
        continue;
    CHECK_INT(p.calls, 1);
    for (int i = 0; i < 2; i++)
        berth_world_real_unwatch_fd(p.watch[i]);
    close(fds[0]);
    close(fds[1]);
    teardown(f);
}

/* ---- files ---- */

static BerthFile *open_file(Fixture *f, const char *name, BerthOpen how, int want)
{
    g_autofree char *path = path_of(f, name);
    BerthFile *file = NULL;

    CHECK_INT(f->world->ops->file_open(f->world, path, how, &file), want);
    return file;
}

static void check_content(BerthFile *file, const char *want)
{
    char text[64];
    int64_t n = berth_file_read(file, 0, text, sizeof(text));

    if (CHECK(n >= 0))
        CHECK_BYTES(((BerthBytes){(const uint8_t *)text, (size_t)n}), berth_bytes(want));
}

static void remove_file(Fixture *f, const char *name, int want)
{
    g_autofree char *path = path_of(f, name);

    CHECK_INT(f->world->ops->file_unlink(f->world, path), want);
}

static void test_file(void)
{
    Fixture *f = setup();
    BerthFile *file;
    g_autofree char *a = path_of(f, "a"), *b = path_of(f, "b");
    struct stat st = {0};
    char byte;

    open_file(f, "a", BERTH_OPEN_READ, -ENOENT);
    file = open_file(f, "a", BERTH_OPEN_APPEND, 0);
    if (!CHECK(file != NULL))
        return;
    CHECK_INT(stat(a, &st), 0);
    CHECK_INT(st.st_mode & 0777 & ~0640u, 0);
    CHECK_INT(berth_file_append(file, berth_bytes("hello ")), 0);
    CHECK_INT(berth_file_append(file, berth_bytes("world")), 0);
    CHECK_INT(berth_file_append(file, (BerthBytes){NULL, 0}), 0);
    CHECK_INT(berth_file_sync(file), 0);
    CHECK_INT(berth_file_size(file), 11);
    CHECK(berth_file_room(file) > 0);
    check_content(file, "hello world");
    CHECK_INT(berth_file_read(file, 11, &byte, 1), 0);
    CHECK_INT(berth_file_read(file, 4, &byte, 1), 1);
    CHECK_INT(byte, 'o');
    CHECK_INT(berth_file_truncate(file, 5), 0);
    CHECK_INT(berth_file_append(file, berth_bytes("!")), 0);
    check_content(file, "hello!");
    berth_file_close(file);
    CHECK_INT(f->world->ops->file_rename(f->world, a, b), 0);
    CHECK_INT(f->world->ops->file_sync_dir(f->world, f->dir), 0);
    CHECK_INT(f->world->ops->file_sync_dir(f->world, a), -ENOENT);
    file = open_file(f, "b", BERTH_OPEN_APPEND, 0);
    check_content(file, "hello!");
    berth_file_close(file);
    file = open_file(f, "b", BERTH_OPEN_NEW, 0);
    CHECK_INT(berth_file_size(file), 0);
    berth_file_close(file);
    file = open_file(f, "b", BERTH_OPEN_READ, 0);
    CHECK_INT(berth_file_append(file, berth_bytes("x")), -EBADF);
    berth_file_close(file);
    berth_file_close(NULL);
    remove_file(f, "b", 0);
    remove_file(f, "b", -ENOENT);
    teardown(f);
}

static void test_file_lock(void)
{
    Fixture *f = setup();
    BerthFile *a = open_file(f, "lock", BERTH_OPEN_APPEND, 0);
    BerthFile *b = open_file(f, "lock", BERTH_OPEN_APPEND, 0);

    CHECK_INT(berth_file_lock(a), 0);
    CHECK_INT(berth_file_lock(b), -EWOULDBLOCK);
    berth_file_close(a);
    CHECK_INT(berth_file_lock(b), 0);
    berth_file_close(b);
    remove_file(f, "lock", 0);
    teardown(f);
}

static void test_file_kinds(void)
{
    Fixture *f = setup();
    g_autofree char *link = path_of(f, "link"), *fifo = path_of(f, "fifo");

    CHECK_INT(symlink("/dev/null", link), 0);
    CHECK_INT(mkfifo(fifo, 0600), 0);
    berth_row("writers do not follow links, readers do");
    open_file(f, "link", BERTH_OPEN_APPEND, -ELOOP);
    open_file(f, "link", BERTH_OPEN_NEW, -ELOOP);
    berth_file_close(open_file(f, "link", BERTH_OPEN_READ, 0));
    berth_row("nothing waits at a FIFO");
    open_file(f, "fifo", BERTH_OPEN_READ, -EINVAL);
    open_file(f, "fifo", BERTH_OPEN_APPEND, -EINVAL);
    berth_row("folders");
    open_file(f, ".", BERTH_OPEN_READ, -EISDIR);
    open_file(f, ".", BERTH_OPEN_APPEND, -EISDIR);
    remove_file(f, "link", 0);
    remove_file(f, "fifo", 0);
    teardown(f);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"clock", test_clock},
        {"quiet", test_quiet},
        {"overdue", test_overdue},
        {"timers_and_idle", test_timers_and_idle},
        {"idle_changes", test_idle_changes},
        {"watchers", test_watchers},
        {"jobs", test_jobs},
        {"jobs_at_the_end", test_jobs_at_the_end},
        {"unwatch_in_call", test_unwatch_in_call},
        {"rewatch_in_call", test_rewatch_in_call},
        {"file", test_file},
        {"file_lock", test_file_lock},
        {"file_kinds", test_file_kinds},
        {0},
    };

    /* A misuse of GLib fails the test. */
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    return berth_tests_main("world", tests, argc, argv);
}
