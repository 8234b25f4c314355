/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include "edge/base/name.h"

#include <string.h>

#define MOST_CONNECTORS 32
#define MOST_POINTS 4000 /* of a profile, all connectors together */

/* --- [profile] */

static KeyfileGroup *find_group(Keyfile *file, const char *kind)
{
    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (g_str_equal(group->kind, kind))
            return group;
    }
    return NULL;
}

/* Where the connectors are in doubt, any number is let pass below: one fault is told once. */
static void read_connectors(KeyfileGroup *group, Profile *profile, gboolean is_known)
{
    gboolean is_charger = profile->kind == PROFILE_KIND_CHARGER;
    guint connectors = is_charger ? 1 : 0;
    gboolean is_right = keyfile_read_uint(group, "connectors", 0, MOST_CONNECTORS, &connectors) ||
                        !keyfile_read_value(group, "connectors");

    if (is_known && is_right && (connectors > 0) != is_charger) {
        keyfile_read_fault(group, "connectors", "a charger has 1 to %d, everything else 0", MOST_CONNECTORS);
        is_right = FALSE;
    }
    profile->connectors = is_known && is_right ? connectors : MOST_CONNECTORS;
}

/* False where it is not known what the profile describes. */
static gboolean read_head(KeyfileGroup *group, Profile *profile, guint *ret_stride)
{
    static const char *const kinds[] = { "charger", "meter", "sensor", "io", NULL };
    static const char *const statuses[] = { "stable", "beta", "alpha", NULL };
    gboolean is_known = keyfile_read_required(group, "kind");
    guint place;

    config_refuse_name(group);
    is_known = is_known && keyfile_read_word(group, "kind", kinds, &place);
    if (is_known)
        profile->kind = (ProfileKind)place;
    keyfile_read_text(group, "vendor", 200, &profile->vendor);
    keyfile_read_text(group, "model", 200, &profile->model);
    keyfile_read_text(group, "source", 1000, &profile->source);
    if (keyfile_read_word(group, "status", statuses, &place)) {
        g_free(profile->status);
        profile->status = g_strdup(statuses[place]);
    }
    read_connectors(group, profile, is_known);
    keyfile_read_uint(group, "connector-stride", 1, 65535, ret_stride);
    keyfile_read_uint(group, "max-read", 1, 125, &profile->max_read);
    keyfile_read_uint(group, "max-gap", 0, 124, &profile->max_gap);
    keyfile_read_end(group);
    return is_known;
}

gboolean config_profile_target(KeyfileGroup *group, const Profile *profile, ConfigTarget *ret)
{
    const char *slash = strchr(group->name, '/');
    g_autofree char *first = slash ? g_strndup(group->name, (gsize)(slash - group->name)) : g_strdup("");
    guint64 number = 1;

    *ret = (ConfigTarget){ .name = group->name };
    ret->every = g_str_equal(first, "N");
    if (!ret->every && (!first[0] || first[strspn(first, "0123456789")]))
        return TRUE;
    ret->name = slash + 1;
    if (profile->connectors == 0) {
        keyfile_read_fault(group, "", "names a connector, but a profile of kind=%s has none",
                           profile_kind_name(profile->kind));
        return FALSE;
    }
    if (!ret->every &&
        (first[0] == '0' || !g_ascii_string_to_unsigned(first, 10, 1, profile->connectors, &number, NULL))) {
        keyfile_read_fault(group, "",
                           "there is no connector %.10s; connectors=%u allows 1 to %u, or N for all", first,
                           profile->connectors, profile->connectors);
        return FALSE;
    }
    ret->connector = (guint)number;
    return TRUE;
}

/* --- [point …] */

static void read_type(KeyfileGroup *group, ProfilePoint *point)
{
    gboolean is_bit = point->bit >= 0 || point->space >= PROFILE_SPACE_COIL;
    const char *value = keyfile_read_value(group, "type");

    if (is_bit)
        point->type = PROFILE_TYPE_BOOL;
    if (!value)
        return;
    if (!config_register_parse_type(value, &point->type, &point->count))
        keyfile_read_fault(
            group, "type",
            "\"%.60s\" is not one of bool u16 s16 u32 s32 u64 s64 f32 f64 ascii:N (N: 1 to 125)", value);
    else if (is_bit && point->type != PROFILE_TYPE_BOOL)
        keyfile_read_fault(group, "type", "a coil, a discrete input or a single bit is a bool");
}

static void read_mask(KeyfileGroup *group, ProfilePoint *point)
{
    guint bits = 16 * profile_type_registers(point->type);
    const char *value = keyfile_read_value(group, "mask");
    gint64 mask;

    point->has_mask = value != NULL;
    if (point->has_mask || keyfile_read_value(group, "shift")) {
        if (!config_register_is_integer(point->type) && point->type != PROFILE_TYPE_BOOL) {
            keyfile_read_fault(group, value ? "mask" : "shift", "is for whole numbers only");
            return;
        }
    }
    if (value) {
        if (keyfile_read_parse_integer(value, &mask) && value[0] != '-' && mask != 0 &&
            (bits >= 64 || ((guint64)mask >> bits) == 0))
            point->mask = (guint64)mask;
        else
            keyfile_read_fault(group, "mask", "\"%.60s\" is not a mask of %u bits, such as 0x00ff", value,
                               bits);
    }
    if (bits > 0)
        keyfile_read_uint(group, "shift", 0, bits - 1, &point->shift);
}

static void read_where(KeyfileGroup *group, ProfilePoint *point)
{
    const char *value;
    ConfigRegister where;

    if (!keyfile_read_required(group, "read"))
        return;
    value = keyfile_read_value(group, "read");
    if (!config_register_parse(value, &where)) {
        keyfile_read_fault(
            group, "read",
            "\"%.60s\" is not holding:, input:, coil: or discrete: with an address of 0 to 65535 "
            "(holding:5.3 is bit 3)",
            value);
        return;
    }
    point->space = where.space;
    point->address = (guint16)where.address;
    point->bit = where.bit;
}

/* What read= and type= mean together. */
static void check_extent(KeyfileGroup *group, const Profile *profile, const ProfilePoint *point)
{
    if (point->address + point->count > 65536)
        keyfile_read_fault(group, "read", "reaches beyond address 65535");
    if (point->space <= PROFILE_SPACE_INPUT && point->count > profile->max_read)
        keyfile_read_fault(group, "type", "takes %u registers, but max-read=%u", point->count,
                           profile->max_read);
}

static void check_status(KeyfileGroup *group, const ProfilePoint *point)
{
    static const char *const words[] = { "available", "preparing", "charging",    "suspended", "finishing",
                                         "reserved",  "faulted",   "unavailable", NULL };

    if (point->connector == 0 || !g_str_equal(point->name, "status"))
        return;
    if (!keyfile_read_value(group, "map"))
        keyfile_read_fault(group, "map", "is missing; a connector's status needs the words for its numbers");
    for (guint i = 0; i < point->map->len; i++) {
        const char *word = g_array_index(point->map, ProfileMapEntry, i).word;

        if (!g_strv_contains(words, word)) {
            g_autofree char *joined = keyfile_read_join(words);

            keyfile_read_fault(group, "map", "\"%s\" is not a connector status; allowed are %s", word,
                               joined);
        }
    }
}

static void read_scale(KeyfileGroup *group, ProfilePoint *point)
{
    if (keyfile_read_double(group, "scale", -1e12, 1e12, &point->scale) && point->scale == 0) {
        keyfile_read_fault(group, "scale", "must not be 0");
        point->scale = 1;
    }
    keyfile_read_double(group, "offset", -1e12, 1e12, &point->offset);
    keyfile_read_list(group, "scale-by", 8, &point->scale_by);
}

gboolean config_profile_is_current(const char *name)
{
    static const char *const currents[] = { "current", "current_a", "current_b", "current_c", NULL };

    return g_strv_contains(currents, name);
}

/* A stop is proven by amperes: 500 mA read as 500 A, or 2 kA as 2 A, would prove the wrong thing. */
static void read_unit(KeyfileGroup *group, ProfilePoint *point)
{
    keyfile_read_text(group, "unit", 16, &point->unit);
    if (point->connector > 0 && config_profile_is_current(point->name) && point->unit[0] &&
        !g_str_equal(point->unit, "A"))
        keyfile_read_fault(
            group, "unit",
            "\"%s\" is not the unit of a connector's current, only A is allowed; use scale=", point->unit);
}

static void add_point(KeyfileGroup *group, Profile *profile, const ConfigTarget *target, guint stride)
{
    static const char *const orders[] = { "big", "little", NULL };
    ProfilePoint *point = profile_point_new();
    guint place;

    g_free(point->name);
    point->name = g_strdup(target->name);
    point->connector = target->connector;
    g_ptr_array_add(profile->points, point);
    read_where(group, point);
    read_type(group, point);
    check_extent(group, profile, point);
    if (keyfile_read_word(group, "word-order", orders, &place))
        point->word_little = place == 1;
    read_mask(group, point);
    config_register_read_map(group, point);
    check_status(group, point);
    config_register_read_absent(group, point);
    read_scale(group, point);
    read_unit(group, point);
    keyfile_read_uint(group, "unit-id", 0, 255, &point->unit_id);
    keyfile_read_uint(group, "period-ms", 10, 3600000, &point->period_ms);
    keyfile_read_uint(group, "max-age-ms", 100, 86400000, &point->max_age_ms);
    if (target->every && profile->connectors > 1 && stride == 0)
        keyfile_read_fault(group, "", "stands for all connectors and needs connector-stride= in [profile]");
}

static void read_point(KeyfileGroup *group, Profile *profile, guint stride)
{
    ConfigTarget target;

    if (profile->points->len >= MOST_POINTS || !config_profile_target(group, profile, &target))
        return;
    if (!keyfile_read_is_name(target.name)) {
        keyfile_read_fault(group, "", "\"%.60s\" is not a point's name: 1 to 64 letters, digits, . _ -",
                           target.name);
        return;
    }
    if (profile_find_point(profile, target.connector, target.name)) {
        keyfile_read_fault(group, "", "connector %u has the point %s already", target.connector, target.name);
        return;
    }
    add_point(group, profile, &target, stride);
    keyfile_read_end(group);
}

static ProfilePoint *copy_point(const ProfilePoint *point)
{
    ProfilePoint *copy = g_memdup2(point, sizeof *point);

    copy->name = g_strdup(point->name);
    copy->map = g_array_ref(point->map);
    copy->absent = g_array_ref(point->absent);
    copy->scale_by = g_strdupv(point->scale_by);
    copy->unit = g_strdup(point->unit);
    return copy;
}

static void expand_point(Keyfile *file, Profile *profile, guint index, guint stride)
{
    for (guint k = 1; k <= profile->connectors; k++) {
        const ProfilePoint *point = profile->points->pdata[index];
        int address = config_command_shift(point->address, point->count, point->connector, k, stride);
        ProfilePoint *copy;

        if (profile_find_point(profile, k, point->name))
            continue;
        if (address < 0 || profile->points->len >= MOST_POINTS) {
            keyfile_fault(file->faults, file->path, "profile", "connector-stride",
                          "%u puts %u/%s where there is no register, 0 to 65535 are allowed", stride, k,
                          point->name);
            return;
        }
        copy = copy_point(point);
        copy->connector = k;
        copy->address = (guint16)address;
        g_ptr_array_add(profile->points, copy);
    }
}

static void expand_points(Keyfile *file, Profile *profile, guint stride)
{
    guint n = profile->points->len;

    for (guint i = 0; i < n; i++) {
        if (((ProfilePoint *)profile->points->pdata[i])->connector > 0)
            expand_point(file, profile, i, stride);
    }
}

/* A factor (PT, CT) must be there, and must itself be plain: nothing is multiplied in circles. */
static void check_factors(Keyfile *file, const Profile *profile, const ProfilePoint *point)
{
    g_autofree char *head = point->connector ? g_strdup_printf("point %u/%s", point->connector, point->name)
                                             : g_strdup_printf("point %s", point->name);

    for (guint i = 0; point->scale_by[i]; i++) {
        const char *name = point->scale_by[i];
        const ProfilePoint *factor = profile_find_point(profile, point->connector, name);

        if (!factor)
            factor = profile_find_point(profile, 0, name);
        if (!factor)
            keyfile_fault(file->faults, file->path, head, "scale-by", "the device has no point \"%.60s\"",
                          name);
        else if (factor->scale_by[0] || factor == point)
            keyfile_fault(file->faults, file->path, head, "scale-by", "\"%s\" is itself scaled by a point",
                          name);
        else if (factor->type == PROFILE_TYPE_ASCII || factor->map->len > 0)
            keyfile_fault(file->faults, file->path, head, "scale-by", "\"%s\" is no number", name);
    }
}

static void read_groups(Keyfile *file, Profile *profile, guint stride)
{
    static const char *const kinds[] = { "profile", "point", "command", "keepalive", "setup", NULL };

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (g_str_equal(group->kind, "point"))
            read_point(group, profile, stride);
        else if (g_str_equal(group->kind, "command") || g_str_equal(group->kind, "keepalive") ||
                 g_str_equal(group->kind, "setup"))
            config_command_read(group, profile, stride);
        else if (!g_str_equal(group->kind, "profile"))
            config_refuse_group(group, kinds);
        else if (group->name[0])
            config_refuse_name(group);
    }
}

/* A siren that cannot be silenced, or not be sounded, is never sounded at all: that must not pass for one. */
static void check_pair(Keyfile *file, const Profile *profile, const char *output)
{
    static const char *const verbs[] = { "on", "off" };
    gboolean has[2];

    for (guint i = 0; i < 2; i++) {
        g_autofree char *name = g_strdup_printf("%s/%s", output, verbs[i]);

        has[i] = profile_find_command(profile, 0, name) != NULL;
    }
    if (has[0] == has[1])
        return;
    g_autofree char *head = g_strdup_printf("command %s/%s", output, verbs[has[0]]);

    keyfile_fault(file->faults, file->path, head, "write", "is missing; without it %s/%s is never used",
                  output, verbs[has[1]]);
}

Profile *config_profile_read(Keyfile *file, const char *name, gboolean *ret_is_known)
{
    Profile *profile = profile_new(name);
    KeyfileGroup *head = find_group(file, "profile");
    guint stride = 0;
    guint written;

    /* until its kind is known it may have connectors and outputs, so that no group below seems wrong for that
     */
    profile->kind = PROFILE_KIND_IO;
    profile->connectors = MOST_CONNECTORS;
    *ret_is_known = head && read_head(head, profile, &stride);
    if (!head)
        keyfile_fault(file->faults, file->path, "profile", "", "the group is missing; its kind is required");
    read_groups(file, profile, stride);
    written = profile->points->len;
    for (guint i = 0; i < written; i++)
        check_factors(file, profile, profile->points->pdata[i]);
    if (*ret_is_known && profile->kind == PROFILE_KIND_IO) {
        check_pair(file, profile, "siren");
        check_pair(file, profile, "strobe");
    }
    if (stride > 0) {
        expand_points(file, profile, stride);
        config_command_expand(file, profile, stride);
    }
    return profile;
}

/* --- which profiles */

static const char *nearest_profile(ConfigLoad *load, const char *name)
{
    g_autoptr(GPtrArray) own = config_list(load, load->directory, "profiles", ".profile");
    g_autoptr(GPtrArray) shipped = config_list(load, load->assets, "profiles", ".profile");
    g_autoptr(GPtrArray) stems = g_ptr_array_new_with_free_func(g_free);
    const char *nearest;

    for (guint i = 0; i < own->len + shipped->len; i++) {
        const char *file = i < own->len ? own->pdata[i] : shipped->pdata[i - own->len];
        const char *base = strrchr(file, '/') + 1;

        g_ptr_array_add(stems, g_strndup(base, strlen(base) - strlen(".profile")));
    }
    g_ptr_array_add(stems, NULL);
    nearest = name_nearest((const char *const *)stems->pdata, name);
    return nearest ? g_intern_string(nearest) : NULL;
}

/* The root that has the profile NAME: the directory, or else the assets; NULL where none has. */
static const char *find_root(const ConfigLoad *load, const char *file)
{
    const char *roots[] = { load->directory, load->assets };

    for (guint i = 0; i < G_N_ELEMENTS(roots); i++) {
        g_autofree char *path = g_build_filename(roots[i], file, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return roots[i];
    }
    return NULL;
}

/* NULL where it is not there, or is no profile of a known kind. */
static Profile *load_profile(ConfigLoad *load, const char *root, const char *file, const char *name)
{
    Keyfile *keyfile = root ? config_open(load, root, file) : NULL;
    Profile *profile;
    gboolean is_known;

    if (!keyfile)
        return NULL;
    profile = config_profile_read(keyfile, name, &is_known);
    g_ptr_array_add(load->site->profiles, profile);
    return is_known ? profile : NULL;
}

static void tell_missing(ConfigLoad *load, KeyfileGroup *group, const char *name)
{
    const char *nearest = nearest_profile(load, name);

    keyfile_read_fault(group, "profile",
                       "there is no profile %s in profiles/ nor among the shipped ones%s%s%s", name,
                       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static void bind_device(ConfigLoad *load, SiteDevice *device)
{
    KeyfileGroup *group = g_hash_table_lookup(load->groups, device);
    const char *name = keyfile_read_value(group, "profile");
    g_autofree char *file = g_strdup_printf("profiles/%s.profile", name ? name : "");
    const char *root;
    Profile *profile;

    if (device->listener[0] || !name)
        return;
    if (!keyfile_read_is_name(name)) {
        keyfile_read_fault(group, "profile", "\"%.60s\" is not a profile's name", name);
        return;
    }
    root = find_root(load, file);
    if (!root)
        tell_missing(load, group, name);
    else if (config_omits(load, file)) /* and no shipped one of its name may stand for it */
        keyfile_read_fault(group, "profile", "the profile %s is left out", name);
    if (!g_hash_table_lookup_extended(load->profiles, name, NULL, (gpointer *)&profile)) {
        profile = load_profile(load, root, file, name);
        g_hash_table_insert(load->profiles, g_strdup(name), profile);
    }
    device->profile = profile;
    device->connectors = profile ? profile->connectors : 0;
}

/* Also those of the directory that nobody uses yet: they will be used one day. */
static void check_unused(ConfigLoad *load)
{
    g_autoptr(GPtrArray) files = config_list(load, load->directory, "profiles", ".profile");

    for (guint i = 0; i < files->len; i++) {
        const char *file = files->pdata[i];
        g_autofree char *stem = g_path_get_basename(file);
        Keyfile *keyfile;

        stem[strlen(stem) - strlen(".profile")] = '\0';
        if (!keyfile_read_is_name(stem)) {
            keyfile_fault(load->faults, file, "", "", "the file's name is not a profile's name");
            continue;
        }
        if (g_hash_table_contains(load->profiles, stem))
            continue;
        keyfile = config_open(load, load->directory, file);
        if (keyfile) {
            gboolean is_known;

            profile_free(config_profile_read(keyfile, stem, &is_known));
        }
    }
}

void config_profile_bind(ConfigLoad *load)
{
    for (guint i = 0; i < load->site->devices->len; i++)
        bind_device(load, load->site->devices->pdata[i]);
    check_unused(load);
}
