/* hostid - the kinds of identifiers that a host may have, and their text. */
#include "core/host/host.h"
#include "core/wire/ids.h"

#include <errno.h>
#include <glib.h>

static const char *const names[BERTH_HOST_ID_TYPES] = {
    [BERTH_HOST_HWADDR] = "hw-address",     [BERTH_HOST_DUID] = "duid",
    [BERTH_HOST_CIRCUIT_ID] = "circuit-id", [BERTH_HOST_CLIENT_ID] = "client-id",
    [BERTH_HOST_FLEX_ID] = "flex-id",
};

const char *berth_host_id_name(BerthHostIdType type)
{
    return type < BERTH_HOST_ID_TYPES ? names[type] : "?";
}

int berth_host_id_type(const char *name)
{
    for (int i = 0; i < BERTH_HOST_ID_TYPES; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -EINVAL;
}

/* What the wire can hold of it. */
static int longest(BerthHostIdType type)
{
    if (type == BERTH_HOST_HWADDR)
        return BERTH_HWADDR_MAX;
    return type == BERTH_HOST_DUID ? BERTH_DUID_MAX : BERTH_HOST_ID_MAX;
}

static int read_quoted(const char *text, uint8_t ret[BERTH_HOST_ID_MAX])
{
    const size_t len = strlen(text);

    if (len < 2 || text[len - 1] != '\'' || len - 2 > BERTH_HOST_ID_MAX)
        return -EINVAL;
    memcpy(ret, text + 1, len - 2);
    return (int)len - 2;
}

int berth_host_id_read(BerthHostIdType type, const char *text, uint8_t ret[BERTH_HOST_ID_MAX])
{
    int len;

    while (g_ascii_isspace(*text))
        text++;
    len = text[0] == '\'' ? read_quoted(text, ret) : berth_hex_parse(text, ret, BERTH_HOST_ID_MAX);
    return len > 0 && len <= longest(type) ? len : -EINVAL;
}

/* Kea: hardware addresses and DUIDs with colons, the others as upper-case digits alone. */
const char *berth_host_id_text(BerthHostIdType type, BerthBytes id, char buffer[BERTH_HOST_ID_TEXT])
{
    const bool is_plain = type != BERTH_HOST_HWADDR && type != BERTH_HOST_DUID;

    berth_hex_text(id, is_plain ? 0 : ':', buffer, BERTH_HOST_ID_TEXT);
    for (char *at = buffer; is_plain && *at; at++)
        *at = g_ascii_toupper(*at);
    return buffer;
}
