/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-alarms.h"

#include "edge/bus/json-text.h"
#include "edge/bus/service-call.h"
#include "edge/bus/view.h"

#include <string.h>

typedef struct {
    ServiceCall *call;
    GString *text;
    /* the last one written */
    gint64 raised_wall_us;
    char id[ALARM_ID_SIZE];
} List;

struct ServiceAlarms {
    const ServiceBackend *backend;
    GQueue lists;  /* List; those that go on */
    GSource *turn; /* writes a slice of the first one */
};

/* Newest first; never 0 for two alarms. */
static int compare(gint64 a_wall_us, const char *a_id, gint64 b_wall_us, const char *b_id)
{
    if (a_wall_us != b_wall_us)
        return a_wall_us > b_wall_us ? -1 : 1;
    return strcmp(b_id, a_id);
}

static int compare_alarms(gconstpointer a, gconstpointer b)
{
    const Alarm *left = *(Alarm *const *)a, *right = *(Alarm *const *)b;

    return compare(left->raised_at.wall_us, left->id, right->raised_at.wall_us, right->id);
}

/* What LIST has still to write, in order; borrowed alarms, valid in this turn only. */
static GPtrArray *find_rest(const ServiceAlarms *alarms, const List *list)
{
    const GPtrArray *open = guard_get_alarms(alarms->backend->get_guard(alarms->backend->user_data));
    GPtrArray *rest = g_ptr_array_new();

    for (guint i = 0; i < open->len; i++) {
        const Alarm *alarm = open->pdata[i];
        gboolean first = list->id[0] == '\0';

        if (first || compare(list->raised_wall_us, list->id, alarm->raised_at.wall_us, alarm->id) < 0)
            g_ptr_array_add(rest, (gpointer)alarm);
    }
    g_ptr_array_sort(rest, compare_alarms);
    return rest;
}

static void append_alarm(List *list, const Alarm *alarm, GTimeZone *zone)
{
    g_autoptr(JsonNode) node = view_alarm(alarm, zone);

    if (list->text->len > 1)
        g_string_append_c(list->text, ',');
    json_text_append(list->text, node);
    list->raised_wall_us = alarm->raised_at.wall_us;
    g_strlcpy(list->id, alarm->id, sizeof list->id);
}

/* Writes the next slice; true where the list is finished. */
static gboolean go_on(const ServiceAlarms *alarms, List *list)
{
    const Model *model = alarms->backend->get_model(alarms->backend->user_data);
    g_autoptr(GPtrArray) rest = find_rest(alarms, list);

    for (guint i = 0; i < MIN(rest->len, SERVICE_ALARMS_SLICE); i++)
        append_alarm(list, rest->pdata[i], model->site->station.timezone);
    return rest->len <= SERVICE_ALARMS_SLICE;
}

static void list_free(gpointer data)
{
    List *list = data;

    g_string_free(list->text, TRUE);
    g_free(list);
}

static void answer(List *list)
{
    g_string_append_c(list->text, ']');
    service_call_text(list->call, list->text->str);
    list_free(list);
}

static gboolean take_turn(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data)
{
    ServiceAlarms *alarms = user_data;
    List *list = g_queue_peek_head(&alarms->lists);

    if (list && go_on(alarms, list))
        answer(g_queue_pop_head(&alarms->lists));
    if (g_queue_is_empty(&alarms->lists))
        g_source_set_ready_time(source, -1);
    return G_SOURCE_CONTINUE;
}

ServiceAlarms *service_alarms_new(const ServiceBackend *backend)
{
    static GSourceFuncs functions = { .dispatch = take_turn };
    ServiceAlarms *alarms = g_new0(ServiceAlarms, 1);

    alarms->backend = backend;
    g_queue_init(&alarms->lists);
    alarms->turn = g_source_new(&functions, sizeof(GSource));
    g_source_set_callback(alarms->turn, NULL, alarms, NULL);
    g_source_set_static_name(alarms->turn, "dbus-alarms");
    g_source_attach(alarms->turn, NULL);
    return alarms;
}

static void drop(gpointer data)
{
    List *list = data;

    service_call_refuse(list->call, SERVICE_BUSY, "the station is about to end");
    list_free(list);
}

void service_alarms_free(ServiceAlarms *alarms)
{
    g_queue_clear_full(&alarms->lists, drop);
    g_source_destroy(alarms->turn);
    g_source_unref(alarms->turn);
    g_free(alarms);
}

void service_alarms_list(ServiceAlarms *alarms, ServiceCall *call)
{
    List *list = g_new0(List, 1);

    list->call = call;
    list->text = g_string_new("[");
    if (go_on(alarms, list)) {
        answer(list);
        return;
    }
    g_queue_push_tail(&alarms->lists, list);
    g_source_set_ready_time(alarms->turn, 0);
}
