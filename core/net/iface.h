/* iface - the system's interfaces and their addresses, from rtnetlink.
 *
 * A list that is filled by asking for everything once and then kept by the kernel's events. When
 * events were lost it is filled anew, so it is never wrong for long. It knows no world: the caller
 * waits for the descriptor (link.c). */
#pragma once

#include "core/base/world.h"

typedef struct BerthIfaces BerthIfaces;

/* 0 or -errno; the list is filled. */
int berth_ifaces_new(BerthIfaces **ret);
void berth_ifaces_free(BerthIfaces *ifaces);

/* Readable when there is something for berth_ifaces_read(). */
int berth_ifaces_fd(const BerthIfaces *ifaces);

/* Reads what has happened, a bounded part of it at a time; *ret_is_changed says whether the list is
 * another now. -errno when it could not be read: try again later. */
int berth_ifaces_read(BerthIfaces *ifaces, bool *ret_is_changed);

const BerthIface *berth_ifaces_list(const BerthIfaces *ifaces, size_t *ret_n);
