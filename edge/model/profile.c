/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/profile.h"

static void clear_map_entry(ProfileMapEntry *entry)
{
    g_free(entry->text);
    g_free(entry->word);
}

ProfilePoint *profile_point_new(void)
{
    ProfilePoint *point = g_new0(ProfilePoint, 1);

    point->name = g_strdup("");
    point->bit = -1;
    point->type = PROFILE_TYPE_U16;
    point->count = 1;
    point->map = g_array_new(FALSE, TRUE, sizeof(ProfileMapEntry));
    g_array_set_clear_func(point->map, (GDestroyNotify)clear_map_entry);
    point->absent = g_array_new(FALSE, TRUE, sizeof(gint64));
    point->scale = 1;
    point->scale_by = g_new0(char *, 1);
    point->unit = g_strdup("");
    point->unit_id = point->period_ms = point->max_age_ms = PROFILE_DEFAULT;
    return point;
}

void profile_point_free(ProfilePoint *point)
{
    g_free(point->name);
    g_array_unref(point->map);
    g_array_unref(point->absent);
    g_strfreev(point->scale_by);
    g_free(point->unit);
    g_free(point);
}

ProfileCommand *profile_command_new(void)
{
    ProfileCommand *command = g_new0(ProfileCommand, 1);

    command->name = g_strdup("");
    command->writes = g_array_new(FALSE, TRUE, sizeof(ProfileWrite));
    command->type = PROFILE_TYPE_U16;
    command->scale = 1;
    command->unit = g_strdup("");
    command->unit_id = PROFILE_DEFAULT;
    return command;
}

void profile_command_free(ProfileCommand *command)
{
    g_free(command->name);
    g_array_unref(command->writes);
    g_free(command->unit);
    g_free(command);
}

Profile *profile_new(const char *name)
{
    Profile *profile = g_new0(Profile, 1);

    profile->name = g_strdup(name);
    profile->vendor = g_strdup("");
    profile->model = g_strdup("");
    profile->source = g_strdup("");
    profile->status = g_strdup("stable");
    profile->max_read = 100;
    profile->max_gap = 8;
    profile->points = g_ptr_array_new_with_free_func((GDestroyNotify)profile_point_free);
    profile->commands = g_ptr_array_new_with_free_func((GDestroyNotify)profile_command_free);
    profile->keepalive = g_ptr_array_new_with_free_func((GDestroyNotify)profile_command_free);
    profile->setup = g_ptr_array_new_with_free_func((GDestroyNotify)profile_command_free);
    return profile;
}

void profile_free(Profile *profile)
{
    g_free(profile->name);
    g_free(profile->vendor);
    g_free(profile->model);
    g_free(profile->source);
    g_free(profile->status);
    g_ptr_array_unref(profile->points);
    g_ptr_array_unref(profile->commands);
    g_ptr_array_unref(profile->keepalive);
    g_ptr_array_unref(profile->setup);
    g_free(profile);
}

const ProfilePoint *profile_find_point(const Profile *profile, guint connector, const char *name)
{
    for (guint i = 0; i < profile->points->len; i++) {
        const ProfilePoint *point = profile->points->pdata[i];

        if (point->connector == connector && g_str_equal(point->name, name))
            return point;
    }
    return NULL;
}

const ProfileCommand *profile_find_command(const Profile *profile, guint connector, const char *name)
{
    for (guint i = 0; i < profile->commands->len; i++) {
        const ProfileCommand *command = profile->commands->pdata[i];

        if (command->connector == connector && g_str_equal(command->name, name))
            return command;
    }
    return NULL;
}

guint profile_type_registers(ProfileType type)
{
    static const guint counts[] = { 1, 1, 1, 2, 2, 4, 4, 2, 4, 0 };

    return counts[type];
}

const char *profile_kind_name(ProfileKind kind)
{
    static const char *const names[] = { "charger", "meter", "sensor", "io" };

    return names[kind];
}
