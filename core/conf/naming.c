/* naming - what is replaced in clients' names (hostname-char-set and hostname-char-replacement). */
#include "core/conf/build.h"

void berth_build_naming(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthNaming *naming, const BerthNaming *outer)
{
    const BerthNode *own = berth_node_get(node, "hostname-char-set");
    g_autofree char *why = NULL;

    naming->scrub = outer ? outer->scrub : NULL;
    if (outer && !own && !berth_node_get(node, "hostname-char-replacement"))
        return;
    naming->scrub = NULL;
    if (!naming->characters || !*naming->characters)
        return;
    naming->scrub = berth_scrub_new(naming->characters, naming->replacement, &why);
    if (naming->scrub)
        g_ptr_array_add(build->conf->scrubs, naming->scrub);
    else
        berth_build_fail(build, own ? own : node, path,
                         "hostname-char-set \"%s\" can't be read: %s", naming->characters, why);
}
