/* berth/json.h - writing an answer, and reading what came in, without building either.
 *
 * Writing: begin and end nest; a member of an object has a key, an element of a list has NULL.
 * Reading: a BerthNode is one value of a parsed file or command; it lives as long as its document.
 * An object that stays text, such as a lease's user-context, has members that are found and put. */
#pragma once

#include <berth/types.h>

typedef struct BerthJson BerthJson;
typedef struct BerthNode BerthNode;

#define BERTH_JSON_DEPTH 32

void berth_json_begin_object(BerthJson *json, const char *key);
void berth_json_begin_list(BerthJson *json, const char *key);
void berth_json_end(BerthJson *json); /* of the innermost object or list */
void berth_json_string(BerthJson *json, const char *key, const char *value); /* NULL: null */
void berth_json_bytes(BerthJson *json, const char *key, BerthBytes value);   /* as text, escaped */
void berth_json_int(BerthJson *json, const char *key, int64_t value);
void berth_json_uint(BerthJson *json, const char *key, uint64_t value);
void berth_json_real(BerthJson *json, const char *key, double value);
void berth_json_bool(BerthJson *json, const char *key, bool value);
void berth_json_node(BerthJson *json, const char *key, const BerthNode *value);
void berth_json_raw(BerthJson *json, const char *key, const char *value); /* is JSON itself */

typedef enum BerthNodeKind {
    BERTH_NODE_NULL,
    BERTH_NODE_BOOL,
    BERTH_NODE_INT,
    BERTH_NODE_REAL,
    BERTH_NODE_STRING,
    BERTH_NODE_LIST,
    BERTH_NODE_MAP,
} BerthNodeKind;

BerthNodeKind berth_node_kind(const BerthNode *node); /* NULL is a null */
const char *berth_node_key(const BerthNode *node);    /* its name in the map it is in, or NULL */
/* The member of a map; NULL when it isn't there or `node` is no map. */
const BerthNode *berth_node_get(const BerthNode *node, const char *key);
/* Members or elements in their order. */
const BerthNode *berth_node_first(const BerthNode *node);
const BerthNode *berth_node_next(const BerthNode *node);
/* Values; `fallback` when the node is NULL or of another kind. An int reads as a real, too. */
const char *berth_node_string(const BerthNode *node, const char *fallback);
int64_t berth_node_int(const BerthNode *node, int64_t fallback);
double berth_node_real(const BerthNode *node, double fallback);
bool berth_node_bool(const BerthNode *node, bool fallback);
/* Its JSON text on one line, "null" for NULL; g_free it. */
char *berth_node_json(const BerthNode *node);

/* ---- an object that stays text ---- */

/* 1: found, and *ret_value is the member's value as it stands there; 0: the object hasn't got it;
 * -1: it is no object. Keys are compared as they stand there, too. */
int berth_json_find(BerthBytes object, const char *key, BerthBytes *ret_value);
/* The value of a member that is a string without escapes and fits with its end into `size`. */
bool berth_json_find_string(BerthBytes object, const char *key, char *ret, size_t size);
/* The object with this member in place of an earlier one, in front of the others, which stay as
 * they are. `value` is JSON, or NULL: the member is taken out; an empty `object` has no members.
 * To be g_free'd; NULL: it is no object. */
char *berth_json_put(BerthBytes object, const char *key, const char *value);
