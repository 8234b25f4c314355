/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/clock.h"

#include <sys/timex.h>
#include <time.h>

#define MADE_AT_S 1767225600 /* 2026-01-01: no station has run before */

gint64 clock_boot_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

Moment clock_now(void)
{
    return (Moment){ .boot_us = clock_boot_us(), .wall_us = g_get_real_time() };
}

char *clock_boot_id(void)
{
    char *id = NULL;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
        return g_strdup("unknown");
    return g_strstrip(id);
}

char *clock_format(gint64 wall_us, GTimeZone *zone)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(wall_us / G_USEC_PER_SEC);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;
    g_autofree char *seconds = local ? g_date_time_format(local, "%Y-%m-%dT%H:%M:%S") : NULL;
    g_autofree char *offset = local ? g_date_time_format(local, "%:z") : NULL;

    if (!seconds || !offset)
        return g_strdup("1970-01-01T00:00:00.000+00:00");
    return g_strdup_printf("%s.%03d%s", seconds, (int)(wall_us / 1000 % 1000), offset);
}

gboolean clock_parse(const char *text, gint64 *ret_wall_us)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, NULL);

    if (!when)
        return FALSE;
    *ret_wall_us = g_date_time_to_unix(when) * G_USEC_PER_SEC + g_date_time_get_microsecond(when);
    return TRUE;
}

const char *clock_quality_name(void)
{
    struct timex state = { 0 };

    if (g_get_real_time() / G_USEC_PER_SEC < MADE_AT_S)
        return "unset";
    return adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC) ? "synced" : "holdover";
}
