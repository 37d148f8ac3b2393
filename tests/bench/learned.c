/* learned - writes down when this server knew of a lease: a line "seconds address" for each, by the
 * clock of the day, which is that of what tcpdump saw on the wire. */
#include <berth/plugin.h>

#include <stdio.h>

typedef struct Conf {
    const char *file;
} Conf;

typedef struct Run {
    BerthServer *server;
    FILE *file;
} Run;

static const BerthConfItem conf_items[] = {
    {"file", BERTH_STRING(Conf, file), "/dev/null", "where to write"},
    {0},
};

static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    const Run *run = data;
    int64_t now = g_get_real_time();
    char text[BERTH_ADDR_TEXT];

    if (before || !after)
        return;
    fprintf(run->file, "%" G_GINT64_FORMAT ".%06d %s\n", now / G_USEC_PER_SEC,
            (int)(now % G_USEC_PER_SEC), berth_addr_text(berth_lease_addr(after), text));
}

static int start(BerthServer *server, const void *conf_data, void *run_state, GError **error)
{
    const Conf *conf = conf_data;
    Run *run = run_state;

    run->server = server;
    run->file = fopen(conf->file, "w");
    if (!run->file)
        return berth_fail(error, -EIO, "%s can't be written", conf->file);
    return berth_server_follow_leases(server, 4, on_change, run);
}

static void stop(void *run_state)
{
    Run *run = run_state;

    berth_server_unfollow_leases(run->server, 4, on_change, run);
    fclose(run->file);
}

BERTH_PLUGIN(.name = "learned", .about = "write down when a lease is known",
             .conf_size = sizeof(Conf), .conf = conf_items, .run_size = sizeof(Run), .start = start,
             .stop = stop);
