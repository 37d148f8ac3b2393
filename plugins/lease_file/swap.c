/* swap - see swap.h. */
#include "swap.h"

#include <errno.h>

#define AGAIN_USEC 1000000

typedef enum Task {
    TASK_NONE,
    TASK_MAKE_ROOM,
    TASK_SUPERSEDE,
} Task;

struct Swap {
    BerthServer *server;
    char *path;
    FileLock *lock;
    Mark mark;
    BerthTimer *soon; /* runs or ends the task */

    Task task;
    bool runs, closed;
    Mark next; /* to be written */
    int result;
    GError *error;
    bool unsure; /* a failed try may have left the mark */
    void (*made)(void *data);
    void (*superseded)(void *data, const GError *error);
    void *data;
};

static void on_soon(void *data);

int swap_open(BerthServer *server, const char *path, FileLock *lock, Swap **ret, GError **error)
{
    Swap *swap = g_new0(Swap, 1);
    int r;

    swap->server = server;
    swap->path = g_strdup(path);
    if (lock)
        swap->lock = file_lock_ref(lock);
    swap->soon = berth_timer_new(server, on_soon, swap);
    r = path ? mark_read(server, path, &swap->mark, error) : 0;
    if (r < 0)
        swap_close(swap);
    else
        *ret = swap;
    return r;
}

static void swap_free(Swap *swap)
{
    file_lock_unref(swap->lock);
    mark_clear(&swap->mark);
    mark_clear(&swap->next);
    g_clear_error(&swap->error);
    g_free(swap->path);
    g_free(swap);
}

void swap_close(Swap *swap)
{
    if (!swap)
        return;
    berth_timer_free(g_steal_pointer(&swap->soon));
    swap->closed = true;
    if (!swap->runs)
        swap_free(swap);
}

int swap_check(const Swap *swap, GError **error)
{
    return mark_check(&swap->mark, swap->path, error);
}

const char *swap_data_set(Swap *swap)
{
    uint8_t random[16];
    char text[BERTH_UUID_TEXT];

    if (!swap->mark.data_set) {
        berth_server_random(swap->server, random, sizeof(random));
        swap->mark.data_set = g_strdup(berth_uuid_text(random, text));
    }
    return swap->mark.data_set;
}

/* ---- the end of a task ---- */

static void answer(Swap *swap)
{
    void (*superseded)(void *, const GError *) = swap->superseded;
    g_autoptr(GError) error = g_steal_pointer(&swap->error);

    if (!error)
        mark_set(&swap->mark, &swap->next);
    swap->task = TASK_NONE;
    superseded(swap->data, error);
}

/* Whether the mark would be found is known before anybody is told: it is written again until it is
 * there for sure, or surely is not. */
static void try_again(Swap *swap)
{
    if (!swap->unsure)
        BERTH_LOG(swap->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_MARK_UNSURE",
                  "%s.berth: syncing its folder failed; it is tried again until it works",
                  swap->path);
    swap->unsure = true;
    berth_timer_set(swap->server, swap->soon, AGAIN_USEC);
}

static void end_supersede(Swap *swap)
{
    if (swap->result == MARK_UNSURE || (swap->result < 0 && swap->unsure)) {
        try_again(swap);
        return;
    }
    if (swap->result < 0)
        berth_fail(&swap->error, swap->result, "%s.berth cannot be written: %s", swap->path,
                   g_strerror(-swap->result));
    answer(swap);
}

static void end_make_room(Swap *swap)
{
    swap->task = TASK_NONE;
    if (swap->result == 0)
        mark_set(&swap->mark, &swap->next);
    swap->made(swap->data);
}

static void end_task(Swap *swap)
{
    if (swap->task == TASK_SUPERSEDE)
        end_supersede(swap);
    else
        end_make_room(swap);
}

/* ---- its work ---- */

static void work(void *data)
{
    Swap *swap = data;

    if (swap->task == TASK_SUPERSEDE)
        swap->result = mark_write(swap->server, swap->path, &swap->next);
    else
        swap->result =
            mark_make_room(swap->server, swap->path, &swap->mark, &swap->next, &swap->error);
}

static void done(void *data)
{
    Swap *swap = data;

    swap->runs = false;
    if (swap->closed)
        swap_free(swap);
    else
        end_task(swap);
}

static void on_soon(void *data)
{
    Swap *swap = data;

    if (!swap->path) {
        end_task(swap);
        return;
    }
    swap->runs = true;
    berth_job_run(swap->server, work, done, swap);
}

static void start(Swap *swap, Task task, const Mark *next)
{
    swap->task = task;
    swap->result = 0;
    swap->unsure = false;
    mark_set(&swap->next, next);
    berth_timer_set(swap->server, swap->soon, 0);
}

void swap_make_room(Swap *swap, const char *data_set, void (*made)(void *data), void *data)
{
    const Mark next = {.data_set = (char *)data_set, .unfinished = true};

    swap->made = made;
    swap->data = data;
    start(swap, TASK_MAKE_ROOM, &next);
}

int swap_made(Swap *swap, GError **error)
{
    if (swap->error)
        g_propagate_error(error, g_steal_pointer(&swap->error));
    return swap->result;
}

void swap_supersede(Swap *swap, const char *by, void (*superseded)(void *data, const GError *error),
                    void *data)
{
    const Mark next = {.data_set = (char *)swap_data_set(swap), .superseded_by = (char *)by};

    swap->superseded = superseded;
    swap->data = data;
    start(swap, TASK_SUPERSEDE, &next);
}
