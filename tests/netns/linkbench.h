/* linkbench - a served virtual cable in a network namespace of the program's own: the server's end
 * is "srv", at the other, "cli", the test writes and reads frames. */
#pragma once

#include "core/net/net.h"
#include "tests/lib/rows.h"
#include <linux/if_ether.h>

#define FRAME_MAX 2048

static const uint8_t srv_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t cli_mac[6] = {2, 0, 0, 0, 0, 2};

typedef struct Frame {
    uint8_t bytes[FRAME_MAX];
    ssize_t len;
} Frame;

typedef struct Bench {
    int family;
    BerthWorld *world;
    BerthLog *log;
    BerthNet *net;
    int cli; /* packet socket on the client's end */
    size_t n_batches, n_received, largest_batch;
    BerthIface iface;
    BerthDatagram last;            /* without its bytes */
    uint8_t head[16];              /* the first of them */
    size_t n_bytes, n_out_of_turn; /* the first byte of each counts up */
} Bench;

/* Begins a namespace; false when that cannot be, and the test is skipped. */
bool can_run(void);
/* Runs the command "ip". */
void ip(const char *format, ...) G_GNUC_PRINTF(1, 2);

void bench_init(Bench *b, int family);
void bench_clear(Bench *b);
/* Can run, with the cable plugged and served. */
bool bench_plug(Bench *b, int family, BerthNetConf conf);
/* Only the cable, with addresses that are good at once, and neighbours at its other end. */
void plug(void);
/* Serves the name, "srv" or "srv/ADDRESS", on the family's port. */
void configure(Bench *b, const char *name, BerthNetConf conf);
/* Sends frames from the interface and gets those of the family that arrive at it. */
int packet_socket(const char *name, int family);

/* Lets the world run until the condition holds or the time is over. */
bool wait_for(Bench *b, bool (*holds)(Bench *b, const void *arg), const void *arg);
void let_run(Bench *b); /* long enough for a frame that must not come */
bool check_why(Bench *b, const char *why);
void check_received(Bench *b, size_t n);

/* A frame of the family with the datagram, to the hardware address; its length. */
typedef size_t (*MakeFrame)(const BerthDatagram *d, const uint8_t *mac, uint8_t *ret);

/* A question that is sent to the server's end, and whether it arrives as it was sent. */
typedef struct Incoming {
    const char *row, *src, *dst;
    const uint8_t *mac;
    uint16_t port;
    size_t flipped; /* a bit of this byte of the frame is wrong; 0: none */
    bool arrives;
    const char *name; /* what is served; NULL: "srv" */
} Incoming;
void check_incoming(Bench *b, MakeFrame make_frame, const Incoming *rows, size_t n);
/* A question from `src` to `dst` comes through. */
void check_hears(Bench *b, MakeFrame make_frame, const char *src, const char *dst,
                 const uint8_t *mac);
/* Sends an answer from srv and reads it at the other end. */
bool send_and_read(Bench *b, const BerthDatagram *d, Frame *ret);

BerthAddr addr(const char *text);
/* The sum of RFC 1071 over the bytes, begun with `sum`; 0xffff over what has a right checksum. */
uint16_t sum_of(const uint8_t *data, size_t len, uint32_t sum);

/* For wait_for: a frame with UDP in it. */
bool reads_frame(Bench *b, const void *frame);
