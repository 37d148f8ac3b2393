/* cluster - which node of a Redis Cluster serves our hash slot, and where one sends us. */
#pragma once

#include "search.h"

#define CLUSTER_SLOTS 16384

/* The hash slot of a key: CRC16 of what is between its first { and the next }, if there is
 * anything, else of all of it. */
unsigned cluster_slot(BerthBytes key);

/* Asks host and cluster-nodes, and `last` if it is not NULL. */
Search *cluster_search(BerthServer *server, const BerthRedisParams *params, const Place *last,
                       unsigned slot, Found found, void *data);

/* Where "MOVED 3999 192.0.2.1:6381" or "ASK …" says the slot is; without a host it is at the one
 * that says so. NULL: it says no such thing, or speaks of another slot. */
Place *cluster_redirect(const redisReply *error, unsigned slot, const char *asked_host);
