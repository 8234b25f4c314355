/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/model.h"

static guint told;
static guint told_point;

static void note(guint point, Moment now G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    told++;
    told_point = point;
}

static void add_point(Profile *profile, guint connector, const char *name, const char *unit)
{
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    point->name = g_strdup(name);
    g_free(point->unit);
    point->unit = g_strdup(unit);
    point->connector = connector;
    g_ptr_array_add(profile->points, point);
}

static SiteDevice *add_device(Site *site, const char *name, const Profile *profile)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    device->name = g_strdup(name);
    device->place = g_strdup("");
    device->bus = g_strdup("yard");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("bay-a");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    device->profile = profile;
    device->connectors = profile->connectors;
    device->period_ms = 1000;
    g_ptr_array_add(site->devices, device);
    return device;
}

/* Two connectors behind breaker-1 of io-01, with a meter at the feeder, on bus yard. */
static Site *make_site(void)
{
    Site *site = site_new();
    SiteBus *bus = g_new0(SiteBus, 1);
    Profile *charger = profile_new("charger");
    Profile *io = profile_new("io");
    Profile *meter = profile_new("meter");

    bus->name = g_strdup("yard");
    bus->place = g_strdup("");
    g_ptr_array_add(site->buses, bus);
    charger->connectors = 2;
    for (guint i = 1; i <= 2; i++) {
        add_point(charger, i, "status", "");
        add_point(charger, i, "current", "A");
    }
    io->kind = PROFILE_KIND_IO;
    add_point(io, 0, "breaker-1", "");
    meter->kind = PROFILE_KIND_METER;
    add_point(meter, 0, "current_a", "A");
    add_point(meter, 0, "current_c", "A");
    g_ptr_array_add(site->profiles, charger);
    g_ptr_array_add(site->profiles, io);
    g_ptr_array_add(site->profiles, meter);
    SiteDevice *device = add_device(site, "dc-01", charger);

    g_free(device->feeder);
    device->feeder = g_strdup("io-01/breaker-1");
    g_free(device->feeder_meter);
    device->feeder_meter = g_strdup("m-01");
    add_device(site, "io-01", io);
    add_device(site, "m-01", meter);
    return site;
}

static Model *make_model(void)
{
    g_autoptr(Site) site = make_site();

    return model_new(site);
}

static void names_everything(void)
{
    g_autoptr(Model) model = make_model();
    const ModelConnector *second = &model->connectors[model_find_connector(model, "dc-01/2")];

    g_assert_cmpuint(model->n_connectors, ==, 2);
    g_assert_cmpstr(model->points[second->status].path, ==, "dc-01/2/status");
    g_assert_cmpuint(second->n_current, ==, 1);
    g_assert_cmpstr(model->points[second->current[0]].path, ==, "dc-01/2/current");
    g_assert_cmpstr(model->points[second->feeder_contact].path, ==, "io-01/breaker-1");
    g_assert_cmpuint(second->n_feeder_meter_current, ==, 2);
    g_assert_cmpstr(model->points[second->feeder_meter_current[1]].path, ==, "m-01/current_c");
    g_assert_cmpuint(second->power, ==, POINT_NONE);
    g_assert_cmpuint(model_find_point(model, "dc-01/online"), !=, POINT_NONE);
    g_assert_cmpuint(model_find_point(model, "bus/yard/load_percent"), !=, POINT_NONE);
    g_assert_cmpuint(model_find_point(model, "station/clock"), !=, POINT_NONE);
    g_assert_cmpuint(model_find_point(model, "dc-01/3/status"), ==, POINT_NONE);
    g_assert_cmpuint(model_find_device(model, "bus/yard"), ==, 3);
    g_assert_cmpuint(model_find_device(model, "nobody"), ==, G_MAXUINT);
}

static void reads_and_tells(void)
{
    g_autoptr(Model) model = make_model();
    guint point = model_find_point(model, "dc-01/1/current");
    PointValue value = { .number = 125.5 };

    model_set_watch(model, note, NULL);
    told = 0;
    g_assert_cmpint(model->points[point].quality, ==, POINT_QUALITY_UNKNOWN);
    model_read(model, point, POINT_QUALITY_GOOD, &value, 100, (Moment){ 150, 7 });
    g_assert_cmpuint(told, ==, 1);
    g_assert_cmpuint(told_point, ==, point);
    g_assert_cmpfloat(model->points[point].value.number, ==, 125.5);
    g_assert_cmpint(model->points[point].asked_at_us, ==, 100);
    g_assert_cmpint(model->points[point].read_at_us, ==, 150);
    model_read(model, point, POINT_QUALITY_BAD, &value, 200, (Moment){ 250, 8 });
    g_assert_cmpint(model->points[point].quality, ==, POINT_QUALITY_BAD);
    g_assert_cmpuint(told, ==, 2);
}

static void drops_an_older_answer(void)
{
    g_autoptr(Model) model = make_model();
    guint point = model_find_point(model, "dc-01/1/current");
    PointValue newer = { .number = 0 };
    PointValue older = { .number = 200 };

    model_read(model, point, POINT_QUALITY_GOOD, &newer, 300, (Moment){ 310, 0 });
    model_read(model, point, POINT_QUALITY_GOOD, &older, 100, (Moment){ 400, 0 });
    g_assert_cmpfloat(model->points[point].value.number, ==, 0);
}

static void grows_stale_once(void)
{
    g_autoptr(Model) model = make_model();
    guint point = model_find_point(model, "dc-01/1/current");
    PointValue value = { .number = 1 };

    g_assert_cmpint(model->points[point].max_age_us, ==, 5 * G_USEC_PER_SEC);
    model_read(model, point, POINT_QUALITY_GOOD, &value, 0, (Moment){ 0, 0 });
    model_set_watch(model, note, NULL);
    told = 0;
    model_expire(model, (Moment){ 5 * G_USEC_PER_SEC, 0 });
    g_assert_cmpuint(told, ==, 0);
    model_expire(model, (Moment){ 5 * G_USEC_PER_SEC + 1, 0 });
    model_expire(model, (Moment){ 6 * G_USEC_PER_SEC, 0 });
    g_assert_cmpuint(told, ==, 1);
    g_assert_cmpint(model->points[point].quality, ==, POINT_QUALITY_STALE);
    g_assert_cmpfloat(model->points[point].value.number, ==, 1);
}

static void carries_over_a_reload(void)
{
    g_autoptr(Model) old = make_model();
    g_autoptr(Model) next = make_model();
    guint point = model_find_point(old, "io-01/breaker-1");
    PointValue value = { .number = 1 };

    model_begin_watching(old, point, 5);
    model_read(old, point, POINT_QUALITY_GOOD, &value, 10, (Moment){ 20, 30 });
    model_adopt(next, old);
    g_assert_cmpint(next->points[point].quality, ==, POINT_QUALITY_GOOD);
    g_assert_cmpint(next->points[point].watched_us, ==, 5);
    g_assert_cmpint(next->points[point].read_wall_us, ==, 30);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/names", names_everything);
    g_test_add_func("/model/read", reads_and_tells);
    g_test_add_func("/model/older", drops_an_older_answer);
    g_test_add_func("/model/expire", grows_stale_once);
    g_test_add_func("/model/adopt", carries_over_a_reload);
    return g_test_run();
}
