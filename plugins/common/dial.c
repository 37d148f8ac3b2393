/* dial - see dial.h. */
#include "dial.h"

#include <errno.h>

#define ADDRS_MAX 16

/* What the job sees; it outlives a dial that was given up. */
typedef struct Lookup {
    Dial *dial; /* NULL: nobody waits */
    BerthServer *server;
    char *host; /* NULL: there is no name to look up */
    BerthTlsConf tls_conf;
    int n; /* or -errno */
    BerthAddr addrs[ADDRS_MAX];
    BerthTls *tls;
    GError *error;
} Lookup;

struct Dial {
    BerthServer *server;
    const BerthRedisParams *params;
    const Place *place;
    Dialed dialed;
    void *data;
    Lookup *lookup; /* the job that runs */
    BerthTls *tls;
    BerthTimer *timer;
    int64_t deadline;
    unsigned n, next;
    BerthAddr addrs[ADDRS_MAX];
    BerthStream *stream;
    char *peer, *why;
};

/* ---- places ---- */

Place *place_new(const char *host, unsigned port)
{
    Place *place = g_new(Place, 1);

    *place = (Place){g_strdup(host), port};
    return place;
}

static bool parse_port(const char *text, unsigned *ret)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &port, NULL))
        return false;
    *ret = (unsigned)port;
    return true;
}

Place *place_parse(const char *text, unsigned default_port)
{
    g_autofree char *host = g_strdup(text);
    char *end = *host == '[' ? strchr(host, ']') : strrchr(host, ':');
    unsigned port = default_port;

    if (*host == '/')
        return place_new(host, 0);
    if (*host == '[' && end) {
        *end++ = 0;
        memmove(host, host + 1, strlen(host)); /* its NUL too */
    } else if (end && strchr(host, ':') != end) {
        end = NULL; /* an IPv6 address without brackets has no port */
    }
    if (end && *end) {
        if (*end != ':' || !parse_port(end + 1, &port))
            return NULL;
        if (*text != '[')
            *end = 0;
    }
    return *host ? place_new(host, port) : NULL;
}

bool place_is_equal(const Place *a, const Place *b)
{
    return a && b && a->port == b->port && g_ascii_strcasecmp(a->host, b->host) == 0;
}

void place_free(Place *place)
{
    if (!place)
        return;
    g_free(place->host);
    g_free(place);
}

/* ---- the end of it ---- */

/* The last thing of any event: the callee may free the dial. */
static void end(Dial *dial, BerthStream *stream)
{
    berth_timer_stop(dial->timer);
    dial->dialed(dial->data, stream, dial->peer ? dial->peer : "", stream ? "" : dial->why);
}

static void set_why(Dial *dial, const char *why)
{
    g_free(dial->why);
    dial->why = dial->peer ? g_strdup_printf("%s: %s", dial->peer, why)
                           : g_strdup_printf("%s: %s", dial->place->host, why);
}

/* ---- addresses ---- */

static void try_next(Dial *dial);

static void on_connected(void *data)
{
    Dial *dial = data;
    BerthStream *stream = g_steal_pointer(&dial->stream);

    berth_stream_set_events(stream, NULL, NULL);
    end(dial, stream);
}

static void attempt_failed(Dial *dial, const char *why)
{
    set_why(dial, why);
    berth_stream_close(g_steal_pointer(&dial->stream));
    try_next(dial);
}

static void on_failed(void *data, int error)
{
    Dial *dial = data;
    g_autofree char *why = g_strdup(berth_stream_why(dial->stream, error));

    attempt_failed(dial, why);
}

static void on_ended(void *data)
{
    attempt_failed(data, "closed by the other side");
}

static int connect_to(Dial *dial)
{
    static const BerthStreamEvents events = {
        .size = sizeof(events), .connected = on_connected, .ended = on_ended, .failed = on_failed};
    const BerthRedisParams *params = dial->params;
    int r = berth_stream_connect(dial->server, dial->peer, &events, dial, &dial->stream);

    if (r == 0 && dial->tls)
        r = berth_stream_start_tls(dial->stream, dial->tls,
                                   params->tls_name ? params->tls_name : dial->place->host);
    return r;
}

static void name_peer(Dial *dial)
{
    char text[BERTH_ADDR_TEXT];
    BerthAddr addr = dial->addrs[dial->next];

    g_free(dial->peer);
    if (*dial->place->host == '/')
        dial->peer = g_strdup_printf("unix:%s", dial->place->host);
    else
        dial->peer = g_strdup_printf(berth_addr_is4(addr) ? "tcp:%s:%u" : "tcp:[%s]:%u",
                                     berth_addr_text(addr, text), dial->place->port);
}

/* Each address gets its share of the time that is left. */
static void try_next(Dial *dial)
{
    int r = -EAGAIN;

    while (r < 0 && dial->next < dial->n) {
        int64_t left = dial->deadline - berth_server_boot_usec(dial->server);

        name_peer(dial);
        berth_timer_set(dial->server, dial->timer, MAX(left / (dial->n - dial->next), 0));
        dial->next++;
        r = connect_to(dial);
        if (r < 0) {
            set_why(dial, g_strerror(-r));
            berth_stream_close(g_steal_pointer(&dial->stream));
        }
    }
    if (r < 0)
        end(dial, NULL);
}

/* ---- what comes before ---- */

static void look_up(void *data)
{
    Lookup *lookup = data;

    if (lookup->host)
        lookup->n = berth_host_resolve(lookup->server, lookup->host, lookup->addrs, ADDRS_MAX);
    if (lookup->n >= 0 && lookup->tls_conf.size > 0 &&
        berth_tls_load(lookup->server, &lookup->tls_conf, &lookup->tls, &lookup->error) < 0)
        lookup->n = -EINVAL;
}

static void lookup_free(Lookup *lookup)
{
    g_free(lookup->host);
    g_free((char *)lookup->tls_conf.trust_anchor);
    g_free((char *)lookup->tls_conf.cert_file);
    g_free((char *)lookup->tls_conf.key_file);
    berth_tls_free(lookup->tls);
    g_clear_error(&lookup->error);
    g_free(lookup);
}

static void use_lookup(Dial *dial, Lookup *lookup)
{
    dial->lookup = NULL;
    dial->tls = g_steal_pointer(&lookup->tls);
    if (lookup->host && lookup->n > 0) {
        dial->n = (unsigned)lookup->n;
        memcpy(dial->addrs, lookup->addrs, sizeof(dial->addrs));
    }
    if (lookup->error)
        set_why(dial, lookup->error->message);
    else if (lookup->n < 0)
        set_why(dial, lookup->n == -ENOENT ? "there is no such host" : g_strerror(-lookup->n));
    if (lookup->n < 0)
        dial->n = 0;
}

static void looked_up(void *data)
{
    Lookup *lookup = data;
    Dial *dial = lookup->dial;

    if (dial)
        use_lookup(dial, lookup);
    lookup_free(lookup);
    if (dial)
        try_next(dial);
}

static void start_lookup(Dial *dial, bool is_name)
{
    const BerthRedisParams *params = dial->params;
    Lookup *lookup = g_new0(Lookup, 1);

    lookup->dial = dial;
    lookup->server = dial->server;
    lookup->host = is_name ? g_strdup(dial->place->host) : NULL;
    if (params->tls)
        lookup->tls_conf = (BerthTlsConf){.size = sizeof(BerthTlsConf),
                                          .trust_anchor = g_strdup(params->trust_anchor),
                                          .cert_file = g_strdup(params->cert_file),
                                          .key_file = g_strdup(params->key_file),
                                          .is_unverified = !params->tls_verify};
    dial->lookup = lookup;
    berth_job_run(dial->server, look_up, looked_up, lookup);
}

static void on_timer(void *data)
{
    Dial *dial = data;

    if (dial->lookup) { /* the resolver takes its time */
        g_steal_pointer(&dial->lookup)->dial = NULL;
        set_why(dial, "the name was not found in time");
        end(dial, NULL);
    } else if (dial->stream) {
        attempt_failed(dial, "no connection in time");
    } else {
        try_next(dial); /* the first call */
    }
}

Dial *dial_new(BerthServer *server, const BerthRedisParams *params, const Place *place,
               Dialed dialed, void *data)
{
    Dial *dial = g_new0(Dial, 1);
    int64_t timeout = (int64_t)(params->connect_timeout_sec * G_USEC_PER_SEC);
    bool is_name;

    *dial = (Dial){.server = server, .params = params, .place = place, .dialed = dialed};
    dial->data = data;
    dial->deadline = berth_server_boot_usec(server) + timeout;
    dial->timer = berth_timer_new(server, on_timer, dial);
    dial->n = 1;
    is_name = *place->host != '/' && berth_addr_parse(place->host, &dial->addrs[0]) < 0;
    if (is_name || params->tls)
        start_lookup(dial, is_name);
    berth_timer_set(server, dial->timer, dial->lookup ? timeout : 0);
    return dial;
}

void dial_free(Dial *dial)
{
    if (!dial)
        return;
    if (dial->lookup)
        dial->lookup->dial = NULL;
    berth_timer_free(dial->timer);
    berth_stream_close(dial->stream);
    berth_tls_free(dial->tls);
    g_free(dial->peer);
    g_free(dial->why);
    g_free(dial);
}
