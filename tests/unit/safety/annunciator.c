/* SPDX-License-Identifier: Apache-2.0 */
/* Siren, strobe and button: outputs follow the set of alarms of their zone, and what is not confirmed is sent
 * again. */
#include "edge/safety/annunciator.h"

#include "world.h"

#include <string.h>

typedef struct {
    Site *site;
    Model *model;
    Annunciator *annunciator;
    GPtrArray *alarms;
    GString *sent;    /* "io-01 siren/on;" … */
    GString *strays;  /* "io-01 siren: switched on, read off;" … */
    GString *refused; /* "io-01 siren/on why;" … */
    guint64 last_id, serial;
    guint n_sent;
} Rig;

static guint64 on_send(const GuardCommand *command, gpointer user_data)
{
    Rig *rig = user_data;

    g_string_append_printf(rig->sent, "%s %s;", rig->model->devices[command->device].path, command->verb);
    rig->n_sent++;
    return rig->last_id = command->id | ++rig->serial << 20;
}

static void on_refused(const GuardCommand *command, const char *reason, Moment now, gpointer user_data)
{
    Rig *rig = user_data;

    (void)now;
    g_string_append_printf(rig->refused, "%s %s %s;", rig->model->devices[command->device].path,
                           command->verb, reason ? reason : "settled");
}

static void on_strays(guint device, const char *seen, Moment now, gpointer user_data)
{
    Rig *rig = user_data;

    (void)now;
    g_string_append_printf(rig->strays, "%s %s;", rig->model->devices[device].path, seen ? seen : "follows");
}

/* Renames what reads an output back, so that none does. */
static void hide_read_back(Site *site)
{
    const Profile *profile = site_find_device(site, "io-01")->profile;

    for (guint i = 0; i < profile->points->len; i++) {
        ProfilePoint *point = profile->points->pdata[i];

        if (!g_str_equal(point->name, "siren") && !g_str_equal(point->name, "strobe"))
            continue;
        g_free(point->name);
        point->name = g_strdup_printf("other-%u", i);
    }
}

/* The test station with a second io in bay-a. */
static Rig *rig_new_with(gboolean read_back)
{
    WorldSetup setup = { .actions = SITE_DO_STOP };
    Rig *rig = g_new0(Rig, 1);
    AnnunciatorSink sink = { on_send, on_refused, on_strays, rig };
    SiteDevice *device;

    rig->site = world_make_site(&setup);
    if (!read_back)
        hide_read_back(rig->site);
    device = g_new0(SiteDevice, 1);
    *device = *site_find_device(rig->site, "io-01");
    device->name = g_strdup("io-02");
    device->zone = g_strdup("bay-a");
    device->place = g_strdup("");
    device->bus = g_strdup("");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    g_ptr_array_add(rig->site->devices, device);
    rig->model = model_new(rig->site);
    rig->alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    rig->sent = g_string_new(NULL);
    rig->refused = g_string_new(NULL);
    rig->strays = g_string_new(NULL);
    rig->annunciator = annunciator_new(rig->model, &sink);
    return rig;
}

static Rig *rig_new(void)
{
    return rig_new_with(TRUE);
}

static void rig_free(Rig *rig)
{
    annunciator_free(rig->annunciator);
    model_free(rig->model);
    site_unref(rig->site);
    g_ptr_array_unref(rig->alarms);
    g_string_free(rig->sent, TRUE);
    g_string_free(rig->refused, TRUE);
    g_string_free(rig->strays, TRUE);
    g_free(rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

static Moment at(gint64 s)
{
    return (Moment){ s * G_USEC_PER_SEC, s * G_USEC_PER_SEC };
}

static void update(Rig *rig, gint64 s)
{
    annunciator_update(rig->annunciator, rig->alarms, at(s));
}

static const char *take_sent(Rig *rig)
{
    static char text[512];

    g_strlcpy(text, rig->sent->str, sizeof text);
    g_string_truncate(rig->sent, 0);
    return text;
}

static void answer(Rig *rig, guint64 id, GuardCommandOutcome outcome, gint64 s)
{
    GuardCommandResult result = { .id = id,
                                  .outcome = outcome,
                                  .sent_at_us = at(s).boot_us,
                                  .confirmed_at_us = outcome == GUARD_COMMAND_CONFIRMED ? at(s).boot_us : 0 };

    annunciator_on_result(rig->annunciator, &result, at(s));
}

/* Everything that was sent is confirmed: ids count up. */
static void confirm_all(Rig *rig, gint64 s)
{
    for (guint output = 0; output < annunciator_get_n_outputs(rig->annunciator); output++) {
        for (guint64 serial = 1; serial <= rig->serial; serial++)
            answer(rig, ANNUNCIATOR_ID_OUTPUTS | output | serial << 20, GUARD_COMMAND_CONFIRMED, s);
    }
}

static Alarm *add_alarm(Rig *rig, const char *zone)
{
    SiteRule rule = { .name = (char *)(gpointer) "hot", .actions = SITE_DO_SIREN | SITE_DO_STROBE };
    Alarm *alarm = alarm_new("a", &rule, "dc-00/1", zone, at(1));

    g_ptr_array_add(rig->alarms, alarm);
    return alarm;
}

static void test_zones(void)
{
    g_autoptr(Rig) rig = rig_new();
    Alarm *alarm;

    update(rig, 1);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/off;io-01 strobe/off;io-02 siren/off;io-02 strobe/off;");
    confirm_all(rig, 1);
    alarm = add_alarm(rig, "bay-b");
    update(rig, 2);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;io-01 strobe/on;");
    confirm_all(rig, 2);
    add_alarm(rig, "");
    update(rig, 3);
    g_assert_cmpstr(take_sent(rig), ==, "io-02 siren/on;io-02 strobe/on;");
    confirm_all(rig, 3);
    g_ptr_array_remove(rig->alarms, alarm);
    update(rig, 4);
    g_assert_cmpstr(take_sent(rig), ==, "");
    g_assert_true(alarm_acknowledge(rig->alarms->pdata[0], "staff:li", "", at(5), NULL));
    update(rig, 5);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/off;io-02 siren/off;");
}

static void test_outputs(void)
{
    g_autoptr(Rig) rig = rig_new();
    WorldSetup setup = { .actions = SITE_DO_STOP };
    g_autoptr(Site) site = world_make_site(&setup);
    g_autoptr(Model) model = NULL;
    g_autoptr(Annunciator) lone = NULL;
    AnnunciatorSink sink = { on_send, on_refused, on_strays, rig };
    const char *zones[] = { "bay-a", "bay-b", "" };

    for (guint i = 0; i < G_N_ELEMENTS(zones); i++)
        g_assert_true(annunciator_has_output(rig->annunciator, i % 2 == 0, add_alarm(rig, zones[i])));
    /* the only one serves another zone */
    g_free(((SiteDevice *)site_find_device(site, "io-01"))->zone);
    ((SiteDevice *)site_find_device(site, "io-01"))->zone = g_strdup("bay-a");
    model = model_new(site);
    lone = annunciator_new(model, &sink);
    g_assert_true(annunciator_has_output(lone, TRUE, rig->alarms->pdata[0]));
    g_assert_false(annunciator_has_output(lone, TRUE, rig->alarms->pdata[1]));
    g_assert_false(annunciator_has_output(lone, FALSE, rig->alarms->pdata[1]));
    g_assert_true(annunciator_has_output(lone, FALSE, rig->alarms->pdata[2]));
}

static void test_repeats(void)
{
    g_autoptr(Rig) rig = rig_new();

    update(rig, 1);
    confirm_all(rig, 1);
    take_sent(rig);
    add_alarm(rig, "bay-b");
    update(rig, 2);
    take_sent(rig);
    /* nobody answers */
    update(rig, 3);
    g_assert_cmpstr(take_sent(rig), ==, "");
    g_assert_cmpint(annunciator_get_next_us(rig->annunciator), ==, at(5).boot_us);
    update(rig, 5);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;io-01 strobe/on;");
    /* refused: once a second */
    g_string_truncate(rig->refused, 0);
    answer(rig, ANNUNCIATOR_ID_OUTPUTS | 0 | (rig->serial - 1) << 20, GUARD_COMMAND_REFUSED, 6);
    answer(rig, ANNUNCIATOR_ID_OUTPUTS | 1 | rig->serial << 20, GUARD_COMMAND_CONFIRMED, 6);
    g_assert_cmpstr(rig->refused->str, ==, "io-01 siren/on ;io-01 strobe/on settled;");
    update(rig, 6);
    g_assert_cmpstr(take_sent(rig), ==, "");
    g_assert_cmpint(annunciator_get_next_us(rig->annunciator), ==, at(7).boot_us);
    update(rig, 7);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;");
    /* a late answer to what was overtaken counts for nothing */
    answer(rig, ANNUNCIATOR_ID_OUTPUTS | 0 | 1 << 20, GUARD_COMMAND_CONFIRMED, 7);
    update(rig, 10);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;");
}

static void read_point(Rig *rig, const char *path, double number, gint64 s, gboolean *ret_button)
{
    guint point = model_find_point(rig->model, path);
    PointValue value = { .number = number };
    const char *zone;

    model_read(rig->model, point, POINT_QUALITY_GOOD, &value, at(s).boot_us, at(s));
    if (annunciator_on_point(rig->annunciator, point, ret_button, &zone, at(s)))
        update(rig, s);
}

static void test_read_back(void)
{
    g_autoptr(Rig) rig = rig_new();
    gboolean button;

    add_alarm(rig, "bay-b");
    update(rig, 1);
    confirm_all(rig, 1);
    take_sent(rig);
    read_point(rig, "io-01/siren", 1, 2, &button);
    g_assert_cmpstr(take_sent(rig), ==, "");
    /* somebody switched it off, or the module began anew */
    read_point(rig, "io-01/siren", 0, 3, &button);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;");
    /* what was read before the switching says nothing */
    confirm_all(rig, 4);
    read_point(rig, "io-01/siren", 0, 4, &button);
    g_assert_cmpstr(take_sent(rig), ==, "");
}

static void check_strays(Rig *rig, const char *wanted)
{
    g_assert_cmpstr(rig->strays->str, ==, wanted);
    g_string_truncate(rig->strays, 0);
}

/* It confirms, and its read-back stays as it was: after two seconds a person is told, and it is tried less
 * often. */
static void test_strays(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_auto(GStrv) sent = NULL;
    gboolean button;

    update(rig, 1);
    confirm_all(rig, 1);
    read_point(rig, "io-01/strobe", 0, 2, &button);
    check_strays(rig, "");
    read_point(rig, "io-01/siren", 0, 2, &button);
    check_strays(rig, "io-01 follows;"); /* what an earlier run may have told of it */
    add_alarm(rig, "bay-b");
    update(rig, 3);
    read_point(rig, "io-01/siren", 0, 3, &button); /* not yet confirmed */
    for (gint64 s = 4; s < 14; s++) {
        if (*take_sent(rig))
            confirm_all(rig, s);
        read_point(rig, "io-01/strobe", 1, s, &button);
        read_point(rig, "io-01/siren", 0, s, &button);
        update(rig, s);
        check_strays(rig, s == 9 ? "io-01 siren: switched on, read off;" : "");
    }
    take_sent(rig);
    for (gint64 s = 14; s < 44; s++) {
        read_point(rig, "io-01/siren", 0, s, &button);
        update(rig, s);
        confirm_all(rig, s);
    }
    sent = g_strsplit(rig->sent->str, ";", -1);
    g_assert_cmpint(g_strv_length(sent) - 1, ==, 6);
    check_strays(rig, "");
    read_point(rig, "io-01/siren", 1, 50, &button);
    check_strays(rig, "io-01 follows;");
}

/* One that is refused, or that nobody hears, is told of otherwise. */
static void test_strays_only_if_confirmed(void)
{
    g_autoptr(Rig) rig = rig_new();
    gboolean button;

    add_alarm(rig, "bay-b");
    for (gint64 s = 1; s < 20; s++) {
        update(rig, s);
        answer(rig, rig->last_id, s % 2 ? GUARD_COMMAND_REFUSED : GUARD_COMMAND_FAILED, s);
        read_point(rig, "io-01/siren", 0, s, &button);
        read_point(rig, "io-01/strobe", 0, s, &button);
    }
    check_strays(rig, "");
}

static void test_overtaking(void)
{
    g_autoptr(Rig) rig = rig_new();
    Alarm *alarm = add_alarm(rig, "bay-b");

    update(rig, 1);
    take_sent(rig);
    g_assert_true(alarm_acknowledge(alarm, "staff:li", "", at(1), NULL));
    update(rig, 1);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/off;");
    /* nor does a new alarm wait for the pause after what was confirmed */
    confirm_all(rig, 1);
    update(rig, 1);
    add_alarm(rig, "bay-b");
    update(rig, 1);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;");
}

static void test_silence_ends(void)
{
    g_autoptr(Rig) rig = rig_new();
    Alarm *alarm = add_alarm(rig, "bay-b");

    update(rig, 1);
    confirm_all(rig, 1);
    alarm_silence(alarm, at(60).boot_us);
    update(rig, 2);
    confirm_all(rig, 2);
    update(rig, 2);
    g_assert_nonnull(strstr(take_sent(rig), "io-01 siren/off;"));
    g_assert_cmpint(annunciator_get_next_us(rig->annunciator), ==, at(60).boot_us);
    update(rig, 60);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;");
}

static void test_button(void)
{
    g_autoptr(Rig) rig = rig_new();
    gboolean pressed;

    read_point(rig, "io-01/button-1", 1, 1, &pressed);
    g_assert_false(pressed); /* stuck, or held since before the start */
    read_point(rig, "io-01/button-1", 0, 2, &pressed);
    g_assert_false(pressed);
    read_point(rig, "io-01/button-1", 1, 3, &pressed);
    g_assert_true(pressed);
    read_point(rig, "io-01/button-1", 1, 4, &pressed);
    g_assert_false(pressed);
    read_point(rig, "io-01/button-1", 0, 5, &pressed);
    read_point(rig, "io-01/button-1", 1, 6, &pressed);
    g_assert_true(pressed);
    read_point(rig, "io-01/breaker-0", 1, 6, &pressed);
    g_assert_false(pressed);
}

/* A module that has lost its power has lost its outputs as well. */
static void test_silent_module(void)
{
    g_autoptr(Rig) rig = rig_new_with(FALSE);
    g_autoptr(Rig) other = rig_new();
    guint device = model_find_device(rig->model, "io-01");

    add_alarm(rig, "bay-b");
    update(rig, 1);
    confirm_all(rig, 1);
    take_sent(rig);
    update(rig, 10);
    g_assert_cmpstr(take_sent(rig), ==, "");
    g_assert_true(annunciator_on_silence(rig->annunciator, device, MODEL_ANY_UNIT));
    update(rig, 11);
    g_assert_cmpstr(take_sent(rig), ==, "io-01 siren/on;io-01 strobe/on;");
    g_assert_false(annunciator_on_silence(rig->annunciator, device,
                                          MODEL_ANY_UNIT)); /* nothing is known of them any more */

    update(other, 1);
    confirm_all(other, 1);
    g_assert_false(
        annunciator_on_silence(other->annunciator, device, MODEL_ANY_UNIT)); /* its read-back will tell */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/annunciator/zones", test_zones);
    g_test_add_func("/annunciator/outputs", test_outputs);
    g_test_add_func("/annunciator/repeats", test_repeats);
    g_test_add_func("/annunciator/read-back", test_read_back);
    g_test_add_func("/annunciator/strays", test_strays);
    g_test_add_func("/annunciator/strays-only-if-confirmed", test_strays_only_if_confirmed);
    g_test_add_func("/annunciator/overtaking", test_overtaking);
    g_test_add_func("/annunciator/silence-ends", test_silence_ends);
    g_test_add_func("/annunciator/button", test_button);
    g_test_add_func("/annunciator/silent-module", test_silent_module);
    return g_test_run();
}
