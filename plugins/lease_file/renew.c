/* renew - see journal_i.h.
 *
 * The file gets its name when it is whole and synced, and is trusted when the name is durable. */
#include "copy.h"
#include "journal_i.h"

#include <errno.h>

void journal_note_durable(Journal *j)
{
    j->synced = j->written = j->turn.size;
    g_string_truncate(j->unsynced, 0);
}

/* After a failed sync a later one may say yes without having written: never ask again on this file.
 */
static int sync_file(Journal *j)
{
    int r = berth_file_sync(j->file);

    if (r == 0)
        journal_note_durable(j);
    else
        j->broken = true;
    return r;
}

static int check_name(Journal *j)
{
    int r = berth_file_is_at(j->file, j->path);

    if (r < 0)
        j->broken = true;
    return r;
}

/* A file that came to the name between the two looks would be found by neither. */
static BerthFile *open_twin(Journal *j, BerthFile *file, const char *path)
{
    BerthFile *twin = NULL;

    if (berth_file_open(j->server, path, BERTH_OPEN_READ, &twin) < 0)
        return NULL;
    if (berth_file_is_at(twin, path) < 0 || berth_file_is_at(file, path) < 0) {
        berth_file_close(twin);
        return NULL;
    }
    return twin;
}

int journal_begin_file(Journal *j)
{
    int64_t has = berth_file_size(j->file);
    Turn *turn = &j->turn;
    int r = 0;

    if (has < turn->size)
        return has < 0 ? (int)has : -EIO;
    if (has > turn->size)
        r = berth_file_truncate(j->file, turn->size);
    if (r == 0 && turn->size == 0) {
        r = berth_file_append(j->file, berth_bytes(j->header));
        turn->size = (int64_t)strlen(j->header);
    }
    if (r == 0)
        r = berth_file_sync(j->file);
    if (r == 0)
        j->twin = open_twin(j, j->file, j->path);
    return r;
}

static int check_absent(Journal *j, const char *path)
{
    BerthFile *file = NULL;
    int r = berth_file_open(j->server, path, BERTH_OPEN_READ, &file);

    berth_file_close(file);
    if (r == 0)
        return -EEXIST;
    return r == -ENOENT ? 0 : r;
}

/* ---- in place of the old file ---- */

static int drop_fresh(Journal *j, BerthFile *fresh, int r)
{
    berth_file_close(fresh);
    berth_file_unlink(j->server, j->fresh);
    return r;
}

/* Makes a file of that name from one that has lost it. */
static int restore(Journal *j, BerthFile *from, const char *path)
{
    BerthFile *fresh = NULL;
    int64_t size = berth_file_size(from);
    int r = size < 0 ? (int)size : berth_file_open(j->server, j->fresh, BERTH_OPEN_NEW, &fresh);

    if (r < 0)
        return r;
    r = copy_bytes(from, size, fresh);
    if (r == 0)
        r = berth_file_sync(fresh);
    if (r == 0)
        r = berth_file_rename(j->server, j->fresh, path);
    if (r < 0)
        return drop_fresh(j, fresh, r);
    berth_file_close(fresh);
    return 0;
}

static int restore_absent(Journal *j, BerthFile *from, const char *path)
{
    int r = from ? check_absent(j, path) : -EEXIST;

    if (r == -EEXIST)
        return 0;
    return r < 0 ? r : restore(j, from, path);
}

/* NAME is gone, perhaps with all that was beside it, which a start reads before it. */
static int restore_beside(Journal *j)
{
    int r = restore_absent(j, j->beside.previous, j->previous_path);

    return r < 0 ? r : restore_absent(j, j->beside.copy, j->copy_path);
}

/* Puts the new file, of `size` bytes, in place of the old one, which is the caller's then, even if
 * this fails at the end; NULL: it is still in use. */
static int replace(Journal *j, BerthFile *fresh, int64_t size, BerthFile **ret_old)
{
    BerthFile *twin = open_twin(j, fresh, j->fresh);
    int r = berth_file_rename(j->server, j->fresh, j->path);

    if (r < 0) {
        berth_file_close(twin);
        return drop_fresh(j, fresh, r);
    }
    berth_file_close(j->twin);
    j->twin = twin;
    *ret_old = j->file;
    j->file = fresh;
    j->turn.size = size;
    j->turn.broken = false;
    journal_note_durable(j);
    r = berth_file_sync_dir(j->server, j->dir);
    j->broken = r < 0; /* Its name may still be the old file's. */
    return r;
}

/* Reads the old file by its descriptor: half a rotation may have left it another name, or none. */
int journal_mend(Journal *j)
{
    BerthFile *fresh = NULL, *old = NULL;
    int r = berth_file_is_at(j->file, j->path) < 0 ? restore_beside(j) : 0;

    if (r == 0)
        r = berth_file_open(j->server, j->fresh, BERTH_OPEN_NEW, &fresh);
    if (r < 0)
        return r;
    r = copy_bytes(j->file, j->synced, fresh);
    if (r == 0 && j->unsynced->len)
        r = berth_file_append(fresh, (BerthBytes){(uint8_t *)j->unsynced->str, j->unsynced->len});
    if (r == 0)
        r = berth_file_sync(fresh);
    if (r < 0)
        return drop_fresh(j, fresh, r);
    r = replace(j, fresh, j->synced + (int64_t)j->unsynced->len, &old);
    berth_file_close(old);
    return r;
}

/* ---- beside the old file ---- */

static int make_fresh(Journal *j, BerthFile **ret)
{
    BerthFile *fresh = NULL;
    int r = berth_file_open(j->server, j->fresh, BERTH_OPEN_NEW, &fresh);

    if (r < 0)
        return r;
    r = berth_file_append(fresh, berth_bytes(j->header));
    if (r == 0)
        r = berth_file_sync(fresh);
    if (r < 0)
        return drop_fresh(j, fresh, r);
    *ret = fresh;
    return 0;
}

/* The old file has lost its name for `copy`, and there is no new one. Under either name it would be
 * found at a start, so going back need not be durable. Where it fails, a new NAME with all rows is
 * made before anything else is written. */
static void rotate_back(Journal *j)
{
    if (berth_file_rename(j->server, j->copy, j->path) < 0)
        j->broken = true;
}

static int rotate_names(Journal *j, BerthFile *fresh)
{
    BerthFile *old = NULL;
    int r = berth_file_rename(j->server, j->path, j->copy);

    if (r < 0)
        return drop_fresh(j, fresh, r);
    /* Only now may the old name go to another file: a folder that keeps the second change of names
     * without the first would have lost all. */
    r = berth_file_sync_dir(j->server, j->dir);
    if (r == 0)
        r = replace(j, fresh, (int64_t)strlen(j->header), &old);
    else
        drop_fresh(j, fresh, r);
    if (old) {
        berth_file_close(j->beside.copy);
        j->beside.copy = old;
    }
    if (r < 0 && !j->broken)
        rotate_back(j);
    return r;
}

int journal_rotate_file(Journal *j)
{
    BerthFile *fresh = NULL;
    int r = check_absent(j, j->copy);

    if (r == 0)
        r = check_absent(j, j->unless);
    if (r == 0)
        r = make_fresh(j, &fresh);
    if (r < 0)
        return r;
    r = check_name(j);
    if (r == 0)
        r = sync_file(j);
    if (r == 0)
        r = rotate_names(j, fresh);
    else
        drop_fresh(j, fresh, r);
    if (j->broken)
        journal_mend(j);
    return r;
}
