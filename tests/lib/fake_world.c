/* fake_world - see fake_world.h. */
#include "tests/lib/fake_world.h"

#include "tests/lib/fake_echo.h"

#include <errno.h>

typedef struct FakeJob {
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
    bool begun;
} FakeJob;

static BerthFakeWorld *fake_of(BerthWorld *world)
{
    return (BerthFakeWorld *)world;
}

static int64_t wall_usec(BerthWorld *world)
{
    return fake_of(world)->wall_usec;
}

static int64_t boot_usec(BerthWorld *world)
{
    return fake_of(world)->boot_usec;
}

/* splitmix64 */
static uint64_t next_random(BerthFakeWorld *fake)
{
    uint64_t z = fake->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void fill_random(BerthWorld *world, void *ret, size_t len)
{
    uint8_t *at = ret;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)next_random(fake_of(world));
}

static void add_job(BerthWorld *world, void (*work)(void *data), void (*done)(void *data),
                    void *data)
{
    FakeJob *job = g_new(FakeJob, 1);

    *job = (FakeJob){work, done, data, false};
    g_queue_push_tail(&fake_of(world)->jobs, job);
}

static void end_jobs(BerthWorld *world)
{
    while (!g_queue_is_empty(&((BerthFakeWorld *)world)->jobs))
        berth_fake_world_step((BerthFakeWorld *)world);
}

/* ---- programs ---- */

static int process_check(BerthWorld *world, const char *path)
{
    (void)world;
    return strstr(path, "missing") ? -ENOENT : strstr(path, "locked") ? -EACCES : 0;
}

static BerthProcess *process_start(BerthWorld *world, const char *path, const char *const *args,
                                   const char *const *env, BerthProcessEnded ended, void *data)
{
    BerthFakeProgram *program = g_new0(BerthFakeProgram, 1);

    *program = (BerthFakeProgram){
        .process.world = world,
        .path = g_strdup(path),
        .args = g_strdupv((char **)args),
        .env = g_strdupv((char **)env),
        .ended = ended,
        .data = data,
    };
    g_ptr_array_add(fake_of(world)->programs, program);
    return &program->process;
}

static void process_kill(BerthProcess *process)
{
    ((BerthFakeProgram *)process)->is_killed = true;
}

static void process_leave(BerthProcess *process)
{
    ((BerthFakeProgram *)process)->ended = NULL;
}

static void program_free(void *data)
{
    BerthFakeProgram *program = data;

    g_free(program->path);
    g_strfreev(program->args);
    g_strfreev(program->env);
    g_free(program);
}

void berth_fake_world_end_program(BerthFakeWorld *fake, BerthFakeProgram *program, int status)
{
    BerthProcessEnded ended = program->ended;
    void *data = program->data;

    g_ptr_array_remove(fake->programs, program);
    if (ended)
        ended(data, status);
    berth_world_run_idle(&fake->world);
}

/* ---- the world ---- */

BerthFakeWorld *berth_fake_world_new(uint64_t seed, const BerthWorldOps *more)
{
    BerthFakeWorld *fake = g_new0(BerthFakeWorld, 1);

    if (more)
        fake->ops = *more;
    fake->ops.wall_usec = wall_usec;
    fake->ops.boot_usec = boot_usec;
    fake->ops.random = fill_random;
    fake->ops.job = add_job;
    fake->ops.end_jobs = end_jobs;
    fake->ops.echo_open = berth_fake_echo_open;
    fake->ops.echo_send = berth_fake_echo_send;
    fake->ops.echo_close = berth_fake_echo_close;
    fake->ops.process_check = process_check;
    fake->ops.process_start = process_start;
    fake->ops.process_kill = process_kill;
    fake->ops.process_leave = process_leave;
    fake->programs = g_ptr_array_new_with_free_func(program_free);
    fake->random = seed;
    fake->wall_usec = BERTH_FAKE_START_SEC * 1000000;
    fake->boot_usec = INT64_C(1000) * 1000000;
    g_queue_init(&fake->jobs);
    berth_world_init(&fake->world, &fake->ops);
    return fake;
}

void berth_fake_world_free(BerthFakeWorld *fake)
{
    g_queue_clear_full(&fake->jobs, g_free);
    g_ptr_array_unref(fake->programs);
    berth_fake_echo_clear(&fake->world);
    berth_world_clear(&fake->world);
    g_free(fake);
}

static void tell(BerthFakeWorld *fake, const FakeJob *job, BerthFakeJob what)
{
    if (fake->on_job)
        fake->on_job(fake->on_job_data, job, what);
}

static unsigned count_begun(const BerthFakeWorld *fake)
{
    unsigned n = 0;

    for (const GList *l = fake->jobs.head; l && ((const FakeJob *)l->data)->begun; l = l->next)
        n++;
    return n;
}

bool berth_fake_world_begin(BerthFakeWorld *fake)
{
    FakeJob *job = g_queue_peek_nth(&fake->jobs, count_begun(fake));

    if (!job)
        return false;
    job->begun = true;
    tell(fake, job, BERTH_FAKE_JOB_BEGINS);
    job->work(job->data);
    tell(fake, job, BERTH_FAKE_JOB_RESTS);
    return true;
}

bool berth_fake_world_end(BerthFakeWorld *fake, unsigned nth)
{
    FakeJob *job = nth < count_begun(fake) ? g_queue_pop_nth(&fake->jobs, nth) : NULL;

    if (!job)
        return false;
    tell(fake, job, BERTH_FAKE_JOB_ENDS);
    job->done(job->data);
    g_free(job);
    berth_world_run_idle(&fake->world);
    return true;
}

/* By chance one begins or one ends. */
static void step_by_chance(BerthFakeWorld *fake)
{
    unsigned begun = count_begun(fake);
    bool may_begin = begun < BERTH_FAKE_THREADS && begun < g_queue_get_length(&fake->jobs);

    if (begun == 0 || (may_begin && g_rand_boolean(fake->chance)))
        berth_fake_world_begin(fake);
    else
        berth_fake_world_end(fake, (unsigned)g_rand_int_range(fake->chance, 0, (gint32)begun));
}

void berth_fake_world_step(BerthFakeWorld *fake)
{
    if (fake->chance) {
        step_by_chance(fake);
        return;
    }
    if (count_begun(fake) == 0)
        berth_fake_world_begin(fake);
    berth_fake_world_end(fake, 0);
}

void berth_fake_world_settle(BerthFakeWorld *fake)
{
    do {
        berth_timers_run(&fake->world.timers, fake->boot_usec);
        berth_world_run_idle(&fake->world);
        end_jobs(&fake->world);
    } while (berth_timers_next(&fake->world.timers) <= fake->boot_usec);
}

static void move_to(BerthFakeWorld *fake, int64_t boot)
{
    if (boot > fake->boot_usec) {
        fake->wall_usec += boot - fake->boot_usec;
        fake->boot_usec = boot;
    }
}

void berth_fake_world_pass(BerthFakeWorld *fake, int64_t usec)
{
    int64_t until = fake->boot_usec + usec, next;

    berth_fake_world_settle(fake);
    while ((next = berth_timers_next(&fake->world.timers)) <= until) {
        move_to(fake, next);
        berth_fake_world_settle(fake);
    }
    move_to(fake, until);
    berth_fake_world_settle(fake);
}

void berth_fake_world_step_wall(BerthFakeWorld *fake, int64_t usec)
{
    fake->wall_usec += usec;
}
