/* commands - the commands of Kea's host_cmds, as rows of the plugin's table of hooks. */
#pragma once

#include <berth/plugin.h>

void reservation_add(BerthCommand *command, const void *conf, void *run);
void reservation_update(BerthCommand *command, const void *conf, void *run);
void reservation_del(BerthCommand *command, const void *conf, void *run);
void reservation_get(BerthCommand *command, const void *conf, void *run);
void reservation_get_all(BerthCommand *command, const void *conf, void *run);
void reservation_get_page(BerthCommand *command, const void *conf, void *run);
void reservation_get_by_hostname(BerthCommand *command, const void *conf, void *run);
void reservation_get_by_id(BerthCommand *command, const void *conf, void *run);
void reservation_get_by_address(BerthCommand *command, const void *conf, void *run);

/* clang-format off */
#define RESERVATION_COMMANDS \
    BERTH_ON_COMMAND("reservation-add", reservation_add), \
    BERTH_ON_COMMAND("reservation-del", reservation_del), \
    BERTH_ON_COMMAND("reservation-get", reservation_get), \
    BERTH_ON_COMMAND("reservation-get-all", reservation_get_all), \
    BERTH_ON_COMMAND("reservation-get-by-address", reservation_get_by_address), \
    BERTH_ON_COMMAND("reservation-get-by-hostname", reservation_get_by_hostname), \
    BERTH_ON_COMMAND("reservation-get-by-id", reservation_get_by_id), \
    BERTH_ON_COMMAND("reservation-get-page", reservation_get_page), \
    BERTH_ON_COMMAND("reservation-update", reservation_update)
/* clang-format on */
