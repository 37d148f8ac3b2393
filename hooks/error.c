/* error - how start, prepare and open say what went wrong (berth/plugin.h). */
#include <berth/plugin.h>

GQuark berth_error_quark(void)
{
    return g_quark_from_static_string("berth-error");
}

int berth_fail(GError **error, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error && !*error)
        *error = g_error_new_valist(BERTH_ERROR_DOMAIN, code, format, args);
    va_end(args);
    return code;
}
