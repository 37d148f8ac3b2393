/* fake_disk_i - what the two rooms of the disk share: fake_disk.c has files and names, as they are
 * seen; fake_disk_power.c what of them is durable, and the end of the power.
 *
 * A node is a file without its name: `data` is what a reader sees, `durable` what a crash leaves,
 * and the first `clean` bytes of both are the same. A folder's names exist twice, too: `names` as
 * seen, `durable_names` as left by a crash, and between them the list of changes not yet synced. */
#pragma once

#include "tests/lib/fake_disk.h"

typedef struct Node {
    unsigned refs;
    GByteArray *data, *durable;
    GByteArray *before; /* what was there before an unsynced truncation; NULL: there was none */
    size_t clean;
    unsigned errors; /* failed syncs */
    const BerthDiskFile *lock;
} Node;

/* A change of names: `from` is no more, `to` is `node`. */
typedef struct Change {
    char *from, *to;
    Node *node;
} Change;

struct BerthDisk {
    GHashTable *names, *durable_names, *refused;
    GPtrArray *changes; /* of Change, in order */
    GPtrArray *nodes;   /* every node that a name, a change or a file knows */
    uint64_t capacity;
    bool unordered;
    const void *job;  /* whose calls these are; NULL: nobody's */
    GPtrArray *syncs; /* under way, of Sync */
    unsigned crashes;
    unsigned calls[BERTH_DISK_OPS];
    BerthDiskFault fault;
    void *fault_data;
};

struct BerthDiskFile {
    BerthDisk *disk;
    Node *node;
    char *path;
    bool writable;
    unsigned crashes; /* of the disk when it was opened */
    unsigned errors;  /* of the node that this descriptor has told of */
};

Node *berth_disk_node_ref(Node *node);
void berth_disk_node_unref(void *node);
/* Forgets the nodes that only the disk's list knows. */
void berth_disk_drop_unused(BerthDisk *disk);
void berth_disk_apply(GHashTable *names, const Change *change);

/* Counts a call of `sync`, and asks for its fault. */
int berth_disk_call_sync(BerthDiskFile *file);
/* All of it is durable, or zeros where the disk lost what was fresh. */
void berth_disk_harden(Node *node, bool lost);
/* The next call of a job: its sync has ended before. */
void berth_disk_end_syncs(BerthDisk *disk, const void *job);
/* What is cut off is nothing that a sync which is under way could keep. */
void berth_disk_cut_syncs(BerthDisk *disk, const Node *node, size_t size);
void berth_disk_sync_free(void *sync);
