/* fake_stream - listening streams in memory, with the test as their client.
 *
 * The events of the listening side come within the client's calls, as they come from the loop in a
 * real world: never within a call of the plugin's own. Streams that connect outwards are not here.
 */
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

/* NULL: nobody listens there. */
BerthFakeClient *berth_fake_client_new(BerthFakeStreams *streams, const char *address);
/* Comes in one piece; to a stream that was closed or has no events yet: nowhere. */
void berth_fake_client_send(BerthFakeClient *client, BerthBytes bytes);
/* Sends no more, and may still read. */
void berth_fake_client_end(BerthFakeClient *client);
/* The connection breaks: the other side learns `error`. */
void berth_fake_client_break(BerthFakeClient *client, int error);
/* All that came, as text. */
const char *berth_fake_client_got(const BerthFakeClient *client);
bool berth_fake_client_is_closed(const BerthFakeClient *client);
/* Goes away; the other side sees the end. */
void berth_fake_client_free(BerthFakeClient *client);
