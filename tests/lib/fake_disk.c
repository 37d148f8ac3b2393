/* fake_disk - see fake_disk.h and fake_disk_i.h. */
#include "tests/lib/fake_disk_i.h"

#include <errno.h>

/* ---- nodes and names ---- */

Node *berth_disk_node_ref(Node *node)
{
    node->refs++;
    return node;
}

void berth_disk_node_unref(void *data)
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
    berth_disk_node_unref(change->node);
    g_free(change);
}

void berth_disk_apply(GHashTable *names, const Change *change)
{
    if (change->from)
        g_hash_table_remove(names, change->from);
    if (change->to)
        g_hash_table_replace(names, g_strdup(change->to), berth_disk_node_ref(change->node));
}

static void change_names(BerthDisk *disk, const char *from, const char *to, Node *node)
{
    Change *change = g_new0(Change, 1);

    change->from = g_strdup(from);
    change->to = g_strdup(to);
    change->node = node ? berth_disk_node_ref(node) : NULL;
    g_ptr_array_add(disk->changes, change);
    berth_disk_apply(disk->names, change);
}

static bool same_dir(const char *path, const char *dir)
{
    g_autofree char *its = g_path_get_dirname(path);

    return strcmp(its, dir) == 0;
}

BerthDisk *berth_disk_new(void)
{
    BerthDisk *disk = g_new0(BerthDisk, 1);

    disk->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, berth_disk_node_unref);
    disk->durable_names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, berth_disk_node_unref);
    disk->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    disk->changes = g_ptr_array_new_with_free_func(change_free);
    disk->nodes = g_ptr_array_new_with_free_func(berth_disk_node_unref);
    disk->syncs = g_ptr_array_new_with_free_func(berth_disk_sync_free);
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
    g_ptr_array_unref(disk->syncs);
    g_ptr_array_unref(disk->changes);
    g_ptr_array_unref(disk->nodes);
    g_free(disk);
}

void berth_disk_drop_unused(BerthDisk *disk)
{
    for (guint i = disk->nodes->len; i-- > 0;)
        if (((Node *)disk->nodes->pdata[i])->refs == 1)
            g_ptr_array_remove_index_fast(disk->nodes, i);
}

/* ---- faults ---- */

static int call(BerthDisk *disk, BerthDiskOp op, const char *path, size_t *len)
{
    if (disk->job)
        berth_disk_end_syncs(disk, disk->job);
    disk->calls[op]++;
    return disk->fault ? disk->fault(disk->fault_data, op, path, len) : 0;
}

static int call_file(BerthDiskFile *file, BerthDiskOp op, size_t *len)
{
    if (file->crashes != file->disk->crashes)
        return -EBADF;
    return call(file->disk, op, file->path, len);
}

int berth_disk_call_sync(BerthDiskFile *file)
{
    size_t none = 0;

    return call_file(file, BERTH_DISK_SYNC, &none);
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
        berth_disk_cut_syncs(disk, node, 0);
        g_byte_array_set_size(node->data, 0);
        node->clean = 0;
    }
    *ret = g_new0(BerthDiskFile, 1);
    **ret = (BerthDiskFile){.disk = disk,
                            .node = berth_disk_node_ref(node),
                            .path = g_strdup(path),
                            .writable = how != BERTH_OPEN_READ,
                            .crashes = disk->crashes,
                            .errors = node->errors};
    return 0;
}

void berth_disk_close(BerthDiskFile *file)
{
    if (!file)
        return;
    if (file->node->lock == file)
        file->node->lock = NULL;
    berth_disk_node_unref(file->node);
    berth_disk_drop_unused(file->disk);
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
    berth_disk_cut_syncs(file->disk, node, (size_t)size);
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
        berth_disk_apply(disk->durable_names, change);
        g_ptr_array_remove_index(disk->changes, i);
    }
    berth_disk_drop_unused(disk);
    return r;
}

/* ---- the owner ---- */

void berth_disk_put(BerthDisk *disk, const char *path, BerthBytes bytes)
{
    Node *node = node_new(disk);
    Change change = {.to = (char *)path, .node = node};

    g_byte_array_append(node->data, bytes.data, (guint)bytes.len);
    berth_disk_harden(node, false);
    berth_disk_apply(disk->names, &change);
    berth_disk_apply(disk->durable_names, &change);
}

void berth_disk_take(BerthDisk *disk, const char *path)
{
    g_hash_table_remove(disk->names, path);
    g_hash_table_remove(disk->durable_names, path);
    berth_disk_drop_unused(disk);
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
