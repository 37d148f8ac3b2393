/* classwork - how much a packet costs where classes guard subnets, counted in branches that the
 * code takes: among a thousand classes and ten thousand subnets about as much as among ten and a
 * hundred.
 *
 * What puts a packet into classes and finds the subnets for it is compiled into this program once
 * more, with a call at the beginning of every basic block (-fsanitize-coverage=trace-pc). */
#include "core/packet/packet.h"
#include "tests/lib/confs.h"

void __sanitizer_cov_trace_pc(void);

#define SUBNETS_A_CLASS 10

static unsigned long n_blocks;

void __sanitizer_cov_trace_pc(void)
{
    n_blocks++;
}

/* Classes by circuit-id, each with subnets of one link; `test` is about the class's number. */
static BerthConf *make_conf(unsigned n_classes, const char *test)
{
    g_autoptr(GString) body = g_string_new(CONFS_IF ", \"client-classes\": [");
    g_autofree char *text = NULL;
    BerthConf *conf;

    for (unsigned i = 0; i < n_classes; i++) {
        g_string_append_printf(body, "%s{\"name\": \"c%u\", \"test\": \"", i ? "," : "", i);
        g_string_append_printf(body, test, i);
        g_string_append(body, "\"}");
    }
    g_string_append(body, "], \"shared-networks\": [{\"name\": \"n\", \"interface\": \"eth0\", "
                          "\"subnet4\": [");
    for (unsigned i = 0; i < n_classes * SUBNETS_A_CLASS; i++)
        g_string_append_printf(body,
                               "%s{\"id\": %u, \"subnet\": \"10.%u.%u.0/24\", "
                               "\"client-classes\": [\"c%u\"]}",
                               i ? "," : "", i + 1, i >> 8, i & 255, i % n_classes);
    g_string_append(body, "]}]");
    conf = confs_read(body->str, &text);
    CHECK_TEXT(text, "");
    return conf;
}

/* A DISCOVER with circuit-id p5. */
static void make_packet(BerthPacket *pkt, BerthEnv *env, BerthConf *conf)
{
    static const uint8_t options[] = {53, 1, 1, 82, 4, 1, 2, 'p', '5', 255};
    static uint8_t message[BERTH_MSG4_HEADER + sizeof(options)];
    const BerthWire4 head = {.op = 1, .htype = 1, .hlen = 6, .cookie = htobe32(BERTH_COOKIE4)};

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), options, sizeof(options));
    env->family = 4;
    pkt->env = env;
    pkt->conf = conf;
    berth_arena_init(&pkt->arena, BERTH_PACKET_ARENA);
    CHECK_INT(
        berth_msg4_parse(&pkt->v4.query, (BerthBytes){message, sizeof(message)}, 1, &pkt->arena),
        BERTH_PARSE4_OK);
    pkt->parsed = true;
}

/* Puts the packet into its class, finds its subnet, and goes through those of the link that it may
 * have; their number goes to `ret_walked`. */
static unsigned long work_of(unsigned n_classes, const char *test, unsigned *ret_walked)
{
    BerthConf *conf = make_conf(n_classes, test);
    BerthPacket *pkt = g_new0(BerthPacket, 1);
    const BerthSubnet *first, *at;
    BerthEnv env = {0};
    unsigned long work;

    make_packet(pkt, &env, conf);
    n_blocks = 0;
    *ret_walked = 0;
    berth_packet_classify(pkt, BERTH_CLASSIFY_FIRST);
    first = berth_conf_subnet_by_interface(&conf->v4, "eth0", &pkt->class_set);
    for (at = first; at; at = berth_conf_next_subnet(first, at, &pkt->class_set))
        ++*ret_walked;
    work = n_blocks;
    CHECK_TEXT(berth_packet_class(pkt, 0), "c5");
    CHECK(berth_packet_class(pkt, 1) == NULL);
    berth_arena_clear(&pkt->arena);
    g_free(pkt);
    berth_conf_unref(conf);
    return work;
}

static void test_many(void)
{
    unsigned few_walked, many_walked;
    unsigned long few = work_of(10, "relay4[1].hex == 'p%u'", &few_walked);
    unsigned long many = work_of(1000, "relay4[1].hex == 'p%u'", &many_walked);

    CHECK_INT(few_walked, SUBNETS_A_CLASS);
    CHECK_INT(many_walked, SUBNETS_A_CLASS);
    berth_row("%lu blocks among 10 classes, %lu among 1,000", few, many);
    CHECK(few > 0);
    CHECK(many < 3 * few);
}

/* Tests that are no comparison with a constant are made one by one: the measure sees it. */
static void test_one_by_one(void)
{
    unsigned walked;
    unsigned long few = work_of(10, "'p%u' == relay4[1].hex", &walked);
    unsigned long many = work_of(1000, "'p%u' == relay4[1].hex", &walked);

    CHECK_INT(walked, SUBNETS_A_CLASS);
    berth_row("%lu blocks among 10 classes, %lu among 1,000", few, many);
    CHECK(many > 10 * few);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"many", test_many}, {"one by one", test_one_by_one}, {0}};

    return berth_tests_main("classwork", tests, argc, argv);
}
