/* Programs that the real world starts: how they end, what they are given, and what not. */
#include "core/base/world.h"
#include "core/base/world_real.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_SEC 10

typedef struct Fixture {
    GMainContext *context;
    BerthWorld *world;
    char *dir, *script, *out, *unfinished;
    BerthTimer *limit;
    bool late;
    unsigned n_ended;
    int status;
} Fixture;

static void on_limit(void *data)
{
    ((Fixture *)data)->late = true;
}

static Fixture *setup(const char *body)
{
    Fixture *f = g_new0(Fixture, 1);
    g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", body);

    f->context = g_main_context_new();
    f->world = berth_world_real_new(f->context);
    f->dir = g_dir_make_tmp("berth-process-XXXXXX", NULL);
    f->script = g_build_filename(f->dir, "script", NULL);
    f->out = g_build_filename(f->dir, "out", NULL);
    f->unfinished = g_build_filename(f->dir, "out.new", NULL);
    CHECK(g_file_set_contents(f->script, text, -1, NULL));
    CHECK_INT(g_chmod(f->script, 0755), 0);
    f->limit = berth_world_timer(f->world, on_limit, f);
    berth_world_timer_set(f->world, f->limit, LIMIT_SEC * INT64_C(1000000));
    return f;
}

static void teardown(Fixture *f)
{
    CHECK(!f->late);
    if (f->world)
        berth_timer_free(f->limit);
    berth_world_real_free(f->world);
    g_main_context_unref(f->context);
    g_unlink(f->script);
    g_unlink(f->out);
    g_unlink(f->unfinished);
    CHECK_INT(g_rmdir(f->dir), 0);
    g_free(f->dir);
    g_free(f->script);
    g_free(f->out);
    g_free(f->unfinished);
    g_free(f);
}

static void on_ended(void *data, int status)
{
    Fixture *f = data;

    f->n_ended++;
    f->status = status;
}

static BerthProcess *start(Fixture *f, const char *path)
{
    g_autofree char *out = g_strconcat("OUT=", f->out, NULL);
    const char *args[] = {"script", "one two", NULL};
    const char *env[] = {out, "NAME=a b", NULL};

    return f->world->ops->process_start(f->world, path, args, env, on_ended, f);
}

static void wait_for(Fixture *f, unsigned n)
{
    while (f->n_ended < n && !f->late)
        g_main_context_iteration(f->context, TRUE);
    CHECK_INT(f->n_ended, n);
}

/* What the script wrote: it writes OUT.new and renames it, so that it is whole. */
static void check_out(Fixture *f, const char *want)
{
    g_autofree char *got = NULL;

    while (!g_file_get_contents(f->out, &got, NULL, NULL) && !f->late)
        g_main_context_iteration(f->context, FALSE);
    CHECK_TEXT(got, want);
}

static void test_status(void)
{
    static const struct {
        const char *row, *body;
        int status;
    } rows[] = {
        {"well", "exit 0", 0},
        {"not well", "exit 3", 3},
        {"by a signal", "kill -TERM $$", 256 + SIGTERM},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = setup(rows[i].body);

        berth_row("%s", rows[i].row);
        start(f, f->script);
        CHECK_INT(f->n_ended, 0);
        wait_for(f, 1);
        CHECK_INT(f->status, rows[i].status);
        teardown(f);
    }
}

static void test_not_started(void)
{
    Fixture *f = setup("");

    start(f, "/nowhere/at/all");
    wait_for(f, 1);
    CHECK_INT(f->status, -ENOENT);
    CHECK_INT(g_chmod(f->script, 0644), 0);
    start(f, f->script);
    wait_for(f, 2);
    CHECK_INT(f->status, -EACCES);
    CHECK_INT(f->world->ops->process_check(f->world, "/nowhere/at/all"), -ENOENT);
    CHECK_INT(f->world->ops->process_check(f->world, f->script), -EACCES);
    CHECK_INT(f->world->ops->process_check(f->world, f->dir), -EACCES);
    CHECK_INT(g_chmod(f->script, 0755), 0);
    CHECK_INT(f->world->ops->process_check(f->world, f->script), 0);
    teardown(f);
}

#define WRITE "exec >\"$OUT.new\"\n"
#define MOVE "\n/bin/mv \"$OUT.new\" \"$OUT\""

/* The test's own descriptors, signals and environment are not the program's. */
static void test_given(void)
{
    Fixture *f = setup(WRITE "echo \"$1|$#|$NAME|$HOME\"\n"
                             "[ -e /proc/$$/fd/57 ] && echo inherited\n"
                             "[ /proc/$$/fd/0 -ef /dev/null ] && echo nothing to read\n"
                             "[ /proc/$$/fd/2 -ef /dev/null ] && echo nowhere to write" MOVE
                             "\nkill -TERM $$; kill -PIPE $$");
    /* As somebody else in the process may have it: not marked close-on-exec. */
    int fd = dup2(STDIN_FILENO, 57);
    sigset_t term, before;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, &before);
    start(f, f->script);
    wait_for(f, 1);
    CHECK_INT(f->status, 256 + SIGTERM);
    check_out(f, "one two|1|a b|\nnothing to read\nnowhere to write\n");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
    close(fd);
    teardown(f);
}

static void test_kill(void)
{
    Fixture *f = setup("/bin/sleep 100 &\n" WRITE "echo $!" MOVE "\nwait");
    g_autofree char *pid = NULL, *stat = NULL;
    BerthProcess *process = start(f, f->script);

    while (!g_file_get_contents(f->out, &pid, NULL, NULL) && !f->late)
        g_main_context_iteration(f->context, FALSE);
    berth_process_kill(process);
    wait_for(f, 1);
    CHECK_INT(f->status, 256 + SIGKILL);
    /* What it started is gone with it; nobody else reaps it here, so it may be there as a zombie.
     */
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", atoi(pid ? pid : "0"));
    for (int i = 0; i < 1000 && g_file_get_contents(path, &stat, NULL, NULL) &&
                    !strstr(stat, ") Z") && !strstr(stat, ") X");
         i++) {
        g_clear_pointer(&stat, g_free);
        g_usleep(1000);
    }
    CHECK(!stat || !strstr(stat, ") S"));
    berth_row("before it has started");
    berth_process_kill(start(f, f->script));
    wait_for(f, 2);
    CHECK_INT(f->status, 256 + SIGKILL);
    teardown(f);
}

static void test_leave(void)
{
    Fixture *f = setup(WRITE "echo done" MOVE);
    int status = 0;

    berth_process_leave(start(f, f->script));
    check_out(f, "done\n");
    CHECK_INT(f->n_ended, 0);
    berth_row("the world ends first");
    g_unlink(f->out);
    start(f, f->script);
    berth_timer_free(f->limit);
    berth_world_real_free(f->world);
    f->world = NULL;
    while (waitpid(-1, &status, 0) > 0)
        CHECK_INT(status, 0);
    check_out(f, "done\n");
    CHECK_INT(f->n_ended, 0);
    teardown(f);
}

static volatile sig_atomic_t n_signals;

static void on_signal(int number)
{
    (void)number;
    n_signals++;
}

/* The host has children and a handler of its own: both stay what they were. */
static void test_host(void)
{
    Fixture *f = setup("exit 5");
    struct sigaction ours = {.sa_handler = on_signal}, before, after;
    int status = 0;
    pid_t child;

    CHECK_INT(sigaction(SIGCHLD, &ours, &before), 0);
    child = fork();
    if (child == 0)
        _exit(7);
    for (int i = 0; i < 20; i++)
        start(f, f->script);
    wait_for(f, 20);
    CHECK_INT(f->status, 5);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(WEXITSTATUS(status), 7);
    CHECK_INT(waitpid(-1, &status, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
    CHECK_INT(sigaction(SIGCHLD, &before, &after), 0);
    CHECK(after.sa_handler == on_signal);
    berth_row("a host that ignores its children");
    signal(SIGCHLD, SIG_IGN);
    start(f, f->script);
    wait_for(f, 21);
    CHECK_INT(f->status, -ECHILD);
    signal(SIGCHLD, SIG_DFL);
    teardown(f);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"status", test_status},
        {"not_started", test_not_started},
        {"given", test_given},
        {"kill", test_kill},
        {"leave", test_leave},
        {"host", test_host},
        {0},
    };

    return berth_tests_main("process", tests, argc, argv);
}
