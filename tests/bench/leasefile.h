/* leasefile - a lease file of IPv4 to measure with. */
#pragma once

/* Of `n` Ethernet clients, whose identifier is their address behind its type, as most are: 10.0.0.1
 * and on, for a day, in subnet 1. With a name each has it as its host name, its number behind. */
void leasefile_write(const char *path, unsigned n, const char *name);
