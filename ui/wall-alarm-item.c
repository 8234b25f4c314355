/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-alarm-item.h"

#include "edge/base/clock.h"
#include "edge/base/name.h"
#include "ui/wall-json.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum {
    ID,
    TITLE,
    WHERE,
    PLACE,
    WORD,
    SHAPE,
    STYLE,
    STATE,
    TIME,
    AGE,
    ADVICE,
    VALUE,
    ZONE,
    LATENCY,
    BY,
    SUBJECT,
    N_TEXTS
};
enum { CONNECTOR, RUNG, MARK, RESULT, RESULT_STYLE, PROOF, N_STEP_TEXTS };

struct _WallStepItem {
    WallItem parent_instance;
};

G_DEFINE_FINAL_TYPE(WallStepItem, wall_step_item, WALL_TYPE_ITEM)

struct _WallAlarmItem {
    WallItem parent_instance;
    GListStore *steps; /* WallStepItem */
    gint64 raised_us;
    int rank;
    gboolean acknowledged, over;
};

G_DEFINE_FINAL_TYPE(WallAlarmItem, wall_alarm_item, WALL_TYPE_ITEM)

static void wall_step_item_class_init(WallStepItemClass *class)
{
    static const char *const names[N_STEP_TEXTS] = { "connector", "rung", "shape", "word", "style", "proof" };

    wall_item_install(WALL_ITEM_CLASS(class), names, N_STEP_TEXTS);
}

static void wall_step_item_init(WallStepItem *self G_GNUC_UNUSED)
{
}

static void wall_alarm_item_finalize(GObject *object)
{
    g_object_unref(WALL_ALARM_ITEM(object)->steps);
    G_OBJECT_CLASS(wall_alarm_item_parent_class)->finalize(object);
}

static void wall_alarm_item_class_init(WallAlarmItemClass *class)
{
    static const char *const names[N_TEXTS] = { "id",    "title",   "where", "place",  "word",   "shape",
                                                "style", "state",   "time",  "age",    "advice", "value",
                                                "zone",  "latency", "by",    "subject" };

    G_OBJECT_CLASS(class)->finalize = wall_alarm_item_finalize;
    wall_item_install(WALL_ITEM_CLASS(class), names, N_TEXTS);
}

static void wall_alarm_item_init(WallAlarmItem *self)
{
    self->steps = g_list_store_new(WALL_TYPE_STEP_ITEM);
    self->rank = 3;
}

WallAlarmItem *wall_alarm_item_new(void)
{
    return g_object_new(WALL_TYPE_ALARM_ITEM, NULL);
}

const char *wall_alarm_item_id(WallAlarmItem *self)
{
    return wall_item_get(WALL_ITEM(self), ID);
}

const char *wall_alarm_item_subject(WallAlarmItem *self)
{
    return wall_item_get(WALL_ITEM(self), SUBJECT);
}

const char *wall_alarm_item_zone(WallAlarmItem *self)
{
    return wall_item_get(WALL_ITEM(self), ZONE);
}

gboolean wall_alarm_item_is_calling(WallAlarmItem *self)
{
    return self->rank == 0 && !self->acknowledged && !self->over;
}

gboolean wall_alarm_item_is_over(WallAlarmItem *self)
{
    return self->over;
}

gint64 wall_alarm_item_raised_us(WallAlarmItem *self)
{
    return self->raised_us;
}

int wall_alarm_item_rank(WallAlarmItem *self)
{
    return self->rank;
}

GListModel *wall_alarm_item_get_steps(WallAlarmItem *self)
{
    return G_LIST_MODEL(self->steps);
}

void wall_alarm_item_tick(WallAlarmItem *self, gint64 now_wall_us)
{
    wall_item_take(WALL_ITEM(self), AGE,
                   self->raised_us ? wall_text_duration((now_wall_us - self->raised_us) / G_USEC_PER_SEC)
                                   : g_strdup(WALL_TEXT_NONE));
}

/* How long it took from the command, and what the station saw. */
static char *tell_proof(JsonObject *step)
{
    gint64 commanded_us = wall_json_time(step, "commanded_at"), proven_us = wall_json_time(step, "proven_at");
    g_autofree char *said = wall_json_dup_safe(step, "proof", 120);
    g_autofree char *proof = wall_text_proof(said);
    double seconds = (double)(proven_us - commanded_us) / G_USEC_PER_SEC;
    g_autofree char *took = wall_text_number(seconds, 2, "s");

    if (commanded_us == 0 || proven_us < commanded_us)
        return g_steal_pointer(&proof);
    return proof[0] ? g_strdup_printf("%s · %s", took, proof) : g_steal_pointer(&took);
}

static void take_step(WallItem *item, JsonObject *step, const WallSite *site)
{
    g_autofree char *connector = wall_json_dup_safe(step, "connector", 64);
    WallTextState result = wall_text_result(wall_json_text(step, "result"));

    wall_item_take(item, CONNECTOR, wall_site_tell_path(site, connector));
    wall_item_set(item, RUNG, wall_text_rung(wall_json_text(step, "rung")));
    wall_item_set(item, MARK, result.shape);
    wall_item_set(item, RESULT, result.word);
    wall_item_set(item, RESULT_STYLE, result.style);
    wall_item_take(item, PROOF, tell_proof(step));
}

static guint rank_of(JsonObject *step, const char *member, const char *const *words)
{
    const char *word = wall_json_text(step, member);
    guint i = 0;

    while (words[i] && !g_str_equal(words[i], word))
        i++;
    return i;
}

/* What calls for a person stands first. */
static int compare_steps(gconstpointer a, gconstpointer b)
{
    static const char *const results[] = { "failed", "pending", "proven", "skipped", NULL };
    JsonObject *first = *(JsonObject *const *)a, *second = *(JsonObject *const *)b;
    guint left = rank_of(first, "result", results), right = rank_of(second, "result", results);

    if (left != right)
        return left < right ? -1 : 1;
    return g_strcmp0(wall_json_text(first, "connector"), wall_json_text(second, "connector"));
}

/* The highest rung of each connector; borrowed from LADDER. */
static GPtrArray *find_highest(JsonArray *ladder)
{
    static const char *const rungs[] = { "soft", "disable", "feeder", "station", NULL };
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *highest = g_ptr_array_new();

    for (guint i = 0; i < json_array_get_length(ladder); i++) {
        JsonObject *step = wall_json_element(ladder, i);
        const char *connector = step ? wall_json_text(step, "connector") : NULL;
        gpointer place = NULL;

        if (connector && g_hash_table_lookup_extended(places, connector, NULL, &place)) {
            gpointer *known = &highest->pdata[GPOINTER_TO_UINT(place)];
            if (rank_of(step, "rung", rungs) >= rank_of(*known, "rung", rungs))
                *known = step;
        } else if (connector && highest->len < WALL_ALARM_CONNECTORS) {
            g_hash_table_insert(places, (gpointer)connector, GUINT_TO_POINTER(highest->len));
            g_ptr_array_add(highest, step);
        }
    }
    g_ptr_array_sort(highest, compare_steps);
    return highest;
}

static GPtrArray *choose_steps(JsonArray *ladder)
{
    guint n = ladder ? json_array_get_length(ladder) : 0;
    GPtrArray *steps;

    if (n > WALL_ALARM_STEPS)
        return find_highest(ladder);
    steps = g_ptr_array_new();
    for (guint i = 0; i < n; i++) {
        if (wall_json_element(ladder, i))
            g_ptr_array_add(steps, wall_json_element(ladder, i));
    }
    return steps;
}

/* Steps keep their objects, so that rows do not flicker. */
static void take_ladder(WallAlarmItem *self, JsonArray *ladder, const WallSite *site)
{
    g_autoptr(GPtrArray) steps = choose_steps(ladder);
    guint had = g_list_model_get_n_items(G_LIST_MODEL(self->steps));

    if (had > steps->len)
        g_list_store_splice(self->steps, steps->len, had - steps->len, NULL, 0);
    for (guint i = 0; i < steps->len; i++) {
        g_autoptr(WallItem) item = i < had ? g_list_model_get_item(G_LIST_MODEL(self->steps), i)
                                           : g_object_new(WALL_TYPE_STEP_ITEM, NULL);

        take_step(item, steps->pdata[i], site);
        if (i >= had)
            g_list_store_append(self->steps, item);
    }
}

/* As many decimals as say something: a cell's 3.71 V, a battery's 62.4 °C, a box's 63 °C. */
static int choose_decimals(double number)
{
    int most = fabs(number) < 10 ? 2 : 1, decimals = 0;

    for (double scale = 1; decimals < most && fabs(number * scale - round(number * scale)) > 0.04;
         scale *= 10)
        decimals++;
    return decimals;
}

/* 0 and 1 without a unit are what a contact says, and told by the title. */
static char *tell_value(JsonObject *alarm)
{
    double number = wall_json_number(alarm, "value");
    g_autofree char *unit = wall_json_dup_safe(alarm, "unit", 8);

    if (!isfinite(number))
        return wall_json_dup_safe(alarm, "value", 40);
    if (!unit[0] && number >= 0 && number <= 1)
        return NULL;
    return wall_text_number(number, choose_decimals(number), unit);
}

static void append_part(GString *text, const char *part)
{
    if (part[0])
        g_string_append_printf(text, "%s%s", text->len ? " · " : "", part);
}

/* For list and banner: what people call it, its zone, and the value that is measured there. WITH_PATH, for
 * those who stand before the page and tell others: also the path that everybody else knows it by; the value
 * stands large above it. */
static char *tell_where(JsonObject *alarm, const WallSite *site, gboolean with_path)
{
    g_autofree char *subject = wall_json_dup_safe(alarm, "subject", 64);
    g_autofree char *zone_name = wall_json_dup_safe(alarm, "zone", 64);
    g_autofree char *name = wall_site_tell_path(site, subject);
    g_autofree char *zone = wall_site_tell_zone(site, zone_name);
    gboolean is_thing = !g_str_has_prefix(subject, "zone/") && !g_str_equal(subject, "station");
    GString *text = g_string_new(name);

    if (with_path && is_thing && !g_str_equal(name, subject))
        append_part(text, subject);
    if (!g_str_equal(zone, name))
        append_part(text, zone);
    if (!with_path && wall_json_text(alarm, "unit")[0] && isfinite(wall_json_number(alarm, "value"))) {
        g_autofree char *value = tell_value(alarm);

        append_part(text, value);
    }
    return g_string_free(text, FALSE);
}

static void take_words(WallAlarmItem *self, JsonObject *alarm, GTimeZone *zone, const WallSite *site)
{
    WallItem *item = WALL_ITEM(self);
    WallTextState severity = wall_text_severity(wall_json_text(alarm, "severity"));
    double proof_ms = wall_json_number(wall_json_object(alarm, "latency_ms"), "proof");

    wall_item_take(item, ID, wall_json_dup_safe(alarm, "id", 80));
    wall_item_take(item, TITLE, wall_json_dup_local(alarm, "title", 80));
    wall_item_take(item, WHERE, tell_where(alarm, site, TRUE));
    wall_item_take(item, PLACE, tell_where(alarm, site, FALSE));
    wall_item_set(item, WORD, severity.word);
    wall_item_set(item, SHAPE, severity.shape);
    wall_item_set(item, STYLE, severity.style);
    wall_item_set(item, STATE, wall_text_alarm_state(wall_json_text(alarm, "state")));
    wall_item_take(item, TIME, wall_text_clock(self->raised_us, zone));
    wall_item_take(item, ADVICE, wall_json_dup_local(alarm, "advice", 600));
    if (!wall_item_get(item, ADVICE)[0])
        wall_item_set(item, ADVICE, _("Find out what it is."));
    wall_item_take(item, VALUE, tell_value(alarm));
    wall_item_take(item, ZONE, wall_json_dup_safe(alarm, "zone", 64));
    wall_item_take(item, LATENCY, isfinite(proof_ms) ? wall_text_number(proof_ms / 1000, 2, "s") : NULL);
    wall_item_take(item, SUBJECT, wall_json_dup_safe(alarm, "subject", 64));
    wall_item_take(item, BY, wall_json_dup_safe(alarm, "acknowledged_by", 80));
}

void wall_alarm_item_take(WallAlarmItem *self, JsonObject *alarm, GTimeZone *zone, const WallSite *site)
{
    static const char *const severities[] = { "critical", "high", "medium", "low" };
    int rank = name_find(severities, G_N_ELEMENTS(severities), wall_json_text(alarm, "severity"));

    self->rank = rank < 0 ? 0 : rank; /* what is not known is told loudest */
    self->acknowledged = wall_json_is(alarm, "acknowledged");
    self->over = g_str_equal(wall_json_text(alarm, "state"), "normal");
    self->raised_us = wall_json_time(alarm, "raised_at");
    take_words(self, alarm, zone, site);
    take_ladder(self, wall_json_array(alarm, "ladder"), site);
    wall_alarm_item_tick(self, clock_now().wall_us);
}
