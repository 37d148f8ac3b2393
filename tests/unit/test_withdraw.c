/* test_withdraw - where nothing is free an offer gives way, however many others there are. */
#include "core/lease/leases.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

static BerthClient client_of(uint8_t kind, uint32_t serial)
{
    return (BerthClient){.hwaddr = {1,
                                    6,
                                    {2, kind, (uint8_t)(serial >> 24), (uint8_t)(serial >> 16),
                                     (uint8_t)(serial >> 8), (uint8_t)serial}}};
}

/* Others may have many older ones. */
static void test_withdraw(void)
{
    enum { OTHERS = 3000, HELD = 5 };
    const BerthClient client = client_of(0, 0);
    BerthPrefix got;
    Site site;

    site_init(&site);
    for (uint32_t i = 0; i < OTHERS; i++) {
        const BerthClient other = client_of(1, i);

        berth_leases_hold(site.leases, berth_addr4(0x0a400000 + i), 2, &other);
    }
    for (uint32_t i = 1; i <= HELD; i++) {
        const BerthClient other = client_of(2, i);

        berth_leases_hold(site.leases, site_addr(i), 1, &other);
    }
    berth_row("in the turn in which it was offered");
    CHECK(!berth_leases_withdraw(site.leases, &site.subnets[0], &client,
                                 (BerthPrefix){BERTH_ADDR4_ANY, 32}, &got));
    site_pass(&site, 1);
    for (uint32_t i = 1; i <= HELD; i++) {
        berth_row("offer %u", i);
        if (CHECK(berth_leases_withdraw(site.leases, &site.subnets[0], &client,
                                        (BerthPrefix){BERTH_ADDR4_ANY, 32}, &got)))
            CHECK(berth_addr_equal(got.addr, site_addr(i)));
    }
    site_clear(&site);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"withdraw", test_withdraw}, {0}};

    return berth_tests_main("withdraw", tests, argc, argv);
}
