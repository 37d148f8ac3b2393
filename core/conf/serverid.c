/* Which server identifiers the configuration gives (option 54 of DHCPv4), whatever the scope: a
 * client that names one of them means this server, before it is known which subnet it is on. */
#include "core/conf/build.h"

static int compare(const void *a, const void *b)
{
    return berth_addr_compare(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static void add_from(GArray *ids, const BerthOptList *list)
{
    for (size_t i = 0; i < list->n_own; i++) {
        const BerthOptData *data = &list->own[i];
        BerthAddr id = BERTH_ADDR4_ANY;

        if (data->code != BERTH_DHO_DHCP_SERVER_IDENTIFIER || data->value.len != 4)
            continue;
        memcpy(id.b + 12, data->value.data, 4);
        g_array_append_val(ids, id);
    }
}

void berth_build_server_ids(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(BerthAddr));

    add_from(ids, &family->options);
    for (size_t i = 0; i < family->n_classes; i++)
        add_from(ids, &family->classes[i].options);
    for (size_t i = 0; i < family->n_networks; i++)
        add_from(ids, &family->networks[i].options);
    for (size_t i = 0; i < family->n_subnets; i++)
        add_from(ids, &family->subnets[i].options);
    for (size_t i = 0; i < family->n_pools; i++)
        add_from(ids, &family->pools[i].options);
    g_array_sort(ids, compare);
    family->n_server_ids = ids->len;
    family->server_ids =
        ids->len > 0 ? berth_build_copy(build, ids->data, ids->len, sizeof(BerthAddr)) : NULL;
    g_array_unref(ids);
}

bool berth_conf_is_server_id(const BerthFamilyConf *family, BerthAddr id)
{
    return family->n_server_ids > 0 &&
           bsearch(&id, family->server_ids, family->n_server_ids, sizeof(id), compare);
}
