/* fuzz_conf - any text as a configuration: a snapshot or errors, never both; a snapshot's look-ups
 * agree with what it holds, and what config-get shows of it is a configuration that means the same.
 */
#include "core/conf/conf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/confs.h"

static void check_pool(const BerthSubnet *subnet, const BerthPool *pool)
{
    const BerthPool *first, *last;

    if (pool->type == BERTH_LEASE_PD) {
        first = berth_conf_pd_pool_of(subnet, pool->first);
        last = berth_conf_pd_pool_of(subnet, pool->last);
    } else {
        first = berth_conf_pool_of(subnet, pool->first);
        last = berth_conf_pool_of(subnet, pool->last);
    }
    if (first != pool || last != pool || pool->subnet != subnet)
        g_error("the pool %s is not found", pool->text);
}

static void check_subnet(const BerthFamilyConf *family, const BerthSubnet *subnet)
{
    const BerthSubnet *inner = berth_conf_subnet_of(family, subnet->prefix, NULL);

    if (berth_conf_subnet_by_id(family, subnet->id) != subnet)
        g_error("the subnet %u is not found", subnet->id);
    if (!inner || inner->prefix_len < subnet->prefix_len)
        g_error("the subnet %s is not found", subnet->text);
    if (subnet->interface && !berth_conf_subnet_by_interface(family, subnet->interface, NULL))
        g_error("the interface %s is not found", subnet->interface);
    if (subnet->interface_id.len > 0 &&
        !berth_conf_subnet_by_interface_id(family, subnet->interface_id, NULL))
        g_error("the interface-id of subnet %u is not found", subnet->id);
    for (size_t i = 0; i < subnet->n_pools; i++)
        check_pool(subnet, &subnet->pools[i]);
    for (size_t i = 0; i < subnet->n_pd_pools; i++)
        check_pool(subnet, &subnet->pd_pools[i]);
}

static void check_options(const BerthFamilyConf *family)
{
    const BerthScope scope = {.family = family};

    for (size_t i = 0; i < family->options.n_own; i++) {
        const BerthOptData *data = &family->options.own[i];
        const BerthOptData *found = berth_conf_option(&scope, data->code);

        const bool alone = (i == 0 || data[-1].code != data->code) &&
                           (i + 1 == family->options.n_own || data[1].code != data->code);

        if (!found != data->never_send && alone)
            g_error("option %u is lost", data->code);
    }
}

static void check_family(const BerthFamilyConf *family)
{
    if (!family->present)
        return;
    for (size_t i = 0; i < family->n_subnets; i++)
        check_subnet(family, &family->subnets[i]);
    for (size_t i = 0; i < family->n_pools; i++)
        if (family->pools[i].index != i)
            g_error("a pool does not know its place");
    check_options(family);
}

static BerthConf *read_text(const uint8_t *data, size_t len, char **ret_errors)
{
    BerthConf *conf = NULL;
    BerthErrors errors;
    BerthDoc *doc;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json((BerthBytes){data, len}, "f", false, &errors);
    if (doc)
        conf = berth_conf_from_doc(doc, "f", &errors);
    if ((conf != NULL) == berth_errors_any(&errors))
        g_error("a snapshot with errors, or none without");
    *ret_errors = berth_errors_text(&errors);
    berth_errors_clear(&errors);
    return conf;
}

/* What is shown is read back, and shown the same. */
static void check_again(const char *text)
{
    g_autofree char *errors = NULL, *again = NULL;
    BerthConf *conf = read_text((const uint8_t *)text, strlen(text), &errors);

    if (!conf)
        g_error("what is shown is no configuration: %s\n%s", errors, text);
    again = confs_shown(conf);
    if (strcmp(text, again) != 0)
        g_error("what is shown is another configuration:\n%s\n%s", text, again);
    berth_conf_unref(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    g_autofree char *errors = NULL, *text = NULL;
    BerthConf *conf = read_text(data, len, &errors);

    if (!conf)
        return 0;
    check_family(&conf->v4);
    check_family(&conf->v6);
    text = confs_shown(conf);
    check_again(text);
    berth_conf_unref(conf);
    return 0;
}
