/* host - see host.h. */
#include "core/host/host.h"

#include <glib.h>

/* ---- making one ---- */

static const uint8_t *id_at(const BerthHost *host)
{
    return (const uint8_t *)(host->addrs + host->n_addrs);
}

/* A block that is filled from its front. */
typedef struct Block {
    char *at;
} Block;

static const char *put_text(Block *block, const char *text)
{
    const char *at = block->at;
    const size_t size = text ? strlen(text) + 1 : 1;

    memcpy(block->at, text ? text : "", size);
    block->at += size;
    return at;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 1;
}

static BerthHostMore *copy_more(const BerthHostMore *more)
{
    size_t size = sizeof(*more) + more->n_classes * sizeof(char *) +
                  size_of(more->server_hostname) + size_of(more->boot_file_name) +
                  size_of(more->options_text) + size_of(more->context);

    for (unsigned i = 0; i < more->n_classes; i++)
        size += size_of(more->classes[i]);
    BerthHostMore *copy = g_malloc(size);
    const char **classes = (const char **)(copy + 1);
    Block block = {(char *)(classes + more->n_classes)};

    *copy = *more;
    copy->classes = classes;
    for (unsigned i = 0; i < more->n_classes; i++)
        classes[i] = put_text(&block, more->classes[i]);
    copy->server_hostname = put_text(&block, more->server_hostname);
    copy->boot_file_name = put_text(&block, more->boot_file_name);
    copy->options_text = put_text(&block, more->options_text);
    copy->context = put_text(&block, more->context);
    return copy;
}

BerthHost *berth_host_new(const BerthHostSpec *spec)
{
    const size_t addrs = spec->n_addrs * sizeof(*spec->addrs);
    BerthHost *host = g_malloc(sizeof(*host) + addrs + spec->id.len + size_of(spec->hostname));
    Block block;

    *host = (BerthHost){
        .refs = 1,
        .subnet_id = spec->subnet_id,
        .more = spec->more ? copy_more(spec->more) : NULL,
        .n_addrs = (uint16_t)spec->n_addrs,
        .family = (uint8_t)spec->family,
        .id_type = (uint8_t)spec->id_type,
        .id_len = (uint8_t)spec->id.len,
    };
    if (addrs > 0)
        memcpy(host->addrs, spec->addrs, addrs);
    block.at = (char *)host->addrs + addrs;
    if (spec->id.len > 0)
        memcpy(block.at, spec->id.data, spec->id.len);
    block.at += spec->id.len;
    put_text(&block, spec->hostname);
    return host;
}

/* The last reference may be dropped in a job, with the configuration. */
BerthHost *berth_host_ref(BerthHost *host)
{
    g_atomic_int_inc(&host->refs);
    return host;
}

void berth_host_unref(BerthHost *host)
{
    if (!host || !g_atomic_int_dec_and_test(&host->refs))
        return;
    if (host->more)
        g_free(host->more->options);
    g_free(host->more);
    g_free(host);
}

/* ---- what it says ---- */

int berth_host_family(const BerthHost *host)
{
    return host->family;
}

uint32_t berth_host_subnet_id(const BerthHost *host)
{
    return host->subnet_id;
}

BerthHostIdType berth_host_type(const BerthHost *host)
{
    return (BerthHostIdType)host->id_type;
}

BerthBytes berth_host_id(const BerthHost *host)
{
    return (BerthBytes){id_at(host), host->id_len};
}

const BerthHostAddr *berth_host_addr(const BerthHost *host, size_t i)
{
    return i < host->n_addrs ? &host->addrs[i] : NULL;
}

const char *berth_host_hostname(const BerthHost *host)
{
    return (const char *)id_at(host) + host->id_len;
}

BerthAddr berth_host_next_server(const BerthHost *host)
{
    return host->more ? host->more->next_server : BERTH_ADDR4_ANY;
}

const char *berth_host_server_hostname(const BerthHost *host)
{
    return host->more ? host->more->server_hostname : "";
}

const char *berth_host_boot_file_name(const BerthHost *host)
{
    return host->more ? host->more->boot_file_name : "";
}

const char *berth_host_class(const BerthHost *host, size_t i)
{
    return host->more && i < host->more->n_classes ? host->more->classes[i] : NULL;
}

BerthBytes berth_host_context(const BerthHost *host)
{
    return berth_bytes(host->more ? host->more->context : "");
}

const struct BerthOptList *berth_host_options(const BerthHost *host)
{
    return host->more ? host->more->options : NULL;
}

bool berth_host_addr_equal(const BerthHostAddr *a, const BerthHostAddr *b)
{
    return a->len == b->len && berth_addr_equal(a->addr, b->addr);
}

bool berth_host_has(const BerthHost *host, BerthPrefix prefix)
{
    for (unsigned i = 0; i < host->n_addrs; i++)
        if (host->addrs[i].len == prefix.len && berth_addr_equal(host->addrs[i].addr, prefix.addr))
            return true;
    return false;
}

/* ---- as an entry of `reservations` ---- */

static void write_prefixes(const BerthHost *host, BerthJson *json)
{
    char addr[BERTH_ADDR_TEXT], text[BERTH_PREFIX_TEXT];

    berth_json_begin_list(json, "prefixes");
    for (unsigned i = 0; i < host->n_addrs; i++) {
        const BerthHostAddr *at = &host->addrs[i];

        if (!at->is_prefix)
            continue;
        g_snprintf(text, sizeof(text), "%s/%u", berth_addr_text(at->addr, addr), at->len);
        berth_json_string(json, NULL, text);
    }
    berth_json_end(json);
}

static bool excludes(const BerthHost *host)
{
    for (unsigned i = 0; i < host->n_addrs; i++)
        if (host->addrs[i].excluded_len > 0)
            return true;
    return false;
}

static void write_excluded(const BerthHost *host, BerthJson *json)
{
    char addr[BERTH_ADDR_TEXT], text[BERTH_PREFIX_TEXT];

    if (!excludes(host))
        return;
    berth_json_begin_list(json, "excluded-prefixes");
    for (unsigned i = 0; i < host->n_addrs; i++) {
        const BerthHostAddr *at = &host->addrs[i];

        if (!at->is_prefix)
            continue;
        text[0] = '\0';
        if (at->excluded_len > 0)
            g_snprintf(text, sizeof(text), "%s/%u", berth_addr_text(at->excluded, addr),
                       at->excluded_len);
        berth_json_string(json, NULL, text);
    }
    berth_json_end(json);
}

static void write_addrs6(const BerthHost *host, BerthJson *json)
{
    char text[BERTH_ADDR_TEXT];

    berth_json_begin_list(json, "ip-addresses");
    for (unsigned i = 0; i < host->n_addrs; i++)
        if (!host->addrs[i].is_prefix)
            berth_json_string(json, NULL, berth_addr_text(host->addrs[i].addr, text));
    berth_json_end(json);
    write_prefixes(host, json);
    write_excluded(host, json);
}

static void write_own4(const BerthHost *host, BerthJson *json)
{
    char text[BERTH_ADDR_TEXT];

    if (host->n_addrs > 0)
        berth_json_string(json, "ip-address", berth_addr_text(host->addrs[0].addr, text));
    berth_json_string(json, "next-server", berth_addr_text(berth_host_next_server(host), text));
    berth_json_string(json, "server-hostname", berth_host_server_hostname(host));
    berth_json_string(json, "boot-file-name", berth_host_boot_file_name(host));
}

void berth_host_write(const BerthHost *host, BerthJson *json)
{
    char text[BERTH_HOST_ID_TEXT];
    const BerthHostMore *more = host->more;

    berth_json_string(json, berth_host_id_name(berth_host_type(host)),
                      berth_host_id_text(berth_host_type(host), berth_host_id(host), text));
    if (host->family == 4)
        write_own4(host, json);
    else
        write_addrs6(host, json);
    berth_json_string(json, "hostname", berth_host_hostname(host));
    berth_json_begin_list(json, "client-classes");
    for (unsigned i = 0; more && i < more->n_classes; i++)
        berth_json_string(json, NULL, more->classes[i]);
    berth_json_end(json);
    berth_json_raw(json, "option-data", more && more->options_text[0] ? more->options_text : "[ ]");
    if (more && more->context[0])
        berth_json_raw(json, "user-context", more->context);
}
