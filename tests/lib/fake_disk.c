/* fake_disk - see fake_disk.h.
 *
 * A node is a file without its name: `data` is what a reader sees, `durable` what a crash leaves,
 * and the first `clean` bytes of both are the same. A folder's names exist twice, too: `names` as
 * seen, `durable_names` as left by a crash, and between them the list of changes not yet synced. */
#include "tests/lib/fake_disk.h"

#include <errno.h>

typedef struct Node {
    unsigned refs;
    GByteArray *data, *durable;
    GByteArray *before; /* what was there before an unsynced truncation; NULL: there was none */
    size_t clean;
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
};

/* ---- nodes and names ---- */

static Node *node_ref(Node *node)
{
    node->refs++;
    return node;
}

static void node_unref(void *data)
{
    Node *node = data;

    if (!node || --node->refs > 0)
        return;
    g_byte_array_unref(node->data);
    g_byte_array_unref(node->durable);
    g_clear_pointer(&node->before, g_byte_array_unref);
    g_free(node);
}

static Node *node_new(BerthDisk *disk)
{
    Node *node = g_new0(Node, 1);

    node->refs = 1; /* the disk's list */
    node->data = g_byte_array_new();
    node->durable = g_byte_array_new();
    g_ptr_array_add(disk->nodes, node);
    return node;
}

static void change_free(void *data)
{
    Change *change = data;

    g_free(change->from);
    g_free(change->to);
    node_unref(change->node);
    g_free(change);
}

static void apply(GHashTable *names, const Change *change)
{
    if (change->from)
        g_hash_table_remove(names, change->from);
    if (change->to)
        g_hash_table_replace(names, g_strdup(change->to), node_ref(change->node));
}

static void change_names(BerthDisk *disk, const char *from, const char *to, Node *node)
{
    Change *change = g_new0(Change, 1);

    change->from = g_strdup(from);
    change->to = g_strdup(to);
    change->node = node ? node_ref(node) : NULL;
    g_ptr_array_add(disk->changes, change);
    apply(disk->names, change);
}

static bool same_dir(const char *path, const char *dir)
{
    g_autofree char *its = g_path_get_dirname(path);

    return strcmp(its, dir) == 0;
}

BerthDisk *berth_disk_new(void)
{
    BerthDisk *disk = g_new0(BerthDisk, 1);

    disk->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_unref);
    disk->durable_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_unref);
    disk->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    disk->changes = g_ptr_array_new_with_free_func(change_free);
    disk->nodes = g_ptr_array_new_with_free_func(node_unref);
    disk->capacity = UINT64_MAX;
    return disk;
}

void berth_disk_free(BerthDisk *disk)
{
    if (!disk)
        return;
    g_hash_table_unref(disk->names);
    g_hash_table_unref(disk->durable_names);
    g_hash_table_unref(disk->refused);
    g_ptr_array_unref(disk->changes);
    g_ptr_array_unref(disk->nodes);
    g_free(disk);
}

/* Forgets the nodes that only the disk's list knows. */
static void drop_unused(BerthDisk *disk)
{
    for (guint i = disk->nodes->len; i-- > 0;)
        if (((Node *)disk->nodes->pdata[i])->refs == 1)
            g_ptr_array_remove_index_fast(disk->nodes, i);
}

/* ---- faults ---- */

static int call(BerthDisk *disk, BerthDiskOp op, const char *path, size_t *len)
{
    disk->calls[op]++;
    return disk->fault ? disk->fault(disk->fault_data, op, path, len) : 0;
}

static int call_file(BerthDiskFile *file, BerthDiskOp op, size_t *len)
{
    if (file->crashes != file->disk->crashes)
        return -EBADF;
    return call(file->disk, op, file->path, len);
}

int berth_disk_fault_nth(void *data, BerthDiskOp op, const char *path, size_t *len)
{
    BerthDiskNth *nth = data;

    (void)path;
    if (!(nth->ops & 1u << op) || nth->nth == 0)
        return 0;
    nth->seen++;
    if (nth->seen < nth->nth || (nth->times && nth->seen - nth->nth >= nth->times))
        return 0;
    *len = MIN(*len, nth->keep);
    return nth->error;
}

void berth_disk_on_call(BerthDisk *disk, BerthDiskFault fault, void *data)
{
    disk->fault = fault;
    disk->fault_data = data;
}

unsigned berth_disk_calls(const BerthDisk *disk, BerthDiskOp op)
{
    return disk->calls[op];
}

/* ---- files ---- */

int berth_disk_open(BerthDisk *disk, const char *path, BerthOpen how, BerthDiskFile **ret)
{
    Node *node = g_hash_table_lookup(disk->names, path);
    size_t none = 0;
    int r = call(disk, BERTH_DISK_OPEN, path, &none);

    if (r == 0)
        r = GPOINTER_TO_INT(g_hash_table_lookup(disk->refused, path));
    if (r == 0 && !node && how == BERTH_OPEN_READ)
        r = -ENOENT;
    if (r < 0)
        return r;
    if (!node)
        change_names(disk, NULL, path, node = node_new(disk));
    if (how == BERTH_OPEN_NEW) {
        g_byte_array_set_size(node->data, 0);
        node->clean = 0;
    }
    *ret = g_new0(BerthDiskFile, 1);
    **ret = (BerthDiskFile){.disk = disk,
                            .node = node_ref(node),
                            .path = g_strdup(path),
                            .writable = how != BERTH_OPEN_READ,
                            .crashes = disk->crashes};
    return 0;
}

void berth_disk_close(BerthDiskFile *file)
{
    if (!file)
        return;
    if (file->node->lock == file)
        file->node->lock = NULL;
    node_unref(file->node);
    drop_unused(file->disk);
    g_free(file->path);
    g_free(file);
}

int64_t berth_disk_read(BerthDiskFile *file, int64_t offset, void *ret, size_t len)
{
    const GByteArray *data = file->node->data;
    int r = call_file(file, BERTH_DISK_READ, &len);

    if (r < 0)
        return r;
    if (offset < 0)
        return -EINVAL;
    if ((uint64_t)offset >= data->len)
        return 0;
    len = MIN(len, data->len - (size_t)offset);
    memcpy(ret, data->data + offset, len);
    return (int64_t)len;
}

static uint64_t used(const BerthDisk *disk)
{
    uint64_t sum = 0;

    for (guint i = 0; i < disk->nodes->len; i++)
        sum += ((const Node *)disk->nodes->pdata[i])->data->len;
    return sum;
}

/* What is left of the capacity. */
static uint64_t room(const BerthDisk *disk)
{
    uint64_t sum = disk->capacity == UINT64_MAX ? 0 : used(disk);

    return disk->capacity > sum ? disk->capacity - sum : 0;
}

int64_t berth_disk_room(BerthDiskFile *file)
{
    return (int64_t)MIN(room(file->disk), (uint64_t)INT64_MAX);
}

int64_t berth_disk_append(BerthDiskFile *file, const void *data, size_t len)
{
    int r = call_file(file, BERTH_DISK_APPEND, &len);
    bool full = false;

    if (r == -EBADF || !file->writable)
        return -EBADF;
    if (file->disk->capacity != UINT64_MAX) {
        uint64_t left = room(file->disk);

        full = len > 0 && left == 0;
        len = MIN(len, left);
    }
    g_byte_array_append(file->node->data, data, (guint)len);
    if (r < 0)
        return r;
    return full ? -ENOSPC : (int64_t)len;
}

/* Makes the durable contents those of `data`, or zeros where the disk lost them. */
static void harden(Node *node, bool lost)
{
    size_t clean = MIN(node->clean, node->durable->len);
    size_t fresh = node->data->len - clean;

    g_byte_array_set_size(node->durable, node->data->len);
    if (lost && fresh)
        memset(node->durable->data + clean, 0, fresh);
    else if (fresh)
        memcpy(node->durable->data + clean, node->data->data + clean, fresh);
    node->clean = node->data->len;
    if (!lost)
        g_clear_pointer(&node->before, g_byte_array_unref);
}

int berth_disk_sync(BerthDiskFile *file)
{
    size_t none = 0;
    int r = call_file(file, BERTH_DISK_SYNC, &none);

    if (r != -EBADF)
        harden(file->node, r < 0);
    return r;
}

int64_t berth_disk_size(BerthDiskFile *file)
{
    return file->crashes == file->disk->crashes ? (int64_t)file->node->data->len : -EBADF;
}

int berth_disk_is_at(BerthDiskFile *file, const char *path)
{
    const Node *node = g_hash_table_lookup(file->disk->names, path);

    if (file->crashes != file->disk->crashes)
        return -EBADF;
    if (!node)
        return -ENOENT;
    return node == file->node ? 0 : -ESTALE;
}

int berth_disk_truncate(BerthDiskFile *file, int64_t size)
{
    Node *node = file->node;
    size_t none = 0;
    guint before = node->data->len;
    int r = call_file(file, BERTH_DISK_TRUNCATE, &none);

    if (r < 0)
        return r;
    if (!file->writable || size < 0 || size > G_MAXINT)
        return -EINVAL;
    if ((guint)size < before && (!node->before || node->before->len < before)) {
        g_clear_pointer(&node->before, g_byte_array_unref);
        node->before = g_byte_array_append(g_byte_array_new(), node->data->data, before);
    }
    g_byte_array_set_size(node->data, (guint)size);
    if (node->data->len > before)
        memset(node->data->data + before, 0, node->data->len - before);
    node->clean = MIN(node->clean, (size_t)size);
    return 0;
}

int berth_disk_lock(BerthDiskFile *file)
{
    size_t none = 0;
    int r = call_file(file, BERTH_DISK_LOCK, &none);

    if (r < 0)
        return r;
    if (file->node->lock && file->node->lock != file)
        return -EWOULDBLOCK;
    file->node->lock = file;
    return 0;
}

int berth_disk_rename(BerthDisk *disk, const char *from, const char *to)
{
    g_autofree char *dir = g_path_get_dirname(from);
    Node *node = g_hash_table_lookup(disk->names, from);
    size_t none = 0;
    int r = call(disk, BERTH_DISK_RENAME, from, &none);

    if (r < 0)
        return r;
    if (!node)
        return -ENOENT;
    if (!same_dir(to, dir))
        return -EXDEV;
    if (strcmp(from, to) != 0)
        change_names(disk, from, to, node);
    return 0;
}

int berth_disk_unlink(BerthDisk *disk, const char *path)
{
    size_t none = 0;
    int r = call(disk, BERTH_DISK_UNLINK, path, &none);

    if (r < 0)
        return r;
    if (!g_hash_table_contains(disk->names, path))
        return -ENOENT;
    change_names(disk, path, NULL, NULL);
    return 0;
}

int berth_disk_sync_dir(BerthDisk *disk, const char *dir)
{
    size_t none = 0;
    int r = call(disk, BERTH_DISK_SYNC_DIR, dir, &none);

    for (guint i = 0; r == 0 && i < disk->changes->len;) {
        const Change *change = disk->changes->pdata[i];

        if (!same_dir(change->from ? change->from : change->to, dir)) {
            i++;
            continue;
        }
        apply(disk->durable_names, change);
        g_ptr_array_remove_index(disk->changes, i);
    }
    drop_unused(disk);
    return r;
}

/* ---- the owner ---- */

void berth_disk_put(BerthDisk *disk, const char *path, BerthBytes bytes)
{
    Node *node = node_new(disk);
    Change change = {.to = (char *)path, .node = node};

    g_byte_array_append(node->data, bytes.data, (guint)bytes.len);
    harden(node, false);
    apply(disk->names, &change);
    apply(disk->durable_names, &change);
}

void berth_disk_take(BerthDisk *disk, const char *path)
{
    g_hash_table_remove(disk->names, path);
    g_hash_table_remove(disk->durable_names, path);
    drop_unused(disk);
}

BerthBytes berth_disk_get(const BerthDisk *disk, const char *path)
{
    const Node *node = g_hash_table_lookup(disk->names, path);

    if (!node)
        return (BerthBytes){NULL, 0};
    return (BerthBytes){node->data->len ? node->data->data : (const uint8_t *)"", node->data->len};
}

void berth_disk_refuse(BerthDisk *disk, const char *path, int error)
{
    if (error == 0)
        g_hash_table_remove(disk->refused, path);
    else
        g_hash_table_replace(disk->refused, g_strdup(path), GINT_TO_POINTER(error));
}

void berth_disk_set_capacity(BerthDisk *disk, uint64_t bytes)
{
    disk->capacity = bytes;
}

/* ---- crashes ---- */

/* A folder's changes of names are kept up to some point and not beyond; all of them share one draw
 * for each folder. */
static void keep_names(BerthDisk *disk, GRand *rand)
{
    g_autoptr(GHashTable) stopped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < disk->changes->len; i++) {
        const Change *change = disk->changes->pdata[i];
        g_autofree char *dir = g_path_get_dirname(change->from ? change->from : change->to);

        if (g_hash_table_contains(stopped, dir))
            continue;
        if (g_rand_boolean(rand))
            apply(disk->durable_names, change);
        else if (!disk->unordered)
            g_hash_table_add(stopped, g_steal_pointer(&dir));
    }
}

static void keep_bytes(Node *node, GRand *rand)
{
    size_t fresh = node->data->len - MIN(node->clean, node->data->len), kept, zeros;

    /* A truncation was not synced: by chance it did not happen, and nor did what came after. What
     * was cut off may have reached the disk before, synced or not. */
    if (node->before && g_rand_boolean(rand)) {
        g_byte_array_set_size(node->durable, 0);
        g_byte_array_append(node->durable, node->before->data, node->before->len);
        return;
    }
    if (fresh == 0 && node->durable->len == node->clean)
        return;
    kept = fresh ? (size_t)g_rand_int_range(rand, 0, (gint32)fresh + 1) : 0;
    zeros = kept && g_rand_int_range(rand, 0, 4) == 0
                ? (size_t)g_rand_int_range(rand, 0, (gint32)kept)
                : 0;
    g_byte_array_set_size(node->durable, (guint)(node->clean + kept));
    if (kept)
        memcpy(node->durable->data + node->clean, node->data->data + node->clean, kept);
    if (zeros)
        memset(node->durable->data + node->clean + kept - zeros, 0, zeros);
}

void berth_disk_set_unordered(BerthDisk *disk)
{
    disk->unordered = true;
}

void berth_disk_crash(BerthDisk *disk)
{
    GHashTableIter iter;
    void *name, *node;

    disk->crashes++;
    g_ptr_array_set_size(disk->changes, 0);
    g_hash_table_remove_all(disk->names);
    g_hash_table_iter_init(&iter, disk->durable_names);
    while (g_hash_table_iter_next(&iter, &name, &node))
        g_hash_table_replace(disk->names, g_strdup(name), node_ref(node));
    for (guint i = 0; i < disk->nodes->len; i++) {
        Node *n = disk->nodes->pdata[i];

        g_byte_array_set_size(n->data, 0);
        g_byte_array_append(n->data, n->durable->data, n->durable->len);
        n->clean = n->data->len;
        n->lock = NULL;
        g_clear_pointer(&n->before, g_byte_array_unref);
    }
    drop_unused(disk);
}

void berth_disk_crash_at_random(BerthDisk *disk, GRand *rand)
{
    keep_names(disk, rand);
    for (guint i = 0; i < disk->nodes->len; i++)
        keep_bytes(disk->nodes->pdata[i], rand);
    berth_disk_crash(disk);
}
