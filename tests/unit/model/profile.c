/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/profile.h"

static void has_the_defaults(void)
{
    g_autoptr(Profile) profile = profile_new("generic-dc");
    g_autoptr(ProfilePoint) point = profile_point_new();
    g_autoptr(ProfileCommand) command = profile_command_new();

    g_assert_cmpstr(profile->name, ==, "generic-dc");
    g_assert_cmpuint(profile->max_read, ==, 100);
    g_assert_cmpuint(profile->max_gap, ==, 8);
    g_assert_cmpint(point->type, ==, PROFILE_TYPE_U16);
    g_assert_cmpint(point->bit, ==, -1);
    g_assert_cmpfloat(point->scale, ==, 1);
    g_assert_cmpuint(point->max_age_ms, ==, PROFILE_DEFAULT);
    g_assert_cmpuint(command->unit_id, ==, PROFILE_DEFAULT);
    g_assert_cmpuint(command->writes->len, ==, 0);
}

static void finds_by_connector_and_name(void)
{
    g_autoptr(Profile) profile = profile_new("p");
    ProfilePoint *point = profile_point_new();
    ProfileCommand *command = profile_command_new();

    g_free(point->name);
    point->name = g_strdup("power");
    point->connector = 2;
    g_ptr_array_add(profile->points, point);
    g_free(command->name);
    command->name = g_strdup("siren/on");
    g_ptr_array_add(profile->commands, command);
    g_assert_true(profile_find_point(profile, 2, "power") == point);
    g_assert_null(profile_find_point(profile, 1, "power"));
    g_assert_null(profile_find_point(profile, 2, "energy"));
    g_assert_true(profile_find_command(profile, 0, "siren/on") == command);
    g_assert_null(profile_find_command(profile, 0, "siren/off"));
}

static void names_kinds(void)
{
    g_assert_cmpstr(profile_kind_name(PROFILE_KIND_CHARGER), ==, "charger");
    g_assert_cmpstr(profile_kind_name(PROFILE_KIND_IO), ==, "io");
}

static void counts_registers(void)
{
    static const guint registers[] = {
        [PROFILE_TYPE_BOOL] = 1, [PROFILE_TYPE_U16] = 1,   [PROFILE_TYPE_S16] = 1, [PROFILE_TYPE_U32] = 2,
        [PROFILE_TYPE_S32] = 2,  [PROFILE_TYPE_U64] = 4,   [PROFILE_TYPE_S64] = 4, [PROFILE_TYPE_F32] = 2,
        [PROFILE_TYPE_F64] = 4,  [PROFILE_TYPE_ASCII] = 0,
    };

    for (guint type = 0; type < G_N_ELEMENTS(registers); type++)
        g_assert_cmpuint(profile_type_registers((ProfileType)type), ==, registers[type]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/profile/defaults", has_the_defaults);
    g_test_add_func("/profile/find", finds_by_connector_and_name);
    g_test_add_func("/profile/kind", names_kinds);
    g_test_add_func("/profile/registers", counts_registers);
    return g_test_run();
}
