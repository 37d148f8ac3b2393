/* flex_option - options of replies, and of queries, that expressions make: Kea's library of that
 * name. read.c makes acts of the configuration, act.c does them. */
#include "read.h"

#include <errno.h>

typedef struct Conf {
    BerthList options; /* of Entry */
    GArray *acts;      /* of Act, in Kea's order */
} Conf;

static const BerthConfItem conf_items[] = {
    {"options", BERTH_LIST(Conf, options), NULL, "what is done, in the order of option codes",
     .flags = BERTH_CONF_REQUIRED, .items = entry_items, .item_size = sizeof(Entry)},
    {0},
};

static void clear_act(void *act)
{
    act_clear(act);
}

/* Kea: options by their codes, then those inside, by the codes of their containers and their own;
 * of one code in the order of the configuration. */
static int compare(const void *a_act, const void *b_act)
{
    const Act *a = a_act, *b = b_act;

    if (a->is_inside != b->is_inside)
        return a->is_inside ? 1 : -1;
    if (a->container != b->container)
        return a->container < b->container ? -1 : 1;
    return a->code < b->code ? -1 : a->code > b->code;
}

static int prepare_for(const BerthSetup *setup, void *conf_data, GError **error)
{
    Conf *conf = conf_data;
    const Entry *entries = conf->options.at;
    int r = 0;

    conf->acts = g_array_new(FALSE, FALSE, sizeof(Act));
    g_array_set_clear_func(conf->acts, clear_act);
    for (size_t i = 0; r == 0 && i < conf->options.n; i++)
        r = entry_read(setup, &entries[i], conf->acts, error);
    /* What is refused is not released. */
    if (r < 0)
        g_array_unref(conf->acts);
    else
        g_array_sort(conf->acts, compare);
    return r;
}

static void release(void *conf_data)
{
    const Conf *conf = conf_data;

    g_array_unref(conf->acts);
}

/* An act that fails ends the work on this packet, as with Kea; what was done stays. */
static BerthVerdict change(BerthPacket *pkt, const Conf *conf, bool to_query)
{
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < conf->acts->len; i++) {
        const Act *act = &g_array_index(conf->acts, Act, i);

        if (act->to_query != to_query || act_do(act, pkt, &error) == 0)
            continue;
        BERTH_LOG(berth_packet_server(pkt), BERTH_ERROR, "flex-option-hooks",
                  "FLEX_OPTION_PROCESS_ERROR", "An error occurred processing query %s: %s",
                  berth_packet_label(pkt), error ? error->message : "");
        break;
    }
    return BERTH_CONTINUE;
}

static BerthVerdict on_receive(BerthPacket *pkt, const void *conf, void *run)
{
    (void)run;
    return change(pkt, conf, true);
}

static BerthVerdict on_send(BerthPacket *pkt, const void *conf, void *run)
{
    (void)run;
    return change(pkt, conf, false);
}

/* Queries are changed before they are classified. */
static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_FIRST - 1, on_receive),
    BERTH_ON_PACKET("pkt4_send", BERTH_NORMAL, on_send),
    BERTH_ON_PACKET("pkt6_receive", BERTH_FIRST - 1, on_receive),
    BERTH_ON_PACKET("pkt6_send", BERTH_NORMAL, on_send),
    {0},
};

BERTH_PLUGIN(.name = "flex_option", .about = "options that expressions make",
             .conf_size = sizeof(Conf), .conf = conf_items, .release = release, .hooks = hooks,
             .prepare_for = prepare_for);
