/* flex_id - what identifies a client is made of its message by an expression, as Kea's library of
 * that name does; on request the server takes it for the client's own identifier, and the client
 * does not notice. */
#include <berth/plugin.h>

#define LOGGER "flex-id-hooks"
#define SHOWN 3 * 64 /* of an identifier in the log */

typedef struct Conf {
    const char *text;
    bool replaces, ignores_iaid, as_duid;
    BerthExpr *expr; /* NULL: none */
} Conf;

static const BerthConfItem conf_items[] = {
    {"identifier-expression", BERTH_STRING(Conf, text), NULL,
     "string that identifies the client; empty: it has none"},
    {"replace-client-id", BERTH_BOOL(Conf, replaces), "false",
     "the server takes it for the client identifier, or DUID"},
    {"ignore-iaid", BERTH_BOOL(Conf, ignores_iaid), "false",
     "DHCPv6: the only IA_NA, and the only IA_PD, of a message have the IAID 0"},
    {"cid-as-rfc4361-duid", BERTH_BOOL(Conf, as_duid), "false",
     "DHCPv4: the client identifier that replaces has the form of RFC 4361"},
    {0},
};

/* What a packet had before. */
typedef struct Before {
    bool is_replaced, had_id;
    BerthBytes id; /* client identifier or DUID; in the packet */
    bool has_iaid[2];
    uint8_t iaid[2][4];
} Before;

static const uint16_t ia_codes[2] = {BERTH_D6O_IA_NA, BERTH_D6O_IA_PD};
static const char *const ia_words[2] = {"NA", "PD"};

static Before *before_of(BerthPacket *pkt)
{
    return berth_packet_slot(pkt, conf_items, sizeof(Before));
}

static int prepare_for(const BerthSetup *setup, void *conf_data, GError **error)
{
    Conf *conf = conf_data;

    if (!conf->text || !*conf->text)
        return 0;
    conf->expr = berth_setup_expr(setup, BERTH_EXPR_BYTES, conf->text, error);
    if (conf->expr)
        return 0;
    g_prefix_error(error, "identifier-expression: ");
    return -1;
}

static void release(void *conf_data)
{
    const Conf *conf = conf_data;

    berth_expr_free(conf->expr);
}

static void say(BerthPacket *pkt, const char *id, const char *text, BerthBytes value)
{
    char shown[SHOWN];

    BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER, id, "%s '%s'", text,
              berth_hex_text(value, ':', shown, sizeof(shown)));
}

/* ---- the identifier ---- */

/* Whether the expression gives one. */
static bool evaluate(const Conf *conf, BerthPacket *pkt, BerthBytes *ret)
{
    if (!conf->expr || berth_expr_bytes(conf->expr, pkt, ret) < 0)
        return false;
    say(pkt, "FLEX_ID_EXPRESSION_EVALUATED", "evaluated expression in hexadecimal form", *ret);
    return ret->len > 0;
}

/* `head` and the identifier behind it. */
static BerthBytes with_head(BerthPacket *pkt, const uint8_t *head, size_t len, BerthBytes id)
{
    uint8_t *bytes = berth_packet_alloc(pkt, len + id.len);

    if (!bytes)
        return (BerthBytes){NULL, 0};
    memcpy(bytes, head, len);
    memcpy(bytes + len, id.data, id.len);
    return (BerthBytes){bytes, len + id.len};
}

/* Kea: type 0, which is no hardware type; or what RFC 4361 section 6.1 says, with the IAID 0. */
static int replace4(const Conf *conf, BerthPacket *pkt, BerthBytes id)
{
    static const uint8_t plain[] = {0}, duid[] = {255, 0, 0, 0, 0};
    BerthBytes made = conf->as_duid ? with_head(pkt, duid, sizeof(duid), id)
                                    : with_head(pkt, plain, sizeof(plain), id);

    say(pkt, "FLEX_ID_USED_AS_CLIENT_ID", "using flexible identifier as client identifier", made);
    return berth_query4_set(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, made);
}

/* Kea: type 0, which no DUID has. */
static int replace6(BerthPacket *pkt, BerthBytes id)
{
    static const uint8_t head[] = {0, 0};
    BerthBytes made = with_head(pkt, head, sizeof(head), id);

    say(pkt, "FLEX_ID_USED_AS_DUID", "using flexible identifier as DUID", made);
    return berth_query6_set(pkt, BERTH_D6O_CLIENTID, made);
}

static void identify(const Conf *conf, BerthPacket *pkt, Before *before)
{
    const bool is6 = berth_packet_family(pkt) == 6;
    BerthBytes id;
    int r;

    if (!evaluate(conf, pkt, &id))
        return;
    berth_packet_set_flex_id(pkt, id);
    if (!conf->replaces)
        return;
    before->had_id = is6 ? berth_query6_get(pkt, BERTH_D6O_CLIENTID, 0, &before->id)
                         : berth_query4_get(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &before->id);
    r = is6 ? replace6(pkt, id) : replace4(conf, pkt, id);
    before->is_replaced = r == 0;
    if (r < 0)
        BERTH_LOG(berth_packet_server(pkt), BERTH_ERROR, LOGGER, "FLEX_ID_NOT_USED",
                  "%s: the flexible identifier can't be used, it is %zu bytes long",
                  berth_packet_label(pkt), id.len);
}

/* The client is answered as it has named itself. */
static void restore4(BerthPacket *pkt, const Before *before)
{
    if (!before->is_replaced)
        return;
    berth_reply4_remove(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER);
    if (!before->had_id)
        return;
    berth_reply4_set(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, before->id);
    say(pkt, "FLEX_ID_RESTORE_CLIENT_ID", "restoring original client identifier in the response",
        before->id);
}

static void restore6(BerthPacket *pkt, const Before *before)
{
    if (!before->is_replaced)
        return;
    if (before->had_id)
        berth_reply6_set(pkt, BERTH_D6O_CLIENTID, before->id);
    else
        berth_reply6_remove(pkt, BERTH_D6O_CLIENTID);
    say(pkt, "FLEX_ID_RESTORE_DUID", "restoring original DUID in the response", before->id);
}

/* ---- IAIDs ---- */

/* The value with another IAID, RFC 9915 section 21.4. */
static BerthBytes with_iaid(BerthPacket *pkt, BerthBytes ia, const uint8_t iaid[4])
{
    uint8_t *bytes = ia.len >= 4 ? berth_packet_alloc(pkt, ia.len) : NULL;

    if (!bytes)
        return (BerthBytes){NULL, 0};
    memcpy(bytes, ia.data, ia.len);
    memcpy(bytes, iaid, 4);
    return (BerthBytes){bytes, ia.len};
}

static void ignore_iaid(BerthPacket *pkt, Before *before, int i)
{
    static const uint8_t zero[4] = {0};
    BerthBytes ia, another, made;

    if (!berth_query6_get(pkt, ia_codes[i], 0, &ia))
        return;
    if (berth_query6_get(pkt, ia_codes[i], 1, &another)) {
        BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER,
                  i ? "FLEX_ID_IGNORE_IAID_NOT_APPLIED_ON_PD"
                    : "FLEX_ID_IGNORE_IAID_NOT_APPLIED_ON_NA",
                  "the ignore-iaid was not applied on the packet because it contains more than "
                  "one IA_%s.",
                  ia_words[i]);
        return;
    }
    made = with_iaid(pkt, ia, zero);
    if (made.len == 0 || berth_query6_set(pkt, ia_codes[i], made) < 0)
        return;
    memcpy(before->iaid[i], ia.data, 4);
    before->has_iaid[i] = true;
    BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, LOGGER,
              i ? "FLEX_ID_IGNORE_IAID_APPLIED_ON_PD" : "FLEX_ID_IGNORE_IAID_APPLIED_ON_NA",
              "the ignore-iaid has changed IAID to 0 for the IA_%s option.", ia_words[i]);
}

static void restore_iaid(BerthPacket *pkt, const Before *before, int i)
{
    BerthBytes ia, made;

    if (!before->has_iaid[i] || !berth_reply6_get(pkt, ia_codes[i], 0, &ia))
        return;
    made = with_iaid(pkt, ia, before->iaid[i]);
    if (made.len > 0)
        berth_reply6_set(pkt, ia_codes[i], made);
}

/* ---- callouts ---- */

static BerthVerdict on_receive(BerthPacket *pkt, const void *conf_data, void *run)
{
    const Conf *conf = conf_data;
    Before *before = before_of(pkt);

    (void)run;
    if (!before)
        return BERTH_DROP;
    for (int i = 0; i < 2 && conf->ignores_iaid && berth_packet_family(pkt) == 6; i++)
        ignore_iaid(pkt, before, i);
    identify(conf, pkt, before);
    return BERTH_CONTINUE;
}

static BerthVerdict on_send4(BerthPacket *pkt, const void *conf, void *run)
{
    const Before *before = before_of(pkt);

    (void)conf;
    (void)run;
    if (before)
        restore4(pkt, before);
    return BERTH_CONTINUE;
}

static BerthVerdict on_send6(BerthPacket *pkt, const void *conf, void *run)
{
    const Before *before = before_of(pkt);

    (void)conf;
    (void)run;
    for (int i = 0; i < 2 && before; i++)
        restore_iaid(pkt, before, i);
    if (before)
        restore6(pkt, before);
    return BERTH_CONTINUE;
}

static BerthVerdict on_configured6(BerthServer *server, const void *conf_data, void *run)
{
    const Conf *conf = conf_data;

    (void)run;
    if (conf->ignores_iaid)
        BERTH_LOG(server, BERTH_WARN, LOGGER, "FLEX_ID_IGNORE_IAID_ENABLED",
                  "the ignore-iaid is set. It only has an effect on clients with at most one IA_NA "
                  "and one IA_PD.");
    return BERTH_CONTINUE;
}

/* A query is changed before it is classified. Others see the reply as the client gets it. */
static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_FIRST - 1, on_receive),
    BERTH_ON_PACKET("pkt4_send", BERTH_EARLY, on_send4),
    BERTH_ON_SERVER("dhcp6_srv_configured", BERTH_NORMAL, on_configured6),
    BERTH_ON_PACKET("pkt6_receive", BERTH_FIRST - 1, on_receive),
    BERTH_ON_PACKET("pkt6_send", BERTH_EARLY, on_send6),
    {0},
};

BERTH_PLUGIN(.name = "flex_id", .about = "identifies clients by an expression",
             .conf_size = sizeof(Conf), .conf = conf_items, .release = release, .hooks = hooks,
             .prepare_for = prepare_for);
