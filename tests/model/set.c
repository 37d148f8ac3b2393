/* set - see set.h. */
#include "tests/model/set.h"

#define ANY_NAME "6d6f6465-6c00-4000-8000-000000000000"

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

const char *model_set_name(ModelStore *store)
{
    ModelSet *set = model_store_set(store);

    if (!set->name)
        set_text(&set->name, ANY_NAME);
    return set->name;
}

bool model_set_fill(ModelStore *store, const char *name, unsigned server)
{
    ModelSet *set = model_store_set(store);

    if (set->name && (strcmp(set->name, name) != 0 || !(set->superseded_by || set->is_filling)))
        return false;
    model_store_empty(store);
    set_text(&set->name, name);
    set_text(&set->superseded_by, NULL);
    set->is_filling = true;
    set->filler = server;
    return true;
}

void model_set_mark(ModelStore *store, const char *by)
{
    ModelSet *set = model_store_set(store);

    if (by)
        set_text(&set->superseded_by, by);
    else
        set->is_filling = false;
}

char *model_set_why(const ModelStore *store)
{
    const ModelSet *set = model_store_set((ModelStore *)store);

    if (set->superseded_by)
        return g_strdup_printf("this data set was given up: superseded by %s", set->superseded_by);
    return set->is_filling ? g_strdup("a swap has begun to fill this data set") : NULL;
}

bool model_set_refuses(ModelStore *store, unsigned server)
{
    ModelSet *set = model_store_set(store);

    if (set->superseded_by || (set->is_filling && set->filler != server))
        return true;
    set->is_filling = false;
    return false;
}
