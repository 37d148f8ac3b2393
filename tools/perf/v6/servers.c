/* servers - see servers.h. */
#include "tools/perf/v6/servers.h"

uint32_t perf_servers_number(PerfServers *servers, BerthBytes duid)
{
    for (uint32_t i = 0; i < servers->n; i++)
        if (berth_bytes_equal(perf_servers_duid(servers, i), duid))
            return i;
    if (duid.len == 0 || duid.len > PERF_ID_MAX || servers->n == PERF_SERVERS_MAX)
        return PERF_NOBODY;
    servers->list[servers->n].len = (uint8_t)duid.len;
    memcpy(servers->list[servers->n].bytes, duid.data, duid.len);
    return servers->n++;
}

BerthBytes perf_servers_duid(const PerfServers *servers, uint32_t number)
{
    if (number >= servers->n)
        return (BerthBytes){.len = 0};
    return (BerthBytes){servers->list[number].bytes, servers->list[number].len};
}
