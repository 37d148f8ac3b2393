/* berthctl - sends one command to a running server and prints the answer, or does more than that
 * for people: berthctl backend, berthctl reservations.
 *
 * The exit status is the answer's result: 0 done, 1 error, 2 unsupported, 3 nothing found, 4
 * conflict; 5 when the command was not sent or no server answered. */
#include "core/base/json.h"
#include "tools/ctl/backend.h"
#include "tools/ctl/hosts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "berthctl [-4 | -6] [-s SOCKET] [-r] COMMAND [ARGUMENTS]\n"
    "berthctl [-4 | -6] [-s SOCKET] backend status | swap TYPE [KEY=VALUE...] | abort\n"
    "berthctl [-4 | -6] [-s SOCKET] reservations [SUBNET-ID]\n"
    "\n"
    "Sends COMMAND with ARGUMENTS (a JSON object) to the server and prints its answer.\n"
    "  -4, -6      about DHCPv4 or DHCPv6 (default: the family of the socket)\n"
    "  -s SOCKET   the server's control socket (default: $BERTH_SOCKET, else " BERTH_RUN_DIR
    "/berth.sock)\n"
    "  -r          print the answer as it came, on one line\n"
    "\n"
    "berthctl list-commands tells what the server knows. berthctl backend shows where the leases\n"
    "are kept, and takes them to another store while the server runs. berthctl reservations shows\n"
    "all reservations as a table, or those of a subnet (0: the global ones).\n"
    "\n"
    "Exit status: the answer's result (0 done, 1 error, 2 unsupported, 3 nothing found, 4\n"
    "conflict), or 5 when there is no answer.\n";

/* What can't be read is shown as it came. */
static int print_answer(const GString *answer, bool raw)
{
    g_autoptr(GString) text = g_string_new(NULL);
    BerthDoc *doc = talk_parse(answer->str, answer->len, "<answer>");
    BerthJson *json;
    int result = doc ? talk_result(doc->root) : NO_ANSWER;

    if (doc && !raw) {
        json = berth_json_new(text, 2);
        berth_json_node(json, NULL, doc->root);
        berth_json_free(json);
    }
    puts(text->len > 0 ? text->str : answer->str);
    berth_doc_free(doc);
    return result;
}

static int send_command(const Server *server, const char *name, const char *arguments, bool raw)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    GString *command = talk_command(server, name, arguments);
    int result = NO_ANSWER;

    if (!command)
        return NO_ANSWER;
    if (talk_ask(server, command, answer))
        result = print_answer(answer, raw);
    g_string_free(command, TRUE);
    return result;
}

int main(int argc, char **argv)
{
    Server server = {.socket_path = g_getenv("BERTH_SOCKET")};
    bool raw = false;
    int c;

    if (!server.socket_path || !*server.socket_path)
        server.socket_path = BERTH_RUN_DIR "/berth.sock";
    while ((c = getopt(argc, argv, "46s:rh")) != -1)
        if (c == '4' || c == '6')
            server.service = c == '4' ? "dhcp4" : "dhcp6";
        else if (c == 's')
            server.socket_path = optarg;
        else if (c == 'r')
            raw = true;
        else {
            fputs(usage, c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : NO_ANSWER;
        }
    argc -= optind;
    argv += optind;
    if (argc > 1 && strcmp(argv[0], "backend") == 0)
        return backend_run(&server, argc - 1, argv + 1);
    if (argc >= 1 && argc <= 2 && strcmp(argv[0], "reservations") == 0)
        return hosts_run(&server, argv[1]);
    if (argc < 1 || argc > 2) {
        fputs(usage, stderr);
        return NO_ANSWER;
    }
    return send_command(&server, argv[0], argv[1], raw);
}
