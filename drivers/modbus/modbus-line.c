/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-line.h"

#include "drivers/modbus/modbus-link.h"
#include "drivers/modbus/modbus-roster.h"
#include "drivers/modbus/modbus-stand.h"

#define REFUSED_PERIOD_US (60 * (gint64)G_USEC_PER_SEC) /* how often a refused point is tried again */

#define SETUP_PAUSE_US ((gint64)G_USEC_PER_SEC)

#define PULSE_AFTER_US 100000 /* the end waits so long for pulses to run out, and then cuts them short */

/* A schedule's item: a read of a device's plan, or a keep-alive write. */
typedef struct {
    guint member;
    guint peer;
    gboolean is_write;
    guint read; /* index into the device's plan */
    ModbusWrite write;
    gboolean refused;  /* nothing but bad values can be had of it for now */
    gboolean troubled; /* the last answer was "busy", "failure" … */
} Task;

struct ModbusLine {
    ModbusLink *link;
    ModbusRoster *roster;
    ModbusStand *stand;
    GArray *tasks; /* Task, by the schedule's item */
    DriverOutlet *outlet;
    DriverGauge *gauge;
    const DriverHalt *halt;
    gboolean owes_setup;             /* to all units: the other side may have been restarted */
    gint64 setup_at_us;              /* when all were owed it last */
    gboolean was_open;               /* at the end of the last transaction */
    gboolean has_served;             /* this connection has brought an answer */
    gint64 failed_connect_at_us;     /* when the last connect began, if it failed; else 0 */
    char reason[DRIVER_REASON_SIZE]; /* why it failed */
    GArray *readings;                /* DriverReading: room for one answer */
    guint16 values[MODBUS_FRAME_VALUES];
};

static Task *get_task(const ModbusLine *line, guint i)
{
    return &g_array_index(line->tasks, Task, i);
}

static ModbusDevice *get_device(const ModbusLine *line, guint member)
{
    return modbus_roster_get_member(line->roster, member)->device;
}

/* ---- making it ---- */

static void add_read(ModbusLine *line, guint index, guint read_index)
{
    ModbusMember *member = modbus_roster_get_member(line->roster, index);
    const ModbusRead *read = member->device->plan->reads->pdata[read_index];
    Task task = { .member = index,
                  .read = read_index,
                  .peer = modbus_roster_find_peer(line->roster, (guint8)read->unit) };
    guint item = modbus_schedule_add(line->roster->schedule, task.peer, (gint64)read->period_ms * 1000);

    g_array_append_val(line->tasks, task);
    g_array_append_val(member->items, item);
}

static void add_keepalive(ModbusLine *line, guint index, const ModbusKeepalive *keepalive)
{
    Task task = { .member = index,
                  .is_write = TRUE,
                  .write = keepalive->write,
                  .peer = modbus_roster_find_peer(line->roster, keepalive->write.unit) };

    modbus_schedule_add(line->roster->schedule, task.peer, (gint64)keepalive->period_ms * 1000);
    g_array_append_val(line->tasks, task);
}

static gboolean add_device(ModbusLine *line, const Model *model, guint index, GError **error)
{
    ModbusDevice *device = modbus_device_new(model, index, error);

    if (!device)
        return FALSE;
    guint member = modbus_roster_add(line->roster, device);

    for (guint i = 0; i < device->plan->reads->len; i++)
        add_read(line, member, i);
    for (guint i = 0; i < device->keepalive->len; i++)
        add_keepalive(line, member, &g_array_index(device->keepalive, ModbusKeepalive, i));
    return TRUE;
}

ModbusLine *modbus_line_new(const DriverSetup *setup, DriverOutlet *outlet, DriverGauge *gauge,
                            const DriverHalt *halt, GError **error)
{
    g_autoptr(ModbusLine) line = g_new0(ModbusLine, 1);

    line->outlet = outlet;
    line->gauge = gauge;
    line->halt = halt;
    line->owes_setup = TRUE;
    line->roster = modbus_roster_new((gint64)setup->bus->timeout_ms * 1000, outlet);
    line->stand = modbus_stand_new();
    line->tasks = g_array_new(FALSE, TRUE, sizeof(Task));
    line->readings = g_array_new(FALSE, FALSE, sizeof(DriverReading));
    line->link = modbus_link_new(setup->bus, halt, error);
    if (!line->link)
        return NULL;
    for (guint i = 0; i < setup->n_devices; i++) {
        if (!add_device(line, setup->model, setup->devices[i], error))
            return NULL;
    }
    return g_steal_pointer(&line);
}

void modbus_line_free(ModbusLine *line)
{
    g_clear_pointer(&line->link, modbus_link_free);
    modbus_roster_free(line->roster);
    modbus_stand_free(line->stand);
    g_array_unref(line->tasks);
    g_array_unref(line->readings);
    g_free(line);
}

void modbus_line_cut(ModbusLine *line)
{
    modbus_link_cut(line->link);
}

void modbus_line_begin(ModbusLine *line, gint64 now_us)
{
    modbus_schedule_begin(line->roster->schedule, now_us);
}

/* ---- one transaction ---- */

/* PEER must be set up before it is read on; what stands is written right after. */
static void owe(ModbusLine *line, guint peer, gint64 now_us)
{
    modbus_stand_recall(line->stand, peer, now_us);
    for (guint i = 0; i < line->roster->members->len; i++) {
        const GArray *setup = get_device(line, i)->setup;

        for (guint j = 0; j < setup->len; j++) {
            ModbusStanding owed = { .kind = MODBUS_STAND_SETUP,
                                    .write = g_array_index(setup, ModbusWrite, j),
                                    .device = i,
                                    .peer = peer,
                                    .due_us = now_us };

            if (owed.write.unit == modbus_roster_get_peer(line->roster, peer)->unit)
                modbus_stand_add(line->stand, &owed);
        }
    }
}

/* At most once a second: a device that closes the connection after each answer must still be read. */
static void owe_all(ModbusLine *line, gint64 now_us)
{
    if (!line->owes_setup || now_us < line->setup_at_us + SETUP_PAUSE_US)
        return;
    for (guint i = 0; i < line->roster->peers->len; i++)
        owe(line, i, now_us);
    line->owes_setup = FALSE;
    line->setup_at_us = now_us;
}

/* A connection that was closed though we did not close it: the other side may have been restarted. */
static gboolean is_open(ModbusLine *line)
{
    gboolean open = modbus_link_is_open(line->link);

    if (line->was_open && !open)
        line->owes_setup = TRUE;
    line->was_open = open;
    return open;
}

static gboolean open_link(ModbusLine *line)
{
    gint64 begun_us = clock_boot_us();
    gboolean opened = modbus_link_open(line->link, line->reason);
    Moment at = clock_now();

    driver_gauge_count_line(line->gauge, begun_us, at.boot_us, !opened);
    line->was_open = opened;
    line->has_served = FALSE;
    line->failed_connect_at_us = opened ? 0 : begun_us;
    if (!opened) {
        line->owes_setup = TRUE;
        modbus_roster_note_line_down(line->roster, begun_us, at, line->reason);
        return FALSE;
    }
    modbus_schedule_line_up(line->roster->schedule);
    owe_all(line, at.boot_us);
    return TRUE;
}

/* Asks once on an open line. False where the connection turned out to be gone although it had served before:
 * peers close idle connections, and that says nothing yet of any device. */
static gboolean ask(ModbusLine *line, guint member, const ModbusRequest *request, ModbusAnswer *answer)
{
    modbus_link_ask(line->link, request, line->values, answer);
    if (answer->asked_at_us == 0)
        return TRUE; /* the line is being closed */
    gboolean heard = modbus_link_is_intact(answer);
    gboolean stale = answer->outcome == MODBUS_LINK_LOST && line->has_served;

    driver_gauge_count(line->gauge, member, answer->asked_at_us, answer->answered_at, heard,
                       answer->outcome != MODBUS_LINK_ANSWERED);
    line->was_open = heard;
    line->has_served = line->has_served || heard;
    line->owes_setup = line->owes_setup || answer->outcome == MODBUS_LINK_LOST;
    return !stale;
}

/* What an answer, or its lack, says of the peer. */
static void note(ModbusLine *line, guint peer, const ModbusAnswer *answer)
{
    if (answer->asked_at_us == 0)
        return; /* not sent; a line that is down has been noted */
    if (!modbus_link_is_heard(answer))
        modbus_roster_note_silent(line->roster, peer, answer->asked_at_us, answer->answered_at,
                                  answer->reason);
    else if (modbus_roster_note_heard(line->roster, peer, answer->asked_at_us, answer->answered_at,
                                      answer->reason))
        owe(line, peer, answer->answered_at.boot_us);
}

/* The write, with a connect and one repetition on a fresh connection where needed. Nothing is written but
 * here, and only what the device's profile lists gets through. */
static void send_write(ModbusLine *line, guint member, const ModbusWrite *write, ModbusAnswer *answer)
{
    const ModbusDevice *device = get_device(line, member);
    ModbusRequest request = modbus_write_request(write);

    *answer = (ModbusAnswer){ .outcome = MODBUS_LINK_EXCEPTION };
    if (!modbus_write_list_allows(device->allowed, write)) {
        g_snprintf(answer->reason, sizeof answer->reason, "profile %s does not list address %u of unit %u",
                   device->profile->name, write->address, write->unit);
        return;
    }
    for (guint attempt = 0; attempt < 2; attempt++) {
        if (!is_open(line) && !open_link(line)) {
            *answer = (ModbusAnswer){ .outcome = MODBUS_LINK_LOST };
            g_strlcpy(answer->reason, line->reason, sizeof answer->reason);
            return;
        }
        if (ask(line, member, &request, answer))
            return;
    }
}

/* ---- turns ---- */

static void post_readings(ModbusLine *line, guint member, const ModbusAnswer *answer)
{
    DriverReadings readings = { .device = get_device(line, member)->model,
                                .asked_at_us = answer->asked_at_us,
                                .read_at = answer->answered_at,
                                .readings = (const DriverReading *)(gpointer)line->readings->data,
                                .n_readings = line->readings->len };

    if (readings.n_readings > 0)
        driver_outlet_post_readings(line->outlet, &readings);
}

/* Urgings follow their points into the new read. */
static void move_urges(ModbusLine *line, guint from, guint to)
{
    const ModbusDevice *device = get_device(line, get_task(line, to)->member);
    const ModbusRead *read = device->plan->reads->pdata[get_task(line, to)->read];

    for (guint i = 0; i < read->points->len; i++) {
        for (guint n = device->urged[g_array_index(read->points, guint, i)]; n > 0; n--) {
            modbus_schedule_urge(line->roster->schedule, from, FALSE);
            modbus_schedule_urge(line->roster->schedule, to, TRUE);
        }
    }
}

/* Splits a refused read for good. Moves the tasks in memory. */
static gboolean split(ModbusLine *line, guint item)
{
    guint member = get_task(line, item)->member;
    ModbusPlan *plan = get_device(line, member)->plan;
    guint first = plan->reads->len, n = modbus_plan_split(plan, get_task(line, item)->read);

    for (guint i = 0; i < n; i++) {
        add_read(line, member, first + i);
        move_urges(line, item, line->tasks->len - 1);
    }
    return n > 0;
}

/* A read that the device answers with "busy" or "failure" brings nothing: its points age, its unit is
 * suspect. */
static void note_trouble(ModbusLine *line, Task *task, const ModbusAnswer *answer)
{
    gboolean troubled = answer->outcome == MODBUS_LINK_EXCEPTION && modbus_link_is_heard(answer) &&
                        !modbus_link_is_illegal(answer);

    if (task->troubled != troubled)
        modbus_roster_get_peer(line->roster, task->peer)->n_troubled += troubled ? 1 : -1u;
    task->troubled = troubled;
}

/* A single range that is refused is tried again rarely; before its turn is done, which reckons the next one.
 */
static void note_refusal(ModbusLine *line, guint item, const ModbusRead *read, const ModbusAnswer *answer)
{
    Task *task = get_task(line, item);
    gboolean refused = modbus_link_is_illegal(answer);

    if (!modbus_link_is_intact(answer) || refused == task->refused)
        return;
    task->refused = refused;
    modbus_schedule_set_period(line->roster->schedule, item,
                               refused ? REFUSED_PERIOD_US : (gint64)read->period_ms * 1000);
}

static void take_answer(ModbusLine *line, guint item, const ModbusRead *read, const ModbusAnswer *answer)
{
    Task *task = get_task(line, item);
    ModbusDevice *device = get_device(line, task->member);

    if (modbus_link_is_illegal(answer))
        modbus_device_refuse(device, read, line->readings);
    else if (answer->outcome == MODBUS_LINK_ANSWERED)
        modbus_device_decode(device, read, line->values, line->readings);
    else
        return;
    post_readings(line, task->member, answer);
}

static ModbusRequest make_request(const ModbusRead *read)
{
    static const guint8 functions[] = { [PROFILE_SPACE_HOLDING] = MODBUS_FUNCTION_READ_HOLDING,
                                        [PROFILE_SPACE_INPUT] = MODBUS_FUNCTION_READ_INPUT,
                                        [PROFILE_SPACE_COIL] = MODBUS_FUNCTION_READ_COILS,
                                        [PROFILE_SPACE_DISCRETE] = MODBUS_FUNCTION_READ_DISCRETE };

    return (ModbusRequest){ .unit = (guint8)read->unit,
                            .function = functions[read->space],
                            .address = read->address,
                            .count = read->count };
}

static void do_read(ModbusLine *line, guint item, gint64 now_us)
{
    Task *task = get_task(line, item);
    const ModbusRead *read = get_device(line, task->member)->plan->reads->pdata[task->read];
    ModbusRequest request = make_request(read);
    guint peer = task->peer;
    ModbusAnswer answer;

    g_array_set_size(line->readings, 0);
    if (!ask(line, task->member, &request, &answer))
        return; /* the next turn connects and asks again */
    note_trouble(line, task, &answer);
    gboolean is_split = modbus_link_is_illegal(&answer) &&
                        answer.exception != MODBUS_FRAME_ILLEGAL_FUNCTION && split(line, item);

    if (!is_split) {
        note_refusal(line, item, read, &answer);
        modbus_schedule_done(line->roster->schedule, item, now_us);
    }
    note(line, peer, &answer);
    if (!is_split)
        take_answer(line, item, read, &answer);
}

static void do_keepalive(ModbusLine *line, guint item, gint64 now_us)
{
    const Task *task = get_task(line, item);
    ModbusAnswer answer;

    send_write(line, task->member, &task->write, &answer);
    modbus_schedule_done(line->roster->schedule, item, now_us);
    note(line, task->peer, &answer);
}

/* A device that refuses its [setup] is told of, and read all the same. */
static void do_standing(ModbusLine *line, ModbusStanding standing)
{
    ModbusAnswer answer;

    send_write(line, standing.device, &standing.write, &answer);
    modbus_stand_sent(line->stand, &standing,
                      modbus_link_is_taken(&answer) || modbus_link_is_refused(&answer), clock_boot_us());
    note(line, standing.peer, &answer);
    if (standing.kind == MODBUS_STAND_SETUP && modbus_link_is_refused(&answer))
        modbus_roster_tell(line->roster, standing.device, answer.asked_at_us, answer.answered_at,
                           answer.reason);
}

static gboolean is_silent(guint peer, gpointer user_data)
{
    const ModbusLine *line = user_data;

    return modbus_schedule_is_dead(line->roster->schedule, peer);
}

/* Among commands that follow each other without a pause a breaker's coil must not stay on. */
static void take_pulse_back(ModbusLine *line)
{
    gint64 wake_us, now_us = clock_boot_us();
    const ModbusStanding *due = modbus_stand_find_due(line->stand, now_us, is_silent, line, &wake_us);

    if (due && due->kind == MODBUS_STAND_PULSE)
        do_standing(line, *due);
}

gboolean modbus_line_turn(ModbusLine *line, gint64 now_us, gint64 *ret_wake_us)
{
    gint64 stand_us, poll_us;

    if (line->was_open)
        owe_all(line, now_us);
    const ModbusStanding *standing = modbus_stand_find_due(line->stand, now_us, is_silent, line, &stand_us);
    guint item = modbus_schedule_pick(line->roster->schedule, now_us, &poll_us);

    if (!standing && item == MODBUS_SCHEDULE_NONE) {
        *ret_wake_us = MIN(stand_us, poll_us);
        return FALSE;
    }
    if (!is_open(line)) {
        ModbusStanding tried = standing ? *standing : (ModbusStanding){ 0 };

        if (!open_link(line) && standing)
            modbus_stand_sent(line->stand, &tried, FALSE, clock_boot_us());
        return TRUE;
    }
    if (standing)
        do_standing(line, *standing);
    else if (get_task(line, item)->is_write)
        do_keepalive(line, item, now_us);
    else
        do_read(line, item, now_us);
    return TRUE;
}

/* ---- commands ---- */

gboolean modbus_line_is_dead(const ModbusLine *line, guint device)
{
    guint index = modbus_roster_find_member(line->roster, device);

    return index != G_MAXUINT && modbus_roster_is_dead(line->roster, index);
}

static gboolean is_hold(const ProfileCommand *command)
{
    return g_str_equal(command->name, "stop") || g_str_equal(command->name, "disable");
}

/* A write that may have reached its device ends what stood on its registers; one that did leaves its own
 * there. A refresh stands only for what was confirmed: nothing that the caller was told has failed is done
 * later. A pulse is taken back even if its beginning was not answered. */
static void leave_standing(ModbusLine *line, guint member, const ProfileCommand *command,
                           const ModbusWrite *write, const ModbusAnswer *answer)
{
    ModbusStanding standing = { .write = *write,
                                .device = member,
                                .connector = command->connector,
                                .is_hold = is_hold(command),
                                .peer = modbus_roster_find_peer(line->roster, write->unit) };

    if (answer->asked_at_us == 0 || (modbus_link_is_heard(answer) && !modbus_link_is_taken(answer)))
        return;
    modbus_stand_replace(line->stand, write);
    if (command->pulse_ms) {
        standing.kind = MODBUS_STAND_PULSE;
        standing.write = modbus_write_opposite(write);
        standing.due_us = answer->answered_at.boot_us + (gint64)command->pulse_ms * 1000;
    } else if (command->refresh_ms && modbus_link_is_taken(answer)) {
        standing.kind = MODBUS_STAND_REFRESH;
        standing.refresh_us = (gint64)command->refresh_ms * 1000;
        standing.due_us = answer->answered_at.boot_us + standing.refresh_us;
    } else {
        return;
    }
    modbus_stand_add(line->stand, &standing);
}

static DriverResult judge(const ModbusAnswer *answer)
{
    if (modbus_link_is_taken(answer))
        return DRIVER_RESULT_CONFIRMED;
    return modbus_link_is_refused(answer) ? DRIVER_RESULT_REFUSED : DRIVER_RESULT_FAILED;
}

static void send_all(ModbusLine *line, guint member, const ProfileCommand *profile_command,
                     const GArray *writes, gint64 deadline_us, DriverCommandResult *result)
{
    for (guint i = 0; i < writes->len; i++) {
        const ModbusWrite *write = &g_array_index(writes, ModbusWrite, i);
        ModbusAnswer answer;

        if (clock_boot_us() >= deadline_us) {
            result->result = result->sent_at_us ? DRIVER_RESULT_FAILED : DRIVER_RESULT_EXPIRED;
            g_snprintf(result->reason, sizeof result->reason, "deadline passed after %u of %u writes", i,
                       writes->len);
            return;
        }
        send_write(line, member, write, &answer);
        leave_standing(line, member, profile_command, write, &answer);
        note(line, modbus_roster_find_peer(line->roster, write->unit), &answer);
        if (result->sent_at_us == 0)
            result->sent_at_us = answer.asked_at_us;
        result->result = judge(&answer);
        g_strlcpy(result->reason, answer.reason, sizeof result->reason);
        if (result->result != DRIVER_RESULT_CONFIRMED)
            return;
        result->confirmed_at_us = answer.answered_at.boot_us;
    }
}

static void carry_out(ModbusLine *line, const DriverCommand *command, gint64 queued_at_us,
                      DriverCommandResult *result)
{
    g_autoptr(GArray) writes = g_array_new(FALSE, FALSE, sizeof(ModbusWrite));
    guint member = modbus_roster_find_member(line->roster, command->device);
    const ModbusDevice *device = member == G_MAXUINT ? NULL : get_device(line, member);
    const ProfileCommand *profile_command =
        device ? profile_find_command(device->profile, command->connector, command->verb) : NULL;
    char reason[MODBUS_CODEC_REASON_SIZE];

    if (!profile_command) {
        result->result = DRIVER_RESULT_UNKNOWN;
        g_snprintf(result->reason, sizeof result->reason, "%s has no command %s",
                   device ? device->profile->name : "this bus", command->verb);
    } else if (!modbus_device_compile(device, profile_command,
                                      command->has_argument ? &command->argument : NULL, writes, reason)) {
        result->result = DRIVER_RESULT_REFUSED;
        g_snprintf(result->reason, sizeof result->reason, "%s: %s", command->verb, reason);
    } else if (line->failed_connect_at_us >= queued_at_us) {
        result->result = DRIVER_RESULT_FAILED;
        g_strlcpy(result->reason, line->reason, sizeof result->reason);
    } else {
        send_all(line, member, profile_command, writes, command->deadline_us, result);
        if (result->result != DRIVER_RESULT_CONFIRMED)
            result->confirmed_at_us = 0;
    }
}

void modbus_line_command(ModbusLine *line, const DriverCommand *command, gint64 queued_at_us)
{
    DriverCommandResult result = { .id = command->id };

    carry_out(line, command, queued_at_us, &result);
    driver_outlet_post_result(line->outlet, &result);
    take_pulse_back(line);
}

void modbus_line_release(ModbusLine *line, guint device, guint connector)
{
    guint member = modbus_roster_find_member(line->roster, device);

    if (member != G_MAXUINT)
        modbus_stand_release(line->stand, member, connector);
}

void modbus_line_urge(ModbusLine *line, guint point, int change)
{
    modbus_roster_urge(line->roster, point, change);
}

void modbus_line_finish(ModbusLine *line)
{
    const ModbusStanding *pulse;

    while ((pulse = modbus_stand_find_pulse(line->stand))) {
        ModbusWrite write = pulse->write;
        guint member = pulse->device;
        ModbusAnswer answer;

        driver_halt_wait(line->halt, -1, pulse->due_us, PULSE_AFTER_US);
        modbus_stand_replace(line->stand, &write);
        send_write(line, member, &write, &answer);
    }
}
