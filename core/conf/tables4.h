/* tables4 - every map of Dhcp4 as a declared table, and the plain structs that the tables fill.
 *
 * A struct here holds what one map says, key by key; the rooms beside (global4, subnet, optdef,
 * optdata) check it and make of it what the packet path wants. Keys and defaults are Kea's. */
#pragma once

#include "core/conf/conf.h"

typedef struct BerthInterfacesIn {
    BerthList interfaces; /* of const char * */
    int socket_type, outbound;
} BerthInterfacesIn;
enum { BERTH_SOCKET_RAW, BERTH_SOCKET_UDP };
enum { BERTH_OUTBOUND_SAME, BERTH_OUTBOUND_ROUTING };

typedef struct BerthSubnetIn {
    int64_t id; /* -1: to be given */
    const char *subnet, *interface;
    bool reservations_in_subnet;
    const BerthNode *relay, *pools, *options, *user_context;
} BerthSubnetIn;

typedef struct BerthRelayIn {
    BerthList addresses; /* of const char * */
} BerthRelayIn;

typedef struct BerthPoolIn {
    const char *pool;
    int64_t id;
    const BerthNode *options, *user_context;
} BerthPoolIn;

typedef struct BerthOptionIn {
    int64_t code; /* -1: named only */
    const char *name, *space, *data;
    bool csv, always_send, never_send;
} BerthOptionIn;

typedef struct BerthOptDefIn {
    const char *name, *type, *record_types, *space, *encapsulate;
    int64_t code;
    bool is_array;
} BerthOptDefIn;

typedef struct BerthLoggerIn {
    const char *name;
    int severity; /* BerthLevel; 5 is NONE */
    int64_t debuglevel;
    BerthList outputs; /* of BerthOutputIn */
} BerthLoggerIn;

typedef struct BerthOutputIn {
    const char *output, *pattern;
    bool flush;
    int64_t maxsize, maxver;
} BerthOutputIn;

typedef struct BerthPluginIn {
    const char *name; /* or `library` */
    bool enabled;
    const BerthNode *parameters;
} BerthPluginIn;

extern const BerthConfItem berth_conf_interfaces4[]; /* BerthInterfacesIn */
extern const BerthConfItem berth_conf_expired[];     /* BerthFamilyConf */
extern const BerthConfItem berth_conf_compat4[];     /* BerthFamilyConf */
extern const BerthConfItem berth_conf_subnet4[];     /* BerthSubnetIn */
extern const BerthConfItem berth_conf_relay[];       /* BerthRelayIn */
extern const BerthConfItem berth_conf_pool4[];       /* BerthPoolIn */
extern const BerthConfItem berth_conf_option4[];     /* BerthOptionIn */
extern const BerthConfItem berth_conf_optdef4[];     /* BerthOptDefIn */
extern const BerthConfItem berth_conf_logger[];      /* BerthLoggerIn */
extern const BerthConfItem berth_conf_output[];      /* BerthOutputIn */
extern const BerthConfItem berth_conf_plugin[];      /* BerthPluginIn */
extern const BerthConfItem berth_conf_library[];     /* BerthPluginIn */
