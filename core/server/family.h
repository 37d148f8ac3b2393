/* family - what the server has once for each family that it serves, DHCPv4 and DHCPv6: leases and
 * their store, network, statistics, logger root, counters. Each is what one of Kea's daemons is;
 * the runner, the plugins and the configuration are the server's and the same for both. */
#pragma once

#include "core/conf/conf.h"
#include "core/net/net.h"
#include "core/packet/run.h"

/* How things are called in this family. */
typedef struct BerthFamilyNames {
    const char *service; /* "dhcp4", also the logger of the daemon itself */
    const char *daemon;  /* "kea-dhcp4" */
    const char *map;     /* "Dhcp4" */
    const char *id;      /* "DHCP4": how log identifiers begin */
    const char *text;    /* "DHCPv4" */
    const char *ip;      /* "IPv4" */
} BerthFamilyNames;

typedef struct BerthFamily {
    BerthEnv env;
    BerthServer *server;
    const BerthFamilyNames *names;
    const struct BerthFamilySteps *steps;
    bool owns_log;
    bool ready; /* its leases are loaded */

    struct BerthStore *store; /* in use, or being loaded */
    struct BerthSwap *swap;   /* to another one: that runs, or the last */

    const BerthHostSource *host_source; /* a plugin's; NULL: none */
    void *host_source_data;

    struct BerthServerId *server_id; /* DHCPv6 */
} BerthFamily;

/* `number` 4 or 6. */
const BerthFamilyNames *berth_family_names(int number);

/* With the server's world, runner and arena. `log` is its own when `owns_log`. */
BerthFamily *berth_family_new(BerthServer *server, int number, BerthLog *log, bool owns_log);
/* Ends leases, store and network; nothing is written any more. The runner must be gone. */
void berth_family_close(BerthFamily *family);
/* And the rest, which plugins may use until they are stopped. */
void berth_family_free(BerthFamily *family);

/* Its part of a snapshot. */
const BerthFamilyConf *berth_family_conf(const BerthFamily *family, const BerthConf *conf);

/* From here on `conf` is in force. */
void berth_family_adopt(BerthFamily *family, BerthConf *conf);
void berth_family_configure_net(BerthFamily *family);
/* Hears nothing any more, and ends the loading. */
void berth_family_stop(BerthFamily *family);
/* Whether `conf` has the same lease-database. */
bool berth_family_keeps_store(const BerthFamily *family, const BerthConf *conf);
/* Replies of this round leave. */
void berth_family_flush(BerthFamily *family);

/* Says something as the family's daemon: `id` "STARTED" for DHCP4_STARTED. */
void berth_family_log(const BerthFamily *family, BerthLevel level, const char *id,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);

/* ---- answered by server.c ---- */

/* The family of that number, 4 or 6; 0: the only one or the first. NULL: it is not served. */
BerthFamily *berth_server_family(BerthServer *server, int number);
/* A family tells that its leases are loaded. */
void berth_server_family_ready(BerthServer *server);
