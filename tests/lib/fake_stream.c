/* fake_stream - see fake_stream.h. */
#include "tests/lib/fake_stream.h"

#include <errno.h>

#define WAITING_MAX ((size_t)64 << 20) /* as in the real world; here nothing waits */

typedef struct FakeStream {
    BerthStream stream; /* first */
    BerthFakeStreams *all;
    BerthStreamEvents events;
    void *data;
    char *address;           /* of a listener, else NULL */
    BerthFakeClient *client; /* of a connection; NULL: it went away */
    struct Opening *opening; /* of one that is not there yet */
} FakeStream;

/* Somebody who is connected to. */
typedef struct Served {
    BerthFakeOpened opened;
    void *data;
} Served;

/* A connection on its way, as a job that has nothing to do. */
typedef struct Opening {
    FakeStream *stream; /* NULL: closed meanwhile */
    char *address;
} Opening;

struct BerthFakeStreams {
    BerthWorld *world;
    GPtrArray *open;    /* of FakeStream */
    GHashTable *served; /* address -> Served */
    char *refused;
    int refused_error;
};

struct BerthFakeClient {
    FakeStream *stream; /* NULL: the other side closed it */
    GString *got;
    bool ended, broken;
};

static FakeStream *new_stream(BerthFakeStreams *all)
{
    FakeStream *s = g_new0(FakeStream, 1);

    s->stream.world = all->world;
    s->all = all;
    g_ptr_array_add(all->open, s);
    return s;
}

/* ---- the listening side ---- */

static void set_events(BerthStream *stream, const BerthStreamEvents *events, void *data)
{
    FakeStream *s = (FakeStream *)stream;

    s->events = events ? *events : (BerthStreamEvents){0};
    s->data = data;
}

static int write_stream(BerthStream *stream, BerthBytes bytes)
{
    FakeStream *s = (FakeStream *)stream;

    if (s->address)
        return -ENOTCONN;
    if (s->client && s->client->broken)
        return -EPIPE;
    if (bytes.len > WAITING_MAX)
        return -ENOBUFS;
    if (s->client)
        g_string_append_len(s->client->got, (const char *)bytes.data, (gssize)bytes.len);
    return 0;
}

static void close_stream(BerthStream *stream)
{
    FakeStream *s = (FakeStream *)stream;

    if (s->client)
        s->client->stream = NULL;
    if (s->opening)
        s->opening->stream = NULL;
    g_ptr_array_remove_fast(s->all->open, s);
    g_free(s->address);
    g_free(s);
}

void berth_fake_streams_add(BerthWorldOps *ops)
{
    ops->stream_events = set_events;
    ops->stream_write = write_stream;
    ops->stream_close = close_stream;
}

static FakeStream *find_listener(const BerthFakeStreams *streams, const char *address)
{
    for (unsigned i = 0; i < streams->open->len; i++) {
        FakeStream *s = streams->open->pdata[i];

        if (g_strcmp0(s->address, address) == 0)
            return s;
    }
    return NULL;
}

int berth_fake_streams_listen(BerthFakeStreams *streams, const char *address,
                              const BerthStreamEvents *events, void *data, BerthStream **ret)
{
    FakeStream *s;

    if (g_strcmp0(streams->refused, address) == 0)
        return streams->refused_error;
    if (find_listener(streams, address))
        return -EADDRINUSE;
    s = new_stream(streams);
    s->address = g_strdup(address);
    set_events(&s->stream, events, data);
    *ret = &s->stream;
    return 0;
}

/* ---- all of them ---- */

BerthFakeStreams *berth_fake_streams_new(BerthWorld *world)
{
    BerthFakeStreams *streams = g_new0(BerthFakeStreams, 1);

    streams->world = world;
    streams->open = g_ptr_array_new();
    streams->served = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return streams;
}

void berth_fake_streams_free(BerthFakeStreams *streams)
{
    g_ptr_array_unref(streams->open);
    g_hash_table_unref(streams->served);
    g_free(streams->refused);
    g_free(streams);
}

void berth_fake_streams_refuse(BerthFakeStreams *streams, const char *address, int error)
{
    g_free(streams->refused);
    streams->refused = g_strdup(address);
    streams->refused_error = error;
}

bool berth_fake_streams_listens(const BerthFakeStreams *streams, const char *address)
{
    return find_listener(streams, address) != NULL;
}

void berth_fake_streams_break(BerthFakeStreams *streams, const char *address, int error)
{
    FakeStream *s = find_listener(streams, address);

    if (s && s->events.failed)
        s->events.failed(s->data, error);
}

unsigned berth_fake_streams_open(const BerthFakeStreams *streams)
{
    return streams->open->len;
}

/* ---- the client ---- */

static BerthFakeClient *new_client(FakeStream *stream)
{
    BerthFakeClient *client = g_new0(BerthFakeClient, 1);

    client->got = g_string_new(NULL);
    client->stream = stream;
    stream->client = client;
    return client;
}

BerthFakeClient *berth_fake_client_new(BerthFakeStreams *streams, const char *address)
{
    FakeStream *listener = find_listener(streams, address);
    BerthFakeClient *client;

    if (!listener)
        return NULL;
    client = new_client(new_stream(streams));
    listener->events.accepted(listener->data, &client->stream->stream);
    return client;
}

void berth_fake_client_send(BerthFakeClient *client, BerthBytes bytes)
{
    FakeStream *s = client->stream;

    if (s && s->events.received)
        s->events.received(s->data, bytes);
}

void berth_fake_client_end(BerthFakeClient *client)
{
    FakeStream *s = client->stream;

    if (s && !client->ended && s->events.ended)
        s->events.ended(s->data);
    client->ended = true;
}

void berth_fake_client_break(BerthFakeClient *client, int error)
{
    FakeStream *s = client->stream;

    client->broken = true;
    client->ended = true;
    if (s && s->events.failed)
        s->events.failed(s->data, error);
}

const char *berth_fake_client_got(const BerthFakeClient *client)
{
    return client->got->str;
}

void berth_fake_client_forget(BerthFakeClient *client)
{
    g_string_truncate(client->got, 0);
}

bool berth_fake_client_is_closed(const BerthFakeClient *client)
{
    return !client->stream;
}

void berth_fake_client_free(BerthFakeClient *client)
{
    if (!client)
        return;
    berth_fake_client_end(client);
    if (client->stream)
        client->stream->client = NULL;
    g_string_free(client->got, TRUE);
    g_free(client);
}

/* ---- the connecting side ---- */

void berth_fake_streams_serve(BerthFakeStreams *streams, const char *address,
                              BerthFakeOpened opened, void *data)
{
    Served *served = g_new(Served, 1);

    *served = (Served){opened, data};
    g_hash_table_insert(streams->served, g_strdup(address), served);
}

void berth_fake_streams_unserve(BerthFakeStreams *streams, const char *address)
{
    g_hash_table_remove(streams->served, address);
}

static void nothing(void *data)
{
    (void)data;
}

static void open_stream(FakeStream *s, const Served *served)
{
    BerthFakeClient *client;

    if (!served) {
        if (s->events.failed)
            s->events.failed(s->data, -ECONNREFUSED);
        return;
    }
    if (!served->opened)
        return;
    client = new_client(s);
    if (s->events.connected)
        s->events.connected(s->data);
    served->opened(served->data, client);
}

static void on_opening(void *data)
{
    Opening *opening = data;
    FakeStream *s = opening->stream;

    if (s) {
        s->opening = NULL;
        open_stream(s, g_hash_table_lookup(s->all->served, opening->address));
    }
    g_free(opening->address);
    g_free(opening);
}

int berth_fake_streams_connect(BerthFakeStreams *streams, const char *address,
                               const BerthStreamEvents *events, void *data, BerthStream **ret)
{
    Opening *opening = g_new(Opening, 1);
    FakeStream *s = new_stream(streams);

    *opening = (Opening){s, g_strdup(address)};
    s->opening = opening;
    set_events(&s->stream, events, data);
    streams->world->ops->job(streams->world, nothing, on_opening, opening);
    *ret = &s->stream;
    return 0;
}
