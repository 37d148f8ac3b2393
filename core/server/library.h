/* library - one plugin's file: found, checked, opened, its descriptor read, and closed again.
 *
 * A plugin runs with all that the server may do, so its file must be where plugins belong and must
 * not be writable by others. This is the one room that asks the system about files directly,
 * because the dynamic linker does so, too, and knows no world. */
#pragma once

#include "hooks/hook.h"

/* Where plugins may be. */
typedef struct BerthLibraryPlaces {
    char **dirs;    /* ended by NULL, in the order of searching */
    bool unchecked; /* berthd -X: anywhere, and whoever owns them */
} BerthLibraryPlaces;

/* One opened file. Which snapshots use it is the loader's business. */
typedef struct BerthLibrary {
    char *path;         /* canonical */
    BerthPlugin plugin; /* as this core knows it, whatever size the file's own has */
    BerthRole *roles;   /* likewise; ended by {0} */
    size_t n_roles, n_hooks;
    BerthCalloutStats *stats; /* one for each hook */
    void *run;
    void *handle;
    void *code; /* where its file is mapped */

    /* the loader's: core/server/loader.c */
    unsigned users; /* snapshots and jobs */
    bool started;
    struct BerthLibrary *next;
} BerthLibrary;

/* The canonical path of the plugin `name`: a plain name is looked for in the folders; one with a
 * '/' is a path. -ENOENT: there is none (with a suggestion); another negative: it may not be used.
 */
int berth_library_find(const BerthLibraryPlaces *places, const char *name, char **ret_path,
                       GError **error);

/* The names of all files of plugins there; g_free each. */
GPtrArray *berth_library_names(const BerthLibraryPlaces *places);

/* Opens it and checks its descriptor. NULL with the true reason. Any thread. */
BerthLibrary *berth_library_open(const char *path, GError **error);
/* Only from a stack without the plugin's code on it. NULL is fine. */
void berth_library_close(BerthLibrary *library);

const char *berth_library_version(const BerthLibrary *library);

/* The role by its kind and name; `name` NULL: the first of that kind. */
const BerthRole *berth_library_role(const BerthLibrary *library, const char *role,
                                    const char *name);
