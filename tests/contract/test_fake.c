/* The fake backend of the other tests keeps the contract, too: as the store of one server, and as
 * one that several share. */
#include "tests/contract/contract.h"
#include "tests/lib/fake_backend.h"

typedef struct Place {
    BerthFakeBackend *fakes[2]; /* of this server, and of another one or NULL */
    BerthFakeBackend *misses;
    int family;
    bool broken;
} Place;

static void *make(int family)
{
    Place *place = g_new0(Place, 1);

    place->family = family;
    place->fakes[0] = berth_fake_backend_new();
    return place;
}

static void *make_shared(int family)
{
    Place *place = make(family);

    place->fakes[1] = berth_fake_backend_beside(place->fakes[0]);
    for (int i = 0; i < 2; i++)
        berth_fake_backend.close(place->fakes[i]);
    return place;
}

static void destroy(void *data)
{
    Place *place = data;

    berth_fake_backend_free(place->fakes[0]);
    if (place->fakes[1])
        berth_fake_backend_free(place->fakes[1]);
    g_free(place);
}

static void *open_store(void *data, GError **error)
{
    Place *place = data;
    void *store = NULL;

    berth_fake_backend.open(NULL, NULL, place->family, place->fakes[0], &store, error);
    return store;
}

static void *open_other(void *data, GError **error)
{
    Place *place = data;
    void *store = NULL;

    berth_fake_backend.open(NULL, NULL, place->family, place->fakes[1], &store, error);
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

    for (int i = 0; i < 2 && place->fakes[i]; i++) {
        place->fakes[i]->down = place->broken ? "broken" : NULL;
        berth_fake_backend_finish(place->fakes[i]);
    }
    for (int i = 0; i < 2 && place->fakes[i]; i++) {
        if (place->fakes[i] == place->misses)
            berth_fake_backend_miss(place->misses);
        berth_fake_backend_follow(place->fakes[i]);
        berth_fake_backend_reread(place->fakes[i]);
    }
    place->misses = NULL;
}

static void break_down(void *data, bool broken)
{
    ((Place *)data)->broken = broken;
}

static void lose_answer(void *data, void *store, bool is_written)
{
    BerthFakeBackend *fake = store;

    (void)data;
    fake->unknown_written = is_written;
    berth_fake_backend_answer(fake, BERTH_COMMIT_UNKNOWN);
}

static void miss(void *data, void *store)
{
    ((Place *)data)->misses = store;
}

static const BerthContract alone = {
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
    BerthContract shared = alone;
    int a, b;

    shared.name = "contract_fake_shared";
    shared.make = make_shared;
    shared.open_other = open_other;
    shared.lose_answer = lose_answer;
    shared.miss = miss;
    a = berth_contract_main(&alone, argc, argv);
    b = berth_contract_main(&shared, argc, argv);
    return MAX(a, b);
}
