/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of profiles: the structs of right ones, and each fault at its place. */
#include "tests/unit/config/fixture.h"

#define F "profiles/generic-dc.profile"
#define I "profiles/site-io.profile"

static const FixtureFault faults[] = {
    { F, "[command 1/stop]", "[command 1/stpo]", NULL, "command 1/stpo", "", "not a command", 1 },
    { F, "[command 1/stop]", "[command stop]", NULL, "command stop", "", "allowed are reset", 1 },
    { F, "[command 1/stop]", "[command 2/stop]", NULL, "command 2/stop", "", "no connector 2", 1 },
    { F, "[command 1/stop]", "[command N/disable]", NULL, "command 1/disable", "", "already", 1 },
    { F, "[command 1/stop]", "[comand 1/stop]", NULL, "comand 1/stop", "", "did you mean [command]?", 1 },
    { I, "[command siren/on]", "[command siren/start]", NULL, "command siren/start", "",
      "on, off, trip, close", 2 },
    { I, "[command siren/on]", "[command 1/start]", NULL, "command 1/start", "", "kind=io has none", 2 },
    { F, "write=coil:0=1 ", "", NULL, "command 1/stop", "write", "required", 1 },
    { F, "write=coil:0=1 ", "write=coil:0 ", NULL, "command 1/stop", "write", "needs =VALUE", 1 },
    { F, "write=coil:0=1 ", "write=coil:0=2 ", NULL, "command 1/stop", "write", "0 and 1", 1 },
    { F, "write=coil:0=1 ", "write=input:0=1 ", NULL, "command 1/stop", "write", "cannot be written", 1 },
    { F, "write=coil:0=1 ", "write=discrete:0=1 ", NULL, "command 1/stop", "write", "cannot be written", 1 },
    { F, "write=coil:0=1 ", "write=holding:0.3=1 ", NULL, "command 1/stop", "write", "cannot be written", 1 },
    { F, "write=coil:0=1 ", "write=coil:65536=1 ", NULL, "command 1/stop", "write", "65535", 1 },
    { F, "write=coil:0=1 ", "write=coil:0=x ", NULL, "command 1/stop", "write", "number", 1 },
    { F, "function=5", "function=16", NULL, "command 1/stop", "function", "5 or 15", 1 },
    { F, "function=5", "function=3", NULL, "command 1/stop", "function", "5, 6, 15 and 16", 1 },
    { F, "function=5", "function=x", NULL, "command 1/stop", "function", "whole number", 1 },
    { F, "function=5", "type=u16", NULL, "command 1/stop", "type", "a coil is a bool", 1 },
    { F, "function=5", "writes=coil:1=1", NULL, "command 1/stop", "writes", "did you mean write?", 1 },
    { F, "write=coil:0=1 ", "write=holding:0=1 ", NULL, "command 1/stop", "function", "6 or 16", 1 },
    { F, "write=holding:101", "write=coil:101", NULL, "command 1/limit", "write", "holding register", 2 },
    { F, "unit=kW\nrefresh", "unit=W\nrefresh", NULL, "command 1/limit", "unit", "kW and A", 1 },
    { F, "type=u16\nscale=0.1\nunit", "type=ascii:2\nscale=0.1\nunit", NULL, "command 1/limit", "type",
      "one of", 1 },
    { F, "type=u16\nscale=0.1\nunit", "type=u16\nscale=0\nunit", NULL, "command 1/limit", "scale", "not be 0",
      1 },
    { F, "refresh-ms=25000", "refresh-ms=5", NULL, "command 1/limit", "refresh-ms", "100 to 3600000", 1 },
    { F, "refresh-ms=25000", "function=6\ntype=u32", NULL, "command 1/limit", "type", "given twice", 1 },
    { F, "holding:6000=1", "holding:6000=65536", NULL, "keepalive", "write", "fit into u16", 1 },
    { F, "holding:6000=1", "holding:6000=-1", NULL, "keepalive", "write", "fit into u16", 1 },
    { F, "holding:6000=1", "holding:6000=1.5", NULL, "keepalive", "write", "fit into u16", 1 },
    { F, "holding:6000=1", "holding:6000", NULL, "keepalive", "write", "needs =VALUE", 1 },
    { F, "period-ms=10000", "period-ms=10", NULL, "keepalive", "period-ms", "100 to 3600000", 1 },
    { F, "period-ms=10000", "refresh-ms=10000", NULL, "keepalive", "refresh-ms", "unknown key", 1 },
    { F, "[keepalive]", "[keepalive 1]", NULL, "keepalive 1", "", "no name", 1 },
    { F, "[setup]", "[keepalive]", NULL, "keepalive", "", "given twice", 1 },
    { F, "write=holding:2000=3000", "", NULL, "setup", "write", "required", 1 },
    { F, "write=holding:2000=3000", "write=holding:65535=1\ntype=u32", NULL, "setup", "write", "beyond", 1 },
    { F, "write=holding:2000=3000", "write=holding:1=1\ntype=f32\nfunction=6", NULL, "setup", "function",
      "16 is", 1 },
    { I, "pulse-ms=500", "pulse-ms=5", NULL, "command breaker-1/trip", "pulse-ms", "10 to 60000", 1 },
    { I, "pulse-ms=500", "pulse-ms=500\nrefresh-ms=1000", NULL, "command breaker-1/trip", "pulse-ms",
      "refreshed", 1 },
    { I, "write=coil:1=1\npulse", "write=holding:1=1\npulse", NULL, "command breaker-1/trip", "pulse-ms",
      "coils", 1 },
    { I, "type=s16", "type=u16", NULL, "command siren/on", "write", "fit into u16", 1 },
};

static const ProfileWrite *write_of(const ProfileCommand *command, guint index)
{
    g_assert_nonnull(command);
    g_assert_cmpuint(command->writes->len, >, index);
    return &g_array_index(command->writes, ProfileWrite, index);
}

static void test_commands(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    const Profile *dc = site_find_profile(site, "generic-dc");
    const Profile *io = site_find_profile(site, "site-io");
    const ProfileCommand *stop = profile_find_command(dc, 1, "stop");
    const ProfileCommand *limit = profile_find_command(dc, 1, "limit");
    const ProfileCommand *trip = profile_find_command(io, 0, "breaker-1/trip");
    const ProfileCommand *siren = profile_find_command(io, 0, "siren/on");
    const ProfileCommand *keepalive = io->keepalive->pdata[0];
    const ProfileCommand *setup = io->setup->pdata[0];

    g_assert_cmpint(write_of(stop, 0)->space, ==, PROFILE_SPACE_COIL);
    g_assert_cmpfloat(write_of(stop, 0)->constant, ==, 1);
    g_assert_cmpint(stop->type, ==, PROFILE_TYPE_BOOL);
    g_assert_cmpuint(stop->function, ==, 5);
    g_assert_false(write_of(limit, 0)->has_constant);
    g_assert_cmpuint(write_of(limit, 0)->address, ==, 101);
    g_assert_cmpfloat(limit->scale, ==, 0.1);
    g_assert_cmpstr(limit->unit, ==, "kW");
    g_assert_cmpuint(limit->refresh_ms, ==, 25000);
    g_assert_cmpuint(trip->pulse_ms, ==, 500);
    g_assert_cmpfloat(write_of(siren, 0)->constant, ==, -1);
    g_assert_cmpuint(keepalive->period_ms, ==, 5000);
    g_assert_cmpfloat(write_of(keepalive, 0)->constant, ==, 0x55aa);
    g_assert_cmpint(write_of(keepalive, 1)->space, ==, PROFILE_SPACE_COIL);
    g_assert_cmpstr(setup->name, ==, "setup");
    g_assert_cmpint(setup->type, ==, PROFILE_TYPE_F32);
    g_assert_cmpfloat(write_of(setup, 0)->constant, ==, 1.5);
    g_assert_cmpuint(setup->unit_id, ==, PROFILE_DEFAULT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-command/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-command/commands", test_commands);
    return g_test_run();
}
