/* SPDX-License-Identifier: Apache-2.0 */
/* Each start is a line "BOOT-ID start BOOT-TIME" in run/starts; an orderly end removes the file. So what
 * stands there at a start are crashes. While it guards only, "BOOT-ID until BOOT-TIME" keeps that over
 * further crashes. */
#include "edge/station/station-private.h"

#include <unistd.h>

#define WINDOW_US G_TIME_SPAN_MINUTE
#define GUARD_ONLY_US (5 * G_TIME_SPAN_MINUTE)
#define KEPT_STARTS 20 /* the newest; more say no more */
#define LONGEST (1024 * 1024)

static char *starts_path(const Station *self)
{
    return g_build_filename(self->run_directory, "starts", NULL);
}

/* The time of LINE if it is of this boot and of KIND; else 0. */
static gint64 read_line(const Station *self, const char *line, const char *kind)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 4);

    if (g_strv_length(words) != 3 || !g_str_equal(words[0], self->boot_id) || !g_str_equal(words[1], kind))
        return 0;
    return g_ascii_strtoll(words[2], NULL, 10);
}

/* The crashes within the last minute that TEXT tells of, newest last; and until when a run before guarded
 * only. */
static GArray *read_starts(const Station *self, const char *text, gint64 *ret_until_us)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GArray *starts = g_array_new(FALSE, FALSE, sizeof(gint64));

    for (guint i = 0; lines[i]; i++) {
        gint64 at_us = read_line(self, lines[i], "start");

        *ret_until_us = MAX(*ret_until_us, read_line(self, lines[i], "until"));
        if (at_us <= 0 || at_us > self->started_at.boot_us || self->started_at.boot_us - at_us > WINDOW_US)
            continue;
        if (starts->len == KEPT_STARTS)
            g_array_remove_index(starts, 0);
        g_array_append_val(starts, at_us);
    }
    return starts;
}

static void write_starts(const Station *self, const GArray *starts)
{
    g_autofree char *path = starts_path(self);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < starts->len; i++)
        g_string_append_printf(text, "%s start %" G_GINT64_FORMAT "\n", self->boot_id,
                               g_array_index(starts, gint64, i));
    g_string_append_printf(text, "%s start %" G_GINT64_FORMAT "\n", self->boot_id, self->started_at.boot_us);
    if (self->guard_only_until_us > 0)
        g_string_append_printf(text, "%s until %" G_GINT64_FORMAT "\n", self->boot_id,
                               self->guard_only_until_us);
    station_health_write(path, text->str, 0640);
}

gboolean station_crash_begin(Station *self)
{
    g_autofree char *path = starts_path(self);
    g_autofree char *text = NULL;
    gsize length = 0;
    guint most = self->site->policy.guard_only_after;
    gint64 until_us = 0;

    if (!g_file_get_contents(path, &text, &length, NULL) || length > LONGEST)
        text = g_strdup("");
    g_autoptr(GArray) starts = read_starts(self, text, &until_us);

    if (most > 0 && starts->len >= most)
        self->guard_only_until_us = self->started_at.boot_us + GUARD_ONLY_US;
    else if (most > 0 && until_us > self->started_at.boot_us &&
             until_us <= self->started_at.boot_us + GUARD_ONLY_US)
        self->guard_only_until_us = until_us;
    write_starts(self, starts);
    return self->guard_only_until_us > 0;
}

void station_crash_forget(Station *self)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(gint64));

    self->guard_only_until_us = 0;
    write_starts(self, none);
}

void station_crash_end(Station *self)
{
    g_autofree char *path = starts_path(self);

    unlink(path);
}
