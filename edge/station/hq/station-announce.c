/* SPDX-License-Identifier: Apache-2.0 */
/* What headquarters has to say to those who stand before the wall. It ends by itself, and does not outlive
 * stationd: what matters for longer is an alarm. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#define AT_MOST 20u

typedef struct {
    char *text, *zone;
    gint64 since_us, until_us; /* wall time */
    gint64 over_us;            /* boot time */
} Announcement;

static void free_announcement(gpointer data)
{
    Announcement *announcement = data;

    g_free(announcement->text);
    g_free(announcement->zone);
    g_free(announcement);
}

static void add_announcement(const Station *self, JsonBuilder *builder, const Announcement *announcement)
{
    GTimeZone *zone = self->site->station.timezone;

    json_builder_begin_object(builder);
    view_add_text(builder, "text", announcement->text);
    view_add_text(builder, "zone", announcement->zone);
    view_add_time(builder, "since", announcement->since_us, zone);
    view_add_time(builder, "until", announcement->until_us, zone);
    json_builder_end_object(builder);
}

char *station_announce_list(const Station *self)
{
    const GPtrArray *all = self->hq->announcements;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (guint i = all ? all->len : 0; i > 0; i--)
        add_announcement(self, builder, all->pdata[i - 1]);
    json_builder_end_array(builder);
    return view_take_text(json_builder_get_root(builder));
}

static void tell(Station *self)
{
    g_autofree char *list = station_announce_list(self);

    if (self->service)
        service_announcements_changed(self->service, list);
}

void station_announce_add(Station *self, const char *text, const char *zone, gint64 minutes)
{
    Announcement *announcement = g_new0(Announcement, 1);
    gint64 length_us = minutes * 60 * G_USEC_PER_SEC;
    Moment now = clock_now();

    announcement->text = g_strdup(text);
    announcement->zone = g_strdup(zone);
    announcement->since_us = now.wall_us;
    announcement->until_us = now.wall_us + length_us;
    announcement->over_us = now.boot_us + length_us;
    if (!self->hq->announcements)
        self->hq->announcements = g_ptr_array_new_with_free_func(free_announcement);
    if (self->hq->announcements->len >= AT_MOST)
        g_ptr_array_remove_index(self->hq->announcements, 0);
    g_ptr_array_add(self->hq->announcements, announcement);
    tell(self);
}

void station_announce_beat(Station *self, Moment now)
{
    GPtrArray *all = self->hq->announcements;
    guint before = all ? all->len : 0;

    for (guint i = before; i > 0; i--) {
        if (now.boot_us >= ((Announcement *)all->pdata[i - 1])->over_us)
            g_ptr_array_remove_index(all, i - 1);
    }
    if (all && all->len != before)
        tell(self);
}
