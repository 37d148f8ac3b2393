/* The fake backend of the other tests keeps the contract, too. */
#include "tests/contract/contract.h"
#include "tests/lib/fake_backend.h"

typedef struct Store {
    BerthFakeBackend *fake;
    bool broken;
} Store;

static void *make(void)
{
    Store *store = g_new0(Store, 1);

    store->fake = berth_fake_backend_new();
    return store;
}

static void destroy(void *data)
{
    Store *store = data;

    berth_fake_backend_free(store->fake);
    g_free(store);
}

static void *open_run(void *data, GError **error)
{
    Store *store = data;

    return berth_fake_backend.open(store->fake, NULL, 4, NULL, error) < 0 ? NULL : store->fake;
}

static void close_run(void *data, void *run)
{
    (void)data;
    berth_fake_backend.close(run);
}

static void settle(void *data)
{
    Store *store = data;

    for (int i = 0; store->broken && i < 64; i++)
        berth_fake_backend_answer(store->fake, BERTH_COMMIT_FAILED);
    berth_fake_backend_finish(store->fake);
    g_array_set_size(store->fake->answers, 0);
}

static void break_down(void *data, bool broken)
{
    ((Store *)data)->broken = broken;
}

static const BerthContract fake = {
    .name = "contract_fake",
    .ops = &berth_fake_backend,
    .make = make,
    .destroy = destroy,
    .open = open_run,
    .close = close_run,
    .settle = settle,
    .crash = close_run,
    .break_down = break_down,
};

int main(int argc, char **argv)
{
    return berth_contract_main(&fake, argc, argv);
}
