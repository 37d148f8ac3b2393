/* backend - "berthctl backend": where the leases are kept, for people. */
#pragma once

#include "tools/ctl/talk.h"

/* status | swap TYPE [KEY=VALUE...] | abort; the exit status. */
int backend_run(const Server *server, int argc, char **argv);
