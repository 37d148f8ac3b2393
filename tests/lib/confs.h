/* confs - a snapshot from a line of text, for tests. */
#pragma once

#include "core/base/json.h"
#include "core/conf/conf.h"
#include "tests/lib/rows.h"

/* `text` is a configuration, as JSON. The snapshot and its warnings, or NULL and the errors,
 * joined; ret_text is to be g_free'd. */
static inline BerthConf *confs_read_text(const char *text, char **ret_text)
{
    BerthErrors errors;
    BerthDoc *doc;
    BerthConf *conf = NULL;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(berth_bytes(text), "f", false, &errors);
    if (doc)
        conf = berth_conf_from_doc(doc, "f", &errors);
    if (conf) {
        g_ptr_array_add(conf->warnings, NULL);
        *ret_text = g_strjoinv("\n", (char **)conf->warnings->pdata);
        g_ptr_array_remove_index(conf->warnings, conf->warnings->len - 1);
    } else {
        *ret_text = berth_errors_text(&errors);
    }
    berth_errors_clear(&errors);
    return conf;
}

/* As config-get shows it; to be g_free'd. */
static inline char *confs_shown(const BerthConf *conf)
{
    GString *out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    berth_json_begin_object(json, NULL);
    berth_conf_write(conf, json);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(out, FALSE);
}

/* The same of what stands in Dhcp4, or in Dhcp6. */
static inline BerthConf *confs_read(const char *body, char **ret_text)
{
    g_autofree char *text = g_strdup_printf("{\"Dhcp4\": {%s}}", body);

    return confs_read_text(text, ret_text);
}

static inline BerthConf *confs_read6(const char *body, char **ret_text)
{
    g_autofree char *text = g_strdup_printf("{\"Dhcp6\": {%s}}", body);

    return confs_read_text(text, ret_text);
}

#define CONFS_IF "\"interfaces-config\": {\"interfaces\": [\"*\"]}"
#define CONFS_NET(body) CONFS_IF ", \"subnet4\": [" body "]"
#define CONFS_NET6(body) CONFS_IF ", \"subnet6\": [" body "]"

/* A row: what stands in the map, and what is to be said of it, or made of it. */
typedef struct ConfsRow {
    const char *name, *body, *want;
} ConfsRow;
typedef BerthConf *(*ConfsRead)(const char *body, char **ret_text);

/* Each row is read (or, not good, refused), and `want` is what is said. */
static inline void confs_check(const ConfsRow *rows, size_t n, ConfsRead read, bool good)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = NULL;
        BerthConf *conf = read(rows[i].body, &text);

        berth_row("%s", rows[i].name);
        CHECK((conf != NULL) == good);
        CHECK_TEXT(text, rows[i].want);
        berth_conf_unref(conf);
    }
}

/* Each row is read, and `want` is what `show` says of the snapshot. */
typedef void (*ConfsShow)(const BerthConf *conf, GString *to);

static inline void confs_check_shown(const ConfsRow *rows, size_t n, ConfsRead read, ConfsShow show)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = NULL;
        BerthConf *conf = read(rows[i].body, &text);
        g_autoptr(GString) shown = g_string_new(NULL);

        berth_row("%s", rows[i].name);
        if (!CHECK(conf != NULL))
            continue;
        show(conf, shown);
        CHECK_TEXT(shown->str, rows[i].want);
        berth_conf_unref(conf);
    }
}

/* The snapshot of a file beside the tests. */
static inline BerthConf *confs_read_file(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), name, NULL);
    g_autofree char *text = NULL;
    BerthErrors found;
    BerthConf *conf;

    berth_errors_init(&found);
    conf = berth_conf_read(path, &found);
    text = berth_errors_text(&found);
    berth_errors_clear(&found);
    CHECK_TEXT(text, "");
    return conf;
}

static inline BerthAddr confs_addr(const char *text)
{
    BerthAddr addr = {{0}};

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static inline int confs_id(const BerthSubnet *subnet)
{
    return subnet ? (int)subnet->id : 0;
}

/* An address: the ids of the subnets that it is in, and that it is a relay of; 0: none. */
typedef struct ConfsLookup {
    const char *addr;
    int of, relay;
} ConfsLookup;

static inline void confs_check_lookups(const BerthFamilyConf *family, const ConfsLookup *rows,
                                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const BerthAddr addr = confs_addr(rows[i].addr);

        berth_row("%s", rows[i].addr);
        CHECK_INT(confs_id(berth_conf_subnet_of(family, addr, NULL)), rows[i].of);
        CHECK_INT(confs_id(berth_conf_subnet_by_relay(family, addr, NULL)), rows[i].relay);
    }
}
