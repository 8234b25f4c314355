/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-station.h"
#include "ui/wall-connector-item.h"
#include "ui/wall-mosaic.h"
#include "ui/wall-style.h"
#include "ui/wall-text.h"
#include "ui/wall-zone-item.h"

#define ALARM(id, severity, state, acknowledged, minute)                                                     \
    "{\"id\":\"" id "\",\"severity\":\"" severity "\",\"state\":\"" state                                    \
    "\",\"acknowledged\":" acknowledged ",\"raised_at\":\"2026-07-22T14:" minute                             \
    ":00.000+08:00\",\"title\":\"t\"}"

static char *get(gpointer object, const char *name)
{
    char *text = NULL;

    g_object_get(object, name, &text, NULL);
    return text;
}

static void test_calling(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    guint more = 9;

    g_assert_null(wall_station_find_calling(station, &more));
    g_assert_cmpuint(more, ==, 0);
    wall_station_take_alarms(station,
                             "[" ALARM("late", "critical", "unacknowledged", "false", "31") "," ALARM(
                                 "first", "critical", "unacknowledged", "false",
                                 "30") "," ALARM("known", "critical", "acknowledged", "true", "20") "]");
    g_assert_cmpstr(wall_alarm_item_id(wall_station_find_calling(station, &more)), ==, "first");
    g_assert_cmpuint(more, ==, 1);
    wall_station_take_alarm(station, ALARM("first", "critical", "acknowledged", "true", "30"));
    g_assert_cmpstr(wall_alarm_item_id(wall_station_find_calling(station, &more)), ==, "late");
    wall_station_take_alarm(station, ALARM("late", "critical", "normal", "true", "31"));
    g_assert_null(wall_station_find_calling(station, &more));
    g_assert_cmpuint(g_list_model_get_n_items(wall_station_get_alarms(station)), ==, 2);
}

/* What is news to a person, whichever alarm is told first. */
static void test_news(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    g_autoptr(WallAlarmItem) first = NULL;
    guint more;

    wall_station_take_alarm(station, ALARM("first", "critical", "unacknowledged", "false", "30"));
    first = g_object_ref(wall_station_find_calling(station, &more));
    g_assert_cmpuint(wall_station_count_calls(station), ==, 1);
    wall_station_take_alarm(station, ALARM("first", "critical", "returned-unacknowledged", "false", "30"));
    wall_station_take_alarm(station, ALARM("high", "high", "unacknowledged", "false", "31"));
    g_assert_cmpuint(wall_station_count_calls(station), ==, 1);
    wall_station_take_alarm(station, ALARM("late", "critical", "unacknowledged", "false", "32"));
    g_assert_cmpuint(wall_station_count_calls(station), ==, 2);
    g_assert_true(wall_station_find_calling(station, &more) == first);
    g_assert_cmpuint(more, ==, 1);
    wall_station_take_alarm(station, ALARM("late", "critical", "acknowledged", "true", "32"));
    g_assert_cmpuint(wall_station_count_calls(station), ==, 2);
    wall_station_take_alarm(station, ALARM("late", "critical", "unacknowledged", "false", "32")); /* again */
    g_assert_cmpuint(wall_station_count_calls(station), ==, 3);
    g_assert_true(wall_station_is_calling(station, first));
    wall_station_take_alarms(station, "[" ALARM("late", "critical", "unacknowledged", "false", "32") "]");
    g_assert_cmpuint(wall_station_count_calls(station), ==, 3);
    g_assert_false(wall_station_is_calling(station, first)); /* gone without a word */
}

static void test_connectors_keep_their_items(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    GListModel *model = wall_station_get_connectors(station);

    wall_station_take_connectors(station,
                                 "[{\"path\":\"a/1\",\"status\":\"charging\",\"soc\":50,\"power\":10}]");
    g_autoptr(WallItem) item = g_list_model_get_item(model, 0);
    g_autoptr(GVariant) changes =
        g_variant_ref_sink(g_variant_new_parsed("[('a/1', 'charging', 20.0, 1.0, 75.0, false, '')]"));

    wall_station_change_connectors(station, changes);
    g_autofree char *power = get(item, "power"), *soc = get(item, "soc");

    g_assert_cmpstr(power, ==, "20.0 kW");
    g_assert_cmpstr(soc, ==, "75");
    wall_station_take_connectors(station, "[]");
    g_assert_cmpuint(g_list_model_get_n_items(model), ==, 0);
}

/* Told apart from a hold, and never hiding what goes on. */
static void test_disabled(void)
{
    static const struct {
        const char *change, *word, *style, *time, *note;
    } cases[] = {
        { "('a/1', 'unavailable', 0.0, 0.0, nan, false, 'hq:hq-2026')", "HQ disabled", "disabled",
          "by hq-2026", "" },
        { "('a/1', 'available', 0.0, 0.0, nan, false, '')", "Free", "free", "", "" },
        { "('a/1', 'available', 0.0, 0.0, nan, true, 'hq:x')", "Held", "held", "", "HQ disabled" },
        { "('a/1', 'charging', 9.0, 9.0, 50.0, false, 'hq:x')", "Charging", "charging", "", "HQ disabled" },
        { "('a/1', 'faulted', 0.0, 0.0, nan, false, 'hq:x')", "Fault", "faulted", "", "HQ disabled" },
        { "('a/1', '', nan, nan, nan, false, 'hq:x')", "No data", "unknown", "", "HQ disabled" },
    };
    static const char *const names[] = { "word", "style", "time", "note" };
    g_autoptr(WallStation) station = wall_station_new(NULL);

    wall_station_take_connectors(station, "[{\"path\":\"a/1\",\"status\":\"available\"}]");
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const expected[] = { cases[i].word, cases[i].style, cases[i].time, cases[i].note };
        g_autofree char *text = g_strdup_printf("[%s]", cases[i].change);
        g_autoptr(GVariant) changes = g_variant_ref_sink(g_variant_new_parsed(text));

        wall_station_change_connectors(station, changes);
        for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
            g_autofree char *shown = get(wall_station_find_connector(station, "a/1"), names[n]);

            g_assert_cmpstr(shown, ==, expected[n]);
        }
    }
}

static char *show_alarm(const char *value, const char *name)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    g_autofree char *json =
        g_strdup_printf("{\"id\":\"x\",\"subject\":\"dc-03/1\",\"zone\":\"bay-a\",%s}", value);

    wall_station_take_alarm(station, json);
    g_autoptr(WallAlarmItem) item = g_list_model_get_item(wall_station_get_alarms(station), 0);

    return get(item, name);
}

/* A number has its unit, and as many decimals as say something; what a contact says is in the title. */
static void test_values(void)
{
    static const struct {
        const char *value, *shown, *place;
    } cases[] = {
        { "\"value\":62.4,\"unit\":\"°C\"", "62.4 °C", "dc-03/1 · bay-a · 62.4 °C" },
        { "\"value\":63.0,\"unit\":\"°C\"", "63 °C", "dc-03/1 · bay-a · 63 °C" },
        { "\"value\":3.714,\"unit\":\"V\"", "3.71 V", "dc-03/1 · bay-a · 3.71 V" },
        { "\"value\":0.5,\"unit\":\"kΩ\"", "0.5 kΩ", "dc-03/1 · bay-a · 0.5 kΩ" },
        { "\"value\":-4.96,\"unit\":\"°C\"", "-4.96 °C", "dc-03/1 · bay-a · -4.96 °C" },
        { "\"value\":1,\"unit\":null", "", "dc-03/1 · bay-a" },
        { "\"value\":1204,\"unit\":null", "1\u2009204", "dc-03/1 · bay-a" },
        { "\"value\":\"charging\",\"unit\":7", "charging", "dc-03/1 · bay-a" },
        { "\"value\":1e300,\"unit\":\"V\"", "—", "dc-03/1 · bay-a · —" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *value = show_alarm(cases[i].value, "value");
        g_autofree char *place = show_alarm(cases[i].value, "place");

        g_assert_cmpstr(value, ==, cases[i].shown);
        g_assert_cmpstr(place, ==, cases[i].place);
    }
}

/* A ladder of a whole zone is longer than a page: how each connector stands now, what failed first. */
static void test_long_ladder(void)
{
    static const char *const rungs[] = { "soft", "disable", "feeder" };
    g_autoptr(WallStation) station = wall_station_new(NULL);
    g_autoptr(GString) alarm = g_string_new("{\"id\":\"a\",\"severity\":\"critical\",\"ladder\":[");

    for (guint i = 0; i < 60; i++)
        g_string_append_printf(alarm, "%s{\"connector\":\"dc-%02u/1\",\"rung\":\"%s\",\"result\":\"%s\"}",
                               i > 0 ? "," : "", i % 20 + 1, rungs[i / 20],
                               i / 20 < 2 || i % 20 == 6 ? "failed" : "proven");
    g_string_append(alarm, "]}");
    wall_station_take_alarm(station, alarm->str);
    g_autoptr(WallAlarmItem) item = g_list_model_get_item(wall_station_get_alarms(station), 0);
    GListModel *steps = wall_alarm_item_get_steps(item);
    g_autoptr(GObject) first = g_list_model_get_item(steps, 0);
    g_autoptr(GObject) last = g_list_model_get_item(steps, 19);
    g_autofree char *connector = get(first, "connector"), *rung = get(first, "rung"),
                    *end = get(last, "rung");

    g_assert_cmpuint(g_list_model_get_n_items(steps), ==, 20);
    g_assert_cmpstr(connector, ==, "dc-07/1");
    g_assert_cmpstr(rung, ==, wall_text_rung("feeder"));
    g_assert_cmpstr(end, ==, wall_text_rung("feeder"));
}

static void take_smoke(WallStation *station, const char *path)
{
    g_autoptr(GVariant) points =
        g_variant_ref_sink(g_variant_new_parsed("[(%s, 0.0, '', '', 'good', int64 0, int64 0)]", path));

    wall_station_take_points(station, points);
}

/* A zone that a reload has taken away goes, too. */
static void test_zones(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    GListModel *zones = wall_station_get_zones(station);

    wall_station_take_devices(station,
                              "[{\"name\":\"s-1\",\"zone\":\"a\"},{\"name\":\"s-2\",\"zone\":\"b\"}]");
    take_smoke(station, "s-1/smoke");
    g_assert_cmpuint(g_list_model_get_n_items(zones), ==, 1);
    take_smoke(station, "s-2/smoke");
    g_assert_cmpuint(g_list_model_get_n_items(zones), ==, 1);
    g_autoptr(WallZoneItem) zone = g_list_model_get_item(zones, 0);
    g_assert_cmpstr(wall_zone_item_name(zone), ==, "b");
}

static void test_hostile(void)
{
    g_autofree char *deep = g_strnfill(1000000, '[');
    const char *const texts[] = { deep,
                                  "",
                                  "[",
                                  "null",
                                  "[[[[]]]]",
                                  "{\"a\":1}",
                                  "[1,null,{}]",
                                  "\"x\"",
                                  "{\"hq\":{\"since\":7,\"backlog\":-1e300}}",
                                  "[{\"ladder\":[1,{}],\"id\":{}}]" };
    g_autoptr(WallStation) station = wall_station_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        wall_station_take_status(station, texts[i]);
        wall_station_take_devices(station, texts[i]);
        wall_station_take_connectors(station, texts[i]);
        wall_station_take_alarms(station, texts[i]);
        wall_station_take_alarm(station, texts[i]);
        wall_station_take_announcements(station, texts[i]);
    }
    g_assert_cmpuint(g_list_model_get_n_items(wall_station_get_connectors(station)), <=, 1);
}

static void test_lost(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);

    g_assert_false(wall_station_is_live(station));
    wall_station_take_status(station, "{\"station\":\"CS\",\"hq\":\"none\"}");
    g_assert_true(wall_station_is_live(station));
    g_autofree char *none = get(station, "lost");

    g_assert_cmpstr(none, ==, "");
    wall_station_lose(station);
    g_assert_false(wall_station_is_live(station));
    g_autofree char *lost = get(station, "lost");

    g_assert_true(g_str_has_prefix(lost, "No data since "));
    wall_station_take_status(station, "{}");
    g_assert_true(wall_station_is_live(station));
}

static void test_figures(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    WallFiguresItem *figures = wall_station_get_figures(station);

    wall_station_take_alarms(station, "[" ALARM("why", "critical", "unacknowledged", "false", "30") "]");
    wall_station_take_connectors(
        station, "[{\"path\":\"a/1\",\"status\":\"charging\",\"soc\":50,\"power\":10,\"rated_power\":40,"
                 "\"session_energy\":2.5,\"bms_temp_max\":31},"
                 "{\"path\":\"a/2\",\"status\":\"available\",\"power\":null,\"rated_power\":60},"
                 "{\"path\":\"b/1\",\"status\":\"finishing\",\"held\":true,\"hold_alarm\":\"why\"},"
                 "{\"path\":\"b/2\",\"status\":null}]");
    g_autofree char *power = get(figures, "power"), *of = get(figures, "power-of"),
                    *charging = get(figures, "charging"), *free_ones = get(figures, "free"),
                    *hottest = get(figures, "hottest-at"), *amiss = get(figures, "amiss");

    g_assert_cmpstr(power, ==, "10");
    g_assert_cmpstr(of, ==, "/ 100 kW");
    g_assert_cmpstr(charging, ==, "1");
    g_assert_cmpstr(free_ones, ==, "1");
    g_assert_cmpstr(hottest, ==, "a/1");
    g_assert_cmpstr(amiss, ==, "2");
    g_assert_cmpfloat(wall_item_get_fraction(WALL_ITEM(figures)), ==, 0.1);
    g_autofree char *why = get(wall_station_find_connector(station, "b/1"), "time");

    g_assert_cmpstr(why, ==, "t");
    g_assert_null(wall_station_find_connector(station, "c/1"));
}

static void test_age(void)
{
    g_autoptr(WallStation) station = wall_station_new(NULL);
    g_autoptr(GVariant) points =
        g_variant_ref_sink(g_variant_new_parsed("[('b/2/status', 0.0, '', '', 'stale', int64 0, int64 "
                                                "95000), ('b/2/x/y', 0.0, '', '', 'good', 0, 0)]"));

    wall_station_take_connectors(station, "[{\"path\":\"b/2\",\"status\":null}]");
    wall_station_take_points(station, points);
    g_autofree char *age = get(wall_station_find_connector(station, "b/2"), "time");

    g_assert_cmpstr(age, ==, "for 1 min");
}

static void test_mosaic(void)
{
    guint columns, rows;

    wall_mosaic_divide(12, 1280, 900, 280, 200, 10, &columns, &rows);
    g_assert_cmpuint(columns * rows, >=, 12);
    wall_mosaic_divide(40, 1280, 900, 280, 200, 10, &columns, &rows);
    g_assert_cmpuint(columns, ==, 4);
    g_assert_cmpuint(rows, ==, 4);
    wall_mosaic_divide(0, 0, 0, 0, 0, 0, &columns, &rows);
    g_assert_cmpuint(columns, >=, 1);
}

static void test_style(void)
{
    g_autofree char *css = wall_style_scale("a { font-size: 20px; margin: 1.5px 0; }", 2.0);

    g_assert_cmpstr(css, ==, "a { font-size: 40.00px; margin: 3.00px 0; }");
    g_assert_cmpfloat(wall_style_get_factor(3840, 2160), ==, 2.0);
    g_assert_cmpfloat(wall_style_get_factor(3000, 1080), ==, 1.0); /* what is wider only has more room */
    g_assert_cmpfloat(wall_style_get_factor(960, 1920), ==, 0.5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wall-station/calling", test_calling);
    g_test_add_func("/wall-station/news", test_news);
    g_test_add_func("/wall-station/connectors-keep-their-items", test_connectors_keep_their_items);
    g_test_add_func("/wall-station/long-ladder", test_long_ladder);
    g_test_add_func("/wall-station/zones", test_zones);
    g_test_add_func("/wall-station/hostile", test_hostile);
    g_test_add_func("/wall-station/disabled", test_disabled);
    g_test_add_func("/wall-station/values", test_values);
    g_test_add_func("/wall-station/lost", test_lost);
    g_test_add_func("/wall-station/figures", test_figures);
    g_test_add_func("/wall-station/age", test_age);
    g_test_add_func("/wall-mosaic/divide", test_mosaic);
    g_test_add_func("/wall-style/scale", test_style);
    return g_test_run();
}
