/* act - see act.h. */
#include "act.h"

#include "inside.h"
#include <errno.h>

#define LOGGER "flex-option-hooks"
#define SHOWN 128 /* of a value in the log */

void act_clear(Act *act)
{
    berth_expr_free(act->expr);
}

/* ---- options of the packet that is changed ---- */

static bool get(const Act *act, const BerthPacket *pkt, uint16_t code, BerthBytes *ret)
{
    if (act->family == 6)
        return act->to_query ? berth_query6_get(pkt, code, 0, ret)
                             : berth_reply6_get(pkt, code, 0, ret);
    return act->to_query ? berth_query4_get(pkt, (uint8_t)code, ret)
                         : berth_reply4_get(pkt, (uint8_t)code, ret);
}

static int take_out(const Act *act, BerthPacket *pkt, uint16_t code)
{
    if (act->to_query)
        return act->family == 6 ? berth_query6_remove(pkt, code)
                                : berth_query4_remove(pkt, (uint8_t)code);
    if (act->family == 6)
        berth_reply6_remove(pkt, code);
    else
        berth_reply4_remove(pkt, (uint8_t)code);
    return 0;
}

/* In place of the first of the code. */
static int put(const Act *act, BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    if (act->family == 6)
        return act->to_query ? berth_query6_set(pkt, code, value)
                             : berth_reply6_set(pkt, code, value);
    return act->to_query ? berth_query4_set(pkt, (uint8_t)code, value)
                         : berth_reply4_set(pkt, (uint8_t)code, value);
}

/* In place of all of the code: the later ones go. */
static int replace(const Act *act, BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    if (act->family == 6 && !act->to_query)
        berth_reply6_remove(pkt, code);
    else if (act->family == 6)
        berth_query6_remove(pkt, code);
    return put(act, pkt, code, value);
}

/* ---- what the expression says ---- */

static bool holds(const Act *act, BerthPacket *pkt)
{
    return act->from_reply ? berth_expr_holds_reply(act->expr, pkt)
                           : berth_expr_holds(act->expr, pkt);
}

/* 1; 0: nothing is to be done; negative: the text is none of the option. */
static int value_of(const Act *act, BerthPacket *pkt, BerthBytes *ret_text, BerthBytes *ret,
                    GError **error)
{
    int r = act->from_reply ? berth_expr_bytes_reply(act->expr, pkt, ret_text)
                            : berth_expr_bytes(act->expr, pkt, ret_text);

    if (r < 0)
        return berth_fail(error, r, "the expression of option %u can't be evaluated", act->code);
    if (ret_text->len == 0)
        return 0;
    *ret = *ret_text;
    r = act->def ? berth_optdef_bytes(act->def, pkt, *ret_text, ret, error) : 0;
    return r < 0 ? r : 1;
}

/* ---- telling ---- */

static void say(const Act *act, BerthPacket *pkt, BerthBytes value)
{
    static const char *const ids[][3] = {
        {"FLEX_OPTION_PROCESS_ADD", "FLEX_OPTION_PROCESS_SUPERSEDE", "FLEX_OPTION_PROCESS_REMOVE"},
        {"FLEX_OPTION_PROCESS_SUB_ADD", "FLEX_OPTION_PROCESS_SUB_SUPERSEDE",
         "FLEX_OPTION_PROCESS_SUB_REMOVE"}};
    static const char *const words[] = {"Added the ", "Supersedes the ", "Removed "};
    BerthServer *server = berth_packet_server(pkt);
    char where[64], with[SHOWN + 16] = "", text[SHOWN];

    if (!berth_server_log_wants(server, BERTH_DEBUG, LOGGER))
        return;
    if (act->is_inside)
        g_snprintf(where, sizeof(where), "sub-option code %u in option code %u", act->code,
                   act->container);
    else
        g_snprintf(where, sizeof(where), "option code %u", act->code);
    if (act->kind != ACT_REMOVE)
        g_snprintf(with, sizeof(with), " with value '%s'", berth_escape(value, text, sizeof(text)));
    berth_server_log(server, BERTH_DEBUG, LOGGER, ids[act->is_inside][act->kind], "%s%s%s",
                     words[act->kind], where, with);
}

/* ---- an option ---- */

static int do_option(const Act *act, BerthPacket *pkt, GError **error)
{
    BerthBytes there, text = {0}, value = {0};
    const bool is_there = get(act, pkt, act->code, &there);
    int r;

    if (act->kind == ACT_REMOVE) {
        if (!is_there || !holds(act, pkt))
            return 0;
        r = take_out(act, pkt, act->code);
    } else {
        if (act->kind == ACT_ADD && is_there)
            return 0;
        r = value_of(act, pkt, &text, &value, error);
        if (r <= 0)
            return r;
        r = replace(act, pkt, act->code, value);
    }
    if (r < 0)
        return berth_fail(error, r, "option %u can't be changed", act->code);
    say(act, pkt, text);
    return 0;
}

/* ---- an option inside of one ---- */

/* Whether the container is of that vendor, or of none. */
static bool is_own(const Act *act, BerthPacket *pkt, const Inside *inside, BerthBytes container)
{
    const uint32_t enterprise = inside_enterprise(inside, container);

    if (act->enterprise == 0 || enterprise == act->enterprise)
        return true;
    BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER,
              "FLEX_OPTION_PROCESS_VENDOR_ID_MISMATCH",
              "Skip processing of vendor option code %u with vendor id %u not matching wanted %u",
              act->container, enterprise, act->enterprise);
    return false;
}

static int put_inside(const Act *act, BerthPacket *pkt, const Inside *inside, BerthBytes container,
                      const BerthBytes *value, GError **error)
{
    BerthBytes changed;
    int r = inside_put(inside, pkt, container, act->code, value, &changed);

    if (r == 0 && !value && act->moves_container && inside_is_empty(inside, changed))
        r = take_out(act, pkt, act->container);
    else if (r == 0)
        r = put(act, pkt, act->container, changed);
    return r < 0 ? berth_fail(error, r, "sub-option %u of option %u can't be changed", act->code,
                              act->container)
                 : 0;
}

static int remove_inside(const Act *act, BerthPacket *pkt, const Inside *inside,
                         BerthBytes container, GError **error)
{
    int r;

    if (!inside_has(inside, container, act->code) || !holds(act, pkt) ||
        !is_own(act, pkt, inside, container))
        return 0;
    r = put_inside(act, pkt, inside, container, NULL, error);
    if (r == 0)
        say(act, pkt, (BerthBytes){0});
    return r;
}

static int do_inside(const Act *act, BerthPacket *pkt, GError **error)
{
    const Inside inside = {act->family, act->container, act->enterprise};
    BerthBytes container = {0}, text = {0}, value = {0};
    const bool is_there = get(act, pkt, act->container, &container);
    int r;

    if (act->kind == ACT_REMOVE)
        return is_there ? remove_inside(act, pkt, &inside, container, error) : 0;
    if (!is_there && !act->moves_container)
        return 0;
    r = value_of(act, pkt, &text, &value, error);
    if (r <= 0 || (is_there && !is_own(act, pkt, &inside, container)) ||
        (act->kind == ACT_ADD && inside_has(&inside, container, act->code)))
        return MIN(r, 0);
    r = put_inside(act, pkt, &inside, container, &value, error);
    if (r == 0)
        say(act, pkt, text);
    return r;
}

/* ---- for whom ---- */

static bool is_for(const Act *act, BerthPacket *pkt, const char *class, bool is_inside)
{
    if (!class || !*class || berth_packet_has_class(pkt, class))
        return true;
    if (is_inside)
        BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER,
                  "FLEX_OPTION_PROCESS_SUB_CLIENT_CLASS",
                  "Skip processing of the sub-option code %u in option code %u for class '%s'",
                  act->code, act->container, class);
    else
        BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER, "FLEX_OPTION_PROCESS_CLIENT_CLASS",
                  "Skip processing of the option code %u for class '%s'",
                  act->is_inside ? act->container : act->code, class);
    return false;
}

int act_do(const Act *act, BerthPacket *pkt, GError **error)
{
    if (!is_for(act, pkt, act->container_class, false) ||
        !is_for(act, pkt, act->class, act->is_inside))
        return 0;
    return act->is_inside ? do_inside(act, pkt, error) : do_option(act, pkt, error);
}
