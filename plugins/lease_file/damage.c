/* damage - see damage.h. */
#include "damage.h"

#define REASONS_MAX 100
#define LINES_LEN 200 /* of a message, about */

void damage_begin(Damage *damage, BerthServer *server, const char *path)
{
    *damage = (Damage){.server = server, .path = path, .lines = g_string_new(NULL)};
}

static void tell_lines(Damage *damage)
{
    if (!damage->lines || damage->lines->len == 0)
        return;
    BERTH_LOG(damage->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_DAMAGED_LINES",
              "%s: more rows ignored, of lines %s", damage->path, damage->lines->str);
    g_string_truncate(damage->lines, 0);
}

static void end_run(Damage *damage)
{
    GString *lines = damage->lines;

    if (damage->first == 0)
        return;
    if (lines->len > LINES_LEN)
        tell_lines(damage);
    g_string_append_printf(lines, "%s%" G_GUINT64_FORMAT, lines->len ? "," : "", damage->first);
    if (damage->last > damage->first)
        g_string_append_printf(lines, "-%" G_GUINT64_FORMAT, damage->last);
    damage->first = 0;
}

void damage_add(Damage *damage, uint64_t line, const char *why)
{
    if (++damage->rows <= REASONS_MAX) {
        BERTH_LOG(damage->server, BERTH_ERROR, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR",
                  "%s:%" G_GUINT64_FORMAT ": row ignored: %s", damage->path, line, why);
        return;
    }
    if (damage->first && line != damage->last + 1)
        end_run(damage);
    if (!damage->first)
        damage->first = line;
    damage->last = line;
}

void damage_tell(Damage *damage)
{
    end_run(damage);
    tell_lines(damage);
}

void damage_clear(Damage *damage)
{
    if (damage->lines)
        g_string_free(damage->lines, TRUE);
    *damage = (Damage){0};
}
