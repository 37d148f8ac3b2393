/* json_scalar - what a number or an escape of JSON means; where it stands is json.c's. */
#pragma once

#include "core/conf/node.h"

/* One escape of a string. *at is behind the backslash, with at least one character before `end`;
 * both pointers move on. What is wrong, or NULL. It writes no more bytes than it reads. */
const char *berth_json_escape(const char **at, const char *end, char **ret);

/* All of `text` as a number into the node's kind and value. What is wrong, or NULL. */
const char *berth_json_number(const char *text, BerthNode *ret);
