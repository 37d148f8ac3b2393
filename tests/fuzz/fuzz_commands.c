/* fuzz_commands - any text as a command to the whole server; see pipeline.h. Each is answered,
 * once, with JSON that says how it went. Those that end the server, write its file or change its
 * store are left out, and those that read a whole configuration (fuzz_conf.c): they open and close
 * plugins, which libFuzzer, that counts in them, does not survive. */
#include "core/conf/node.h"
#include "tests/fuzz/pipeline.h"

/* clang-format off */
const char pipeline_conf[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; },\n"
    "    { name = \"limits\"; } );\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases4.csv\"; };\n"
    "    option-def = ( { name = \"box\"; code = 225; type = \"record\"; record-types = \"uint8,string\"; } );\n"
    "    reservations = ( { hw-address = \"0a:00:00:00:00:01\"; hostname = \"one\"; } );\n"
    "    subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.2 - 192.0.2.20\"; } );\n"
    "        reservations = ( { client-id = \"00aabb\"; ip-address = \"192.0.2.10\"; } ); } );\n"
    "};\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"NONE\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases6.csv\"; };\n"
    "    server-id = { type = \"LL\"; htype = 1; identifier = \"020000000002\"; };\n"
    "    subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; pools = ( { pool = \"2001:db8::1000/120\"; } );\n"
    "        pd-pools = ( { prefix = \"2001:db8:8::\"; prefix-len = 45; delegated-len = 56; } );\n"
    "        reservations = ( { duid = \"0001aabb\"; ip-addresses = ( \"2001:db8::7\" ); } ); } );\n"
    "};\n";
/* clang-format on */

static const char *const left_out[] = {"shutdown", "config-write", "config-test", "config-reload",
                                       "lease-backend-set"};

/* Asked, and not answered yet. */
static unsigned waiting;

static void check_answer(BerthBytes answer)
{
    BerthErrors errors;
    BerthDoc *doc;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(answer, "answer", false, &errors);
    require(doc && !berth_errors_any(&errors), "an answer is no JSON");
    berth_doc_free(doc);
    berth_errors_clear(&errors);
}

static void on_answer(void *data, BerthBytes answer)
{
    (void)data;
    require(waiting > 0, "an answer that nobody asked for");
    waiting--;
    check_answer(answer);
}

void pipeline_sent(Run *run, const BerthDatagram *datagram)
{
    (void)run;
    (void)datagram;
}

static void on_proof(void *data, BerthBytes answer)
{
    Run *run = data;

    check_answer(answer);
    run->proof_xid = 0;
}

void pipeline_ask(Run *run)
{
    require(waiting == 0, "a command has no answer");
    berth_server_command(run->server, berth_bytes("{\"command\": \"version-get\"}"), on_proof, run);
}

void pipeline_deliver(Run *run, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(left_out); i++)
        if (size > 0 && memmem(data, size, left_out[i], strlen(left_out[i])))
            return;
    waiting++;
    berth_server_command(run->server, (BerthBytes){data, size}, on_answer, NULL);
}
