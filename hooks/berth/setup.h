/* berth/setup.h - what a plugin may ask of a configuration that is being made: which family it is
 * for, the options that it knows, expressions that use their names. For `prepare_for`, see
 * berth/plugin.h. */
#pragma once

#include <berth/expr.h>

typedef struct BerthSetup BerthSetup;

int berth_setup_family(const BerthSetup *setup); /* 4 or 6 */

/* As berth_expr_new, with the options of this configuration's own option-def. */
BerthExpr *berth_setup_expr(const BerthSetup *setup, BerthExprType type, const char *text,
                            GError **error);

/* The definition of an option, standard or of option-def; it lives as long as the configuration.
 * `space` NULL: "dhcp4", "dhcp6". NULL: there is none. */
typedef struct BerthOptDef BerthOptDef;
const BerthOptDef *berth_setup_option(const BerthSetup *setup, const char *space, uint16_t code);
const BerthOptDef *berth_setup_option_name(const BerthSetup *setup, const char *space,
                                           const char *name);
uint16_t berth_optdef_code(const BerthOptDef *def);
/* The space of the options inside of it; NULL: it has none. */
const char *berth_optdef_inside(const BerthOptDef *def);

/* The bytes of an option from its text, as `data` with csv-format is written; they live as long as
 * the packet. -EINVAL with `error`: the text is none of that option. */
int berth_optdef_bytes(const BerthOptDef *def, BerthPacket *pkt, BerthBytes text, BerthBytes *ret,
                       GError **error);
