/* test_sanity - sanity-checks: what becomes of stored leases that do not fit. */
#include "core/server/sanity.h"
#include "tests/lib/confs.h"
#include "tests/lib/fake_world.h"

#define NETS                                                      \
    "\"interfaces-config\": {\"interfaces\": []}, \"subnet4\": [" \
    "{\"id\": 1, \"subnet\": \"192.0.2.0/24\"}, {\"id\": 2, \"subnet\": \"198.51.100.0/24\"}]"

typedef struct SubnetRow {
    const char *name, *check, *addr;
    uint32_t subnet_id;
    bool taken;
    uint32_t want; /* subnet id */
} SubnetRow;

static const SubnetRow subnet_rows[] = {
    {"fits", "del", "192.0.2.5", 1, true, 1},
    {"none", "none", "192.0.2.5", 2, true, 2},
    {"warn", "warn", "192.0.2.5", 2, true, 2},
    {"warn of a subnet that is gone", "warn", "192.0.2.5", 9, true, 9},
    {"fix", "fix", "192.0.2.5", 2, true, 1},
    {"fix of a subnet that is gone", "fix", "198.51.100.7", 9, true, 2},
    {"fix where no subnet has it", "fix", "10.0.0.1", 1, true, 1},
    {"fix-del", "fix-del", "192.0.2.5", 2, true, 1},
    {"fix-del where no subnet has it", "fix-del", "10.0.0.1", 1, false, 1},
    {"del", "del", "192.0.2.5", 2, false, 2},
};

static BerthConf *conf_with(const char *checks)
{
    g_autofree char *body = g_strdup_printf(NETS ", \"sanity-checks\": {%s}", checks);
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(body, &text);

    if (!CHECK(conf != NULL))
        CHECK_TEXT(text, "");
    return conf;
}

static void lease_checks(void)
{
    BerthFakeWorld *world = berth_fake_world_new(1, NULL);
    BerthLog *log = berth_log_new(&world->world);

    for (size_t i = 0; i < G_N_ELEMENTS(subnet_rows); i++) {
        const SubnetRow *row = &subnet_rows[i];
        g_autofree char *checks = g_strdup_printf("\"lease-checks\": \"%s\"", row->check);
        BerthConf *conf = conf_with(checks);
        BerthLease lease = {.type = BERTH_LEASE_V4,
                            .prefix_len = 32,
                            .valid_sec = 100,
                            .subnet_id = row->subnet_id};
        char *context;

        berth_addr_parse(row->addr, &lease.addr);
        berth_row("%s", row->name);
        CHECK(berth_sanity_check(&conf->v4, log, &lease, &context) == row->taken);
        CHECK_INT(lease.subnet_id, row->want);
        CHECK(context == NULL);
        berth_conf_unref(conf);
    }
    berth_log_free(log);
    berth_fake_world_free(world);
}

typedef struct InfoRow {
    const char *name, *check;
    BerthLeaseType type;
    const char *context, *want; /* NULL: it stays */
} InfoRow;

static const InfoRow info_rows[] = {
    {"an option by itself, as Kea 2.2 has it", "fix", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": \"0x02030102030C03AABBCC\" }, \"x\": 1 }",
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"AABBCC\", \"remote-id\": \"010203\", "
     "\"sub-options\": "
     "\"0x02030102030C03AABBCC\" } }, \"x\": 1 }"},
    {"pedantic", "pedantic", BERTH_LEASE_V4, "{ \"ISC\": { \"relay-agent-info\": \"0x0101AA\" } }",
     "{ \"ISC\": { \"relay-agent-info\": { \"sub-options\": \"0x0101AA\" } } }"},
    {"none", "none", BERTH_LEASE_V4, "{ \"ISC\": { \"relay-agent-info\": \"0x0101AA\" } }", NULL},
    {"today's form", "fix", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"sub-options\": \"0x0101AA\" } } }", NULL},
    {"bytes that are no sub-options", "fix", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": \"0x01FFAA\" } }", ""},
    {"a number", "fix", BERTH_LEASE_V4, "{ \"ISC\": { \"relay-agent-info\": 1 }, \"x\": 1 }",
     "{  \"x\": 1 }"},
    {"a number, and nothing is checked", "none", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": 1 } }", NULL},
    {"an identifier that is not hex: fix", "fix", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"x\" }, \"y\": 2 } }", NULL},
    {"... strict", "strict", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"x\" }, \"y\": 2 } }",
     "{ \"ISC\": {  \"y\": 2 } }"},
    {"... empty", "strict", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"remote-id\": \"\" } } }", ""},
    {"sub-options that are not hex", "strict", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"sub-options\": 7 } } }", ""},
    {"what nobody knows: strict", "strict", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"01\", \"z\": 1 } } }", NULL},
    {"... pedantic", "pedantic", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"01\", \"z\": 1 } } }", ""},
    {"a comment", "pedantic", BERTH_LEASE_V4,
     "{ \"ISC\": { \"relay-agent-info\": { \"relay-id\": \"01\", \"comment\": \"c\" } } }", NULL},
    {"no list of relays", "fix", BERTH_LEASE_NA, "{ \"ISC\": { \"relay-info\": { } } }", ""},
    {"an empty one", "fix", BERTH_LEASE_NA, "{ \"ISC\": { \"relay-info\": [ ] } }", ""},
    {"both names: the newer one counts", "fix", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relays\": [ { } ], \"relay-info\": [ { \"hop\": 1 } ] } }",
     "{ \"ISC\": {  \"relay-info\": [ { \"hop\": 1 } ] } }"},
    {"options that are not hex", "fix", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relay-info\": [ { \"options\": \"x\" } ] } }", ""},
    {"no link: fix", "fix", BERTH_LEASE_NA, "{ \"ISC\": { \"relay-info\": [ { \"hop\": 1 } ] } }",
     NULL},
    {"... strict", "strict", BERTH_LEASE_NA, "{ \"ISC\": { \"relay-info\": [ { \"hop\": 1 } ] } }",
     ""},
    {"no peer: strict", "strict", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relay-info\": [ { \"hop\": 1, \"link\": \"2001:db8::1\" } ] } }", NULL},
    {"... pedantic", "pedantic", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relay-info\": [ { \"hop\": 1, \"link\": \"2001:db8::1\" } ] } }", ""},
    {"all of it", "pedantic", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relay-info\": [ { \"hop\": 1, \"link\": \"2001:db8::1\", \"peer\": "
     "\"fe80::1\", \"options\": \"0x00250001AA\", \"remote-id\": \"AA\" } ] } }",
     NULL},
    {"no context at all", "fix", BERTH_LEASE_V4, "", NULL},
    {"one of somebody else's", "fix", BERTH_LEASE_V4, "{ \"x\": 1 }", NULL},
    {"relays of Kea 2.2", "fix", BERTH_LEASE_NA,
     "{ \"ISC\": { \"relays\": [ { \"hop\": 3, \"link\": \"2001:db8::1\", \"peer\": \"fe80::1\" } "
     "] } }",
     "{ \"ISC\": { \"relay-info\": [ { \"hop\": 3, \"link\": \"2001:db8::1\", \"peer\": "
     "\"fe80::1\" } ] } }"},
};

static void extended_info_checks(void)
{
    BerthFakeWorld *world = berth_fake_world_new(1, NULL);
    BerthLog *log = berth_log_new(&world->world);

    for (size_t i = 0; i < G_N_ELEMENTS(info_rows); i++) {
        const InfoRow *row = &info_rows[i];
        g_autofree char *checks = g_strdup_printf(
            "\"lease-checks\": \"none\", \"extended-info-checks\": \"%s\"", row->check);
        BerthConf *conf = conf_with(checks);
        BerthLease lease = {
            .type = (uint8_t)row->type, .valid_sec = 100, .context = berth_bytes(row->context)};
        g_autofree char *context = NULL;

        berth_row("%s", row->name);
        CHECK(berth_sanity_check(&conf->v4, log, &lease, &context));
        CHECK_TEXT(context, row->want);
        CHECK(!context || lease.context.data == (const uint8_t *)context);
        berth_conf_unref(conf);
    }
    berth_log_free(log);
    berth_fake_world_free(world);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"lease_checks", lease_checks},
        {"extended_info_checks", extended_info_checks},
        {0},
    };

    return berth_tests_main("sanity", tests, argc, argv);
}
