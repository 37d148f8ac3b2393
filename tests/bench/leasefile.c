/* leasefile - see leasefile.h. */
#include "tests/bench/leasefile.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void leasefile_write(const char *path, unsigned n, const char *name)
{
    FILE *file = fopen(path, "w");
    long long end = (long long)(g_get_real_time() / 1000000) + 86400;

    if (!file)
        exit(2);
    fputs("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,"
          "state,user_context,pool_id\n",
          file);
    for (unsigned i = 1; i <= n; i++) {
        unsigned a = i >> 16, b = i >> 8 & 255, c = i & 255;

        fprintf(file,
                "10.%u.%u.%u,02:00:00:%02x:%02x:%02x,01:02:00:00:%02x:%02x:%02x,86400,%lld,1,0,0,",
                a, b, c, a, b, c, a, b, c, end + i % 3600);
        if (name)
            fprintf(file, "%s%u", name, i);
        fputs(",0,,0\n", file);
    }
    /* What is not on the disk yet would be waited for at the end of the load. */
    if (fflush(file) != 0 || fsync(fileno(file)) < 0)
        exit(2);
    fclose(file);
}
