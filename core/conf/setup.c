/* setup - see berth/setup.h: a plugin asks the configuration of one family, when all of it but the
 * plugins' own has been read. */
#include "core/conf/conf.h"
#include "core/expr/expr.h"

/* There is no more to it; a plugin knows it by this name alone. */
static const BerthFamilyConf *family_of(const BerthSetup *setup)
{
    return (const BerthFamilyConf *)setup;
}

const BerthSetup *berth_conf_setup(const BerthFamilyConf *family)
{
    return (const BerthSetup *)family;
}

int berth_setup_family(const BerthSetup *setup)
{
    return family_of(setup)->family;
}

static const char *space_of(const BerthSetup *setup, const char *space)
{
    return space ? space : family_of(setup)->family == 6 ? "dhcp6" : "dhcp4";
}

const BerthOptDef *berth_setup_option(const BerthSetup *setup, const char *space, uint16_t code)
{
    return berth_conf_optdef(family_of(setup), space_of(setup, space), code);
}

const BerthOptDef *berth_setup_option_name(const BerthSetup *setup, const char *space,
                                           const char *name)
{
    return berth_conf_optdef_name(family_of(setup), space_of(setup, space), name);
}

uint16_t berth_optdef_code(const BerthOptDef *def)
{
    return def->code;
}

const char *berth_optdef_inside(const BerthOptDef *def)
{
    return def->format.space[0] ? def->format.space : NULL;
}

static const BerthOptDef *find_option(const void *data, const char *space, uint16_t code)
{
    return berth_conf_optdef(data, space, code);
}

static const BerthOptDef *find_option_name(const void *data, const char *space, const char *name)
{
    return berth_conf_optdef_name(data, space, name);
}

BerthExpr *berth_setup_expr(const BerthSetup *setup, BerthExprType type, const char *text,
                            GError **error)
{
    const BerthExprNames names = {
        .family = family_of(setup)->family,
        .data = family_of(setup),
        .option = find_option,
        .option_name = find_option_name,
    };

    return berth_expr_read(&names, type, text, error);
}
