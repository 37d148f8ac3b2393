/* settings - how addresses are asked: the plugin's parameters, and what a subnet's user-context
 * says otherwise. */
#pragma once

#include <berth/plugin.h>

typedef struct Settings {
    bool is_enabled;
    int64_t min_requests, timeout_msec, cltt_sec;
} Settings;

typedef struct Conf {
    Settings all;
    int64_t threads;     /* Kea's; of no effect */
    GHashTable *subnets; /* subnet id -> Settings, of those that say anything */
} Conf;

extern const BerthConfItem settings_items[];

int settings_prepare(void *conf, GError **error);
int settings_read(void *conf, const BerthContext *context, GError **error);
void settings_release(void *conf);

const Settings *settings_of(const Conf *conf, uint32_t subnet_id);
