/* client - who virtual clients are; see message.h. */
#include "tests/play/message.h"

Client *client_new(const char *name)
{
    Client *client = g_new0(Client, 1);

    client->name = g_strdup(name);
    client->mac[0] = 0x0a;
    for (size_t i = 0; name[i] && i < 5; i++)
        client->mac[i + 1] = (uint8_t)name[i];
    client->xid = (uint32_t)g_str_hash(name);
    client->query = g_byte_array_new();
    client->auth = g_byte_array_new();
    return client;
}

void client_free(void *data)
{
    Client *client = data;

    g_free(client->name);
    g_byte_array_unref(client->query);
    g_byte_array_unref(client->auth);
    if (client->id)
        g_byte_array_unref(client->id);
    g_free(client);
}

bool client_set(Client *client, char **args)
{
    for (; *args; args++) {
        const char *mac = script_value(*args, "mac"), *id = script_value(*args, "id");

        if (mac) {
            if (berth_hex_parse(mac, client->mac, sizeof(client->mac)) != 6)
                return false;
        } else if (id) {
            client->id = client->id ? client->id : g_byte_array_new();
            g_byte_array_set_size(client->id, 0);
            if (!script_bytes(id, 1, client->id))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

void client_remember(Client *client, const BerthDatagram *datagram)
{
    g_byte_array_set_size(client->query, 0);
    g_byte_array_append(client->query, datagram->data.data, (guint)datagram->data.len);
    client->datagram = *datagram;
    client->datagram.data = (BerthBytes){client->query->data, client->query->len};
}

int reply_ask(const ReplyAsk *asks, const Reply *reply, const char *arg)
{
    for (; asks->word; asks++) {
        const char *value = script_value(arg, asks->word);

        if (value)
            return asks->is_so(reply, value);
    }
    return -1;
}

void reply_tell(int answer, const char *arg, GString *wrong)
{
    if (answer < 0)
        g_string_append_printf(wrong, "; '%s' is not understood", arg);
    if (answer == 0)
        g_string_append_printf(wrong, "; not %s", arg);
}
