/* The option that a client gets, over the scopes that it is in. For the packet path. */
#include "core/base/bytes.h"
#include "core/conf/conf.h"
#include <glib.h>

/* An option with a tag is for members only. */
static bool is_for(const BerthOptData *data, const BerthClassSet *set)
{
    static const BerthClassSet none;

    return berth_guard_admits(&data->guard, set ? set : &none);
}

static const BerthOptData *find(const BerthOptList *list, uint16_t code, const BerthClassSet *set)
{
    size_t low = 0, high = list->n_own;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (list->own[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->n_own && list->own[low].code == code; low++)
        if (is_for(&list->own[low], set))
            return &list->own[low];
    return NULL;
}

#define LISTS_MAX (1 + BERTH_SCOPE_POOLS + 3 + BERTH_CLASSES_MAX)

static unsigned add_list(const BerthOptList *list, const BerthOptList *ret[LISTS_MAX], unsigned n)
{
    if (list->n > 0)
        ret[n++] = list;
    return n;
}

static unsigned add_classes(const BerthScope *scope, const BerthOptList *ret[LISTS_MAX], unsigned n)
{
    const BerthClassSet *set = scope->classes;

    for (unsigned i = 0; set && i < set->n; i++) {
        const BerthClass *class = scope->family->class_of_number[set->numbers[i]];

        if (class)
            n = add_list(&class->options, ret, n);
    }
    return n;
}

/* The scopes that have options, from the innermost. */
static unsigned lists_of(const BerthScope *scope, const BerthOptList *ret[LISTS_MAX])
{
    const BerthSubnet *subnet = scope->subnet;
    unsigned n = scope->host ? add_list(scope->host, ret, 0) : 0;

    for (unsigned i = 0; i < BERTH_SCOPE_POOLS && scope->pools[i]; i++)
        n = add_list(&scope->pools[i]->options, ret, n);
    if (subnet)
        n = add_list(&subnet->options, ret, n);
    if (subnet && subnet->network)
        n = add_list(&subnet->network->options, ret, n);
    n = add_classes(scope, ret, n);
    return add_list(&scope->family->options, ret, n);
}

const BerthOptData *berth_conf_option(const BerthScope *scope, uint16_t code)
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);
    const BerthOptData *found = NULL;

    for (unsigned i = 0; i < n; i++) {
        const BerthOptData *data = find(lists[i], code, scope->classes);

        if (data && data->never_send)
            return NULL;
        if (!found)
            found = data;
    }
    return found;
}

bool berth_conf_link_has_option(const BerthSubnet *subnet, const BerthClassSet *classes,
                                uint16_t code)
{
    return find(&subnet->options, code, classes) ||
           (subnet->network && find(&subnet->network->options, code, classes));
}

BerthOptCodes berth_conf_codes(const BerthScope *scope)
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);
    BerthOptCodes codes = {0};

    for (unsigned i = 0; i < n; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(codes.bits); k++)
            codes.bits[k] |= lists[i]->codes.bits[k];
    return codes;
}

static bool has_code(const uint16_t *codes, unsigned n, uint16_t code)
{
    for (unsigned i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}

unsigned berth_conf_always_sent(const BerthScope *scope, uint16_t *ret, size_t size)
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);
    unsigned n_ret = 0;

    for (unsigned i = 0; i < n; i++)
        for (size_t j = 0; lists[i]->always && j < lists[i]->n_own && n_ret < size; j++) {
            const BerthOptData *data = &lists[i]->own[j];

            if (data->always_send && is_for(data, scope->classes) &&
                !has_code(ret, n_ret, data->code) && berth_conf_option(scope, data->code))
                ret[n_ret++] = data->code;
        }
    return n_ret;
}

/* ---- what there is once for each enterprise ---- */

static bool has_enterprise(const BerthOptData *const *found, unsigned n, uint32_t enterprise)
{
    for (unsigned i = 0; i < n; i++)
        if (found[i]->enterprise == enterprise)
            return true;
    return false;
}

unsigned berth_conf_option_each(const BerthScope *scope, uint16_t code, const BerthOptData **ret,
                                size_t size)
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);
    unsigned n_ret = 0;

    if (!berth_conf_option(scope, code))
        return 0;
    for (unsigned i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i]->n_own && n_ret < size; k++) {
            const BerthOptData *data = &lists[i]->own[k];

            if (data->code == code && is_for(data, scope->classes) &&
                !has_enterprise(ret, n_ret, data->enterprise))
                ret[n_ret++] = data;
        }
    return n_ret;
}

bool berth_conf_has_vendor_options(const BerthScope *scope)
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);

    for (unsigned i = 0; i < n; i++)
        if (lists[i]->n_vendor > 0)
            return true;
    return false;
}

/* The place of a code among the `n` that there are; NULL: no room. */
static BerthVendorOption *place(BerthVendorOption *options, unsigned *n, const BerthOptData *data)
{
    unsigned i = 0;

    while (i < *n && options[i].data->code < data->code)
        i++;
    if (i < *n && options[i].data->code == data->code)
        return &options[i];
    if (*n == BERTH_VENDOR_OPTIONS_MAX)
        return NULL;
    memmove(&options[i + 1], &options[i], (*n - i) * sizeof(*options));
    options[i] = (BerthVendorOption){.data = data};
    ++*n;
    return &options[i];
}

unsigned berth_conf_vendor_options(const BerthScope *scope, uint32_t enterprise,
                                   BerthVendorOption ret[BERTH_VENDOR_OPTIONS_MAX])
{
    BERTH_UNCLEARED const BerthOptList *lists[LISTS_MAX];
    const unsigned n = lists_of(scope, lists);
    unsigned n_ret = 0;

    for (unsigned i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i]->n_vendor; k++) {
            const BerthOptData *data = &lists[i]->vendor[k];
            BerthVendorOption *option;

            if (data->enterprise != enterprise || !is_for(data, scope->classes))
                continue;
            option = place(ret, &n_ret, data);
            if (!option)
                continue;
            option->always |= data->always_send;
            option->never |= data->never_send;
        }
    return n_ret;
}
