/* world_process - programs that are started beside the server; see berth/world.h.
 *
 * A job starts it, since that waits until the new program is in place. From then on the main loop
 * watches a pidfd: so nobody needs a handler of SIGCHLD, and nobody else's children are touched,
 * in whatever process this library lives. */
#include "core/base/world_real.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLED 256 /* and the signal */

typedef struct Process {
    BerthProcess process;
    BerthReal *real;
    char *path;
    char **args, **env;
    BerthProcessEnded ended; /* NULL: nobody wants to know */
    void *data;
    bool is_killed;
    pid_t pid; /* 0: not started yet */
    int fd;    /* its pidfd; -1: not yet */
    int result;
    BerthFdWatch *watch;
} Process;

static int process_check(BerthWorld *world, const char *path)
{
    (void)world;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return -ENOENT;
    return access(path, X_OK) == 0 && g_file_test(path, G_FILE_TEST_IS_REGULAR) ? 0 : -EACCES;
}

static void process_free(Process *p)
{
    g_ptr_array_remove_fast(p->real->processes, p);
    if (p->watch)
        berth_world_real_unwatch_fd(p->watch);
    if (p->fd >= 0)
        close(p->fd);
    g_free(p->path);
    g_strfreev(p->args);
    g_strfreev(p->env);
    g_free(p);
}

/* ---- starting ---- */

static int set_files(posix_spawn_file_actions_t *files)
{
    int r = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (r == 0)
        r = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* Also those that somebody else in this process has not marked close-on-exec. */
    return r ? r : posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

static int spawn(Process *p)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int r;

    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    r = set_files(&files);
    if (r == 0)
        r = set_attributes(&attributes);
    if (r == 0)
        r = posix_spawn(&p->pid, p->path, &files, &attributes, p->args, p->env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return -r;
}

static void start_work(void *data)
{
    Process *p = data;

    p->result = spawn(p);
    if (p->result < 0)
        return;
    p->fd = pidfd_open(p->pid, 0);
    if (p->fd < 0)
        p->result = errno == ESRCH ? -ECHILD : -errno;
}

/* ---- ending ---- */

static void end(Process *p, int status)
{
    BerthProcessEnded ended = p->ended;
    void *data = p->data;

    process_free(p);
    if (ended)
        ended(data, status);
}

static int status_of(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED ? info->si_status : KILLED + info->si_status;
}

static void on_ended(void *data, unsigned events)
{
    Process *p = data;
    siginfo_t info = {0};
    int r = waitid(P_PIDFD, (id_t)p->fd, &info, WEXITED | WNOHANG);

    (void)events;
    if (r == 0 && info.si_pid == 0)
        return;
    end(p, r < 0 ? -errno : status_of(&info));
}

/* It leads a group of its own. The group may have outlived it, but no other has its number then. */
static void kill_group(const Process *p)
{
    kill(-p->pid, SIGKILL);
}

static void start_done(void *data)
{
    Process *p = data;

    if (p->result < 0) {
        end(p, p->result);
        return;
    }
    if (p->is_killed)
        kill_group(p);
    p->watch = berth_world_real_watch_fd(&p->real->world, p->fd, POLLIN, on_ended, p);
}

static BerthProcess *process_start(BerthWorld *world, const char *path, const char *const *args,
                                   const char *const *env, BerthProcessEnded ended, void *data)
{
    Process *p = g_new0(Process, 1);

    *p = (Process){
        .process.world = world,
        .real = (BerthReal *)world,
        .path = g_strdup(path),
        .args = g_strdupv((char **)args),
        .env = g_strdupv((char **)env),
        .ended = ended,
        .data = data,
        .fd = -1,
    };
    g_ptr_array_add(p->real->processes, p);
    world->ops->job(world, start_work, start_done, p);
    return &p->process;
}

static void process_kill(BerthProcess *process)
{
    Process *p = (Process *)process;

    p->is_killed = true;
    if (p->watch)
        kill_group(p);
}

static void process_leave(BerthProcess *process)
{
    ((Process *)process)->ended = NULL;
}

/* Jobs are over. */
void berth_real_processes_end(BerthReal *real)
{
    while (real->processes->len > 0)
        process_free(g_ptr_array_index(real->processes, 0));
}

void berth_real_add_processes(BerthWorldOps *ops)
{
    ops->process_check = process_check;
    ops->process_start = process_start;
    ops->process_kill = process_kill;
    ops->process_leave = process_leave;
}
