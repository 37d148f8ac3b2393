/* The fake backend of the other tests keeps the contract, too. */
#include "tests/contract/contract.h"
#include "tests/lib/fake_backend.h"

typedef struct Place {
    BerthFakeBackend *fake;
    int family;
    bool broken;
} Place;

static void *make(int family)
{
    Place *place = g_new0(Place, 1);

    place->family = family;
    place->fake = berth_fake_backend_new();
    return place;
}

static void destroy(void *data)
{
    Place *place = data;

    berth_fake_backend_free(place->fake);
    g_free(place);
}

static void *open_store(void *data, GError **error)
{
    Place *place = data;

    void *store = NULL;

    berth_fake_backend.open(NULL, NULL, place->family, place->fake, &store, error);
    return store;
}

static void close_store(void *data, void *store)
{
    (void)data;
    berth_fake_backend.close(store);
}

static void settle(void *data)
{
    Place *place = data;

    for (int i = 0; place->broken && i < 64; i++)
        berth_fake_backend_answer(place->fake, BERTH_COMMIT_FAILED);
    berth_fake_backend_finish(place->fake);
    g_array_set_size(place->fake->answers, 0);
}

static void break_down(void *data, bool broken)
{
    ((Place *)data)->broken = broken;
}

static const BerthContract fake = {
    .name = "contract_fake",
    .ops = &berth_fake_backend,
    .make = make,
    .destroy = destroy,
    .open = open_store,
    .close = close_store,
    .settle = settle,
    .crash = close_store,
    .break_down = break_down,
};

int main(int argc, char **argv)
{
    return berth_contract_main(&fake, argc, argv);
}
