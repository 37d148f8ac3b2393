/* tables - every map of Dhcp4 and Dhcp6 as a declared table, and the plain structs that the tables
 * fill.
 *
 * A struct here holds what one map says, key by key; the rooms beside (params, global, subnet,
 * optdef, optdata) check it and make of it what the packet path wants. Keys and defaults are Kea's.
 * What both families have stands in one table; a family's own keys stand in a second one for the
 * same map. */
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
    const char *subnet, *interface, *interface_id;
    const BerthNode *relay, *pools, *pd_pools, *options, *reservations, *user_context;
    BerthGuardIn guard;
} BerthSubnetIn;

typedef struct BerthNetworkIn {
    const char *name, *interface, *interface_id;
    const BerthNode *relay, *subnets, *options, *reservations, *user_context;
    BerthGuardIn guard;
} BerthNetworkIn;

typedef struct BerthRelayIn {
    BerthList addresses; /* of const char * */
    const char *address;
} BerthRelayIn;

typedef struct BerthPoolIn {
    const char *pool;
    int64_t id;
    const BerthNode *options, *user_context;
    BerthGuardIn guard;
} BerthPoolIn;

typedef struct BerthPdPoolIn {
    const char *prefix, *excluded;
    int64_t prefix_len, delegated_len, excluded_len, id;
    const BerthNode *options, *user_context;
    BerthGuardIn guard;
} BerthPdPoolIn;

typedef struct BerthClassIn {
    const char *name, *test, *template_test;
    bool additional;
    const BerthNode *options, *optdefs, *user_context;
    int64_t valid_sec, min_valid_sec, max_valid_sec;
    /* DHCPv4 */
    int64_t offer_sec;
    BerthAddr next_server;
    const char *server_hostname, *boot_file_name;
    /* DHCPv6 */
    int64_t preferred_sec, min_preferred_sec, max_preferred_sec;
} BerthClassIn;

typedef struct BerthHostIn {
    const char *ids[BERTH_HOST_ID_TYPES]; /* NULL: not given */
    const char *hostname;
    BerthList classes; /* of const char *, as the following */
    const BerthNode *options, *user_context;
    /* DHCPv4 */
    const char *address, *server_hostname, *boot_file_name;
    BerthAddr next_server;
    /* DHCPv6 */
    BerthList addresses, prefixes, excluded;
} BerthHostIn;

typedef struct BerthServerIdIn {
    int type; /* BerthDuidType - 1 */
    const char *identifier;
    int64_t htype, time, enterprise_id;
    bool persist;
} BerthServerIdIn;

typedef struct BerthOptionIn {
    int64_t code; /* -1: named only */
    const char *name, *space, *data;
    bool csv, always_send, never_send;
    BerthList classes; /* of const char * */
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

/* Of both families. */
extern const BerthConfItem berth_conf_global[];     /* BerthFamilyConf */
extern const BerthConfItem berth_conf_expired[];    /* BerthFamilyConf */
extern const BerthConfItem berth_conf_sanity[];     /* BerthFamilyConf */
extern const BerthConfItem berth_conf_params[];     /* BerthParams */
extern const BerthConfItem berth_conf_interfaces[]; /* BerthInterfacesIn */
extern const BerthConfItem berth_conf_network[];    /* BerthNetworkIn */
extern const BerthConfItem berth_conf_subnet[];     /* BerthSubnetIn */
extern const BerthConfItem berth_conf_relay[];      /* BerthRelayIn */
extern const BerthConfItem berth_conf_pool[];       /* BerthPoolIn */
extern const BerthConfItem berth_conf_naming[];     /* BerthNaming, of a pool */
extern const BerthConfItem berth_conf_logger[];     /* BerthLoggerIn */
extern const BerthConfItem berth_conf_output[];     /* BerthOutputIn */
extern const BerthConfItem berth_conf_plugin[];     /* BerthPluginIn */
extern const BerthConfItem berth_conf_library[];    /* BerthPluginIn */
/* Of one. */
extern const BerthConfItem berth_conf_global4[], berth_conf_global6[];   /* BerthFamilyConf */
extern const BerthConfItem berth_conf_compat4[], berth_conf_compat6[];   /* BerthFamilyConf */
extern const BerthConfItem berth_conf_params4[], berth_conf_params6[];   /* BerthParams */
extern const BerthConfItem berth_conf_network4[], berth_conf_network6[]; /* BerthNetworkIn */
extern const BerthConfItem berth_conf_subnet4[], berth_conf_subnet6[];   /* BerthSubnetIn */
extern const BerthConfItem berth_conf_option4[], berth_conf_option6[];   /* BerthOptionIn */
extern const BerthConfItem berth_conf_optdef4[], berth_conf_optdef6[];   /* BerthOptDefIn */
extern const BerthConfItem berth_conf_interfaces4[];                     /* BerthInterfacesIn */
extern const BerthConfItem berth_conf_pdpool[];                          /* BerthPdPoolIn */
extern const BerthConfItem berth_conf_class[];                           /* BerthClassIn */
extern const BerthConfItem berth_conf_class4[], berth_conf_class6[];     /* BerthClassIn */
extern const BerthConfItem berth_conf_serverid[];                        /* BerthServerIdIn */
extern const BerthConfItem berth_conf_host[];                            /* BerthHostIn */
extern const BerthConfItem berth_conf_host4[], berth_conf_host6[];       /* BerthHostIn */

/* Tables of one map: what both families have, and the family's own, NULL where there is nothing. */
typedef struct BerthTables {
    const BerthConfItem *both, *own;
} BerthTables;

/* What tells one family from the other while it is read and shown. */
typedef struct BerthFamilyTables {
    const char *map;        /* "Dhcp4" */
    const char *subnets;    /* "subnet4" */
    const char *space;      /* "dhcp4" */
    const char *lease_file; /* "kea-leases4.csv" */
    uint16_t vendor;        /* the option that holds options of vendors */
    uint16_t vendor_class;  /* what says of which vendor somebody is */
    const char *ip;         /* "IPv4", and how its texts look: */
    const char *prefix, *range, *part, *iface;
    BerthTables global;     /* BerthFamilyConf */
    BerthTables params;     /* BerthParams; they stand in the map, its networks and its subnets */
    BerthTables network;    /* BerthNetworkIn */
    BerthTables subnet;     /* BerthSubnetIn */
    BerthTables class;      /* BerthClassIn */
    BerthTables host;       /* BerthHostIn */
    BerthTables interfaces; /* BerthInterfacesIn */
    const BerthConfItem *compat; /* BerthFamilyConf */
    const BerthConfItem *option; /* BerthOptionIn */
    const BerthConfItem *optdef; /* BerthOptDefIn */
} BerthFamilyTables;
extern const BerthFamilyTables berth_conf_family4, berth_conf_family6;
