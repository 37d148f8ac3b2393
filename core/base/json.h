/* json - a streaming JSON writer. It keeps no tree; depth is bounded by BERTH_JSON_DEPTH.
 *
 * berth/json.h is what plugins see of it; here are only its making and its end. */
#pragma once

#include "core/base/addr.h"
#include <berth/json.h>
#include <glib.h>

/* Writes into `out`, which the caller owns; `indent` spaces a level, 0 for one line. */
BerthJson *berth_json_new(GString *out, unsigned indent);
void berth_json_free(BerthJson *json);

/* The shortest text that reads back as the same finite number, whatever the locale. */
void berth_real_append(GString *out, double value);
void berth_json_u128(BerthJson *json, const char *key, BerthU128 value);
/* A string of `prefix` and upper-case digits, as Kea has them. */
void berth_json_hex(BerthJson *json, const char *key, const char *prefix, BerthBytes value);
