/* timetext - a point in time as people read it; declared in berth/world.h. */
#include <berth/world.h>
#include <glib.h>
#include <time.h>

#define USEC_PER_SEC 1000000

const char *berth_time_text(int64_t wall_usec, char *buffer)
{
    int64_t usec = wall_usec % USEC_PER_SEC;
    time_t seconds = wall_usec / USEC_PER_SEC;
    struct tm tm = {0};

    if (usec < 0) {
        usec += USEC_PER_SEC;
        seconds--;
    }
    localtime_r(&seconds, &tm);
    g_snprintf(buffer, BERTH_TIME_TEXT, "%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year + 1900,
               tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)usec);
    return buffer;
}
