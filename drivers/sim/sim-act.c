/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-act.h"

#include "drivers/sim/sim-registers.h"

#include <string.h>

#define ANY 0xffff
#define IO (SIM_KIND_IO | SIM_KIND_IO_ZONE)

/* Which kinds of devices know a verb; 0: no device does. */
static guint kinds_of(SimVerb verb)
{
    static const guint kinds[] = {
        [SIM_VERB_ARRIVE] = SIM_KIND_DC,
        [SIM_VERB_LEAVE] = SIM_KIND_DC,
        [SIM_VERB_OVERHEAT] = SIM_KIND_DC,
        [SIM_VERB_RUNAWAY] = SIM_KIND_DC,
        [SIM_VERB_GUN_HOT] = SIM_KIND_DC,
        [SIM_VERB_CELL_HIGH] = SIM_KIND_DC,
        [SIM_VERB_RECOVER] = SIM_KIND_DC,
        [SIM_VERB_INSULATION] = SIM_KIND_DC,
        [SIM_VERB_FAULT] = SIM_KIND_DC,
        [SIM_VERB_IGNORE] = SIM_KIND_DC,
        [SIM_VERB_OBEY] = SIM_KIND_DC,
        [SIM_VERB_RESUME] = SIM_KIND_DC,
        [SIM_VERB_PRETEND] = SIM_KIND_DC,
        [SIM_VERB_FREEZE] = ANY,
        [SIM_VERB_THAW] = ANY,
        [SIM_VERB_SET] = ANY,
        [SIM_VERB_UNSET] = ANY,
        [SIM_VERB_LINE] = ANY,
        [SIM_VERB_SMOKE] = SIM_KIND_SMOKE,
        [SIM_VERB_HEAT] = SIM_KIND_HEAT,
        [SIM_VERB_LEAK] = SIM_KIND_WATER,
        [SIM_VERB_OPEN] = SIM_KIND_DOOR,
        [SIM_VERB_TAMPER] = SIM_KIND_SENSOR,
        [SIM_VERB_TEMPERATURE] = SIM_KIND_TH | SIM_KIND_HEAT,
        [SIM_VERB_HUMIDITY] = SIM_KIND_TH,
        [SIM_VERB_CLEAR] = SIM_KIND_SENSOR,
        [SIM_VERB_BREAKER] = SIM_KIND_IO,
        [SIM_VERB_PRESS] = IO,
    };
    return verb < G_N_ELEMENTS(kinds) ? kinds[verb] : 0;
}

static gboolean refuse(const SimAction *action, GError **error, const char *what)
{
    g_set_error(error, SIM_ERROR, SIM_ERROR_REFUSED, "%s%s%s: %s", action->place,
                action->place[0] ? ": " : "", action->target, what);
    return FALSE;
}

/* The device of "dc-03/1", and its connector from 0, or -1 where none is named. */
static SimDevice *find_target(const SimSite *site, const SimAction *action, int *ret_index)
{
    g_auto(GStrv) parts = g_strsplit(action->target, "/", 2);
    SimDevice *device = parts[0] ? sim_site_find(site, parts[0]) : NULL;
    guint64 number = 0;

    *ret_index = -1;
    if (!device || !parts[1])
        return device;
    if (!device->charger ||
        !g_ascii_string_to_unsigned(parts[1], 10, 1, device->charger->n_connectors, &number, NULL))
        return NULL;
    *ret_index = (int)number - 1;
    return device;
}

/* "bms_temp_max" of connector 0 → "1/bms_temp_max"; of the device itself as it is. */
static char *point_path(const SimAction *action, int index)
{
    if (index < 0)
        return g_strdup(action->text);
    return g_strdup_printf("%d/%s", index + 1, action->text);
}

/* A camera gives its stream, holds it back, or is off. */
static gboolean check_camera(const SimSite *site, const SimAction *action, GError **error)
{
    gboolean known =
        action->way == SIM_LINE_NORMAL || action->way == SIM_LINE_SILENT || action->way == SIM_LINE_CLOSES;

    if (!sim_site_find_camera(site, action->target))
        return refuse(action, error, "no such camera");
    if (action->verb != SIM_VERB_LINE || !known)
        return refuse(action, error, "a camera cannot do that");
    return TRUE;
}

gboolean sim_act_check(const SimSite *site, const SimAction *action, GError **error)
{
    SimDevice *device;
    int index;

    if (!action->target[0])
        return TRUE;
    if (action->on_camera)
        return check_camera(site, action, error);
    if (action->on_bus) {
        if (!sim_site_find_bus(site, action->target))
            return refuse(action, error, "no such bus");
        if (action->verb != SIM_VERB_LINE && action->verb != SIM_VERB_GATEWAY)
            return refuse(action, error, "a bus cannot do that");
        return TRUE;
    }
    device = find_target(site, action, &index);
    if (!device)
        return refuse(action, error, "no such device or connector");
    if (!(kinds_of(action->verb) & device->kind))
        return refuse(action, error, "this kind of device cannot do that");
    if (action->verb == SIM_VERB_SET || action->verb == SIM_VERB_UNSET) {
        g_autofree char *path = point_path(action, index);
        if (!sim_registers_has(device, path))
            return refuse(action, error, "no such point");
    }
    return TRUE;
}

static void do_to_site(SimSite *site, const SimAction *action)
{
    if (action->verb == SIM_VERB_SEED)
        sim_site_set_seed(site, (guint32)action->value);
    else if (action->verb == SIM_VERB_SPEED)
        site->speed = action->value;
    else
        site->cars = action->way;
}

static void set_line(const SimSite *site, SimLine *line, const SimAction *action)
{
    *line = (SimLine){ .mode = (SimLineMode)action->way,
                       .delay_ms = action->time_ms,
                       .until_ms = action->for_ms ? site->now_ms + action->for_ms : 0 };
}

static void do_to_bus(const SimSite *site, SimBus *bus, const SimAction *action)
{
    if (action->verb == SIM_VERB_GATEWAY)
        bus->gateway_silent = action->way;
    else
        set_line(site, &bus->line, action);
}

static gboolean move_car(SimSite *site, SimDevice *device, guint index, const SimAction *action)
{
    if (action->verb == SIM_VERB_LEAVE)
        return sim_charger_leave(device->charger, index);
    return sim_site_arrive(site, device, index, action->energy_kwh, action->soc, action->text);
}

static void do_to_connector(SimDevice *device, guint index, const SimAction *action)
{
    SimConnector *connector = &device->charger->connectors[index];
    switch (action->verb) {
    case SIM_VERB_OVERHEAT:
        connector->overheats = TRUE;
        break;
    case SIM_VERB_RUNAWAY:
        connector->runs_away = TRUE;
        break;
    case SIM_VERB_GUN_HOT:
        connector->gun_heats = TRUE;
        break;
    case SIM_VERB_CELL_HIGH:
        connector->cell_climbs = TRUE;
        break;
    case SIM_VERB_RECOVER:
        connector->overheats = connector->runs_away = FALSE;
        connector->gun_heats = connector->cell_climbs = FALSE;
        break;
    case SIM_VERB_INSULATION:
        connector->insulation_kohm = action->value;
        break;
    case SIM_VERB_FAULT:
        sim_charger_fail(device->charger, index, (guint)CLAMP(action->value, 1.0, 65535.0));
        break;
    case SIM_VERB_IGNORE:
        connector->ignores |= 1u << action->way;
        break;
    case SIM_VERB_OBEY:
        connector->ignores = 0;
        connector->pretends = FALSE;
        connector->resume_after_ms = 0;
        break;
    case SIM_VERB_RESUME:
        connector->resume_after_ms = MAX(action->time_ms, 1);
        break;
    case SIM_VERB_PRETEND:
        connector->pretends = TRUE;
        break;
    default:
        break;
    }
}

static void do_to_sensor(const SimSite *site, SimDevice *device, const SimAction *action)
{
    SimSensor *sensor = &device->sensor;

    sensor->until_ms = action->for_ms ? site->now_ms + action->for_ms : 0;
    switch (action->verb) {
    case SIM_VERB_HEAT:
        sensor->temperature = MAX(sensor->temperature, 85.0);
        sensor->alarm = TRUE;
        break;
    case SIM_VERB_LEAK:
        sensor->leak_m = action->value;
        sensor->alarm = TRUE;
        break;
    case SIM_VERB_SMOKE:
    case SIM_VERB_OPEN:
        sensor->alarm = TRUE;
        break;
    case SIM_VERB_TAMPER:
        sensor->tamper = TRUE;
        break;
    case SIM_VERB_TEMPERATURE:
        sensor->temperature = action->value;
        break;
    case SIM_VERB_HUMIDITY:
        sensor->humidity = action->value;
        break;
    default: /* clear */
        sensor->alarm = sensor->tamper = FALSE;
        sensor->temperature = sensor->rest_temperature;
        sensor->humidity = sensor->rest_humidity;
        break;
    }
}

static void do_to_io(SimIo *io, const SimAction *action)
{
    SimBreaker *breaker;

    if (action->verb == SIM_VERB_PRESS) {
        sim_io_press(io, action->number, action->for_ms ? action->for_ms : SIM_PRESS_MS);
        return;
    }
    if (action->way == SIM_BREAKER_TRIPS) {
        sim_io_trip(io, action->number);
        return;
    }
    breaker = &io->breakers[action->number - 1];
    breaker->stuck = action->way == SIM_BREAKER_STUCK;
    breaker->lies = action->way == SIM_BREAKER_LIES;
    breaker->contact_stuck = action->way == SIM_BREAKER_CONTACT_STUCK;
    breaker->claims_open = FALSE;
}

/* What every device can: lines, frozen registers, values of one's choice. False: not one of these. */
static gboolean do_to_any(const SimSite *site, SimDevice *device, int index, const SimAction *action)
{
    switch (action->verb) {
    case SIM_VERB_LINE:
        set_line(site, &device->line, action);
        return TRUE;
    case SIM_VERB_FREEZE:
        sim_registers_freeze(device);
        return TRUE;
    case SIM_VERB_THAW:
        sim_registers_thaw(device);
        return TRUE;
    case SIM_VERB_SET:
        g_hash_table_replace(device->overrides, point_path(action, index),
                             g_memdup2(&action->value, sizeof action->value));
        return TRUE;
    case SIM_VERB_UNSET: {
        g_autofree char *path = point_path(action, index);
        g_hash_table_remove(device->overrides, path);
        return TRUE;
    }
    default:
        return FALSE;
    }
}

static void tell(const SimSite *site, const SimAction *action)
{
    static const char *const names[] = {
        [SIM_VERB_OVERHEAT] = "begins to overheat",
        [SIM_VERB_RUNAWAY] = "runs away thermally",
        [SIM_VERB_GUN_HOT] = "plug begins to heat",
        [SIM_VERB_CELL_HIGH] = "a cell begins to climb",
        [SIM_VERB_SMOKE] = "smoke",
        [SIM_VERB_HEAT] = "heat",
        [SIM_VERB_LEAK] = "leak",
        [SIM_VERB_OPEN] = "opened",
        [SIM_VERB_TAMPER] = "tampered with",
        [SIM_VERB_CLEAR] = "clear",
        [SIM_VERB_FREEZE] = "values frozen",
        [SIM_VERB_THAW] = "values live",
    };
    static const char *const modes[] = { "answers normally",       "falls silent",
                                         "answers garbage",        "answers slowly",
                                         "answers exceptions",     "answers short",
                                         "answers with wrong ids", "answers byte by byte",
                                         "closes connections" };
    const char *text = action->verb < G_N_ELEMENTS(names) ? names[action->verb] : NULL;

    if (action->verb == SIM_VERB_LINE)
        text = modes[action->way];
    if (text && site->log)
        site->log(site->now_ms, action->target, text, site->log_data);
}

static gboolean do_to_charger(SimSite *site, SimDevice *device, int index, const SimAction *action,
                              GError **error)
{
    gboolean moves = action->verb == SIM_VERB_ARRIVE || action->verb == SIM_VERB_LEAVE, moved = FALSE;

    for (guint i = 0; i < device->charger->n_connectors; i++) {
        if (index >= 0 && (guint)index != i)
            continue;
        if (!moves)
            do_to_connector(device, i, action);
        else if (!moved)
            moved = move_car(site, device, i, action);
    }
    if (moves && !moved)
        return refuse(action, error, action->verb == SIM_VERB_ARRIVE ? "a car stands there" : "no car there");
    return TRUE;
}

gboolean sim_act_do(SimSite *site, const SimAction *action, GError **error)
{
    SimDevice *device;
    int index;

    if (!sim_act_check(site, action, error))
        return FALSE;
    if (!action->target[0]) {
        do_to_site(site, action);
        return TRUE;
    }
    tell(site, action);
    if (action->on_bus) {
        do_to_bus(site, sim_site_find_bus(site, action->target), action);
        return TRUE;
    }
    if (action->on_camera) {
        set_line(site, &sim_site_find_camera(site, action->target)->line, action);
        return TRUE;
    }
    device = find_target(site, action, &index);
    if (do_to_any(site, device, index, action))
        return TRUE;
    if (device->charger)
        return do_to_charger(site, device, index, action, error);
    if (device->kind & SIM_KIND_SENSOR)
        do_to_sensor(site, device, action);
    else
        do_to_io(&device->io, action);
    return TRUE;
}
