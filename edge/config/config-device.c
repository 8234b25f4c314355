/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include <string.h>

static void note(ConfigLoad *load, gpointer thing, KeyfileGroup *group)
{
    g_hash_table_insert(load->groups, thing, group);
}

/* True where COUNT things may become one more. */
static gboolean has_room(KeyfileGroup *group, guint count, guint most)
{
    if (count < most)
        return TRUE;
    keyfile_read_fault(group, "", "is one too many; at most %u are allowed", most);
    return FALSE;
}

/* `title` and `title[zh_CN]`: what people call it. */
static void read_title(KeyfileGroup *group, SiteTitle *title)
{
    title->title = g_strdup("");
    keyfile_read_text(group, "title", 200, &title->title);
    if (!keyfile_read_text(group, "title[zh_CN]", 200, &title->title_zh))
        title->title_zh = g_strdup(title->title);
}

/* --- [bus NAME] */

static void read_bus(ConfigLoad *load, KeyfileGroup *group)
{
    SiteBus *bus;
    g_autoptr(GError) error = NULL;

    if (!has_room(group, load->site->buses->len, CONFIG_MOST_THINGS))
        return;
    config_claim(load, group, "bus");
    bus = g_new0(SiteBus, 1);
    bus->name = g_strdup(group->name);
    bus->place = config_place(group);
    bus->host = g_strdup("");
    bus->tty = g_strdup("");
    bus->baud = 9600;
    bus->parity = 'N';
    bus->stop_bits = 1;
    bus->timeout_ms = 500;
    if (keyfile_read_required(group, "address") &&
        !config_address_parse_bus(keyfile_read_value(group, "address"), bus, &error))
        keyfile_read_fault(group, "address", "%s", error->message);
    keyfile_read_uint(group, "timeout-ms", 10, 60000, &bus->timeout_ms);
    keyfile_read_uint(group, "gap-ms", 0, 10000, &bus->gap_ms);
    g_ptr_array_add(load->site->buses, bus);
    note(load, bus, group);
}

/* --- [device NAME] */

/* 255 is Modbus/TCP's "the device itself"; on a serial line 0 is a broadcast that nobody answers. The range
 * is what libmodbus takes. */
static void read_unit_id(KeyfileGroup *group, SiteDevice *device)
{
    const char *value = keyfile_read_value(group, "unit-id");
    guint64 number;

    if (!value)
        return;
    if (g_ascii_string_to_unsigned(value, 10, 0, 255, &number, NULL))
        device->unit_id = (guint)number;
    else
        keyfile_read_fault(group, "unit-id", "\"%.60s\" is not a unit id, 0 to 255 are allowed", value);
}

static void refuse_key(KeyfileGroup *group, const char *key, const char *why)
{
    if (keyfile_read_value(group, key))
        keyfile_read_fault(group, key, "%s", why);
}

static void read_on_listener(KeyfileGroup *group, SiteDevice *device)
{
    static const char why[] = "does not belong to a charger of a listener; leave it away";

    device->connectors = 1;
    keyfile_read_uint(group, "connectors", 1, 32, &device->connectors);
    refuse_key(group, "bus", "a device has either a bus or a listener, not both");
    refuse_key(group, "profile", why);
    refuse_key(group, "unit-id", why);
    if (!keyfile_read_required(group, "number"))
        return;
    keyfile_read_text(group, "number", 20, &device->number);
    if (strlen(device->number) != 14 || device->number[strspn(device->number, "0123456789")])
        keyfile_read_fault(group, "number", "\"%.20s\" is not a pile number, 14 digits are needed",
                           device->number);
}

static void read_on_bus(KeyfileGroup *group, SiteDevice *device)
{
    refuse_key(group, "number", "is the number at a listener; a device on a bus has a unit-id");
    refuse_key(group, "connectors", "stands in the profile of a device on a bus");
    if (keyfile_read_required(group, "bus"))
        keyfile_read_name(group, "bus", &device->bus);
    keyfile_read_required(group, "profile");
    if (keyfile_read_required(group, "unit-id"))
        read_unit_id(group, device);
}

static SiteDevice *device_new(const KeyfileGroup *group)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    device->name = g_strdup(group->name);
    device->place = config_place(group);
    device->bus = g_strdup("");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    device->period_ms = 1000;
    return device;
}

static void read_device(ConfigLoad *load, KeyfileGroup *group)
{
    SiteDevice *device;

    if (!has_room(group, load->site->devices->len, CONFIG_MOST_DEVICES))
        return;
    config_claim(load, group, "device");
    device = device_new(group);
    read_title(group, &device->title);
    if (!keyfile_read_value(group, "listener") && !keyfile_read_value(group, "bus")) {
        keyfile_read_fault(group, "bus", "is missing; a device needs a bus, or a listener");
        keyfile_read_value(group, "number");
        keyfile_read_value(group, "connectors");
        keyfile_read_value(group, "profile");
        read_unit_id(group, device);
    } else if (keyfile_read_name(group, "listener", &device->listener)) {
        read_on_listener(group, device);
    } else {
        read_on_bus(group, device);
    }
    keyfile_read_uint(group, "period-ms", 10, 3600000, &device->period_ms);
    keyfile_read_name(group, "zone", &device->zone);
    keyfile_read_double(group, "rated-kw", 0, 10000, &device->rated_kw);
    keyfile_read_text(group, "feeder", 130, &device->feeder);
    keyfile_read_name(group, "feeder-meter", &device->feeder_meter);
    keyfile_read_list(group, "cameras", 32, &device->cameras);
    g_ptr_array_add(load->site->devices, device);
    note(load, device, group);
}

/* --- [listener NAME] */

static void check_allow(KeyfileGroup *group, const SiteListener *listener)
{
    for (guint i = 0; listener->allow[i]; i++) {
        if (!config_address_is_range(listener->allow[i]))
            keyfile_read_fault(group, "allow", "\"%.60s\" is not a range such as 192.168.1.0/24",
                               listener->allow[i]);
    }
    if (!listener->allow[0] && listener->host[0] && !config_address_is_loopback(listener->host))
        keyfile_read_fault(
            group, "allow",
            "is missing; a listener that others can reach needs the ranges it may be reached from");
}

static void read_listener_address(KeyfileGroup *group, SiteListener *listener)
{
    g_autoptr(GError) error = NULL;
    ConfigAddress address;

    if (!keyfile_read_required(group, "address"))
        return;
    if (!config_address_parse_tcp(keyfile_read_value(group, "address"), 8767, &address, &error)) {
        keyfile_read_fault(group, "address", "%s", error->message);
        return;
    }
    g_free(listener->host);
    listener->host = address.host;
    listener->port = (guint16)address.port;
}

static void read_listener(ConfigLoad *load, KeyfileGroup *group)
{
    static const char *const protocols[] = { "ykc", NULL };
    SiteListener *listener;
    guint place;

    if (!has_room(group, load->site->listeners->len, CONFIG_MOST_THINGS))
        return;
    config_claim(load, group, "listener");
    listener = g_new0(SiteListener, 1);
    listener->name = g_strdup(group->name);
    listener->place = config_place(group);
    listener->host = g_strdup("");
    listener->protocol = g_strdup("ykc");
    listener->heartbeat_ms = 2000;
    listener->allow = g_new0(char *, 1);
    read_listener_address(group, listener);
    keyfile_read_word(group, "protocol", protocols, &place);
    keyfile_read_uint(group, "heartbeat-ms", 100, 300000, &listener->heartbeat_ms);
    keyfile_read_list(group, "allow", 256, &listener->allow);
    check_allow(group, listener);
    g_ptr_array_add(load->site->listeners, listener);
    note(load, listener, group);
}

/* --- [camera NAME] */

static void read_url(KeyfileGroup *group, const char *key, const char *const *schemes, char **ret)
{
    g_autoptr(GError) error = NULL;

    if (keyfile_read_text(group, key, 1024, ret) && !config_address_check_url(*ret, schemes, &error))
        keyfile_read_fault(group, key, "%s", error->message);
}

static SiteCamera *camera_new(const KeyfileGroup *group)
{
    SiteCamera *camera = g_new0(SiteCamera, 1);

    camera->name = g_strdup(group->name);
    camera->place = config_place(group);
    camera->rtsp = g_strdup("");
    camera->rtsp_display = g_strdup("");
    camera->control = g_strdup("none");
    camera->url = g_strdup("");
    camera->username = g_strdup("");
    camera->password_file = g_strdup("");
    camera->zone = g_strdup("");
    return camera;
}

static void read_camera(ConfigLoad *load, KeyfileGroup *group)
{
    static const char *const rtsp[] = { "rtsp", "rtsps", NULL };
    static const char *const http[] = { "http", "https", NULL };
    static const char *const controls[] = { "isapi", "onvif", "none", NULL };
    SiteCamera *camera;
    guint place = 2;

    if (!has_room(group, load->site->cameras->len, CONFIG_MOST_THINGS))
        return;
    /* cameras and devices are told apart by name alone ("cam-01/online"), so they share one list of names */
    config_claim(load, group, "device");
    camera = camera_new(group);
    read_title(group, &camera->title);
    read_url(group, "rtsp", rtsp, &camera->rtsp);
    read_url(group, "rtsp-display", rtsp, &camera->rtsp_display);
    if (keyfile_read_word(group, "control", controls, &place)) {
        g_free(camera->control);
        camera->control = g_strdup(controls[place]);
    }
    read_url(group, "url", http, &camera->url);
    if (place != 2 && !camera->url[0])
        keyfile_read_fault(group, "url", "is missing; control=%s needs the camera's http:// address",
                           controls[place]);
    keyfile_read_text(group, "username", 200, &camera->username);
    config_read_file(load, group, "password-file", CONFIG_SECRET_OF_GROUP, &camera->password_file);
    keyfile_read_name(group, "zone", &camera->zone);
    g_ptr_array_add(load->site->cameras, camera);
    note(load, camera, group);
}

/* --- [zone NAME] */

static void read_zone(ConfigLoad *load, KeyfileGroup *group)
{
    SiteZone *zone;

    if (!has_room(group, load->site->zones->len, CONFIG_MOST_THINGS))
        return;
    config_claim(load, group, "zone");
    zone = g_new0(SiteZone, 1);
    zone->name = g_strdup(group->name);
    read_title(group, &zone->title);
    g_ptr_array_add(load->site->zones, zone);
}

void config_device_read(ConfigLoad *load, Keyfile *file)
{
    static const struct {
        const char *kind;
        void (*read)(ConfigLoad *load, KeyfileGroup *group);
    } kinds[] = { { "bus", read_bus },
                  { "device", read_device },
                  { "listener", read_listener },
                  { "camera", read_camera },
                  { "zone", read_zone } };
    static const char *const names[] = { "bus", "device", "listener", "camera", "zone", NULL };

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];
        guint k = 0;

        while (k < G_N_ELEMENTS(kinds) && !g_str_equal(group->kind, kinds[k].kind))
            k++;
        if (k == G_N_ELEMENTS(kinds)) {
            config_refuse_group(group, names);
            continue;
        }
        kinds[k].read(load, group);
        /* one too many was not read: its keys say nothing */
        if (group->known->len > 0)
            keyfile_read_end(group);
    }
}
