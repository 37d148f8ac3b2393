/* fake_disk_power - what of the fake disk is durable; see fake_disk.h and fake_disk_i.h. */
#include "tests/lib/fake_disk_i.h"

#include <errno.h>

/* ---- syncs ---- */

/* One that is under way: of the file's first `len` bytes, as it was when it began. */
typedef struct Sync {
    const void *job;
    const BerthDiskFile *file; /* only to be compared */
    Node *node;
    size_t len;
    const GByteArray *before;
} Sync;

void berth_disk_sync_free(void *data)
{
    Sync *sync = data;

    berth_disk_node_unref(sync->node);
    g_free(sync);
}

static void harden_to(Node *node, size_t len, bool lost)
{
    size_t clean = MIN(node->clean, node->durable->len);

    if (len < clean)
        return;
    g_byte_array_set_size(node->durable, (guint)len);
    if (lost && len > clean)
        memset(node->durable->data + clean, 0, len - clean);
    else if (len > clean)
        memcpy(node->durable->data + clean, node->data->data + clean, len - clean);
    node->clean = len;
}

void berth_disk_harden(Node *node, bool lost)
{
    node->clean = MIN(node->clean, node->data->len);
    harden_to(node, node->data->len, lost);
    if (!lost)
        g_clear_pointer(&node->before, g_byte_array_unref);
}

static void end_sync(BerthDisk *disk, guint i)
{
    Sync *sync = disk->syncs->pdata[i];

    harden_to(sync->node, sync->len, false);
    if (sync->node->before == sync->before)
        g_clear_pointer(&sync->node->before, g_byte_array_unref);
    g_ptr_array_remove_index(disk->syncs, i);
    berth_disk_drop_unused(disk);
}

void berth_disk_end_syncs(BerthDisk *disk, const void *job)
{
    for (guint i = disk->syncs->len; i-- > 0;)
        if (((const Sync *)disk->syncs->pdata[i])->job == job)
            end_sync(disk, i);
}

void berth_disk_cut_syncs(BerthDisk *disk, const Node *node, size_t size)
{
    for (guint i = 0; i < disk->syncs->len; i++) {
        Sync *sync = disk->syncs->pdata[i];

        if (sync->node == node)
            sync->len = MIN(sync->len, size);
    }
}

static void begin_sync(BerthDiskFile *file)
{
    Sync *sync = g_new(Sync, 1);
    Node *node = file->node;

    *sync = (Sync){file->disk->job, file, berth_disk_node_ref(node), node->data->len, node->before};
    g_ptr_array_add(file->disk->syncs, sync);
}

/* What other descriptors' syncs are about to keep has been written: they would be told otherwise.
 * Of this one's they were told by this call, and it is lost. */
static void fail_sync(BerthDiskFile *file)
{
    BerthDisk *disk = file->disk;

    for (guint i = disk->syncs->len; i-- > 0;) {
        const Sync *sync = disk->syncs->pdata[i];

        if (sync->node == file->node && sync->file == file)
            g_ptr_array_remove_index(disk->syncs, i);
        else if (sync->node == file->node)
            end_sync(disk, i);
    }
    berth_disk_harden(file->node, true);
}

int berth_disk_sync(BerthDiskFile *file)
{
    Node *node = file->node;
    int r = berth_disk_call_sync(file);

    if (r == -EBADF)
        return r;
    if (r < 0)
        node->errors++;
    else if (file->errors != node->errors)
        r = -EIO;
    file->errors = node->errors;
    if (r < 0)
        fail_sync(file);
    else if (file->disk->job)
        begin_sync(file);
    else
        berth_disk_harden(node, false);
    return r;
}

void berth_disk_work(BerthDisk *disk, const void *job)
{
    disk->job = job;
}

void berth_disk_ended(BerthDisk *disk, const void *job)
{
    berth_disk_end_syncs(disk, job);
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
            berth_disk_apply(disk->durable_names, change);
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
    g_ptr_array_set_size(disk->syncs, 0);
    g_ptr_array_set_size(disk->changes, 0);
    g_hash_table_remove_all(disk->names);
    g_hash_table_iter_init(&iter, disk->durable_names);
    while (g_hash_table_iter_next(&iter, &name, &node))
        g_hash_table_replace(disk->names, g_strdup(name), berth_disk_node_ref(node));
    for (guint i = 0; i < disk->nodes->len; i++) {
        Node *n = disk->nodes->pdata[i];

        g_byte_array_set_size(n->data, 0);
        g_byte_array_append(n->data, n->durable->data, n->durable->len);
        n->clean = n->data->len;
        n->lock = NULL;
        g_clear_pointer(&n->before, g_byte_array_unref);
    }
    berth_disk_drop_unused(disk);
}

void berth_disk_crash_at_random(BerthDisk *disk, GRand *rand)
{
    for (guint i = disk->syncs->len; i-- > 0;)
        if (g_rand_boolean(rand))
            end_sync(disk, i);
    keep_names(disk, rand);
    for (guint i = 0; i < disk->nodes->len; i++)
        keep_bytes(disk->nodes->pdata[i], rand);
    berth_disk_crash(disk);
}
