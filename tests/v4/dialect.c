/* dialect - DHCPv4 in tests that are played. */
#include "tests/play/dialect.h"

static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; }%s "
    ");\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"%s\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"%s\"; debuglevel = 99; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    "    %s\n"
    "    subnet4 = ( %s );\n"
    "};\n";

static char *subnets_text(const Site *site)
{
    g_autofree char *pools = site_pools_text(site->pools);

    if (site->subnets)
        return g_strdup(site->subnets);
    return g_strdup_printf("{ id = 1; subnet = \"192.0.2.0/24\"; pools = ( %s ); %s }", pools,
                           site->subnet->str);
}

char *dialect_conf(const Site *site, const char *plugin, const char *severity)
{
    g_autofree char *subnets = subnets_text(site);

    return g_strdup_printf(conf_text, plugin, site->interface, severity, site->globals->str,
                           subnets);
}

void dialect_lease_row(unsigned i, GString *text)
{
    g_string_append_printf(text, "10.0.%u.%u,02:00:00:00:%02x:%02x,,4000,4000000000,2,0,0,,0,,0\n",
                           i >> 8, i & 255, i >> 8, i & 255);
}

/* RFC 2131 section 3.1(4): what is acknowledged is in the store. */
void dialect_check_stored(Site *site, const Reply *reply)
{
    BerthBytes payload = reply_datagram(reply).data;
    const uint8_t *yiaddr = payload.data + 16;
    char addr[BERTH_ADDR_TEXT];

    g_snprintf(addr, sizeof(addr), "%u.%u.%u.%u", yiaddr[0], yiaddr[1], yiaddr[2], yiaddr[3]);
    if (strcmp(reply_word(reply), "ack") == 0 && strcmp(addr, "0.0.0.0") != 0 &&
        site_rows(site, addr) == 0)
        g_string_append_printf(site->wrong, "; %s is acknowledged but not stored", addr);
}

bool client_has(const Client *client, const BerthLease *lease)
{
    return lease->hwaddr.len == 6 && memcmp(lease->hwaddr.bytes, client->mac, 6) == 0;
}

/* bind CLIENT ADDR …: DISCOVER, OFFER, REQUEST, ACK; further arguments go into both messages. */
static void bind_client(Play *play, char **args)
{
    g_autofree char *yiaddr = g_strconcat("yiaddr=", args[1], NULL);
    g_autofree char *hint = g_strconcat("50=", args[1], NULL);
    g_auto(GStrv) more = g_strdupv(args + 2);
    g_autofree char *rest = g_strjoinv(" ", more);
    g_autofree char *discover = g_strdup_printf("discover %s %s %s", args[0], hint, rest);
    g_autofree char *select = g_strdup_printf("select %s %s %s", args[0], args[1], rest);
    g_auto(GStrv) first = g_strsplit(g_strchomp(discover), " ", -1);
    g_auto(GStrv) second = g_strsplit(g_strchomp(select), " ", -1);

    play_send(play, first);
    play_expect(play, (char *[]){"offer", args[0], yiaddr, NULL});
    play_send(play, second);
    play_expect(play, (char *[]){"ack", args[0], yiaddr, NULL});
}

static void do_bind(Play *play)
{
    bind_client(play, play->step->args);
}

void dialect_prove_life(Play *play)
{
    if (strcmp(play->ending, "inform") == 0) {
        play_send(play, (char *[]){"inform", "~", "192.0.2.250", NULL});
        play_expect(play, (char *[]){"ack", "~", NULL});
    } else if (strcmp(play->ending, "dora") == 0) {
        bind_client(play, (char *[]){"~", "192.0.2.99", NULL});
    }
}

static const Command own_commands[] = {{"bind", do_bind}, {0}};
static const Command own_settings[] = {{0}};

const Dialect dialect = {
    .family = 4,
    .suite = "v4",
    .log_variable = "BERTH_V4_LOG",
    .prefix = "pkt4",
    .address = "192.0.2.1",
    .pools = "192.0.2.10 - 192.0.2.99",
    .ending = "inform",
    .commands = own_commands,
    .settings = own_settings,
};
