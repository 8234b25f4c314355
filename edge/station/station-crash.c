/* SPDX-License-Identifier: Apache-2.0 */
/* Each start is a line "BOOT-ID BOOT-TIME" in run/starts; an orderly end empties the file. So what stands
 * there at a start are crashes. */
#include "edge/station/station-private.h"

#define WINDOW_US G_TIME_SPAN_MINUTE
#define LONGEST 4096

static char *starts_path(const Station *self)
{
    return g_build_filename(self->run_directory, "starts", NULL);
}

/* Appends the lines of TEXT that are crashes of this boot within the last minute to KEPT. */
static guint keep_recent(const Station *self, const char *text, GString *kept)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = 0;

    for (guint i = 0; lines[i]; i++) {
        const char *space = strchr(lines[i], ' ');
        gint64 at_us = space ? g_ascii_strtoll(space + 1, NULL, 10) : 0;

        if (!g_str_has_prefix(lines[i], self->boot_id) || at_us <= 0 || at_us > self->started_at.boot_us ||
            self->started_at.boot_us - at_us > WINDOW_US)
            continue;
        g_string_append_printf(kept, "%s\n", lines[i]);
        n++;
    }
    return n;
}

gboolean station_crash_begin(Station *self)
{
    g_autofree char *path = starts_path(self);
    g_autofree char *text = NULL;
    g_autoptr(GString) kept = g_string_new(NULL);
    gsize length = 0;
    guint crashes = 0;

    if (g_file_get_contents(path, &text, &length, NULL) && length <= LONGEST)
        crashes = keep_recent(self, text, kept);
    g_string_append_printf(kept, "%s %" G_GINT64_FORMAT "\n", self->boot_id, self->started_at.boot_us);
    g_file_set_contents_full(path, kept->str, (gssize)kept->len, G_FILE_SET_CONTENTS_CONSISTENT, 0640, NULL);
    return self->site->policy.guard_only_after > 0 && crashes >= self->site->policy.guard_only_after;
}

void station_crash_end(Station *self)
{
    g_autofree char *path = starts_path(self);

    g_file_set_contents(path, "", 0, NULL);
}
