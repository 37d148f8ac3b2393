/* fake_stream - streams in memory, with the test as the other side: a client of what listens, or
 * the server of what connects.
 *
 * The events of the plugin's side come within the test's calls, as they come from the loop in a
 * real world: never within a call of the plugin's own. A connection is there, or refused, when the
 * world has settled. */
#pragma once

#include "core/base/world.h"

typedef struct BerthFakeStreams BerthFakeStreams;
typedef struct BerthFakeClient BerthFakeClient;

/* Fills in what the functions of berth/world.h need that take a stream. */
void berth_fake_streams_add(BerthWorldOps *ops);

BerthFakeStreams *berth_fake_streams_new(BerthWorld *world);
/* Every stream and client must have been closed before. */
void berth_fake_streams_free(BerthFakeStreams *streams);
int berth_fake_streams_listen(BerthFakeStreams *streams, const char *address,
                              const BerthStreamEvents *events, void *data, BerthStream **ret);

/* From now on listening at `address` fails so; one address at a time, NULL: none. */
void berth_fake_streams_refuse(BerthFakeStreams *streams, const char *address, int error);
bool berth_fake_streams_listens(const BerthFakeStreams *streams, const char *address);
/* The listening stream at `address` breaks. */
void berth_fake_streams_break(BerthFakeStreams *streams, const char *address, int error);
/* Streams that the listening side has not closed, listeners and connections. */
unsigned berth_fake_streams_open(const BerthFakeStreams *streams);

/* Whoever connects to `address` from now on is answered by the test: `opened` is called with its
 * side of the connection when that is there. NULL: neither answered nor refused. */
typedef void (*BerthFakeOpened)(void *data, BerthFakeClient *peer);
void berth_fake_streams_serve(BerthFakeStreams *streams, const char *address,
                              BerthFakeOpened opened, void *data);
/* Refuses again, as at the beginning. Connections stay. */
void berth_fake_streams_unserve(BerthFakeStreams *streams, const char *address);
int berth_fake_streams_connect(BerthFakeStreams *streams, const char *address,
                               const BerthStreamEvents *events, void *data, BerthStream **ret);

/* NULL: nobody listens there. */
BerthFakeClient *berth_fake_client_new(BerthFakeStreams *streams, const char *address);
/* Comes in one piece; to a stream that was closed or has no events yet: nowhere. */
void berth_fake_client_send(BerthFakeClient *client, BerthBytes bytes);
/* Sends no more, and may still read. */
void berth_fake_client_end(BerthFakeClient *client);
/* The connection breaks: the other side learns `error`. */
void berth_fake_client_break(BerthFakeClient *client, int error);
/* All that came, as text; up to the last time that it was forgotten. */
const char *berth_fake_client_got(const BerthFakeClient *client);
void berth_fake_client_forget(BerthFakeClient *client);
bool berth_fake_client_is_closed(const BerthFakeClient *client);
/* Goes away; the other side sees the end. */
void berth_fake_client_free(BerthFakeClient *client);
