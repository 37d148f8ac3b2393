/* The model of a shared store keeps the contract of lease backends, as the Lua scripts do. */
#include "tests/contract/contract.h"
#include "tests/lib/fake_server.h"
#include "tests/model/backend.h"

#define SERVERS 2
#define MSEC 1000

typedef struct Place {
    BerthServer *server;
    Ground ground;
    ModelCluster cluster;
    ModelPlace places[SERVERS];
    void *stores[SERVERS];
    int family;
    bool broken;
} Place;

static int64_t now_usec(void *data)
{
    return berth_server_boot_usec(((Place *)data)->server);
}

static void *make(int family)
{
    Place *place = g_new0(Place, 1);

    place->family = family;
    place->server = berth_fake_server_new(NULL);
    place->ground = (Ground){
        .timers = &berth_fake_server_world(place->server)->world.timers,
        .rand = g_rand_new_with_seed(1),
        .now = now_usec,
        .data = place,
    };
    place->cluster = (ModelCluster){
        .master = model_store_new(), .servers = SERVERS, .guard_sec = 60, .grace_sec = 300};
    for (unsigned i = 0; i < SERVERS; i++)
        model_place_init(&place->places[i], &place->ground, &place->cluster, i);
    return place;
}

static void destroy(void *data)
{
    Place *place = data;

    for (unsigned i = 0; i < SERVERS; i++)
        model_place_clear(&place->places[i]);
    model_store_free(place->cluster.master);
    g_rand_free(place->ground.rand);
    berth_fake_server_free(place->server);
    g_free(place);
}

static void *open_at(Place *place, unsigned i, GError **error)
{
    g_autofree char *text = g_strdup_printf("%p", (void *)&place->places[i]);
    ModelConf conf = {"model", text};

    model_backend.open(NULL, place->server, place->family, &conf, &place->stores[i], error);
    return place->stores[i];
}

static void *open_store(void *data, GError **error)
{
    return open_at(data, 0, error);
}

static void *open_other(void *data, GError **error)
{
    return open_at(data, 1, error);
}

static void close_store(void *data, void *store)
{
    (void)data;
    model_backend.close(store);
}

static void pass(Place *place, int64_t msec)
{
    berth_fake_world_pass(berth_fake_server_world(place->server), msec * MSEC);
}

/* Whoever misses something finds that the log is no longer what it was. */
static void settle(void *data)
{
    Place *place = data;
    bool is_any_deaf = false;

    pass(place, place->broken ? 4000 : 200);
    for (unsigned i = 0; i < SERVERS; i++) {
        is_any_deaf |= place->places[i].is_deaf;
        place->places[i].is_deaf = false;
    }
    if (!is_any_deaf)
        return;
    model_store_trim(place->cluster.master, 0);
    pass(place, 200);
}

static void break_down(void *data, bool broken)
{
    Place *place = data;

    place->broken = broken;
    for (unsigned i = 0; i < SERVERS; i++)
        place->places[i].is_cut = broken;
    if (!broken)
        pass(place, 4000); /* and it is connected again */
}

static ModelPlace *place_of(Place *place, const void *store)
{
    return &place->places[store == place->stores[1]];
}

static void lose_answer(void *data, void *store, bool is_written)
{
    place_of(data, store)->loses = is_written ? MODEL_LOSES_ANSWER : MODEL_LOSES_REQUEST;
}

static void miss(void *data, void *store)
{
    place_of(data, store)->is_deaf = true;
}

static const BerthContract contract = {
    .name = "contract_model",
    .ops = &model_backend,
    .make = make,
    .destroy = destroy,
    .open = open_store,
    .close = close_store,
    .settle = settle,
    .crash = close_store,
    .break_down = break_down,
    .open_other = open_other,
    .lose_answer = lose_answer,
    .miss = miss,
};

int main(int argc, char **argv)
{
    return berth_contract_main(&contract, argc, argv);
}
