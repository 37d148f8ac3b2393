/* lease_redis - what the role is made of: the calls of BerthLeaseBackend on a Store. */
#pragma once

#include <berth/plugin.h>

int store_open(void *run, BerthServer *server, int family, const void *conf, void **ret_store,
               GError **error);
void store_close(void *store);
int store_load(void *store, unsigned max_rows, const BerthLeaseSink *sink, GError **error);
int store_fill(void *store, const char *data_set, const BerthLeaseSink *sink, GError **error);
void store_commit(void *store, BerthBatch *batch);
void store_import(void *store, BerthBatch *batch);
BerthHealth store_health(void *store, char *why, size_t size);
void store_status(void *store, BerthJson *json);
const char *store_data_set(void *store);
void store_supersede(void *store, const char *by, void (*done)(void *data, const GError *error),
                     void *data);
