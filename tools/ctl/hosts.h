/* hosts - "berthctl reservations": reservations as a table, for people. */
#pragma once

#include "tools/ctl/talk.h"

/* Of the subnet with this id, 0 the global ones; NULL: all. The exit status. */
int hosts_run(const Server *server, const char *subnet_id);
