/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-charger.h"

#include <math.h>
#include <string.h>

#define STEP_S (SIM_STEP_MS / 1000.0)
#define RAMP_UP 80.0    /* A/s */
#define RAMP_DOWN 200.0 /* A/s; GB/T 18487.1 asks for at least 100 A/s on a stop */
#define HANDSHAKE_MS 2500
#define BOOT_MS 4000
#define LIMIT_VALID_MS 60000 /* a limit that is not refreshed lapses, as with several real chargers */
#define EFFICIENCY 0.95
#define STANDBY_KW 0.06
#define OVERHEAT_PER_S 3.0 /* K/s at the bad cell while current flows */
#define OVERHEAT_MAX 45.0
#define HOT_SPOT_COOLING_S 25.0
#define GUN_TIME_S 240.0
#define GUN_FAULT_TIME_S 8.0
#define CELL_CLIMB_PER_S 0.05
#define CELL_CLIMB_MAX 0.40

/* The word of CONTRACT section 4. */
static const char *status_name(SimStatus status)
{
    static const char *const names[] = { "available", "preparing", "charging",   "suspended",
                                         "finishing", "faulted",   "unavailable" };
    return names[status];
}

static void say(const SimCharger *charger, const SimConnector *connector, const char *text)
{
    if (charger->log)
        charger->log(charger->now_ms, connector ? connector->path : charger->name, text, charger->log_data);
}

static void set_status(SimCharger *charger, SimConnector *connector, SimStatus status)
{
    if (connector->status == status)
        return;
    connector->status = status;
    connector->status_at_ms = charger->now_ms;
    say(charger, connector, status_name(status));
}

SimCharger *sim_charger_new(const char *name, guint n, double rated_kw, double ambient, GRand *random,
                            SimLog log, gpointer log_data)
{
    SimCharger *charger = g_new0(SimCharger, 1);
    charger->name = g_strdup(name);
    charger->n_connectors = CLAMP(n, 1, SIM_CONNECTORS_MAX);
    charger->connectors = g_new0(SimConnector, charger->n_connectors);
    charger->rated_kw = rated_kw;
    charger->fed = TRUE;
    charger->ambient = ambient;
    charger->cabinet = ambient + 5.0;
    charger->life_s = 30;
    charger->life_at_ms = -1;
    charger->log = log;
    charger->log_data = log_data;
    for (guint i = 0; i < charger->n_connectors; i++) {
        SimConnector *connector = &charger->connectors[i];
        connector->path = g_strdup_printf("%s/%u", name, i + 1);
        connector->limit_kw = SIM_NO_LIMIT;
        connector->latency_ms = g_rand_int_range(random, 80, 300);
        connector->energy_kwh = g_rand_double_range(random, 2000.0, 60000.0);
        connector->insulation_kohm = g_rand_double_range(random, 2000.0, 9000.0);
        connector->gun_temp = ambient;
    }
    return charger;
}

void sim_charger_free(SimCharger *charger)
{
    if (!charger)
        return;
    for (guint i = 0; i < charger->n_connectors; i++)
        g_free(charger->connectors[i].path);
    g_free(charger->connectors);
    g_free(charger->name);
    g_free(charger);
}

gboolean sim_charger_arrive(SimCharger *charger, guint index, const SimBattery *battery, const char *vin)
{
    SimConnector *connector = &charger->connectors[index];
    g_autofree char *text = g_strdup_printf("plugged soc %.0f %% vin %s", battery->soc * 100.0, vin);

    if (connector->plugged)
        return FALSE;
    connector->plugged = TRUE;
    connector->battery = *battery;
    connector->session_kwh = 0.0;
    connector->pretending = FALSE;
    connector->resume_at_ms = 0;
    memset(connector->vin, 0, sizeof connector->vin);
    g_strlcpy(connector->vin, vin, sizeof connector->vin);
    say(charger, connector, text);
    if (connector->status == SIM_STATUS_AVAILABLE)
        set_status(charger, connector, SIM_STATUS_PREPARING);
    return TRUE;
}

static void cut(SimConnector *connector)
{
    connector->session = FALSE;
    connector->pretending = FALSE;
    connector->current = connector->power_kw = connector->voltage = 0.0;
}

gboolean sim_charger_leave(SimCharger *charger, guint index)
{
    SimConnector *connector = &charger->connectors[index];
    if (!connector->plugged)
        return FALSE;
    cut(connector);
    connector->plugged = FALSE;
    connector->locked = FALSE;
    connector->vin[0] = '\0';
    connector->resume_at_ms = 0;
    connector->overheats = connector->runs_away = connector->cell_climbs = FALSE;
    say(charger, connector, "unplugged");
    if (connector->status != SIM_STATUS_FAULTED)
        set_status(charger, connector, connector->disabled ? SIM_STATUS_UNAVAILABLE : SIM_STATUS_AVAILABLE);
    return TRUE;
}

gboolean sim_charger_command(SimCharger *charger, guint index, SimCommand command, double value)
{
    static const char *const names[SIM_COMMANDS] = { "stop",  "start", "disable", "enable",
                                                     "limit", "lock",  "unlock" };
    SimConnector *connector = &charger->connectors[index];
    gboolean ignored = (connector->ignores >> command) & 1;
    g_autofree char *text = NULL;

    if (connector->n_pending == SIM_PENDING)
        return FALSE;
    if (command == SIM_COMMAND_LIMIT && value >= 0.0)
        text = g_strdup_printf("limit %.1f kW received%s", value, ignored ? ", ignored" : "");
    else
        text = g_strdup_printf("%s received%s", names[command], ignored ? ", ignored" : "");
    say(charger, connector, text);
    if (!ignored)
        connector->pending[connector->n_pending++] = (SimPending){
            .command = command, .value = value, .due_ms = charger->now_ms + connector->latency_ms
        };
    return TRUE;
}

void sim_charger_reset(SimCharger *charger)
{
    say(charger, NULL, "reset received");
    for (guint i = 0; i < charger->n_connectors; i++) {
        SimConnector *connector = &charger->connectors[i];
        connector->fault = 0;
        if (connector->status != SIM_STATUS_FAULTED)
            continue;
        if (connector->disabled)
            set_status(charger, connector, SIM_STATUS_UNAVAILABLE);
        else
            set_status(charger, connector, connector->plugged ? SIM_STATUS_FINISHING : SIM_STATUS_AVAILABLE);
    }
}

void sim_charger_hear(SimCharger *charger)
{
    charger->life_at_ms = charger->now_ms;
}

/* What is left when the power has gone: nothing that was commanded, nothing that was going on. */
static void go_dark(SimCharger *charger)
{
    for (guint i = 0; i < charger->n_connectors; i++) {
        SimConnector *connector = &charger->connectors[i];
        cut(connector);
        connector->n_pending = 0;
        connector->resume_at_ms = 0;
        connector->limit_kw = SIM_NO_LIMIT;
        if (connector->status != SIM_STATUS_FAULTED && !connector->disabled)
            set_status(charger, connector, connector->plugged ? SIM_STATUS_FINISHING : SIM_STATUS_AVAILABLE);
    }
    charger->life_at_ms = -1;
}

void sim_charger_feed(SimCharger *charger, gboolean fed)
{
    if (fed == charger->fed)
        return;
    charger->fed = fed;
    say(charger, NULL, fed ? "has power again" : "has lost its power");
    if (fed)
        charger->awake_ms = charger->now_ms + BOOT_MS;
    else
        go_dark(charger);
}

gboolean sim_charger_is_awake(const SimCharger *charger)
{
    return charger->fed && charger->now_ms >= charger->awake_ms;
}

void sim_charger_fail(SimCharger *charger, guint index, guint code)
{
    SimConnector *connector = &charger->connectors[index];
    cut(connector);
    connector->fault = code;
    set_status(charger, connector, SIM_STATUS_FAULTED);
}

static void stop(SimCharger *charger, SimConnector *connector)
{
    connector->resume_at_ms = connector->resume_after_ms ? charger->now_ms + connector->resume_after_ms : 0;
    if (connector->pretends) {
        connector->pretending = connector->session;
        return;
    }
    connector->session = FALSE; /* the current ramps down; the status follows it */
    if (connector->status == SIM_STATUS_PREPARING || connector->status == SIM_STATUS_SUSPENDED)
        set_status(charger, connector, SIM_STATUS_FINISHING);
}

static void start(SimCharger *charger, SimConnector *connector)
{
    if (!connector->plugged || connector->disabled || connector->fault != 0 ||
        connector->status == SIM_STATUS_CHARGING)
        return;
    connector->session = TRUE;
    connector->pretending = FALSE;
    connector->session_kwh = 0.0;
    set_status(charger, connector, SIM_STATUS_CHARGING);
}

/* The contactor opens at once: this is the emergency register, not a polite stop. */
static void disable(SimCharger *charger, SimConnector *connector)
{
    cut(connector);
    connector->disabled = TRUE;
    connector->resume_at_ms = 0;
    if (connector->status != SIM_STATUS_FAULTED)
        set_status(charger, connector, SIM_STATUS_UNAVAILABLE);
}

static void enable(SimCharger *charger, SimConnector *connector)
{
    connector->disabled = FALSE;
    if (connector->status == SIM_STATUS_UNAVAILABLE)
        set_status(charger, connector, connector->plugged ? SIM_STATUS_FINISHING : SIM_STATUS_AVAILABLE);
}

static void obey(SimCharger *charger, SimConnector *connector, const SimPending *pending)
{
    switch (pending->command) {
    case SIM_COMMAND_STOP:
        stop(charger, connector);
        break;
    case SIM_COMMAND_START:
        start(charger, connector);
        break;
    case SIM_COMMAND_DISABLE:
        disable(charger, connector);
        break;
    case SIM_COMMAND_ENABLE:
        enable(charger, connector);
        break;
    case SIM_COMMAND_LIMIT:
        connector->limit_kw = pending->value;
        connector->limit_until_ms = charger->now_ms + LIMIT_VALID_MS;
        break;
    case SIM_COMMAND_LOCK:
    case SIM_COMMAND_UNLOCK:
        connector->locked = pending->command == SIM_COMMAND_LOCK;
        break;
    }
}

static void obey_due(SimCharger *charger, SimConnector *connector)
{
    guint kept = 0, n = connector->n_pending;
    for (guint i = 0; i < n; i++) {
        SimPending pending = connector->pending[i];
        if (pending.due_ms <= charger->now_ms)
            obey(charger, connector, &pending);
        else
            connector->pending[kept++] = pending;
    }
    connector->n_pending = kept;
}

/* The charger's own fall-back: a station that has once spoken and is heard no more may not be guarding. */
static void watch_life(SimCharger *charger)
{
    if (charger->life_at_ms < 0 || charger->life_s == 0 ||
        charger->now_ms - charger->life_at_ms < charger->life_s * 1000)
        return;
    charger->life_at_ms = -1;
    say(charger, NULL, "hears the station no more, stops");
    for (guint i = 0; i < charger->n_connectors; i++)
        stop(charger, &charger->connectors[i]);
}

static double target_current(const SimCharger *charger, const SimConnector *connector, guint active)
{
    double kw = charger->rated_kw / MAX(active, 1);
    double demand = sim_battery_get_demand(&connector->battery, NULL);
    double volt = sim_battery_get_voltage(&connector->battery, connector->current);

    if (!connector->session)
        return 0.0;
    if (connector->limit_kw >= 0.0)
        kw = MIN(kw, connector->limit_kw);
    return MIN(demand, kw * 1000.0 / volt);
}

static void flow(SimConnector *connector, double target, double speed)
{
    double change = target - connector->current;
    SimBattery *battery = &connector->battery;

    connector->current += CLAMP(change, -RAMP_DOWN * STEP_S, RAMP_UP * STEP_S);
    connector->current = MIN(MAX(connector->current, 0.0), sim_battery_get_limit_current(battery));
    connector->voltage = sim_battery_get_voltage(battery, connector->current);
    connector->power_kw = connector->voltage * connector->current / 1000.0;
    connector->energy_kwh += connector->power_kw * STEP_S * speed / 3600.0;
    connector->session_kwh += connector->power_kw * STEP_S * speed / 3600.0;
    sim_battery_step(battery, connector->current, STEP_S * speed);
}

/* Faults of the battery and of the plug, on the site's clock: an alarm's drama does not depend on speed. */
static void warm(const SimCharger *charger, SimConnector *connector, double speed)
{
    SimBattery *battery = &connector->battery;
    gboolean flows = connector->current > 1.0;
    double load = connector->current / 250.0;
    double gun_end = charger->ambient + 25.0 * load * load + (connector->gun_heats && flows ? 75.0 : 0.0);
    double gun_s = connector->gun_heats ? GUN_FAULT_TIME_S : GUN_TIME_S / speed;

    connector->gun_temp += (gun_end - connector->gun_temp) * (1.0 - exp(-STEP_S / gun_s));
    if (!connector->plugged)
        return;
    if (connector->runs_away || (connector->overheats && flows))
        battery->hot_spot = MIN(battery->hot_spot + OVERHEAT_PER_S * STEP_S,
                                connector->runs_away ? 10 * OVERHEAT_MAX : OVERHEAT_MAX);
    else
        battery->hot_spot *= exp(-STEP_S / HOT_SPOT_COOLING_S);
    if (connector->cell_climbs && flows)
        battery->cell_excess = MIN(battery->cell_excess + CELL_CLIMB_PER_S * STEP_S, CELL_CLIMB_MAX);
    else
        battery->cell_excess *= exp(-STEP_S / HOT_SPOT_COOLING_S);
}

/* The status follows what the current does. */
static void follow(SimCharger *charger, SimConnector *connector)
{
    gint64 since = charger->now_ms - connector->status_at_ms;
    gboolean full = sim_battery_get_demand(&connector->battery, NULL) <= 0.0;

    if (connector->status == SIM_STATUS_PREPARING && since >= HANDSHAKE_MS) {
        start(charger, connector);
    } else if (connector->status == SIM_STATUS_CHARGING && connector->session && full) {
        connector->session = FALSE;
        say(charger, connector, "full");
    } else if (connector->status == SIM_STATUS_CHARGING && !connector->session && connector->current < 0.5) {
        set_status(charger, connector, SIM_STATUS_FINISHING);
    } else if (connector->status == SIM_STATUS_CHARGING && connector->limit_kw == 0.0 &&
               connector->current < 0.5) {
        set_status(charger, connector, SIM_STATUS_SUSPENDED);
    } else if (connector->status == SIM_STATUS_SUSPENDED && connector->session &&
               connector->limit_kw != 0.0) {
        set_status(charger, connector, SIM_STATUS_CHARGING);
    }
}

static void step_connector(SimCharger *charger, SimConnector *connector, guint active, double speed)
{
    obey_due(charger, connector);
    if (connector->limit_kw >= 0.0 && charger->now_ms >= connector->limit_until_ms) {
        connector->limit_kw = SIM_NO_LIMIT;
        say(charger, connector, "limit has lapsed");
    }
    if (connector->resume_at_ms && charger->now_ms >= connector->resume_at_ms) {
        connector->resume_at_ms = 0;
        if (connector->status == SIM_STATUS_FINISHING || connector->status == SIM_STATUS_SUSPENDED) {
            say(charger, connector, "resumes by itself");
            start(charger, connector);
        }
    }
    if (connector->plugged && sim_charger_is_awake(charger)) {
        follow(charger, connector);
        if (connector->status == SIM_STATUS_CHARGING || connector->status == SIM_STATUS_SUSPENDED)
            flow(connector, target_current(charger, connector, active), speed);
        else
            sim_battery_step(&connector->battery, 0.0, STEP_S * speed);
    }
    warm(charger, connector, speed);
}

void sim_charger_step(SimCharger *charger, gint64 now_ms, double speed)
{
    guint active = 0;
    double load;

    charger->now_ms = now_ms;
    watch_life(charger);
    for (guint i = 0; i < charger->n_connectors; i++)
        active += charger->connectors[i].session;
    for (guint i = 0; i < charger->n_connectors; i++)
        step_connector(charger, &charger->connectors[i], active, speed);
    load = sim_charger_get_input_kw(charger) / MAX(charger->rated_kw, 1.0);
    charger->cabinet +=
        (charger->ambient + 5.0 + 20.0 * load - charger->cabinet) * (1.0 - exp(-STEP_S * speed / 600.0));
}

SimStatus sim_charger_get_said_status(const SimCharger *charger, guint index)
{
    const SimConnector *connector = &charger->connectors[index];
    return connector->pretending ? SIM_STATUS_FINISHING : connector->status;
}

double sim_charger_get_input_kw(const SimCharger *charger)
{
    double kw = 0.0;
    for (guint i = 0; i < charger->n_connectors; i++)
        kw += charger->connectors[i].power_kw;
    return charger->fed ? kw / EFFICIENCY + STANDBY_KW : 0.0;
}
