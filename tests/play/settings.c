/* settings - the words of a test that make its configuration. */
#include "tests/lib/fake_echo.h"
#include "tests/play/play.h"

static void do_with(Play *play)
{
    g_string_append_printf(play->site->globals, "%s\n", play->step->text);
}

static void do_without(Play *play)
{
    g_string_set_size(play->site->globals, 0);
    g_string_set_size(play->site->subnet, 0);
    g_string_set_size(play->site->rules, 0);
}

/* hear: for `logged`. */
static void do_hear(Play *play)
{
    if (!play->site->heard)
        play->site->heard = g_string_new(NULL);
}

static void do_subnet(Play *play)
{
    g_string_append_printf(play->site->subnet, "%s ", play->step->text);
}

static void do_pools(Play *play)
{
    g_free(play->site->pools);
    play->site->pools = g_strdup(play->step->text);
}

static void do_subnets(Play *play)
{
    g_free(play->site->subnets);
    play->site->subnets = *play->step->text ? g_strdup(play->step->text) : NULL;
}

/* hook POINT VERDICT [for=CLIENT|any] [key=value …] */
static void do_hook(Play *play)
{
    GString *rules = play->site->rules;
    char **args = play->step->args, mac[18];
    const char *client = "a";

    g_string_append_printf(rules, "%s{ point = \"%s\"; verdict = \"%s\";", rules->len ? ", " : "",
                           args[0], args[1]);
    for (args += 2; *args; args++) {
        const char *name = script_value(*args, "for"), *equal = strchr(*args, '=');

        if (name)
            client = name;
        else if (equal && g_ascii_isdigit(equal[1]))
            g_string_append_printf(rules, " %s;", *args);
        else if (equal)
            g_string_append_printf(rules, " %.*s = \"%s\";", (int)(equal - *args), *args,
                                   equal + 1);
        else
            g_string_append_printf(rules, " %s = true;", *args);
    }
    if (strcmp(client, "any") != 0)
        g_string_append_printf(rules, " mac = \"%s\";",
                               berth_hex_text((BerthBytes){site_client(play->site, client)->mac, 6},
                                              ':', mac, sizeof(mac)));
    g_string_append(rules, " }");
}

/* address ADDR[/LEN]: another one of the server's interface. */
static void do_address(Play *play)
{
    BerthIface *iface = sim_iface(play->site->sim);
    g_auto(GStrv) halves = g_strsplit(play->step->args[0], "/", 2);

    if (berth_addr_parse(halves[0], &iface->addrs[iface->n_addrs]) < 0)
        fail(play, "no address");
    iface->prefix_lens[iface->n_addrs++] =
        halves[1] ? (uint8_t)g_ascii_strtoull(halves[1], NULL, 10) : 24;
}

/* host ADDR silent|answers|unreachable|no-route: what comes of an echo request to it. */
static void do_host(Play *play)
{
    static const char *const words[] = {"silent", "answers", "unreachable", "no-route"};
    char **args = play->step->args;
    BerthAddr addr = BERTH_ADDR4_ANY;

    berth_addr_parse(args[0], &addr);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_strcmp0(args[1], words[i]) == 0)
            berth_fake_host_set(sim_world(play->site->sim), addr, (BerthFakeHost)i);
}

static void do_interface(Play *play)
{
    g_free(play->site->interface);
    play->site->interface = g_strdup(play->step->text);
}

static void do_client(Play *play)
{
    if (!client_set(site_client(play->site, play->step->args[0]), play->step->args + 1))
        fail(play, "not understood");
}

static void do_ends(Play *play)
{
    play->ending = play->step->args[0];
}

const Command settings[] = {
    {"with", do_with},
    {"without", do_without},
    {"subnet", do_subnet},
    {"pools", do_pools},
    {"subnets", do_subnets},
    {"hook", do_hook},
    {"address", do_address},
    {"interface", do_interface},
    {"client", do_client},
    {"host", do_host},
    {"ends", do_ends},
    {"hear", do_hear},
    {0},
};
