/* fake_disk - a disk in memory that forgets what was not synced.
 *
 * It has the semantics of the file functions of BerthWorldOps, as harsh as a real disk may be: file
 * contents are durable after a successful sync, names after a successful sync_dir of their folder.
 * A sync that fails leaves the pages clean but unwritten: a later sync succeeds and does not bring
 * them back (after a crash they are zeros). Of a failure each descriptor of the file is told once,
 * by its next sync, as Linux does: who shares a descriptor may have been told in another's place.
 * Nothing here knows servers, worlds or time, so plugin tests and the simulation share it. All
 * folders exist. Not for several threads. */
#pragma once

#include <berth/types.h>
#include <berth/world.h>
#include <glib.h>

typedef struct BerthDisk BerthDisk;
typedef struct BerthDiskFile BerthDiskFile;

BerthDisk *berth_disk_new(void);
/* Every file must have been closed before. NULL is fine. */
void berth_disk_free(BerthDisk *disk);

/* ---- the file functions: 0, a count, or -errno ---- */

int berth_disk_open(BerthDisk *disk, const char *path, BerthOpen how, BerthDiskFile **ret);
void berth_disk_close(BerthDiskFile *file); /* NULL is fine; gives up its lock */
int64_t berth_disk_read(BerthDiskFile *file, int64_t offset, void *ret, size_t len);
/* May write less than `len`, as write(2) may. */
int64_t berth_disk_append(BerthDiskFile *file, const void *data, size_t len);
int berth_disk_sync(BerthDiskFile *file);
int64_t berth_disk_size(BerthDiskFile *file);
int64_t berth_disk_room(BerthDiskFile *file);
int berth_disk_truncate(BerthDiskFile *file, int64_t size);
int berth_disk_is_at(BerthDiskFile *file, const char *path);
int berth_disk_lock(BerthDiskFile *file);
int berth_disk_rename(BerthDisk *disk, const char *from, const char *to); /* within one folder */
int berth_disk_unlink(BerthDisk *disk, const char *path);
int berth_disk_sync_dir(BerthDisk *disk, const char *dir);

/* ---- the disk's owner ---- */

/* Puts a file there, durable; takes one away. */
void berth_disk_put(BerthDisk *disk, const char *path, BerthBytes bytes);
void berth_disk_take(BerthDisk *disk, const char *path);
/* What a reader sees now; data NULL when there is no such file. Valid until the disk changes. */
BerthBytes berth_disk_get(const BerthDisk *disk, const char *path);
/* From now on opening `path` fails so: -EISDIR for a folder, -EACCES, …; 0: no more. */
void berth_disk_refuse(BerthDisk *disk, const char *path, int error);
/* Room for all file contents together; an append beyond it writes what fits, then -ENOSPC. */
void berth_disk_set_capacity(BerthDisk *disk, uint64_t bytes);

/* Power fails: only what was synced stays. Open files are dead (-EBADF; they still have to be
 * closed), locks are gone. */
void berth_disk_crash(BerthDisk *disk);
/* Power fails, and by chance some of what was not synced stays as well: of each folder's changes of
 * names a prefix, of each file's unsynced appends a prefix, perhaps with zeros at its end; a
 * truncation that was not synced may not have happened, and what it cut off be there, synced or
 * not. */
void berth_disk_crash_at_random(BerthDisk *disk, GRand *rand);
/* From now on, of the changes of names any may stay, not only a prefix: a file system that keeps no
 * order between them. */
void berth_disk_set_unordered(BerthDisk *disk);

/* ---- jobs that go on at the same time ---- */

/* From now on calls are this job's, whatever that is, or nobody's (NULL). A sync that is the last
 * call of a job is under way until the job has ended: of what is written meanwhile it keeps
 * nothing. Nobody's syncs are done at once. */
void berth_disk_work(BerthDisk *disk, const void *job);
void berth_disk_ended(BerthDisk *disk, const void *job);

/* ---- faults ---- */

typedef enum BerthDiskOp {
    BERTH_DISK_OPEN,
    BERTH_DISK_READ,
    BERTH_DISK_APPEND,
    BERTH_DISK_SYNC,
    BERTH_DISK_TRUNCATE,
    BERTH_DISK_LOCK,
    BERTH_DISK_RENAME,
    BERTH_DISK_UNLINK,
    BERTH_DISK_SYNC_DIR,
    BERTH_DISK_OPS,
} BerthDiskOp;

/* Asked before every call: 0 to let it pass, or the -errno that it ends with. `*len` is the length
 * of a read or append; set smaller, only so much of an append is written, whatever is returned. */
typedef int (*BerthDiskFault)(void *data, BerthDiskOp op, const char *path, size_t *len);
void berth_disk_on_call(BerthDisk *disk, BerthDiskFault fault, void *data);
/* How many calls of this kind were made since the disk was made. */
unsigned berth_disk_calls(const BerthDisk *disk, BerthDiskOp op);

/* A ready-made fault: of the calls whose kind is in `ops` (bits 1 << op), the nth to (nth + times -
 * 1)th fail. Give it to berth_disk_on_call with berth_disk_fault_nth. */
typedef struct BerthDiskNth {
    unsigned ops;
    unsigned nth;   /* from 1; 0: none */
    unsigned times; /* 0: all from nth on */
    int error;      /* -errno; 0: the call is only cut short */
    size_t keep;    /* of a failing append, this much is written */
    unsigned seen;  /* calls so far */
} BerthDiskNth;
int berth_disk_fault_nth(void *nth, BerthDiskOp op, const char *path, size_t *len);
