/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_MAX (1024 * 1024)
#define BUSES_MAX 400

static void bus_free(SimConfigBus *bus)
{
    g_free(bus->name);
    g_free(bus->tty);
    g_free(bus->query);
    g_free(bus->served);
    g_free(bus);
}

static gboolean is_comment(const char *line, gsize at)
{
    gboolean mark = line[at] == ';' || line[at] == '#';
    return mark && (at == 0 || g_ascii_isspace(line[at - 1]));
}

/* The additions of CONTRACT section 3 to GLib's key files, as far as a reader needs them. */
static char *strip_comments(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (guint i = 0; lines[i]; i++) {
        for (gsize at = 0; lines[i][at]; at++)
            if (is_comment(lines[i], at)) {
                lines[i][at] = '\0';
                break;
            }
        g_strchomp(lines[i]);
    }
    return g_strjoinv("\n", lines);
}

static char *read_file(const char *path, GError **error)
{
    char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, error))
        return NULL;
    if (length <= FILE_MAX && g_utf8_validate(text, (gssize)length, NULL))
        return text;
    g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: not a text of at most 1 MiB", path);
    g_free(text);
    return NULL;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in DIRECTORY that end in SUFFIX, sorted; empty where there is no such directory. */
static GPtrArray *list(const char *directory, const char *suffix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(directory, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, suffix) && name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_clear_pointer(&dir, g_dir_close);
    g_ptr_array_sort(names, by_name);
    return names;
}

static gboolean fault(GError **error, const char *file, const char *group, const char *what)
{
    g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: [%s] %s", file, group, what);
    return FALSE;
}

static gboolean read_bus(GKeyFile *keys, const char *file, const char *group, SimSite *site, GPtrArray *buses,
                         GError **error)
{
    g_autofree char *address = g_key_file_get_string(keys, group, "address", NULL);
    SimConfigBus *bus = g_new0(SimConfigBus, 1);
    const char *port, *mark;
    guint64 number = 0;

    bus->name = g_strdup(group + strlen("bus "));
    bus->query = g_strdup("");
    g_ptr_array_add(buses, bus);
    sim_site_add_bus(site, bus->name);
    if (!address || buses->len > BUSES_MAX)
        return fault(error, file, group, address ? "too many buses" : "address: missing");
    if (g_str_has_prefix(address, "rtu://")) {
        mark = strchr(address, '?');
        bus->serial = TRUE;
        bus->tty = mark ? g_strndup(address + 6, (gsize)(mark - address) - 6) : g_strdup(address + 6);
        g_free(bus->query);
        bus->query = g_strdup(mark ? mark : "");
        return TRUE;
    }
    port = strrchr(address, ':');
    if (!g_str_has_prefix(address, "tcp://") ||
        !g_ascii_string_to_unsigned(port + 1, 10, 0, 65535, &number, NULL))
        return fault(error, file, group, "address: tcp://HOST:PORT or rtu:///PATH is allowed");
    bus->port = (guint16)number;
    return TRUE;
}

static gboolean read_device(GKeyFile *keys, const char *file, const char *group, SimSite *site,
                            GPtrArray *left_out, GError **error)
{
    g_autofree char *profile = g_key_file_get_string(keys, group, "profile", NULL);
    g_autofree char *bus = g_key_file_get_string(keys, group, "bus", NULL);
    g_autofree char *zone = g_key_file_get_string(keys, group, "zone", NULL);
    g_autofree char *feeder = g_key_file_get_string(keys, group, "feeder", NULL);
    g_autofree char *meter = g_key_file_get_string(keys, group, "feeder-meter", NULL);
    int unit = g_key_file_get_integer(keys, group, "unit-id", NULL);
    SimDeviceSetup setup = { .name = group + strlen("device "),
                             .profile = profile,
                             .bus = bus,
                             .zone = zone,
                             .feeder = feeder,
                             .feeder_meter = meter,
                             .unit = (guint)unit,
                             .rated_kw = g_key_file_get_double(keys, group, "rated-kw", NULL) };

    if (!bus || !profile || !sim_site_knows_profile(profile)) {
        g_ptr_array_add(left_out, g_strdup_printf("%s: [%s] is not simulated", file, group));
        return TRUE;
    }
    if (unit < 0 || unit > 255)
        return fault(error, file, group, "unit-id: 0 to 255 is allowed");
    if (strchr(setup.name, '/') || !setup.name[0])
        return fault(error, file, group, "not a name");
    return sim_site_add(site, &setup, error);
}

/* "rtsp://192.168.1.64:554/Streaming/Channels/102" → "/Streaming/Channels/102", with its query, and its port
 * where it has one; no URL: "". */
static char *read_path(GKeyFile *keys, const char *group, const char *key, guint16 *ret_port)
{
    g_autofree char *url = g_key_file_get_string(keys, group, key, NULL);
    g_autoptr(GUri) uri = url ? g_uri_parse(url, G_URI_FLAGS_HAS_PASSWORD, NULL) : NULL;

    if (!uri)
        return g_strdup("");
    if (g_uri_get_port(uri) > 0)
        *ret_port = (guint16)g_uri_get_port(uri);
    return g_strconcat(g_uri_get_path(uri)[0] ? g_uri_get_path(uri) : "/", g_uri_get_query(uri) ? "?" : "",
                       g_uri_get_query(uri), NULL);
}

static gboolean read_camera(GKeyFile *keys, const char *directory, const char *group, SimSite *site,
                            GError **error)
{
    SimCamera *camera = sim_site_add_camera(site, group + strlen("camera "), error);
    g_autofree char *username = g_key_file_get_string(keys, group, "username", NULL);
    g_autofree char *secret = g_key_file_get_string(keys, group, "password-file", NULL);
    g_autofree char *file = secret && secret[0] ? g_canonicalize_filename(secret, directory) : NULL;
    guint16 other_port; /* both streams are served at one */

    if (!camera)
        return FALSE;
    g_free(camera->path);
    camera->path = read_path(keys, group, "rtsp", &camera->port);
    g_free(camera->display_path);
    camera->display_path = read_path(keys, group, "rtsp-display", &other_port);
    if (!file)
        return TRUE;
    g_free(camera->username);
    camera->username = g_strdup(username ? username : "");
    g_free(camera->password);
    camera->password = read_file(file, error);
    if (camera->password)
        g_strstrip(camera->password);
    return camera->password != NULL;
}

static gboolean load_file(const char *directory, const char *name, SimSite *site, GPtrArray *buses,
                          GPtrArray *left_out, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "devices.d", name, NULL);
    g_autofree char *text = read_file(path, error);
    g_autofree char *clean = text ? strip_comments(text) : NULL;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_auto(GStrv) groups = NULL;

    if (!text)
        return FALSE;
    if (!g_key_file_load_from_data(keys, clean, (gsize)-1, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "%s: ", name);
        return FALSE;
    }
    groups = g_key_file_get_groups(keys, NULL);
    for (guint i = 0; groups[i]; i++) {
        if (g_str_has_prefix(groups[i], "bus ") && !read_bus(keys, name, groups[i], site, buses, error))
            return FALSE;
        if (g_str_has_prefix(groups[i], "device ") &&
            !read_device(keys, name, groups[i], site, left_out, error))
            return FALSE;
        if (g_str_has_prefix(groups[i], "camera ") && !read_camera(keys, directory, groups[i], site, error))
            return FALSE;
    }
    return TRUE;
}

gboolean sim_config_load(const char *directory, SimSite *site, GPtrArray **ret_buses,
                         GPtrArray **ret_left_out, GError **error)
{
    g_autofree char *folder = g_build_filename(directory, "devices.d", NULL);
    g_autoptr(GPtrArray) names = list(folder, ".conf");
    g_autoptr(GPtrArray) buses = g_ptr_array_new_with_free_func((GDestroyNotify)bus_free);
    g_autoptr(GPtrArray) left_out = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!load_file(directory, name, site, buses, left_out, error))
            return FALSE;
    }
    if (buses->len == 0) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: no [bus …] in any .conf", folder);
        return FALSE;
    }
    if (!sim_site_link(site, error))
        return FALSE;
    *ret_buses = g_steal_pointer(&buses);
    *ret_left_out = g_steal_pointer(&left_out);
    return TRUE;
}

/* What holds here of the files that are copied. */
typedef struct {
    const SimSite *site;
    GPtrArray *buses;
    const char *data_dir;
} Served;

static const char *find_served(GPtrArray *buses, const char *group)
{
    for (guint i = 0; i < buses->len; i++) {
        const SimConfigBus *bus = g_ptr_array_index(buses, i);
        g_autofree char *name = g_strdup_printf("[bus %s]", bus->name);
        if (g_str_has_prefix(group, name))
            return bus->served;
    }
    return NULL;
}

static gboolean is_key(const char *line, const char *key)
{
    gsize length = strlen(key);
    if (!g_str_has_prefix(line, key))
        return FALSE;
    while (line[length] == ' ' || line[length] == '\t')
        length++;
    return line[length] == '=';
}

/* LINE of a camera's GROUP with the address at which it is served; NULL: as it was. */
static char *rewrite_camera(const SimSite *site, const char *group, const char *line)
{
    for (guint i = 0; i < site->cameras->len; i++) {
        const SimCamera *camera = g_ptr_array_index(site->cameras, i);
        g_autofree char *name = g_strdup_printf("[camera %s]", camera->name);
        if (!g_str_has_prefix(group, name) || !camera->port)
            continue;
        if (is_key(line, "rtsp") && camera->path[0])
            return g_strdup_printf("rtsp=rtsp://127.0.0.1:%u%s", camera->port, camera->path);
        if (is_key(line, "rtsp-display") && camera->display_path[0])
            return g_strdup_printf("rtsp-display=rtsp://127.0.0.1:%u%s", camera->port, camera->display_path);
    }
    return NULL;
}

/* TEXT with the addresses and the data-dir that hold here; all else, comments too, as it was. */
static char *rewrite(const char *text, const Served *here)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    const char *group = "";
    for (guint i = 0; lines[i]; i++) {
        const char *served = find_served(here->buses, group);
        char *other = NULL;
        if (lines[i][0] == '[')
            group = lines[i];
        else if (served && is_key(lines[i], "address"))
            other = g_strdup_printf("address=%s", served);
        else if (here->data_dir && g_str_has_prefix(group, "[station]") && is_key(lines[i], "data-dir"))
            other = g_strdup_printf("data-dir=%s", here->data_dir);
        else if (g_str_has_prefix(group, "[camera "))
            other = rewrite_camera(here->site, group, lines[i]);
        if (other) {
            g_free(lines[i]);
            lines[i] = other;
        }
    }
    return g_strjoinv("\n", lines);
}

static gboolean copy_file(const char *from, const char *to, const Served *here, GError **error)
{
    g_autofree char *text = read_file(from, error);
    g_autofree char *other = text ? rewrite(text, here) : NULL;
    return text && g_file_set_contents(to, other, -1, error);
}

static gboolean make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0755) == 0)
        return TRUE;
    g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "cannot make %s: %s", path, g_strerror(errno));
    return FALSE;
}

static gboolean copy_folder(const char *from, const char *to, const char *suffix, const Served *here,
                            GError **error)
{
    g_autoptr(GPtrArray) names = list(from, suffix);
    if (names->len > 0 && !make_directory(to, error))
        return FALSE;
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        if (!copy_file(source, target, here, error))
            return FALSE;
    }
    return TRUE;
}

gboolean sim_config_write(const char *directory, const char *out, const SimSite *site, GPtrArray *buses,
                          const char *data_dir, GError **error)
{
    const Served here = { .site = site, .buses = buses, .data_dir = data_dir };
    static const char *const folders[][2] = { { "devices.d", ".conf" },
                                              { "profiles", ".profile" },
                                              { "rules.d", ".rules" },
                                              { "tariffs.d", ".tariff" } };
    g_autofree char *station = g_build_filename(directory, "station.conf", NULL);
    g_autofree char *station_out = g_build_filename(out, "station.conf", NULL);

    if (!make_directory(out, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *from = g_build_filename(directory, folders[i][0], NULL);
        g_autofree char *to = g_build_filename(out, folders[i][0], NULL);
        if (!copy_folder(from, to, folders[i][1], &here, error))
            return FALSE;
    }
    return copy_file(station, station_out, &here, error);
}

static char *generate_devices(guint n, guint per_bus, guint period_ms)
{
    GString *text = g_string_new("[bus io]\naddress=tcp://127.0.0.1:0\n\n[device io-01]\nprofile=generic-io\n"
                                 "bus=io\nunit-id=1\nperiod-ms=200\n");
    for (guint i = 0; i < n; i++) {
        if (i % per_bus == 0)
            g_string_append_printf(text, "\n[bus line-%03u]\naddress=tcp://127.0.0.1:0\n", i / per_bus + 1);
        g_string_append_printf(text,
                               "\n[device dc-%03u]\nprofile=generic-dc\nbus=line-%03u\nunit-id=%u\n"
                               "period-ms=%u\nzone=bay-%02u\nrated-kw=120\n",
                               i + 1, i / per_bus + 1, i % per_bus + 1, period_ms, i / 20 + 1);
        if (i < SIM_BREAKERS - 1)
            g_string_append_printf(text, "feeder=io-01/breaker-%u\n", i + 1);
    }
    return g_string_free(text, FALSE);
}

gboolean sim_config_generate(const char *out, guint n, guint per_bus, guint period_ms, GError **error)
{
    static const char station[] = "[station]\nid=SIM-001\nname=Simulated Station\ntimezone=Asia/Shanghai\n"
                                  "data-dir=data\nlanguage=en\n";
    g_autofree char *folder = g_build_filename(out, "devices.d", NULL);
    g_autofree char *station_path = g_build_filename(out, "station.conf", NULL);
    g_autofree char *devices_path = g_build_filename(folder, "generated.conf", NULL);
    g_autofree char *devices = generate_devices(n, CLAMP(per_bus, 1, 240), period_ms);

    return make_directory(folder, error) && g_file_set_contents(station_path, station, -1, error) &&
           g_file_set_contents(devices_path, devices, -1, error);
}
