/* site - one server on a simulated world, and what a test does to it. */
#pragma once

#include "core/server/server.h"
#include "tests/play/message.h"
#include "tests/sim/simworld.h"

typedef struct Site {
    SimWorld *sim;
    BerthServer *server; /* NULL: not started yet, or off */
    char *conf_path;
    GString *globals, *subnet, *rules; /* of the configuration; see site_write_conf */
    GString *heard;                    /* what the server logs, a line a message; NULL: nothing */
    char *interface, *pools, *subnets;
    BerthAddr address;                           /* of the server */
    GHashTable *clients;                         /* Client by name */
    GQueue replies;                              /* of Reply, oldest first */
    char *answer;                                /* to the last command; NULL: none yet */
    bool is_crowded;                             /* what is given is not looked for in the store */
    GString *wrong;                              /* what is wrong that nobody asked for */
    uint64_t drops[BERTH_DROP_COUNT], all_drops; /* as far as expected */
} Site;

Site *site_new(void);
void site_free(Site *site);

Client *site_client(Site *site, const char *name);
/* "RANGE; RANGE" as entries of the list `pools`; g_free it. */
char *site_pools_text(const char *pools);
/* Writes what globals, subnet, pools, subnets and rules say into the file. */
void site_write_conf(Site *site);
/* "" or why not; g_free it. */
char *site_start(Site *site);
/* The same with so many further leases in the store and a slow disk; comes back while the leases
 * are being loaded. */
char *site_start_loading(Site *site, unsigned n_leases);
char *site_reload(Site *site);
void site_stop(Site *site); /* in good order */
void site_crash(Site *site);
void site_run(Site *site, int64_t usec);
void site_send(Site *site, const Query *query);
/* Lets time pass until there is a reply, one second at most; NULL: there is none. */
Reply *site_reply(Site *site);

uint64_t site_counter(Site *site, const char *name);
/* Holds the drop counters against what is expected since the last call: `names` as in
 * "no-subnet,hook", NULL for none. Appends what is not so. */
void site_check_drops(Site *site, const char *names, GString *wrong);
/* Rows of this address in the lease file, from its beginning. */
unsigned site_rows(Site *site, const char *addr);
