/* library_find - from a plugin's name to a file that may be run: see library.h. */
#include "core/base/nearest.h"
#include "core/server/library.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_LEN 64

static bool is_plain_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= NAME_MAX_LEN &&
           strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == len;
}

/* ---- may it be used ---- */

static bool is_inside(const char *path, const char *dir)
{
    g_autofree char *canonical = realpath(dir, NULL);
    size_t len = canonical ? strlen(canonical) : 0;

    return canonical && strncmp(path, canonical, len) == 0 && (path[len] == '/' || len == 1);
}

static bool is_in_place(const BerthLibraryPlaces *places, const char *path)
{
    for (char **dir = places->dirs; *dir; dir++)
        if (is_inside(path, *dir))
            return true;
    return false;
}

static bool is_trusted_owner(const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == geteuid();
}

static int check_file(const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct stat st;

    if (stat(path, &st) < 0)
        return berth_fail(error, -errno, "can't look at %s: %s", path, g_strerror(errno));
    if (!S_ISREG(st.st_mode))
        return berth_fail(error, -EINVAL, "%s is not a regular file", path);
    if (!is_trusted_owner(&st))
        return berth_fail(
            error, -EPERM,
            "%s belongs to user %u, who is neither root nor the server's user; chown it", path,
            (unsigned)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return berth_fail(error, -EPERM, "%s may be written by others (mode %04o); chmod go-w it",
                          path, st.st_mode & 07777u);
    /* Whoever may rename in the folder may put another file in this one's place. */
    if (stat(dir, &st) < 0 || (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX)))
        return berth_fail(error, -EPERM, "everybody may put files into the folder %s; chmod o-w it",
                          dir);
    return 0;
}

static int check(const BerthLibraryPlaces *places, const char *path, GError **error)
{
    g_autofree char *dirs = g_strjoinv(":", places->dirs);

    if (places->unchecked)
        return 0;
    if (!is_in_place(places, path))
        return berth_fail(error, -EPERM, "%s is not in the plugin folder %s", path, dirs);
    return check_file(path, error);
}

/* ---- where is it ---- */

static void add_names(GPtrArray *names, const char *dir)
{
    GDir *open = g_dir_open(dir, 0, NULL);
    const char *name;

    while (open && (name = g_dir_read_name(open)))
        if (g_str_has_suffix(name, ".so"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".so")));
    g_clear_pointer(&open, g_dir_close);
}

GPtrArray *berth_library_names(const BerthLibraryPlaces *places)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (char **dir = places->dirs; *dir; dir++)
        add_names(names, *dir);
    return names;
}

static const char *candidate(const void *data, size_t i)
{
    const GPtrArray *names = data;

    return i < names->len ? names->pdata[i] : NULL;
}

static int not_found(const BerthLibraryPlaces *places, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = berth_library_names(places);
    g_autofree char *dirs = g_strjoinv(":", places->dirs);
    const char *near = berth_nearest(name, candidate, names);
    if (near)
        return berth_fail(error, -ENOENT, "there is no plugin '%s' in %s; did you mean '%s'?", name,
                          dirs, near);
    return berth_fail(error, -ENOENT, "there is no plugin '%s' in %s", name, dirs);
}

static char *search(const BerthLibraryPlaces *places, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".so", NULL);

    for (char **dir = places->dirs; *dir; dir++) {
        g_autofree char *path = g_build_filename(*dir, file, NULL);
        char *canonical = realpath(path, NULL);

        if (canonical)
            return canonical;
    }
    return NULL;
}

int berth_library_find(const BerthLibraryPlaces *places, const char *name, char **ret_path,
                       GError **error)
{
    g_autofree char *path = NULL;
    int r;

    if (strchr(name, '/')) {
        path = realpath(name, NULL);
        if (!path)
            return berth_fail(error, -ENOENT, "can't open the plugin %s: %s", name,
                              g_strerror(errno));
    } else if (is_plain_name(name)) {
        path = search(places, name);
        if (!path)
            return not_found(places, name, error);
    } else {
        return berth_fail(error, -EINVAL,
                          "'%s' names no plugin: letters, digits, '_' and '-', at most %d", name,
                          NAME_MAX_LEN);
    }
    r = check(places, path, error);
    if (r == 0)
        *ret_path = g_steal_pointer(&path);
    return r;
}
