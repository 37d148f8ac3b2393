/* codec - a lease as Redis keeps it, both ways.
 *
 *   revision 8 | CRC32 of what follows 4 | version 1 | server 8 | length 2, binding key | lease
 *
 * All numbers are big endian. The revision is the scripts' to give; what stands behind it is the
 * body. A removal is a revision and one byte, the prefix length. A lease is
 *
 *   type 1 | prefix length 1 | state 1 | flags 1 | source of hwaddr 1 | address 16 | subnet 4 |
 *   pool 4 | IAID 4 | valid 4 | preferred 4 | cltt 8 | hwaddr type 2, length 1, bytes |
 *   length 1, client id | length 1, host name | length 4, context */
#pragma once

#include <berth/plugin.h>

#define CODEC_VERSION 1
#define CODEC_REVISION_LEN 8
#define CODEC_KEY_MAX 16

/* The field of the hash that an address is: 4 or 16 bytes in `buffer`. */
BerthBytes codec_key(BerthAddr addr, uint8_t buffer[CODEC_KEY_MAX]);
/* False: the bytes are no address of the family. */
bool codec_addr(BerthBytes key, int family, BerthAddr *ret);

void codec_put_revision(uint64_t revision, uint8_t ret[CODEC_REVISION_LEN]);
/* 0 where there are fewer than 8 bytes. */
uint64_t codec_revision(BerthBytes value);

/* Appends the body of a lease to be stored. */
void codec_write(GByteArray *out, const BerthLease *lease, uint64_t server);
/* Appends that of a removal. */
void codec_write_removal(GByteArray *out, uint8_t prefix_len);

/* Reads what stands at `addr`: *ret borrows from `value` and has its revision; a removal becomes a
 * lease with valid_sec 0. `self`: the server that nothing is foreign to. NULL, or why it is no
 * value of ours; then *ret is not to be used. */
const char *codec_read(BerthBytes value, BerthAddr addr, uint64_t self, BerthLease *ret);
/* The same without a value: nothing is there, as of a revision. */
void codec_none(BerthAddr addr, uint8_t prefix_len, uint64_t revision, BerthLease *ret);

uint32_t codec_crc(BerthBytes bytes);
