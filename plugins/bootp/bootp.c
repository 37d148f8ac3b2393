/* bootp - serves clients of BOOTP (RFC 951, RFC 1497) as Kea's library of that name does: their
 * requests are treated as REQUEST in the class BOOTP, and what is of DHCP alone is taken out of the
 * reply. That members of the class get an address without naming one, and for ever, is the core's
 * doing. */
#include <berth/plugin.h>

#define HEADER 236 /* RFC 951 section 3: all but the vendor information */
#define SNAME 44
#define SNAME_SIZE 64
#define LEAST 300
#define END 255

typedef struct Conf {
    const char *server_name;
    int64_t max_reply;
} Conf;

/* What is remembered of a request. */
typedef struct Request {
    size_t len; /* as it came */
} Request;

static const BerthConfItem conf_items[] = {
    {"server-name", BERTH_STRING(Conf, server_name), NULL,
     "requests that name another server than this in sname are not answered", .min = 0,
     .max = SNAME_SIZE},
    {"max-reply", BERTH_INT(Conf, max_reply), "300",
     "most bytes of a reply, unless the request was longer", .min = LEAST, .max = 1472},
    {0},
};

/* RFC 1497: a cookie stands before the vendor information. RFC 951 knows none, and what stands
 * there is nobody's to read. */
static bool has_cookie(BerthBytes payload)
{
    static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};

    return payload.len >= HEADER + sizeof(cookie) &&
           memcmp(payload.data + HEADER, cookie, sizeof(cookie)) == 0;
}

/* The request with what DHCP asks for and BOOTP does not: a cookie, and END behind the options.
 * False: it is too short to be one, or no memory is left. */
static bool complete(BerthPacket *pkt, BerthBytes came, BerthBytes *ret)
{
    static const uint8_t tail[] = {0x63, 0x82, 0x53, 0x63, END};
    const bool has = has_cookie(came);
    const size_t kept = has ? came.len : HEADER, skip = has ? sizeof(tail) - 1 : 0;
    const size_t len = kept + sizeof(tail) - skip;
    uint8_t *bytes = came.len >= HEADER ? berth_packet_alloc(pkt, len) : NULL;

    if (!bytes)
        return false;
    memcpy(bytes, came.data, kept);
    memcpy(bytes + kept, tail + skip, sizeof(tail) - skip);
    *ret = (BerthBytes){bytes, len};
    return true;
}

static bool is_bootp(const BerthPacket *pkt)
{
    BerthBytes type;

    return !berth_query4_get(pkt, BERTH_DHO_DHCP_MESSAGE_TYPE, &type);
}

/* Whether the payload is a request of BOOTP, which is read then. */
static bool read_request(BerthPacket *pkt, BerthBytes came)
{
    BerthBytes whole;

    if (berth_query_parse(pkt) == 0)
        return is_bootp(pkt);
    if (!complete(pkt, came, &whole) || berth_query_set_bytes(pkt, whole) < 0)
        return false;
    if (berth_query_parse(pkt) == 0 && is_bootp(pkt))
        return true;
    /* It is for the server to say what is wrong with it. */
    berth_query_set_bytes(pkt, came);
    return false;
}

/* RFC 951 section 7.3: a server whose name is not the one that is asked for discards the request.
 */
static bool names_another(BerthBytes payload, const char *server_name)
{
    const char *sname = (const char *)payload.data + SNAME;

    return server_name && *server_name && *sname && strncmp(sname, server_name, SNAME_SIZE) != 0;
}

static BerthVerdict on_buffer(BerthPacket *pkt, const void *conf_data, void *run)
{
    static const uint8_t type = BERTH_DHCPREQUEST;
    const Conf *conf = conf_data;
    const BerthBytes came = berth_query_bytes(pkt);
    Request *request;

    (void)run;
    if (!read_request(pkt, came))
        return BERTH_CONTINUE;
    request = berth_packet_slot(pkt, conf_items, sizeof(*request));
    if (!request || names_another(came, conf->server_name) ||
        berth_packet_add_class(pkt, "BOOTP") < 0 ||
        berth_query4_set(pkt, BERTH_DHO_DHCP_MESSAGE_TYPE, (BerthBytes){&type, 1}) < 0)
        return BERTH_DROP;
    request->len = came.len;
    BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, "bootp-hooks", "BOOTP_BOOTP_QUERY",
              "recognized a BOOTP query: %s", berth_packet_label(pkt));
    return BERTH_CONTINUE;
}

/* RFC 1533 section 9: the options that mean something to DHCP alone. */
static const uint8_t dhcp_only[] = {
    BERTH_DHO_DHCP_REQUESTED_ADDRESS, BERTH_DHO_DHCP_LEASE_TIME,
    BERTH_DHO_DHCP_OPTION_OVERLOAD,   BERTH_DHO_DHCP_MESSAGE_TYPE,
    BERTH_DHO_DHCP_SERVER_IDENTIFIER, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST,
    BERTH_DHO_DHCP_MESSAGE,           BERTH_DHO_DHCP_MAX_MESSAGE_SIZE,
    BERTH_DHO_DHCP_RENEWAL_TIME,      BERTH_DHO_DHCP_REBINDING_TIME,
    BERTH_DHO_DHCP_CLIENT_IDENTIFIER,
};

static BerthVerdict on_send(BerthPacket *pkt, const void *conf_data, void *run)
{
    const Conf *conf = conf_data;
    const Request *request;

    (void)run;
    if (!berth_packet_has_class(pkt, "BOOTP"))
        return BERTH_CONTINUE;
    request = berth_packet_slot(pkt, conf_items, sizeof(*request));
    /* There is no NAK: who gets nothing hears nothing. */
    if (!request || berth_reply4_type(pkt) != BERTH_DHCPACK)
        return BERTH_DROP;
    for (size_t i = 0; i < sizeof(dhcp_only); i++)
        berth_reply4_remove(pkt, dhcp_only[i]);
    /* RFC 1534 section 2: no larger than a BOOTREPLY may be. A client that sends more takes more.
     */
    berth_reply4_limit(pkt, MAX((size_t)conf->max_reply, request->len));
    BERTH_LOG(berth_packet_server(pkt), BERTH_DEBUG, "bootp-hooks", "BOOTP_PACKET_PACK",
              "%s: preparing on-wire format of the packet to be sent", berth_packet_label(pkt));
    return BERTH_CONTINUE;
}

/* Late, so that other plugins see a reply of DHCP. */
static const BerthHook hooks[] = {
    BERTH_ON_PACKET("buffer4_receive", BERTH_NORMAL, on_buffer),
    BERTH_ON_PACKET("pkt4_send", BERTH_LATE, on_send),
    {0},
};

BERTH_PLUGIN(.name = "bootp", .about = "serves clients of BOOTP", .conf_size = sizeof(Conf),
             .conf = conf_items, .hooks = hooks);
