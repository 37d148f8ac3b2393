/* conf - the limits that the configuration has: "limits" in the user-context of a subnet or a
 * class. */
#pragma once

#include <berth/plugin.h>

/* "5 packets per second" */
typedef struct Rate {
    const char *text; /* NULL: none */
    uint32_t packets;
    int64_t unit_usec;
} Rate;

typedef enum LimitKind {
    LIMIT_ADDRESSES,
    LIMIT_PREFIXES,
    LIMIT_KINDS,
} LimitKind;

typedef struct Limit {
    int64_t leases[LIMIT_KINDS]; /* -1: none */
    Rate rate;
    bool is_template; /* it holds for each class that the template makes */
} Limit;

typedef struct FamilyConf {
    GHashTable *subnets; /* id -> Limit */
    GHashTable *classes; /* name -> Limit */
} FamilyConf;

typedef struct Conf {
    FamilyConf families[2];
} Conf;

int conf_prepare(void *conf, GError **error);
int conf_read(void *conf, const BerthContext *context, GError **error);
void conf_release(void *conf);

/* NULL: it has none. */
const Limit *conf_of_subnet(const Conf *conf, int family, uint32_t subnet_id);
const Limit *conf_of_class(const Conf *conf, int family, const char *name);

/* For a test: 0, or -EINVAL with an error. */
int conf_read_rate(const char *text, Rate *ret, GError **error);
