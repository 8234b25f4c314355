/* SPDX-License-Identifier: Apache-2.0 */
/* Killed at every single decision of an incident, and restored from journal and books: the end is the same.
 */
#include "world.h"

#include <string.h>

typedef struct {
    gboolean other_boot, no_books, late_books;
} Mode;

static void go_on(World *world, const Mode *mode, gint64 us)
{
    gint64 end_us = world->now.wall_us + us;

    do {
        if (world->killed) {
            world->kill_at = 0;
            world_restart(world, mode->other_boot, !mode->no_books && !mode->late_books, TRUE);
            if (mode->late_books) {
                world_run(world, 200000);
                world_merge_books(world);
            }
        }
        if (world->now.wall_us < end_us)
            world_run(world, end_us - world->now.wall_us);
    } while (world->killed);
}

typedef gboolean (*Act)(World *world, const Alarm *alarm);

static gboolean acknowledge(World *world, const Alarm *alarm)
{
    return guard_acknowledge(world->guard, alarm->id, "staff:li", "seen\tand\nunderstood", world->now, NULL);
}

static gboolean reset(World *world, const Alarm *alarm)
{
    return guard_reset(world->guard, alarm->id, "staff:li", world->now, NULL);
}

/* What a person does until it is done. */
static void insist(World *world, const Mode *mode, const char *rule, const char *subject, Act act)
{
    const Alarm *alarm;

    for (guint i = 0; i < 2; i++) {
        go_on(world, mode, 50000);
        alarm = world_find_alarm(world, rule, subject);
        if (!alarm || !act(world, alarm))
            return;
        world_drain(world);
        if (!world->killed)
            return;
    }
}

/* A charger that ignores all is cut with its neighbour, smoke stops another zone; one hold ends, one stays.
 */
static World *play(guint64 kill_at, const Mode *mode)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .shared = TRUE };
    World *world = world_new(&setup);

    world->kill_at = kill_at;
    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        world->chargers[i].status = "charging";
        world->chargers[i].flowing = TRUE;
    }
    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    go_on(world, mode, G_USEC_PER_SEC);
    world->chargers[0].gun_temp = 75;
    go_on(world, mode, G_USEC_PER_SEC);
    world->smoke = TRUE;
    go_on(world, mode, 11 * G_USEC_PER_SEC);
    insist(world, mode, "smoke", "smoke-01", acknowledge);
    world->smoke = FALSE;
    go_on(world, mode, 2 * G_USEC_PER_SEC);
    insist(world, mode, "smoke", "smoke-01", reset);
    go_on(world, mode, 3 * G_USEC_PER_SEC);
    return world;
}

/* An alarm ends while its stop is not proven; a person answers the call, and the stop is proven late. */
static World *play_call(guint64 kill_at, const Mode *mode)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    World *world = world_new(&setup);

    world->kill_at = kill_at;
    world->chargers[0].status = "charging";
    world->chargers[0].flowing = world->chargers[0].ignores_stop = TRUE;
    world->chargers[0].ignores_disable = TRUE;
    go_on(world, mode, G_USEC_PER_SEC);
    world->chargers[0].gun_temp = 75;
    go_on(world, mode, 15 * G_USEC_PER_SEC);
    world->chargers[0].gun_temp = 30;
    go_on(world, mode, 5 * G_USEC_PER_SEC);
    insist(world, mode, "hot", "dc-00/1", acknowledge);
    go_on(world, mode, 15 * G_USEC_PER_SEC);
    g_assert_null(world_find_alarm(world, "hot", NULL));
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 0);
    insist(world, mode, "stop-unproven", "dc-00/1", acknowledge);
    world->chargers[0].ignores_disable = FALSE;
    go_on(world, mode, 20 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), !=, "person");
    g_assert_nonnull(guard_get_hold(world->guard, 0, NULL));
    g_assert_true(world->chargers[0].disabled);
    insist(world, mode, "stop-unproven", "dc-00/1", reset);
    go_on(world, mode, 40 * G_USEC_PER_SEC);
    return world;
}

static void test_call_killed_anywhere(gconstpointer data)
{
    const Mode *mode = data;
    g_autoptr(World) whole = play_call(0, mode);
    g_autofree char *expected = world_summary(whole);
    guint step = g_getenv("STATIONMASTER_FULL") ? 1 : 3;

    g_assert_true(g_str_has_suffix(expected, "0: idle\n1: idle\n2: idle\n3: idle\n"));
    g_assert_null(strstr(expected, "stop-unproven"));
    g_assert_cmpint(whole->n_decisions, >, 40);
    for (guint64 kill_at = 1; kill_at <= whole->n_decisions; kill_at += step) {
        g_autoptr(World) world = play_call(kill_at, mode);
        g_autofree char *got = world_summary(world);

        g_test_message("killed at decision %" G_GUINT64_FORMAT, kill_at);
        g_assert_cmpstr(got, ==, expected);
        g_assert_cmpint(world->n_starts, ==, 0);
        g_assert_false(world->chargers[0].disabled);
    }
}

static void check_records(World *world)
{
    GHashTableIter iter;
    gpointer alarm;

    g_hash_table_iter_init(&iter, world->books);
    while (g_hash_table_iter_next(&iter, NULL, &alarm)) {
        for (guint n = 1; n <= ((Alarm *)alarm)->transitions; n++) {
            g_autofree char *key = g_strdup_printf("%s %u", ((Alarm *)alarm)->id, n);

            if (!g_hash_table_contains(world->records, key))
                g_test_message("missing: %s %s of %u", ((Alarm *)alarm)->rule, key,
                               ((Alarm *)alarm)->transitions);
            g_assert_true(g_hash_table_contains(world->records, key));
        }
    }
}

static guint count_occurrences(World *world, const char *rule)
{
    GHashTableIter iter;
    gpointer alarm;
    guint n = 0;

    g_hash_table_iter_init(&iter, world->books);
    while (g_hash_table_iter_next(&iter, NULL, &alarm))
        n += g_str_equal(((Alarm *)alarm)->rule, rule);
    return n;
}

static void test_kill_anywhere(gconstpointer data)
{
    const Mode *mode = data;
    g_autoptr(World) whole = play(0, mode);
    g_autofree char *expected = world_summary(whole);
    guint step = g_getenv("STATIONMASTER_FULL") ? 1 : 3;
    guint64 kills = 0;

    g_assert_nonnull(
        strstr(expected, "0: proven feeder\n1: proven feeder shared-feeder\n2: idle\n3: idle\n"));
    check_records(whole);
    for (guint64 kill_at = 1; kill_at <= whole->n_decisions; kill_at += step) {
        g_autoptr(World) world = play(kill_at, mode);
        g_autofree char *got = world_summary(world);

        g_test_message("killed at decision %" G_GUINT64_FORMAT, kill_at);
        g_assert_cmpstr(got, ==, expected);
        check_records(world);
        g_assert_cmpint(count_occurrences(world, "hot"), ==, 1);
        g_assert_cmpint(count_occurrences(world, "smoke"), ==, 1);
        g_assert_cmpint(world->n_starts, ==, 0);
        g_assert_false(world->chargers[2].disabled);
        kills++;
    }
    g_assert_cmpint(kills, >, 20);
}

static void test_damaged_journal(void)
{
    Mode mode = { 0 };
    g_autoptr(World) world = play(0, &mode);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    g_autoptr(GString) whole = g_string_new(world->journal->str);
    guint n_damaged = 0;

    for (guint i = 0; i < 300; i++) {
        g_string_assign(world->journal, whole->str);
        g_string_truncate(world->journal, (gsize)g_rand_int_range(rand, 1, (gint32)world->journal->len));
        for (guint n = g_rand_int_range(rand, 1, 20); n > 0; n--)
            world->journal->str[g_rand_int_range(rand, 0, (gint32)world->journal->len)] =
                (char)g_rand_int_range(rand, 1, 256);
        {
            g_autoptr(Guard) guard = guard_new(world->model, 1, world->now);
            g_autoptr(GError) error = NULL;

            if (!guard_restore_journal(guard, world->journal->str, "boot-1", world->now, &error))
                n_damaged++;
            guard_finish_restore(guard, world->now);
        }
    }
    g_assert_cmpint(n_damaged, >, 250);
}

static guint32 sum_of(const char *text, gsize n)
{
    guint32 sum = 2166136261u;

    for (gsize i = 0; i < n; i++)
        sum = (sum ^ (guchar)text[i]) * 16777619u;
    return sum;
}

/* Some digits are others, and the checksums say that all is well. */
static char *forge(GRand *rand, const char *journal)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(journal, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        char *sum = g_strrstr(lines[i], "\t#=");

        if (!sum)
            continue;
        *sum = '\0';
        for (char *at = strchr(lines[i], '\t'); at && *at; at++) {
            if (g_ascii_isdigit(*at) && g_rand_int_range(rand, 0, 60) == 0)
                *at = (char)("0123456789-,"[g_rand_int_range(rand, 0, 12)]);
        }
        g_string_append_printf(text, "%s\t#=%08x\n", lines[i], sum_of(lines[i], strlen(lines[i])));
    }
    return g_string_free(text, FALSE);
}

/* Whatever it reads, it ends in a state that can go on. */
static void test_forged_journal(void)
{
    Mode mode = { 0 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);

    for (guint i = 0; i < (g_getenv("STATIONMASTER_FULL") ? 500 : 50); i++) {
        g_autoptr(World) world = play((guint64)g_rand_int_range(rand, 10, 60), &mode);
        g_autofree char *forged = forge(rand, world->journal->str);

        g_string_assign(world->journal, forged);
        g_hash_table_remove_all(world->books);
        g_hash_table_remove_all(world->records);
        world_restart(world, FALSE, FALSE, TRUE);
        world_run(world, 20 * G_USEC_PER_SEC);
        g_assert_cmpint(world->n_starts, ==, 0);
    }
}

/* Books alone: the journal was on a disk that is gone. */
static void test_books_only(void)
{
    Mode mode = { 0 };
    g_autoptr(World) world = play(0, &mode);

    world_restart(world, TRUE, TRUE, FALSE);
    g_assert_nonnull(guard_get_hold(world->guard, 0, NULL));
    g_assert_nonnull(guard_get_hold(world->guard, 1, NULL));
    world_run(world, 20 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    g_assert_cmpint(count_occurrences(world, "hot"), ==, 1);
}

/* With other rules or without: what stands goes over into a new guard. */
static void reload(World *world)
{
    Model *model = model_new(world->site);
    Guard *guard = guard_new(model, 0xfeed + (guint)world->n_decisions, world->now);

    model_adopt(model, world->model);
    g_assert_true(guard_adopt(guard, world->guard, world->now, NULL));
    world_replace(world, model, guard);
}

/* Restores into a guard over a site without the first charger. */
static void restart_without(World *world, gboolean with_books, gboolean with_journal)
{
    Site *whole = world->site;

    world->site = world_make_site(&world->setup);
    g_ptr_array_remove_index(world->site->devices, 0);
    world_restart(world, TRUE, with_books, with_journal);
    site_unref(world->site);
    world->site = whole;
}

/* A held connector is gone from the site: its alarm, acknowledged and of no latched rule, stands until a
 * person resets it, and where the connector is back, so is the hold. */
static void test_lost(gconstpointer data)
{
    const Mode *mode = data;
    WorldSetup setup = { .actions = SITE_DO_STOP };
    g_autoptr(World) world = world_new_charging(&setup);
    g_autoptr(GError) error = NULL;

    world->chargers[0].gun_temp = 75;
    world_run(world, 5 * G_USEC_PER_SEC);
    world_acknowledge(world, "hot", NULL);
    world_run(world, G_USEC_PER_SEC);
    for (guint i = 0; i < 2; i++) { /* and once more: it is not forgotten by the next restart */
        restart_without(world, !mode->no_books, !mode->other_boot);
        g_auto(GStrv) lost = guard_list_lost(world->guard, world->model);
        g_autoptr(Model) model = model_new(world->site);
        g_auto(GStrv) of_whole = guard_list_lost(world->guard, model);

        g_assert_cmpstrv(lost, ((const char *const[]){ "dc-00/1", NULL }));
        g_assert_cmpuint(g_strv_length(of_whole), ==, 0);
        g_assert_cmpint(alarm_get_state(world_find_alarm(world, "hot", NULL)), ==, ALARM_STATE_LATCHED);
    }
    if (mode->late_books) {
        g_assert_true(guard_reset(world->guard, world_find_alarm(world, "hot", NULL)->id, "staff:li",
                                  world->now, &error));
        g_auto(GStrv) lost = guard_list_lost(world->guard, world->model);

        g_assert_cmpuint(g_strv_length(lost), ==, 0);
        return;
    }
    reload(world);
    g_assert_nonnull(guard_get_hold(world->guard, 0, NULL));
    g_assert_false(guard_permits(world->guard, 0, "start", FALSE, 0, NULL));
}

/* The books come late, or after a reload, and still hold as open what has ended meanwhile. */
static void test_ended_stays_ended(gconstpointer data)
{
    gboolean reloads = data != NULL;
    Mode mode = { 0 };
    g_autoptr(World) world = play(0, &mode);
    const Alarm *hot = world_find_alarm(world, "hot", NULL);
    char id[ALARM_ID_SIZE];

    g_strlcpy(id, hot->id, sizeof id);
    world_keep(world, hot);
    world->chargers[0].gun_temp = 30;
    world->chargers[0].silent = FALSE;
    world->chargers[0].own_supply = TRUE;
    world_run(world, 2 * G_USEC_PER_SEC);
    guard_acknowledge(world->guard, id, "staff:li", "", world->now, NULL);
    {
        Alarm *open = NULL;

        g_hash_table_steal_extended(world->books, id, NULL, (gpointer *)&open);
        world_drain(world);
        g_assert_null(guard_find_alarm(world->guard, id));
        if (reloads)
            reload(world);
        guard_restore_alarm(world->guard, open);
    }
    guard_finish_restore(world->guard, world->now);
    world_drain(world);
    g_assert_null(guard_find_alarm(world->guard, id));
    world_run(world, G_USEC_PER_SEC);
    g_assert_null(guard_get_hold(world->guard, 0, NULL));
}

/* A person was called, then the journal is lost: the call ends when the stop is proven after all. */
static void test_call_without_journal(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new(&setup);

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].flowing = TRUE;
    world->chargers[0].gun_temp = 75;
    world_run(world, 15 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world_restart(world, TRUE, TRUE, FALSE);
    world->chargers[0].ignores_stop = FALSE;
    world_run(world, 15 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    g_assert_cmpint(alarm_get_state(world_find_alarm(world, "stop-unproven", "dc-00/1")), ==,
                    ALARM_STATE_RETURNED_UNACKNOWLEDGED);
}

/* What the founder does once a restart is on record: a dump takes the journal's place. */
static void shorten_journal(World *world)
{
    g_autofree char *dump = guard_dump_journal(world->guard, "boot-1");

    g_string_assign(world->journal, dump);
}

typedef enum { TWO_KILLS, TWO_RELOADS, KILL_AND_RELOAD } Interruption;

static void interrupt(World *world, gboolean by_reload)
{
    if (by_reload) {
        reload(world);
    } else {
        shorten_journal(world);
        world_restart(world, FALSE, FALSE, TRUE);
    }
    world_run(world, G_USEC_PER_SEC);
}

/* The hold is over and the charger does not answer: its enable is not forgotten, whatever comes. */
static void test_enable_is_kept(gconstpointer data)
{
    Interruption how = (Interruption)GPOINTER_TO_INT(data);
    WorldSetup setup = { .actions = SITE_DO_DISABLE };
    g_autoptr(World) world = world_new(&setup);

    world_run(world, G_USEC_PER_SEC);
    world->chargers[0].gun_temp = 75;
    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_true(world->chargers[0].disabled);
    world->chargers[0].gun_temp = 30;
    world_run(world, G_USEC_PER_SEC);
    world->chargers[0].silent = TRUE;
    g_assert_true(acknowledge(world, world_find_alarm(world, "hot", NULL)));
    world_drain(world);
    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), >, 0);
    interrupt(world, how == TWO_RELOADS);
    interrupt(world, how != TWO_KILLS);
    g_assert_true(world->chargers[0].disabled);
    world->chargers[0].silent = FALSE;
    world_run(world, 40 * G_USEC_PER_SEC);
    g_assert_false(world->chargers[0].disabled);
    g_assert_true(guard_permits(world->guard, 0, "start", FALSE, 0, NULL));
    /* and once it is done, it is */
    world_run(world, G_USEC_PER_SEC);
    g_string_truncate(world->log, 0);
    interrupt(world, how != TWO_KILLS);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 0);
}

/* A refusal that stands over a restart ends as another does. */
static void test_refusal_over_restart(gconstpointer data)
{
    WorldSetup setup = { .actions = SITE_DO_STOP };
    g_autoptr(World) world = world_new(&setup);
    const Alarm *refused;

    world->siren_refuses = TRUE;
    world->chargers[0].gun_temp = 75;
    world_run(world, 5 * G_USEC_PER_SEC);
    g_assert_true(world_find_alarm(world, "command-refused", "io-01")->active);
    if (data)
        reload(world);
    else
        world_restart(world, FALSE, TRUE, TRUE);
    world_run(world, 5 * G_USEC_PER_SEC);
    refused = world_find_alarm(world, "command-refused", "io-01");
    g_assert_true(refused->active && refused->transitions == 1);
    world->siren_refuses = FALSE;
    world_run(world, 5 * G_USEC_PER_SEC);
    g_assert_false(refused->active);
}

/* What nobody carries out is said so, and still after a restart or a reload. */
static void test_skipped(gconstpointer data)
{
    WorldSetup setup = { .actions = SITE_DO_STOP | SITE_DO_SPEAK | SITE_DO_WORK_ORDER };
    g_autoptr(World) world = world_new(&setup);
    const Alarm *hot;

    world->chargers[0].gun_temp = 75;
    world_run(world, G_USEC_PER_SEC);
    hot = world_find_alarm(world, "hot", "dc-00/1");
    g_assert_cmpint(hot->skipped_actions, ==, SITE_DO_SPEAK | SITE_DO_WORK_ORDER);
    g_assert_cmpint(world_find_alarm(world, "warm", "dc-00/1")->skipped_actions, ==, SITE_DO_VIEW);
    if (data)
        reload(world);
    else
        world_restart(world, FALSE, FALSE, TRUE);
    hot = world_find_alarm(world, "hot", "dc-00/1");
    g_assert_cmpint(hot->skipped_actions, ==, SITE_DO_SPEAK | SITE_DO_WORK_ORDER);
    guard_set_executors(world->guard, SITE_DO_LADDER | SITE_DO_SPEAK);
    g_assert_cmpint(hot->skipped_actions, ==, SITE_DO_SIREN | SITE_DO_STROBE | SITE_DO_WORK_ORDER);
    reload(world);
    g_assert_cmpint(world_find_alarm(world, "hot", "dc-00/1")->skipped_actions, ==,
                    SITE_DO_SIREN | SITE_DO_STROBE | SITE_DO_WORK_ORDER);
}

/* Proven at its feeder, and silent since; then the configuration gives it another breaker, or none. */
static World *world_rewired(const WorldSetup *setup, gboolean reloads)
{
    WorldSetup before = { .actions = SITE_DO_STOP };
    World *world = world_new_charging(&before);
    Guard *guard;
    Model *model;

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    world->chargers[0].silent = TRUE;
    world->chargers[0].breaker = setup->no_feeder ? -1 : 1;
    site_unref(world->site);
    world->site = world_make_site(setup);
    if (!reloads) {
        world_restart(world, FALSE, TRUE, TRUE);
        return world;
    }
    model = model_new(world->site);
    model_adopt(model, world->model);
    guard = guard_new(model, 0xbeef, world->now);
    g_assert_true(guard_adopt(guard, world->guard, world->now, NULL));
    world_replace(world, model, guard);
    return world;
}

static void test_another_breaker(gconstpointer reloads)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .rewired = TRUE };
    g_autoptr(World) world = world_rewired(&setup, reloads != NULL);

    g_assert_cmpstr(world_outcome(world, 0), !=, "proven feeder");
    g_assert_false(world->breakers[1].open);
    world_run(world, 5 * G_USEC_PER_SEC);
    g_assert_true(world->breakers[1].open);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    g_assert_cmpstr(
        world_find_step(world_find_alarm(world, "hot", "dc-00/1"), "dc-00/1", SITE_RUNG_FEEDER)->proof, ==,
        "contact io-01/breaker-1 open");
    /* the one whose feeder it is too is held as well, and nothing is tripped again by another restart */
    g_assert_nonnull(guard_get_hold(world->guard, 1, NULL));
    g_assert_cmpint(world_count_commands(world, "io-01 breaker-1/trip"), <=, 2);
}

static void test_no_breaker_any_more(gconstpointer reloads)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_rewired(&setup, reloads != NULL);

    world_run(world, 5 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world->chargers[0].ignores_stop = FALSE;
    world->chargers[0].silent = FALSE;
    world_run(world, 10 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
}

int main(int argc, char **argv)
{
    static const Mode same = { 0 }, other = { .other_boot = TRUE }, no_books = { .no_books = TRUE },
                      late_books = { .late_books = TRUE };

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/guard-restore/kill-anywhere/same-boot", &same, test_kill_anywhere);
    g_test_add_data_func("/guard-restore/kill-anywhere/other-boot", &other, test_kill_anywhere);
    g_test_add_data_func("/guard-restore/kill-anywhere/no-books", &no_books, test_kill_anywhere);
    g_test_add_data_func("/guard-restore/kill-anywhere/late-books", &late_books, test_kill_anywhere);
    g_test_add_data_func("/guard-restore/call/same-boot", &same, test_call_killed_anywhere);
    g_test_add_data_func("/guard-restore/call/other-boot", &other, test_call_killed_anywhere);
    g_test_add_data_func("/guard-restore/call/no-books", &no_books, test_call_killed_anywhere);
    g_test_add_data_func("/guard-restore/call/late-books", &late_books, test_call_killed_anywhere);
    g_test_add_func("/guard-restore/damaged-journal", test_damaged_journal);
    g_test_add_func("/guard-restore/forged-journal", test_forged_journal);
    g_test_add_data_func("/guard-restore/ended-stays-ended", NULL, test_ended_stays_ended);
    g_test_add_data_func("/guard-restore/ended-stays-ended/reload", "", test_ended_stays_ended);
    g_test_add_func("/guard-restore/call-without-journal", test_call_without_journal);
    g_test_add_data_func("/guard-restore/enable-is-kept/two-kills", GINT_TO_POINTER(TWO_KILLS),
                         test_enable_is_kept);
    g_test_add_data_func("/guard-restore/enable-is-kept/two-reloads", GINT_TO_POINTER(TWO_RELOADS),
                         test_enable_is_kept);
    g_test_add_data_func("/guard-restore/enable-is-kept/kill-and-reload", GINT_TO_POINTER(KILL_AND_RELOAD),
                         test_enable_is_kept);
    g_test_add_data_func("/guard-restore/refusal/restart", NULL, test_refusal_over_restart);
    g_test_add_data_func("/guard-restore/refusal/reload", "", test_refusal_over_restart);
    g_test_add_data_func("/guard-restore/skipped/restart", NULL, test_skipped);
    g_test_add_data_func("/guard-restore/skipped/reload", "", test_skipped);
    g_test_add_func("/guard-restore/books-only", test_books_only);
    g_test_add_data_func("/guard-restore/lost/both", &same, test_lost);
    g_test_add_data_func("/guard-restore/lost/journal", &no_books, test_lost);
    g_test_add_data_func("/guard-restore/lost/books", &other, test_lost);
    g_test_add_data_func("/guard-restore/lost/reset", &late_books, test_lost);
    g_test_add_data_func("/guard-restore/another-breaker/restart", NULL, test_another_breaker);
    g_test_add_data_func("/guard-restore/another-breaker/reload", "reloads", test_another_breaker);
    g_test_add_data_func("/guard-restore/no-breaker-any-more/restart", NULL, test_no_breaker_any_more);
    g_test_add_data_func("/guard-restore/no-breaker-any-more/reload", "reloads", test_no_breaker_any_more);
    return g_test_run();
}
