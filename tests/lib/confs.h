/* confs - a snapshot from a line of text, for tests. */
#pragma once

#include "core/conf/conf.h"

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
