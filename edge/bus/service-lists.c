/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-lists.h"

#include "edge/bus/json-text.h"
#include "edge/bus/service-call.h"
#include "edge/bus/view.h"

#include <string.h>

typedef struct List List;

/* Writes the next slice; true where the list is finished. */
typedef gboolean (*GoOn)(List *list, const ServiceBackend *backend);

struct List {
    ServiceCall *call;
    GoOn go_on;

    /* of alarms */
    GString *text;
    gint64 raised_wall_us; /* the last one written */
    char id[ALARM_ID_SIZE];

    /* of points */
    char *glob;
    GPtrArray *points;  /* GVariant, as view_point() */
    const Model *model; /* whose points these are; only compared */
    guint next;         /* index into them */
};

struct ServiceLists {
    const ServiceBackend *backend;
    GQueue open;         /* List */
    GThreadPool *answer; /* turns a finished List into its message */
};

static void list_free(gpointer data)
{
    List *list = data;

    if (list->text)
        g_string_free(list->text, TRUE);
    if (list->points)
        g_ptr_array_unref(list->points);
    g_free(list->glob);
    g_free(list);
}

/* ---- alarms ---- */

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
static GPtrArray *find_rest(const List *list, const Guard *guard)
{
    const GPtrArray *open = guard_get_alarms(guard);
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

static gboolean go_on_with_alarms(List *list, const ServiceBackend *backend)
{
    const Model *model = backend->get_model(backend->user_data);
    g_autoptr(GPtrArray) rest = find_rest(list, backend->get_guard(backend->user_data));

    for (guint i = 0; i < MIN(rest->len, SERVICE_LISTS_ALARMS); i++)
        append_alarm(list, rest->pdata[i], model->site->station.timezone);
    if (rest->len > SERVICE_LISTS_ALARMS)
        return FALSE;
    g_string_append_c(list->text, ']');
    return TRUE;
}

/* ---- points ---- */

static gboolean go_on_with_points(List *list, const ServiceBackend *backend)
{
    const Model *model = backend->get_model(backend->user_data);

    if (model != list->model) { /* the first slice, or a reload has come between */
        g_ptr_array_set_size(list->points, 0);
        list->model = model;
        list->next = 0;
    }
    guint end = MIN(model->n_points, list->next + SERVICE_LISTS_POINTS);

    for (; list->next < end; list->next++) {
        const Point *point = &model->points[list->next];

        if (view_matches(list->glob, point->path))
            g_ptr_array_add(list->points, g_variant_ref_sink(view_point(point, clock_boot_us())));
    }
    return list->next == model->n_points;
}

static GVariant *take_points(List *list)
{
    return g_variant_new_array(G_VARIANT_TYPE(VIEW_POINT_TYPE), (GVariant *const *)list->points->pdata,
                               list->points->len);
}

/* ---- all lists ---- */

/* In a thread of its own: the message of a long list takes longer to make than the list. */
static void answer(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    List *list = data;

    if (list->text)
        service_call_text(list->call, list->text->str);
    else
        service_call_value(list->call, take_points(list));
    list_free(list);
}

ServiceLists *service_lists_new(const ServiceBackend *backend)
{
    ServiceLists *lists = g_new0(ServiceLists, 1);

    lists->backend = backend;
    g_queue_init(&lists->open);
    lists->answer = g_thread_pool_new(answer, NULL, 1, FALSE, NULL);
    return lists;
}

static void drop(gpointer data)
{
    service_call_refuse(((List *)data)->call, SERVICE_BUSY, "the station is about to end");
    list_free(data);
}

void service_lists_free(ServiceLists *lists)
{
    g_queue_clear_full(&lists->open, drop);
    g_thread_pool_free(lists->answer, FALSE, TRUE);
    g_free(lists);
}

static List *begin(ServiceLists *lists, ServiceCall *call, GoOn go_on)
{
    List *list = g_new0(List, 1);

    list->call = call;
    list->go_on = go_on;
    g_queue_push_tail(&lists->open, list);
    return list;
}

void service_lists_alarms(ServiceLists *lists, ServiceCall *call)
{
    begin(lists, call, go_on_with_alarms)->text = g_string_new("[");
}

void service_lists_points(ServiceLists *lists, ServiceCall *call, const char *glob)
{
    List *list = begin(lists, call, go_on_with_points);

    list->glob = g_strdup(glob);
    list->points = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
}

gboolean service_lists_go_on(ServiceLists *lists)
{
    List *list = g_queue_peek_head(&lists->open);

    if (list && list->go_on(list, lists->backend))
        g_thread_pool_push(lists->answer, g_queue_pop_head(&lists->open), NULL);
    return !g_queue_is_empty(&lists->open);
}
