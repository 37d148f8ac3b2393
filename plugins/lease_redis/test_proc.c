/* test_proc - see test_proc.h. */
#include "test_proc.h"

#include "tests/lib/rows.h"

void proc_init(Proc *proc, const char *more)
{
    *proc = (Proc){.redis = test_redis_new(TEST_REDIS_SERVER, more)};
}

static void hang_up(Proc *proc)
{
    g_clear_pointer(&proc->context, redisFree);
}

void proc_clear(Proc *proc)
{
    hang_up(proc);
    test_redis_free(proc->redis);
}

void proc_kill(Proc *proc)
{
    hang_up(proc);
    test_redis_kill(proc->redis);
}

void proc_restart(Proc *proc)
{
    test_redis_start(proc->redis);
}

/* ---- commands ---- */

static redisContext *context_of(Proc *proc)
{
    if (proc->context && proc->context->err)
        hang_up(proc);
    if (!proc->context)
        proc->context = redisConnectUnix(test_redis_socket(proc->redis));
    return proc->context;
}

redisReply *proc_do_args(Proc *proc, int n, const char **args, const size_t *lens)
{
    redisReply *reply = redisCommandArgv(context_of(proc), n, args, lens);

    CHECK(reply != NULL);
    return reply;
}

static redisReply *do_it(Proc *proc, const char *format, va_list args)
{
    redisReply *reply = redisvCommand(context_of(proc), format, args);

    CHECK(reply != NULL);
    return reply;
}

redisReply *proc_do(Proc *proc, const char *format, ...)
{
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = do_it(proc, format, args);
    va_end(args);
    return reply;
}

void proc_tell(Proc *proc, const char *format, ...)
{
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = do_it(proc, format, args);
    va_end(args);
    if (!reply)
        return;
    CHECK_TEXT(reply->type == REDIS_REPLY_ERROR ? reply->str : "", "");
    freeReplyObject(reply);
}

static void test_none(void)
{
    CHECK(!test_redis_is_there());
}

int proc_tests_main(const char *name, int (*run)(int argc, char **argv), int argc, char **argv)
{
    static const BerthTest none[] = {{"none", test_none}, {0}};
    g_autofree char *path = g_find_program_in_path("redis-server");

    return path ? run(argc, argv) : berth_tests_main(name, none, argc, argv);
}
