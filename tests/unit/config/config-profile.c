/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: the structs of right ones, and each fault at its place. */
#include "tests/unit/config/fixture.h"

#define F "profiles/generic-dc.profile"
#define M "profiles/site-meter.profile"
#define S "profiles/site-smoke.profile"
#define I "profiles/site-io.profile"

static const FixtureFault faults[] = {
    { F, "kind=charger ", "kind=chargers ", NULL, "profile", "kind", "charger, meter, sensor, io", 1 },
    { M, "kind=meter", "", NULL, "profile", "kind", "required", 1 },
    { F, "[profile]", "[profil]", NULL, "profile", "", "is missing", 2 },
    { F, "status=stable", "status=good", NULL, "profile", "status", "stable, beta, alpha", 1 },
    { F, "connectors=1", "connectors=0", NULL, "profile", "connectors", "1 to 32", 1 },
    { F, "connectors=1", "connectors=99", NULL, "profile", "connectors", "0 to 32", 1 },
    { M, "max-read=50", "connectors=2", NULL, "profile", "connectors", "everything else 0", 1 },
    { F, "max-read=100", "max-read=126", NULL, "profile", "max-read", "1 to 125", 1 },
    { F, "max-gap=8", "max-gap=x", NULL, "profile", "max-gap", "whole number", 1 },
    { F, "max-gap=8", "max-gap=8\nvender=x", NULL, "profile", "vender", "did you mean vendor?", 1 },
    { F, "[point 1/power]", "[point 2/power]", NULL, "point 2/power", "", "there is no connector 2", 1 },
    { F, "[point 1/power]", "[point 0/power]", NULL, "point 0/power", "", "there is no connector 0", 1 },
    { F, "[point 1/power]", "[point 01/power]", NULL, "point 01/power", "", "there is no connector 01", 1 },
    { F, "[point 1/power]", "[point 1/po wer]", NULL, "point 1/po wer", "", "point's name", 1 },
    { F, "[point 1/power]", "[point]", NULL, "point", "", "point's name", 1 },
    { F, "[point 1/power]", "[point N/status]", NULL, "point N/status", "", "already", 1 },
    { F, "[point 1/power]", "[ponit 1/power]", NULL, "ponit 1/power", "", "did you mean [point]?", 1 },
    { M, "[point ct]", "[point 1/ct]", NULL, "point 1/ct", "", "kind=meter has none", 2 },
    { F, "read=holding:4", "", NULL, "point 1/power", "read", "required", 1 },
    { F, "read=holding:4", "read=4", NULL, "point 1/power", "read", "holding:", 1 },
    { F, "read=holding:4", "read=holding:65536", NULL, "point 1/power", "read", "65535", 1 },
    { F, "read=holding:4", "read=holding:4.16", NULL, "point 1/power", "read", "bit 3", 1 },
    { F, "read=holding:4", "read=coil:4.1", NULL, "point 1/power", "read", "bit 3", 1 },
    { F, "read=holding:4", "read=holding:4.1", NULL, "point 1/power", "type", "is a bool", 1 },
    { F, "read=holding:4", "read=holding:65535", NULL, "point 1/power", "read", "beyond", 1 },
    { F, "type=u32", "type=u33", NULL, "point 1/power", "type", "ascii:N", 1 },
    { F, "type=u32", "type=ascii", NULL, "point 1/power", "type", "ascii:N", 1 },
    { F, "type=u32", "type=ascii:0", NULL, "point 1/power", "type", "ascii:N", 1 },
    { F, "mask=0xffff", "mask=0x1ffff", NULL, "point 1/status", "mask", "16 bits", 1 },
    { F, "mask=0xffff", "mask=0", NULL, "point 1/status", "mask", "16 bits", 1 },
    { F, "mask=0xffff", "mask=-1", NULL, "point 1/status", "mask", "16 bits", 1 },
    { F, "shift=0", "shift=16", NULL, "point 1/status", "shift", "0 to 15", 1 },
    { F, "map=0:available", "map=0:availible", NULL, "point 1/status", "map", "not a connector status", 1 },
    { F, "map=0:available", "map=0=available", NULL, "point 1/status", "map", "VALUE:WORD", 1 },
    { F, "map=0:available", "map=65536:available", NULL, "point 1/status", "map", "raw value of type u16",
      1 },
    { F, "map=0:available", "map=A:available", NULL, "point 1/status", "map", "raw value", 1 },
    { F, "map=0:available", "map=1:available", NULL, "point 1/status", "map", "given twice", 1 },
    { F, "map=0:available;1", "mapp=0:available;1", NULL, "point 1/status", "map", "is missing", 2 },
    { F, "word-order=big", "word-order=middle", NULL, "point 1/power", "word-order", "big, little", 1 },
    { F, "scale=0.1\noffset", "scale=0\noffset", NULL, "point 1/power", "scale", "must not be 0", 1 },
    { F, "scale=0.1\noffset", "scale=a\noffset", NULL, "point 1/power", "scale", "number", 1 },
    { F, "offset=0", "offset=1e400", NULL, "point 1/power", "offset", "number", 1 },
    { F, "scale-by=", "scale-by=pt", NULL, "point 1/power", "scale-by", "no point \"pt\"", 1 },
    { F, "scale-by=", "scale-by=power", NULL, "point 1/power", "scale-by", "itself scaled", 1 },
    { F, "scale-by=", "scale-by=status", NULL, "point 1/power", "scale-by", "no number", 1 },
    { F, "absent=0xffff", "absent=0x100000000", NULL, "point 1/power", "absent", "type u32", 1 },
    { F, "absent=0xffff", "absent=none", NULL, "point 1/power", "absent", "raw value", 1 },
    { F, "unit-id=", "unit-id=256", NULL, "point 1/power", "unit-id", "0 to 255", 1 },
    { F, "period-ms=1000", "period-ms=0", NULL, "point 1/power", "period-ms", "10 to 3600000", 1 },
    { F, "max-age-ms=5000", "max-age-ms=5s", NULL, "point 1/power", "max-age-ms", "whole number", 1 },
    { F, "max-age-ms=5000", "max-age=5000", NULL, "point 1/power", "max-age", "did you mean max-age-ms?", 1 },
    { F, "[point 1/power]", "[point 1/current_b]", NULL, "point 1/current_b", "unit", "only A is allowed",
      1 },
    { F, "[point 1/power]", "[point N/current]\nread=holding:9\nunit=mA\n[point 1/power]", NULL,
      "point N/current", "unit", "only A is allowed", 1 },
    { M, "type=ascii:4", "type=ascii:51", NULL, "point state", "type", "max-read=50", 1 },
    { M, "type=ascii:4", "type=ascii:4\nmask=1", NULL, "point state", "mask", "whole numbers", 1 },
    { M, "type=ascii:4", "type=ascii:4\nabsent=1", NULL, "point state", "absent", "numbers", 1 },
    { M, "type=s32\n", "type=f32\nmap=1:a\n", NULL, "point power", "map", "floating-point", 2 },
    { S, "absent=0xffff;-32768", "absent=0xffff;-32769", NULL, "point heat", "absent", "type s16", 1 },
    { I, "[command siren/off]", "[command horn/off]", NULL, "command siren/off", "write",
      "siren/on is never used", 1 },
    { I, "[command siren/on]", "[command horn/on]", NULL, "command siren/on", "write",
      "siren/off is never used", 1 },
    { I, "[command siren/on]", "[command strobe/off]\nwrite=coil:8=0\n[command siren/on]", NULL,
      "command strobe/on", "write", "strobe/off is never used", 1 },
    { I, "[command siren/on]", "[command strobe/on]\nwrite=coil:8=1\n[command siren/on]", NULL,
      "command strobe/off", "write", "strobe/on is never used", 1 },
    { S, "read=holding:5.3", "read=holding:5.3\nabsent=2", NULL, "point smoke", "absent", "type bool", 1 },
    { S, "read=holding:5.3", "read=holding:5\ntype=bool\nabsent=0x10000", NULL, "point smoke", "absent",
      "type bool", 1 },
    { S, "absent=0xffff;-32768", "absent=65535", NULL, "point heat", "absent", "type s16", 1 },
};

static const ProfilePoint *point(const Site *site, const char *profile, guint connector, const char *name)
{
    const ProfilePoint *found = profile_find_point(site_find_profile(site, profile), connector, name);

    g_assert_nonnull(found);
    return found;
}

/* A bool in a register may be absent by any value of it. */
static void test_absent_word(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    fixture_edit(fixture, S, "read=holding:5.3", "read=holding:5\ntype=bool\nmask=1\nabsent=0xffff");
    site = fixture_load_right(fixture);
    g_assert_cmpint(g_array_index(point(site, "site-smoke", 0, "smoke")->absent, gint64, 0), ==, 0xffff);
}

static void test_points(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    const ProfilePoint *status = point(site, "generic-dc", 1, "status");
    const ProfilePoint *power = point(site, "generic-dc", 1, "power");
    const ProfilePoint *meter = point(site, "site-meter", 0, "power");
    const ProfilePoint *state = point(site, "site-meter", 0, "state");
    const ProfilePoint *energy = point(site, "site-meter", 0, "energy");
    const ProfilePoint *smoke = point(site, "site-smoke", 0, "smoke");
    const ProfilePoint *heat = point(site, "site-smoke", 0, "heat");

    g_assert_true(status->has_mask);
    g_assert_cmpuint(status->mask, ==, 0xffff);
    g_assert_cmpuint(status->map->len, ==, 7);
    g_assert_cmpstr(g_array_index(status->map, ProfileMapEntry, 2).word, ==, "charging");
    g_assert_cmpint(g_array_index(status->map, ProfileMapEntry, 2).number, ==, 2);
    g_assert_cmpint(power->type, ==, PROFILE_TYPE_U32);
    g_assert_cmpuint(power->count, ==, 2);
    g_assert_cmpfloat(power->scale, ==, 0.1);
    g_assert_cmpint(g_array_index(power->absent, gint64, 0), ==, 0xffff);
    g_assert_cmpuint(power->unit_id, ==, PROFILE_DEFAULT);
    g_assert_cmpuint(power->period_ms, ==, 1000);
    g_assert_cmpuint(power->max_age_ms, ==, 5000);
    g_assert_cmpstr(meter->scale_by[1], ==, "ct");
    g_assert_cmpint(g_array_index(meter->absent, gint64, 0), ==, 0x7fffffff);
    g_assert_cmpint(g_array_index(meter->absent, gint64, 1), ==, -1);
    g_assert_cmpint(g_array_index(meter->absent, gint64, 2), ==, G_MININT32);
    g_assert_cmpuint(point(site, "site-meter", 0, "pt")->address, ==, 0x8d);
    g_assert_true(energy->word_little);
    g_assert_cmpint(g_array_index(energy->absent, gint64, 0), ==, -1);
    g_assert_cmpuint(state->count, ==, 4);
    g_assert_true(g_array_index(state->map, ProfileMapEntry, 1).is_text);
    g_assert_cmpstr(g_array_index(state->map, ProfileMapEntry, 1).text, ==, "a:b");
    g_assert_cmpint(smoke->bit, ==, 3);
    g_assert_cmpint(smoke->type, ==, PROFILE_TYPE_BOOL);
    g_assert_cmpuint(smoke->unit_id, ==, 7);
    g_assert_cmpint(g_array_index(heat->absent, gint64, 0), ==, -1);
    g_assert_cmpint(g_array_index(heat->absent, gint64, 1), ==, -32768);
    g_assert_cmpuint(heat->shift, ==, 2);
}

static const char two_guns[] = "[profile]\nkind=charger\nconnectors=3\nconnector-stride=1000\n"
                               "[point cabinet_temp]\nread=input:9\n"
                               "[point 1/ratio]\nread=holding:50\n"
                               "[point 1/power]\nread=holding:1010\nscale-by=ratio\n"
                               "[point 2/soc]\nread=holding:2020\n"
                               "[point 3/power]\nread=holding:7\n"
                               "[command N/stop]\nwrite=coil:1=1;holding:1030=5\n"
                               "[command 2/stop]\nwrite=coil:77=1\n";

static void test_stride(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;
    const Profile *profile;
    const ProfileCommand *stop;

    fixture_write(fixture, "profiles/site-guns.profile", two_guns, -1, 0644);
    fixture_edit(fixture, "devices.d/yard.conf", "generic-dc", "site-guns");
    site = fixture_load_right(fixture);
    profile = site_find_profile(site, "site-guns");
    g_assert_cmpuint(site_find_device(site, "dc-01")->connectors, ==, 3);
    g_assert_cmpuint(profile->points->len, ==, 1 + 3 + 3 + 3);
    g_assert_cmpuint(point(site, "site-guns", 2, "power")->address, ==, 2010);
    g_assert_cmpstr(point(site, "site-guns", 2, "power")->scale_by[0], ==, "ratio");
    g_assert_cmpuint(point(site, "site-guns", 3, "power")->address, ==, 7); /* its own goes first */
    g_assert_cmpuint(point(site, "site-guns", 1, "soc")->address, ==, 1020);
    g_assert_cmpuint(point(site, "site-guns", 3, "soc")->address, ==, 3020);
    stop = profile_find_command(profile, 3, "stop");
    g_assert_cmpuint(g_array_index(stop->writes, ProfileWrite, 0).address, ==, 2001);
    g_assert_cmpuint(g_array_index(stop->writes, ProfileWrite, 1).address, ==, 3030);
    stop = profile_find_command(profile, 2, "stop");
    g_assert_cmpuint(stop->writes->len, ==, 1);
    g_assert_cmpuint(g_array_index(stop->writes, ProfileWrite, 0).address, ==, 77);
}

static void expect(const char *edit, const char *replacement, const char *wanted)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;
    g_autofree char *text = NULL;

    fixture_write(fixture, "profiles/site-guns.profile", two_guns, -1, 0644);
    fixture_edit(fixture, "profiles/site-guns.profile", edit, replacement);
    g_assert_null(fixture_load(fixture, &found)); /* no device uses it, and it is checked all the same */
    text = config_fault_format(found->pdata[0]);
    g_assert_cmpstr(text, ==, wanted);
}

static void test_stride_faults(void)
{
    expect("2020", "5",
           "profiles/site-guns.profile: [profile] connector-stride: 1000 puts 1/soc where there is no "
           "register, 0 to "
           "65535 are allowed");
    expect("holding:1030", "holding:65000",
           "profiles/site-guns.profile: [profile] connector-stride: 1000 puts 3/stop where there is no "
           "register, 0 to "
           "65535 are allowed");
    expect("connector-stride=1000\n", "",
           "profiles/site-guns.profile: [command N/stop]: stands for all connectors and needs "
           "connector-stride= in "
           "[profile]");
}

/* A profile of the directory goes before the shipped one of its name. */
static void test_override(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *assets = g_build_filename(fixture->directory, "assets", NULL);
    g_autoptr(Site) site = NULL;

    g_free(fixture->assets);
    fixture->assets = g_steal_pointer(&assets);
    fixture_write(fixture, "assets/profiles/site-smoke.profile",
                  "[profile]\nkind=sensor\n[point heat]\nread=coil:1\n", -1, 0644);
    fixture_write(fixture, "assets/profiles/shipped.profile",
                  "[profile]\nkind=sensor\n[point heat]\nread=coil:1\n", -1, 0644);
    fixture_write(fixture, "assets/profiles/unused.profile", "nonsense", -1, 0644);
    fixture_edit(fixture, "devices.d/extra.conf", "profile=site-meter", "profile=shipped");
    site = fixture_load_right(fixture);
    g_assert_cmpint(point(site, "site-smoke", 0, "heat")->space, ==, PROFILE_SPACE_INPUT);
    g_assert_cmpint(point(site, "shipped", 0, "heat")->space, ==, PROFILE_SPACE_COIL);
}

/* Every profile that is shipped is right. */
static void test_shipped(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *shipped = g_build_filename(fixture->assets, "profiles", NULL);
    g_autoptr(GDir) dir = g_dir_open(shipped, 0, NULL);
    g_autoptr(Site) site = NULL;
    const char *name;
    guint n = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *from = g_build_filename(shipped, name, NULL);
        g_autofree char *to = g_build_filename("profiles", name, NULL);
        g_autofree char *text = NULL;

        if (!g_str_has_suffix(name, ".profile"))
            continue;
        g_assert_true(g_file_get_contents(from, &text, NULL, NULL));
        fixture_write(fixture, to, text, -1, 0644);
        n++;
    }
    g_assert_cmpuint(n, >=, 12);
    site = fixture_load_right(fixture);
    g_assert_nonnull(site_find_profile(site, "generic-dc"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-profile/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-profile/points", test_points);
    g_test_add_func("/config-profile/absent-word", test_absent_word);
    g_test_add_func("/config-profile/stride", test_stride);
    g_test_add_func("/config-profile/stride-faults", test_stride_faults);
    g_test_add_func("/config-profile/override", test_override);
    g_test_add_func("/config-profile/shipped", test_shipped);
    return g_test_run();
}
