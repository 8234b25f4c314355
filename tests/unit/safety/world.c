/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

#define STEP_US 10000
#define ANSWER_US 20000
#define TIMEOUT_US 300000
#define DURABLE_US 15000

typedef struct {
    gint64 due_us;
    gboolean release;
    guint connector;
    GuardCommandResult result;
    GuardCommand command;
} Pending;

/* ---- Life ---- */

static void reset_urged(World *world)
{
    g_array_set_size(world->urged, 0);
    g_array_set_size(world->urged, world->model->n_points);
}

static void begin_watching(World *world)
{
    for (guint i = 0; i < world->model->n_points; i++)
        model_begin_watching(world->model, i, world->now.boot_us);
}

static void on_model(guint point, Moment now, gpointer user_data)
{
    World *world = user_data;

    if (world->killed)
        return;
    guard_on_point(world->guard, point, now);
    world_drain(world);
}

World *world_new(const WorldSetup *setup)
{
    World *world = g_new0(World, 1);

    world->setup = *setup;
    world->site = world_make_site(setup);
    world->now = (Moment){ 1000 * G_USEC_PER_SEC, 1800000000 * (gint64)G_USEC_PER_SEC };
    world->model = model_new(world->site);
    world->guard = guard_new(world->model, 0xc0ffee, world->now);
    world->journal = g_string_new(NULL);
    world->log = g_string_new(NULL);
    world->books = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)alarm_free);
    world->records = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    world->pending = g_array_new(FALSE, TRUE, sizeof(Pending));
    world->urged = g_array_new(FALSE, TRUE, sizeof(gint));
    reset_urged(world);
    for (guint i = 0; i < WORLD_CHARGERS; i++)
        world->chargers[i] = (WorldCharger){ .status = "available",
                                             .gun_temp = 30,
                                             .breaker = i == 0 || (i == 1 && setup->shared) ? 0
                                                        : i == 1                            ? 1
                                                                                            : -1 };
    if (setup->shared)
        world->chargers[2].breaker = 1;
    if (setup->no_feeder)
        world->chargers[0].breaker = world->chargers[1].breaker = -1;
    {
        g_autofree char *dump = guard_dump_journal(world->guard, "boot-1");
        g_string_append(world->journal, dump);
    }
    model_set_watch(world->model, on_model, world);
    begin_watching(world);
    return world;
}

void world_free(World *world)
{
    guard_free(world->guard);
    model_free(world->model);
    site_unref(world->site);
    g_string_free(world->journal, TRUE);
    g_string_free(world->log, TRUE);
    g_hash_table_unref(world->books);
    g_hash_table_unref(world->records);
    g_array_unref(world->pending);
    g_array_unref(world->urged);
    g_free(world);
}

static Alarm *copy_alarm(const Alarm *alarm)
{
    Alarm *copy = g_new0(Alarm, 1);

    *copy = *alarm;
    copy->rule = g_strdup(alarm->rule);
    copy->subject = g_strdup(alarm->subject);
    copy->zone = g_strdup(alarm->zone);
    copy->title = g_strdup(alarm->title);
    copy->title_zh = g_strdup(alarm->title_zh);
    copy->advice = g_strdup(alarm->advice);
    copy->advice_zh = g_strdup(alarm->advice_zh);
    copy->ladder = g_array_copy(alarm->ladder);
    return copy;
}

static void restore_books(World *world)
{
    GHashTableIter iter;
    gpointer alarm;

    g_hash_table_iter_init(&iter, world->books);
    while (g_hash_table_iter_next(&iter, NULL, &alarm)) {
        if (!((Alarm *)alarm)->over)
            guard_restore_alarm(world->guard, copy_alarm(alarm));
    }
}

void world_replace(World *world, Model *model, Guard *guard)
{
    guard_free(world->guard);
    model_free(world->model);
    g_array_set_size(world->pending, 0);
    world->model = model;
    world->guard = guard;
    model_set_watch(model, on_model, world);
    begin_watching(world);
    reset_urged(world);
    world_drain(world);
}

void world_merge_books(World *world)
{
    restore_books(world);
    guard_finish_restore(world->guard, world->now);
    world_drain(world);
}

void world_restart(World *world, gboolean other_boot, gboolean with_books, gboolean with_journal)
{
    const char *boot = other_boot ? "boot-2" : "boot-1";

    guard_free(world->guard);
    model_free(world->model);
    g_array_set_size(world->pending, 0);
    world->killed = FALSE;
    if (other_boot)
        world->now.boot_us = 10 * G_USEC_PER_SEC;
    for (guint i = 0; i < G_N_ELEMENTS(world->next_poll_us); i++)
        world->next_poll_us[i] = 0;
    world->now.boot_us += 300000;
    world->now.wall_us += 300000;
    world->model = model_new(world->site);
    world->guard = guard_new(world->model, 0xc0ffee + (guint)world->n_decisions, world->now);
    model_set_watch(world->model, on_model, world);
    begin_watching(world);
    reset_urged(world);
    if (with_books)
        restore_books(world);
    if (with_journal)
        guard_restore_journal(world->guard, world->journal->str, boot, world->now, NULL);
    guard_finish_restore(world->guard, world->now);
    {
        g_autofree char *dump = guard_dump_journal(world->guard, boot);
        g_string_append(world->journal, dump);
    }
    world_drain(world);
}

/* ---- Physics ---- */

static gboolean cuts(const WorldBreaker *breaker)
{
    return breaker->open && !breaker->leaks;
}

static gboolean has_power(const World *world, guint i)
{
    int breaker = world->chargers[i].breaker;

    return !cuts(&world->breakers[WORLD_MAIN]) && (breaker < 0 || !cuts(&world->breakers[breaker]));
}

static double current_of(const World *world, guint i)
{
    const WorldCharger *charger = &world->chargers[i];
    gboolean ebbs = charger->flickers_us && world->now.boot_us / charger->flickers_us % 2;

    return charger->flowing && !ebbs && has_power(world, i) ? 32.0 : 0.1;
}

static const char *status_of(const World *world, guint i)
{
    const WorldCharger *charger = &world->chargers[i];

    if (charger->claims)
        return charger->claims;
    if (!has_power(world, i))
        return "faulted";
    return charger->status;
}

static void stop_charger(World *world, WorldCharger *charger)
{
    charger->flowing = FALSE;
    if (g_str_equal(charger->status, "charging"))
        charger->status = "finishing";
    if (charger->resumes_after_us && !charger->disabled && !charger->resume_at_us)
        charger->resume_at_us = world->now.boot_us + charger->resumes_after_us;
}

static WorldReply obey_charger(World *world, guint i, const char *verb)
{
    WorldCharger *charger = &world->chargers[i];

    if (charger->silent_on_command)
        charger->silent = TRUE;
    if (charger->silent || (!has_power(world, i) && !charger->own_supply))
        return WORLD_UNANSWERED;
    if (g_str_equal(verb, "stop")) {
        if (charger->stop == WORLD_CONFIRMS && !charger->ignores_stop)
            stop_charger(world, charger);
        return charger->stop;
    }
    if (g_str_equal(verb, "disable")) {
        if (charger->disable == WORLD_CONFIRMS && !charger->ignores_disable) {
            charger->disabled = TRUE;
            charger->resume_at_us = 0;
            stop_charger(world, charger);
        }
        return charger->disable;
    }
    if (g_str_equal(verb, "enable")) {
        charger->disabled = charger->disabled && charger->enable != WORLD_CONFIRMS;
        return charger->enable;
    } else
        world->n_starts++;
    return WORLD_CONFIRMS;
}

static WorldReply obey_io(World *world, const char *verb)
{
    if (world->io_deaf)
        return WORLD_UNANSWERED;
    if (g_str_equal(verb, "siren/on") && world->siren_refuses)
        return WORLD_REFUSES;
    if (g_str_has_prefix(verb, "siren/") && world->siren_stuck)
        return WORLD_CONFIRMS;
    if (g_str_has_prefix(verb, "siren/"))
        world->siren_on = g_str_equal(verb, "siren/on");
    else if (g_str_has_prefix(verb, "strobe/"))
        world->strobe_on = g_str_equal(verb, "strobe/on");
    else if (g_str_has_suffix(verb, "/trip")) {
        WorldBreaker *breaker = &world->breakers[verb[strlen("breaker-")] - '0'];

        if (breaker->reply == WORLD_CONFIRMS && !breaker->stuck)
            breaker->open = TRUE;
        return breaker->reply;
    } else {
        world->n_starts++;
    }
    return WORLD_CONFIRMS;
}

static WorldReply obey(World *world, const GuardCommand *command)
{
    return command->device < WORLD_CHARGERS ? obey_charger(world, command->device, command->verb)
                                            : obey_io(world, command->verb);
}

/* ---- Decisions ---- */

void world_keep(World *world, const Alarm *alarm)
{
    Alarm *copy = copy_alarm(alarm);

    g_hash_table_replace(world->books, copy->id, copy);
}

static void note_record(World *world, const GuardDecision *decision)
{
    char *key = g_strdup_printf("%s %u", decision->alarm->id, decision->number);
    gpointer known;

    if (g_hash_table_lookup_extended(world->records, key, NULL, &known)) {
        /* Said again after a restart: it must be the very same. */
        g_assert_cmpint(GPOINTER_TO_INT(known), ==, decision->transition);
        world->n_repeats++;
        g_free(key);
    } else {
        g_hash_table_insert(world->records, key, GINT_TO_POINTER(decision->transition));
    }
    {
        Alarm *copy = copy_alarm(decision->alarm);

        copy->transitions = decision->number;
        g_hash_table_replace(world->books, copy->id, copy);
    }
}

static void note_command(World *world, const GuardCommand *command)
{
    const char *device = world->model->devices[command->device].path;

    g_string_append_printf(world->log, "%" G_GINT64_FORMAT "\t", world->now.boot_us / 1000);
    if (command->connector)
        g_string_append_printf(world->log, "%s/%u %s\n", device, command->connector, command->verb);
    else
        g_string_append_printf(world->log, "%s %s\n", device, command->verb);
    g_assert_cmpint(command->deadline_us, >, world->now.boot_us);
}

static void schedule(World *world, const GuardDecision *decision)
{
    Pending pending = { .due_us = world->now.boot_us + DURABLE_US,
                        .release = TRUE,
                        .connector = decision->connector };

    if (decision->kind == GUARD_DECISION_COMMAND) {
        pending.release = FALSE;
        pending.command = decision->command;
        pending.due_us = world->now.boot_us + ANSWER_US;
        world->n_commands++;
        note_command(world, &decision->command);
    }
    g_array_append_val(world->pending, pending);
}

static void carry_out(World *world, const GuardDecision *decision)
{
    gint *urged;

    switch (decision->kind) {
    case GUARD_DECISION_JOURNAL:
        g_string_append(world->journal, decision->text);
        break;
    case GUARD_DECISION_COMMAND:
        g_assert_cmpstr(decision->command.verb, !=, "start");
        g_assert_false(g_str_has_suffix(decision->command.verb, "/close"));
        if (decision->command.connector)
            g_assert_true(guard_permits(world->guard, decision->command.device, decision->command.verb,
                                        decision->command.has_argument, decision->command.argument, NULL));
        schedule(world, decision);
        break;
    case GUARD_DECISION_URGE:
        urged = &g_array_index(world->urged, gint, decision->point);
        *urged += decision->on ? 1 : -1;
        g_assert_cmpint(*urged, >=, 0);
        g_assert_cmpint(*urged, <=, 1);
        break;
    case GUARD_DECISION_ALARM:
        note_record(world, decision);
        break;
    case GUARD_DECISION_RELEASE:
        world->n_released++;
        g_strlcpy(world->last_release, decision->text, sizeof world->last_release);
        schedule(world, decision);
        break;
    }
}

void world_drain(World *world)
{
    GuardDecision *decision;

    while (!world->killed && (decision = guard_take_decision(world->guard))) {
        if (++world->n_decisions == world->kill_at)
            world->killed = TRUE;
        else
            carry_out(world, decision);
        guard_decision_free(decision);
    }
}

/* ---- Time ---- */

static void read_text(World *world, const char *path, double number, const char *text, Moment asked)
{
    guint point = model_find_point(world->model, path);
    PointValue value = { .number = number };

    if (point == POINT_NONE)
        return;
    g_strlcpy(value.text, text, sizeof value.text);
    model_read(world->model, point, POINT_QUALITY_GOOD, &value, asked.boot_us, world->now);
}

static void set_online(World *world, guint device, gboolean online)
{
    guint point = world->model->devices[device].online;
    const Point *known = &world->model->points[point];

    if (known->quality != POINT_QUALITY_GOOD || (known->value.number != 0) != online)
        model_set(world->model, point, online, NULL, world->now);
}

static gboolean poll_silent(World *world, guint device, gboolean silent, Moment asked)
{
    set_online(world, device, !silent);
    if (silent && !world->killed) {
        guard_on_silence(world->guard, device, MODEL_ANY_UNIT, asked.boot_us, world->now);
        world_drain(world);
    }
    return silent;
}

static void poll_charger(World *world, guint i, Moment asked)
{
    WorldCharger *charger = &world->chargers[i];
    g_autofree char *status = g_strdup_printf("dc-%02u/1/status", i);
    g_autofree char *current = g_strdup_printf("dc-%02u/1/current", i);
    g_autofree char *temp = g_strdup_printf("dc-%02u/1/gun_temp", i);
    g_autofree char *cabinet = g_strdup_printf("dc-%02u/cabinet_temp", i);

    if (poll_silent(world, i, charger->silent || (!has_power(world, i) && !charger->own_supply), asked))
        return;
    if (charger->claims_offline)
        set_online(world, i, FALSE);
    if (!charger->side_silent)
        read_text(world, cabinet, 30, "", asked);
    else if (!world->killed)
        guard_on_silence(world->guard, i, WORLD_SIDE_UNIT, asked.boot_us, world->now);
    world_drain(world);
    if (charger->frozen && !charger->frozen_status) {
        charger->frozen_status = status_of(world, i);
        charger->frozen_current = current_of(world, i);
    }
    read_text(world, status, 0, charger->frozen ? charger->frozen_status : status_of(world, i), asked);
    read_text(world, current, charger->frozen ? charger->frozen_current : current_of(world, i), "", asked);
    read_text(world, temp, charger->gun_temp, "", asked);
}

static void poll_io(World *world, Moment asked)
{
    if (poll_silent(world, WORLD_CHARGERS, world->io_deaf, asked))
        return;
    for (guint i = 0; i < WORLD_BREAKERS; i++) {
        g_autofree char *path = g_strdup_printf("io-01/breaker-%u", i);

        read_text(world, path, !world->breakers[i].open, world->breakers[i].open ? "open" : "closed", asked);
    }
    read_text(world, "io-01/siren", world->siren_on, "", asked);
    read_text(world, "io-01/strobe", world->strobe_on, "", asked);
    read_text(world, "io-01/button-1", world->button, "", asked);
}

static void poll_meter(World *world, Moment asked)
{
    static const char *const names[] = { "meter-01/current_a", "meter-01/current_b", "meter-01/current_c" };
    double sum = 0;

    if (poll_silent(world, WORLD_CHARGERS + 1, world->meter_silent, asked))
        return;
    for (guint i = 0; i < WORLD_CHARGERS; i++)
        sum += world->chargers[i].breaker == 0 && has_power(world, i) ? current_of(world, i) : 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        read_text(world, names[i], sum, "", asked);
}

static gboolean is_urged(const World *world, guint device)
{
    for (guint i = 0; i < world->model->n_points; i++) {
        if (g_array_index(world->urged, gint, i) && world->model->points[i].device == device)
            return TRUE;
    }
    return FALSE;
}

static void poll_all(World *world)
{
    Moment asked = { world->now.boot_us - 5000, world->now.wall_us - 5000 };

    for (guint device = 0; device < WORLD_CHARGERS + 3 && !world->killed; device++) {
        if (world->now.boot_us < world->next_poll_us[device])
            continue;
        world->next_poll_us[device] = world->now.boot_us + (is_urged(world, device) ? 30000 : 500000);
        if (device < WORLD_CHARGERS)
            poll_charger(world, device, asked);
        else if (device == WORLD_CHARGERS)
            poll_io(world, asked);
        else if (device == WORLD_CHARGERS + 1)
            poll_meter(world, asked);
        else if (!world->smoke_silent)
            read_text(world, "smoke-01/smoke", world->smoke, "", asked);
    }
}

static void give_result(World *world, Pending *pending)
{
    GuardCommandResult result = { .id = pending->command.id,
                                  .sent_at_us = pending->due_us - ANSWER_US + 1000 };

    switch (obey(world, &pending->command)) {
    case WORLD_CONFIRMS:
        result.outcome = GUARD_COMMAND_CONFIRMED;
        result.confirmed_at_us = world->now.boot_us;
        break;
    case WORLD_REFUSES:
        result.outcome = GUARD_COMMAND_REFUSED;
        g_strlcpy(result.reason, "illegal function", sizeof result.reason);
        break;
    case WORLD_UNANSWERED:
        result.outcome = GUARD_COMMAND_FAILED;
        g_strlcpy(result.reason, "device busy", sizeof result.reason);
        break;
    }
    guard_on_command_result(world->guard, &result, world->now);
}

static void deliver(World *world)
{
    for (guint i = 0; i < world->pending->len && !world->killed;) {
        Pending pending = g_array_index(world->pending, Pending, i);

        if (pending.due_us > world->now.boot_us) {
            i++;
            continue;
        }
        g_array_remove_index(world->pending, i);
        if (pending.release)
            guard_on_released(world->guard, pending.connector, world->now);
        else
            give_result(world, &pending);
        world_drain(world);
    }
}

static void live(World *world)
{
    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        WorldCharger *charger = &world->chargers[i];

        if (charger->resume_at_us && world->now.boot_us >= charger->resume_at_us) {
            charger->resume_at_us = 0;
            charger->resumes_after_us = 0;
            charger->status = "charging";
            charger->flowing = TRUE;
        }
    }
}

void world_run(World *world, gint64 us)
{
    for (gint64 end_us = world->now.boot_us + us; world->now.boot_us < end_us && !world->killed;) {
        world->now.boot_us += STEP_US;
        world->now.wall_us += STEP_US;
        live(world);
        deliver(world);
        poll_all(world);
        model_expire(world->model, world->now);
        if (!world->killed && guard_get_next_us(world->guard) <= world->now.boot_us) {
            guard_tick(world->guard, world->now);
            world_drain(world);
        }
    }
}
