/* dialect - DHCPv6 in tests that are played. */
#include "tests/play/dialect.h"
#include "core/wire/ids.h"
#include "tests/v6/dialect6.h"

#include <stdlib.h>

static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; }%s "
    ");\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"%s\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"%s\"; debuglevel = 99; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; };\n"
    "    %s%s\n"
    "    subnet6 = ( %s );\n"
    "};\n";

static const char server_id[] =
    "server-id = { type = \"LL\"; htype = 1; identifier = \"0200000000fe\"; };\n";

static char *subnets_text(const Site *site)
{
    g_autofree char *pools = site_pools_text(site->pools);

    if (site->subnets)
        return g_strdup(site->subnets);
    return g_strdup_printf(
        "{ id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\"; pools = ( %s ); "
        "pd-pools = ( { prefix = \"2001:db8:8::\"; prefix-len = 45; delegated-len = 56; } ); %s }",
        pools, site->subnet->str);
}

char *dialect_conf(const Site *site, const char *plugin, const char *severity)
{
    g_autofree char *subnets = subnets_text(site);

    return g_strdup_printf(conf_text, plugin, site->interface, severity, site->globals->str,
                           strstr(site->globals->str, "server-id") ? "" : server_id, subnets);
}

void dialect_lease_row(unsigned i, GString *text)
{
    g_string_append_printf(
        text,
        "2001:db8:ff::%x,00:03:00:01:02:00:00:00:%02x:%02x,4000,4000000000,2,3000,0,1,128,0,0,,"
        "02:00:00:00:%02x:%02x,0,,1,2,0\n",
        i, i >> 8 & 255, i & 255, i >> 8 & 255, i & 255);
}

static void check_row(void *data, BerthAddr addr)
{
    Site *site = data;
    char text[BERTH_ADDR_TEXT];

    if (site_rows(site, berth_addr_text(addr, text)) == 0)
        g_string_append_printf(site->wrong, "; %s is given but not stored", text);
}

/* RFC 9915 section 18.3.2: what is given to a client is in the store. */
void dialect_check_stored(Site *site, const Reply *reply)
{
    if (!site->is_crowded)
        dialect6_each_given(reply, check_row, site);
}

void dialect6_duid(const Client *client, GByteArray *ret)
{
    static const guint8 head[] = {0, 3, 0, 1};

    if (client->id) {
        g_byte_array_append(ret, client->id->data, client->id->len);
        return;
    }
    g_byte_array_append(ret, head, sizeof(head));
    g_byte_array_append(ret, client->mac, sizeof(client->mac));
}

bool client_has(const Client *client, const BerthLease *lease)
{
    g_autoptr(GByteArray) id = g_byte_array_new();

    dialect6_duid(client, id);
    return berth_bytes_equal(lease->client_id, (BerthBytes){id->data, id->len});
}

void dialect_prove_life(Play *play)
{
    if (strcmp(play->ending, "sarr") == 0) {
        play_send(play, (char *[]){"solicit", "~", "na=1", NULL});
        play_expect(play, (char *[]){"advertise", "~", "na=1@*", NULL});
        play_send(play, (char *[]){"request", "~", "na=1", NULL});
        play_expect(play, (char *[]){"reply", "~", "na=1@*", NULL});
    } else if (strcmp(play->ending, "inform") == 0) {
        play_send(play, (char *[]){"inform", "~", NULL});
        play_expect(play, (char *[]){"reply", "~", NULL});
    }
}

/* ---- words about the server's identifier ---- */

#define IDENTIFIER_FILE "/data/kea-dhcp6-serverid"

static const char *identifier(Play *play, char buffer[BERTH_DUID_TEXT])
{
    BerthServer *server = play->site->server;

    return berth_duid_text(berth_server_family(server, 6)->env.duid, buffer, BERTH_DUID_TEXT);
}

/* identifier new PREFIX: another than before, which begins so; identifier same. */
static void do_identifier(Play *play)
{
    char **args = play->step->args, text[BERTH_DUID_TEXT];
    bool is_same = play->site->answer && strcmp(play->site->answer, identifier(play, text)) == 0;

    if (is_same != (strcmp(args[0], "same") == 0) ||
        (args[1] && !g_str_has_prefix(identifier(play, text), args[1])))
        fail(play, identifier(play, text));
    g_free(play->site->answer);
    play->site->answer = g_strdup(identifier(play, text));
}

/* identifier-file TEXT: what the file holds, before the server starts. */
static void do_identifier_file(Play *play)
{
    berth_disk_put(sim_disk(play->site->sim), IDENTIFIER_FILE, berth_bytes(play->step->text));
}

/* fails TEXT: the server does not start, and says so; the file is as it was. */
static void do_fails(Play *play)
{
    BerthDisk *disk = sim_disk(play->site->sim);
    BerthBytes file = berth_disk_get(disk, IDENTIFIER_FILE);
    g_autofree char *before = g_strndup((const char *)file.data, file.len);
    g_autofree char *why = site_start(play->site);

    if (!strstr(why, play->step->text))
        fail(play, *why ? why : "it starts");
    file = berth_disk_get(disk, IDENTIFIER_FILE);
    if (!berth_bytes_equal(file, berth_bytes(before)))
        fail(play, "the file was written");
    play->ending = "nothing";
}

/* hwaddr ADDR HEX|none [SOURCE]: what the lease of the address says of its client's hardware, and
 * the number of Kea's column hwaddr_source. */
static void do_hwaddr(Play *play)
{
    char **args = play->step->args, text[3 * BERTH_HWADDR_MAX + 1];
    const BerthTable *table = berth_leases_table(play->site->server->families[0]->env.leases);
    BerthAddr addr;
    BerthLease lease;

    if (berth_addr_parse(args[0], &addr) < 0 || !berth_table_get(table, addr, &lease)) {
        fail(play, "there is no lease");
        return;
    }
    berth_hex_text((BerthBytes){lease.hwaddr.bytes, lease.hwaddr.len}, 0, text, sizeof(text));
    if (strcmp(*text ? text : "none", args[1]) != 0)
        fail(play, text);
    if (args[2] && lease.hwaddr_source != strtoul(args[2], NULL, 10))
        fail(play, "it was found elsewhere");
}

/* bind CLIENT …: SOLICIT, ADVERTISE, REQUEST, REPLY; further arguments go into both queries. */
static void do_bind(Play *play)
{
    const char *client = play->step->args[0];
    g_autofree char *rest = g_strjoinv(" ", play->step->args + 1);
    g_autofree char *solicit = g_strdup_printf("solicit %s %s", client, rest);
    g_autofree char *request = g_strdup_printf("request %s %s", client, rest);
    g_auto(GStrv) first = g_strsplit(g_strchomp(solicit), " ", -1);
    g_auto(GStrv) second = g_strsplit(g_strchomp(request), " ", -1);

    play_send(play, first);
    play_expect(play, (char *[]){"advertise", (char *)client, NULL});
    play_send(play, second);
    play_expect(play, (char *[]){"reply", (char *)client, NULL});
}

/* crowd N: so many clients that accept RECONFIGURE have an address. To look for each in the whole
 * file would take the square of N. */
static void do_crowd(Play *play)
{
    unsigned long n = strtoul(play->step->args[0], NULL, 10);

    play->site->is_crowded = true;
    for (unsigned long i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("%04lu", i);

        play_send(play, (char *[]){"request", name, "na=1", "20=", NULL});
        play_expect(play, (char *[]){"reply", name, "auth=key", NULL});
    }
}

/* drain: whatever was sent is of no interest. */
static void do_drain(Play *play)
{
    g_queue_clear_full(&play->site->replies, reply_free);
}

/* plugin-reconfigure CLIENT TYPE ANSWER: a plugin asks for it, and gets that answer. */
static void do_plugin_reconfigure(Play *play)
{
    char **args = play->step->args;
    g_autoptr(GByteArray) id = g_byte_array_new();
    g_autofree char *got = NULL;
    int r;

    dialect6_duid(site_client(play->site, args[0]), id);
    r = berth_server_reconfigure(play->site->server, (BerthBytes){id->data, id->len},
                                 (BerthType6)atoi(args[1]));
    got = g_strdup(r < 0 ? "error" : r > 0 ? "asked" : "no");
    if (strcmp(got, args[2]) != 0)
        fail(play, got);
}

static const Command own_commands[] = {
    {"identifier", do_identifier},
    {"hwaddr", do_hwaddr},
    {"bind", do_bind},
    {"crowd", do_crowd},
    {"drain", do_drain},
    {"plugin-reconfigure", do_plugin_reconfigure},
    {0},
};

/* These come before there is a server. */
static const Command own_settings[] = {
    {"identifier-file", do_identifier_file}, {"fails", do_fails}, {0}};

const Dialect dialect = {
    .family = 6,
    .suite = "v6",
    .log_variable = "BERTH_V6_LOG",
    .prefix = "pkt6",
    .address = "fe80::1",
    .pools = "2001:db8::1:0 - 2001:db8::1:ffff",
    .ending = "inform",
    .commands = own_commands,
    .settings = own_settings,
};
