/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-roster.h"

ModbusPeer *modbus_roster_get_peer(const ModbusRoster *roster, guint index)
{
    return &g_array_index(roster->peers, ModbusPeer, index);
}

ModbusMember *modbus_roster_get_member(const ModbusRoster *roster, guint index)
{
    return &g_array_index(roster->members, ModbusMember, index);
}

static void clear_member(gpointer data)
{
    ModbusMember *member = data;

    modbus_device_free(member->device);
    g_array_unref(member->ties);
    g_array_unref(member->items);
}

ModbusRoster *modbus_roster_new(gint64 timeout_us, DriverOutlet *outlet)
{
    ModbusRoster *roster = g_new0(ModbusRoster, 1);

    roster->peers = g_array_new(FALSE, TRUE, sizeof(ModbusPeer));
    roster->members = g_array_new(FALSE, TRUE, sizeof(ModbusMember));
    g_array_set_clear_func(roster->members, clear_member);
    roster->schedule = modbus_schedule_new(timeout_us);
    roster->outlet = outlet;
    return roster;
}

void modbus_roster_free(ModbusRoster *roster)
{
    g_array_unref(roster->peers);
    g_array_unref(roster->members);
    modbus_schedule_free(roster->schedule);
    g_free(roster);
}

guint modbus_roster_find_peer(const ModbusRoster *roster, guint8 unit)
{
    for (guint i = 0; i < roster->peers->len; i++) {
        if (modbus_roster_get_peer(roster, i)->unit == unit)
            return i;
    }
    return G_MAXUINT;
}

guint modbus_roster_find_member(const ModbusRoster *roster, guint model)
{
    for (guint i = 0; i < roster->members->len; i++) {
        if (modbus_roster_get_member(roster, i)->device->model == model)
            return i;
    }
    return G_MAXUINT;
}

static guint ensure_peer(ModbusRoster *roster, guint unit)
{
    guint found = modbus_roster_find_peer(roster, (guint8)unit);
    ModbusPeer peer = { .unit = (guint8)unit, .state = DRIVER_LINK_ONLINE };

    if (found != G_MAXUINT)
        return found;
    g_array_append_val(roster->peers, peer);
    return modbus_schedule_add_peer(roster->schedule);
}

static ModbusTie *get_tie(const ModbusMember *member, guint index)
{
    return &g_array_index(member->ties, ModbusTie, index);
}

static void join(ModbusRoster *roster, ModbusMember *member, guint unit)
{
    ModbusTie tie = { .peer = ensure_peer(roster, unit),
                      .is_side = unit != member->device->site->unit_id,
                      .told = DRIVER_LINK_ONLINE };

    for (guint i = 0; i < member->ties->len; i++) {
        if (get_tie(member, i)->peer == tie.peer)
            return;
    }
    g_array_append_val(member->ties, tie);
}

/* Where nothing is at its own unit, all are its own. */
static void settle_sides(ModbusMember *member)
{
    gboolean any = FALSE;

    for (guint i = 0; i < member->ties->len; i++)
        any = any || !get_tie(member, i)->is_side;
    for (guint i = 0; !any && i < member->ties->len; i++)
        get_tie(member, i)->is_side = FALSE;
}

static void join_commands(ModbusRoster *roster, ModbusMember *member, const GPtrArray *commands)
{
    for (guint i = 0; i < commands->len; i++) {
        const ProfileCommand *command = commands->pdata[i];

        join(roster, member,
             command->unit_id == PROFILE_DEFAULT ? member->device->site->unit_id : command->unit_id);
    }
}

guint modbus_roster_add(ModbusRoster *roster, ModbusDevice *device)
{
    ModbusMember member = { .device = device };

    member.ties = g_array_new(FALSE, FALSE, sizeof(ModbusTie));
    member.items = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < device->plan->reads->len; i++)
        join(roster, &member, ((ModbusRead *)device->plan->reads->pdata[i])->unit);
    join_commands(roster, &member, device->profile->commands);
    join_commands(roster, &member, device->profile->keepalive);
    join_commands(roster, &member, device->profile->setup);
    settle_sides(&member);
    g_array_append_val(roster->members, member);
    return roster->members->len - 1;
}

/* False where its own unit has not been tried yet. */
static gboolean find_state(const ModbusRoster *roster, const ModbusMember *member, DriverLinkState *ret_state)
{
    DriverLinkState state = DRIVER_LINK_ONLINE;
    gboolean known = FALSE;

    for (guint i = 0; i < member->ties->len; i++) {
        const ModbusPeer *peer = modbus_roster_get_peer(roster, get_tie(member, i)->peer);

        if (get_tie(member, i)->is_side)
            continue;
        state = MAX(state, peer->state);
        known = known || peer->is_known;
    }
    *ret_state = state;
    return known;
}

/* What has become of a request at TIE. Silence is repeated while somebody waits for proof; all else is told
 * when it changes. */
static void tell(ModbusRoster *roster, ModbusMember *member, ModbusTie *tie, gint64 asked_at_us, Moment at,
                 const char *reason)
{
    const ModbusPeer *peer = modbus_roster_get_peer(roster, tie->peer);
    DriverLink news = { .device = member->device->model,
                        .unit = peer->unit,
                        .is_silent = peer->state == DRIVER_LINK_OFFLINE,
                        .asked_at_us = asked_at_us,
                        .at = at };
    gboolean repeated = news.is_silent && modbus_schedule_is_urged(roster->schedule, tie->peer);
    gboolean changed = news.is_silent != (tie->told == DRIVER_LINK_OFFLINE);

    if (!find_state(roster, member, &news.state) ||
        (member->is_told && member->told == news.state && !changed && !repeated))
        return;
    g_strlcpy(news.reason, reason, sizeof news.reason);
    if (!driver_outlet_post_link(roster->outlet, &news))
        return; /* told at the next chance */
    member->told = news.state;
    member->is_told = TRUE;
    tie->told = peer->state;
}

static void tell_behind(ModbusRoster *roster, guint peer, gint64 asked_at_us, Moment at, const char *reason)
{
    for (guint i = 0; i < roster->members->len; i++) {
        ModbusMember *member = modbus_roster_get_member(roster, i);

        for (guint j = 0; j < member->ties->len; j++) {
            if (get_tie(member, j)->peer == peer)
                tell(roster, member, get_tie(member, j), asked_at_us, at, reason);
        }
    }
}

void modbus_roster_tell(ModbusRoster *roster, guint index, gint64 asked_at_us, Moment at, const char *reason)
{
    ModbusMember *member = modbus_roster_get_member(roster, index);
    DriverLink news = {
        .device = member->device->model, .unit = MODEL_ANY_UNIT, .asked_at_us = asked_at_us, .at = at
    };

    if (!find_state(roster, member, &news.state))
        return;
    g_strlcpy(news.reason, reason, sizeof news.reason);
    if (!driver_outlet_post_link(roster->outlet, &news))
        return;
    member->told = news.state;
    member->is_told = TRUE;
}

gboolean modbus_roster_note_heard(ModbusRoster *roster, guint index, gint64 asked_at_us, Moment at,
                                  const char *reason)
{
    ModbusPeer *peer = modbus_roster_get_peer(roster, index);
    gboolean was_silent = peer->misses > 0;

    peer->misses = 0;
    peer->is_known = TRUE;
    peer->state = peer->n_troubled ? DRIVER_LINK_SUSPECT : DRIVER_LINK_ONLINE;
    modbus_schedule_heard(roster->schedule, index);
    tell_behind(roster, index, asked_at_us, at, reason);
    return was_silent;
}

static void miss(ModbusRoster *roster, guint index)
{
    ModbusPeer *peer = modbus_roster_get_peer(roster, index);
    gboolean urged = modbus_schedule_is_urged(roster->schedule, index);

    peer->misses = MIN(peer->misses + 1, 1000);
    peer->is_known = TRUE;
    peer->state = peer->misses > 1 || urged ? DRIVER_LINK_OFFLINE : DRIVER_LINK_SUSPECT;
}

void modbus_roster_note_silent(ModbusRoster *roster, guint peer, gint64 asked_at_us, Moment at,
                               const char *reason)
{
    miss(roster, peer);
    modbus_schedule_failed(roster->schedule, peer, at.boot_us);
    tell_behind(roster, peer, asked_at_us, at, reason);
}

void modbus_roster_note_line_down(ModbusRoster *roster, gint64 asked_at_us, Moment at, const char *reason)
{
    for (guint i = 0; i < roster->peers->len; i++)
        miss(roster, i);
    modbus_schedule_line_down(roster->schedule, at.boot_us);
    for (guint i = 0; i < roster->members->len; i++) {
        ModbusMember *member = modbus_roster_get_member(roster, i);

        for (guint j = 0; j < member->ties->len; j++)
            tell(roster, member, get_tie(member, j), asked_at_us, at, reason);
    }
}

gboolean modbus_roster_is_dead(const ModbusRoster *roster, guint index)
{
    const ModbusMember *member = modbus_roster_get_member(roster, index);

    for (guint i = 0; i < member->ties->len; i++) {
        const ModbusTie *tie = get_tie(member, i);

        if (!tie->is_side && modbus_schedule_is_dead(roster->schedule, tie->peer))
            return TRUE;
    }
    return FALSE;
}

void modbus_roster_urge(ModbusRoster *roster, guint point, int change)
{
    for (guint i = 0; i < roster->members->len; i++) {
        const ModbusMember *member = modbus_roster_get_member(roster, i);
        ModbusDevice *device = member->device;
        guint index = point - device->first_point;

        if (point < device->first_point || index >= device->profile->points->len)
            continue;
        guint item = g_array_index(member->items, guint, modbus_device_find_read(device, index));

        for (; change > 0; change--, device->urged[index]++)
            modbus_schedule_urge(roster->schedule, item, TRUE);
        for (; change < 0 && device->urged[index] > 0; change++, device->urged[index]--)
            modbus_schedule_urge(roster->schedule, item, FALSE);
        return;
    }
}
