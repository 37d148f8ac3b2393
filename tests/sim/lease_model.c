/* lease_model - the plugin by which a simulated server has its leases in tests/model. */
#include <berth/plugin.h>

#include "tests/model/backend.h"

static const BerthConfItem conf[] = {
    {"type", BERTH_STRING(ModelConf, type), "model", "this backend"},
    {"place", BERTH_STRING(ModelConf, place), NULL, "the address of a ModelPlace, in hex"},
    {0},
};

static const BerthRole roles[] = {
    BERTH_LEASE_BACKEND("model", &model_backend, conf, ModelConf),
    {0},
};

BERTH_PLUGIN(.name = "lease_model", .about = "leases in a model of a shared store", .roles = roles);
