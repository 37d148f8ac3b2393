/* hop - see hop.h. */
#include "hop.h"

#define KEY "berth-route"

bool hop_equal(const Hop *a, const Hop *b)
{
    return memcmp(&a->via, &b->via, sizeof(a->via)) == 0 && strcmp(a->interface, b->interface) == 0;
}

bool hop_read(BerthBytes context, Hop *ret)
{
    char via[BERTH_ADDR_TEXT];
    Hop hop = {.interface = ""};
    BerthBytes member;

    if (berth_json_find(context, KEY, &member) != 1 ||
        !berth_json_find_string(member, "via", via, sizeof(via)) ||
        berth_addr_parse(via, &hop.via) < 0 || berth_addr_is4(hop.via))
        return false;
    berth_json_find_string(member, "interface", hop.interface, sizeof(hop.interface));
    *ret = hop;
    return true;
}

char *hop_write(BerthBytes context, const Hop *hop)
{
    g_autofree char *member = NULL;
    char via[BERTH_ADDR_TEXT];

    berth_addr_text(hop->via, via);
    if (strpbrk(hop->interface, "\"\\"))
        return NULL;
    if (*hop->interface)
        member = g_strdup_printf("{ \"via\": \"%s\", \"interface\": \"%s\" }", via, hop->interface);
    else
        member = g_strdup_printf("{ \"via\": \"%s\" }", via);
    return berth_json_put(context, KEY, member);
}
