/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config.h"
#include "edge/station/station-private.h"

#include <errno.h>

#define BEAT_MS 250
#define DATA_DIR_NOTE "data-dir" /* in the run directory: where this boot's last run had its data */
#define BOOKS_WAIT_US (500 * G_TIME_SPAN_MILLISECOND) /* how long guarding may wait for what stood before */

G_DEFINE_QUARK(station - error - quark, station_error)

static char **format_faults(const GPtrArray *faults)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_strv_builder_add(builder, line);
    }
    return g_strv_builder_end(builder);
}

/* Where the last good configuration may be: in the data-dir that the present one names, if that can be told,
 * or where the last run of this boot or systemd's StateDirectory= has it. */
static char **list_data_dirs(const char *directory)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *named = config_find_data_dir(directory);
    g_autofree char *remembered = NULL;
    const char *run = g_getenv("RUNTIME_DIRECTORY");

    if (named)
        g_strv_builder_add(builder, named);
    if (run) {
        g_autofree char *path = g_build_filename(run, DATA_DIR_NOTE, NULL);

        if (g_file_get_contents(path, &remembered, NULL, NULL))
            g_strv_builder_add(builder, remembered);
    }
    if (g_getenv("STATE_DIRECTORY"))
        g_strv_builder_add(builder, g_getenv("STATE_DIRECTORY"));
    return g_strv_builder_end(builder);
}

/* The configuration, or the last good one with the faults of the present one in RET_FAULTS. */
static Site *load_site(const char *directory, const char *assets, char ***ret_faults)
{
    g_autoptr(GPtrArray) faults = NULL;
    Site *site = config_load(directory, assets, &faults);

    *ret_faults = format_faults(faults);
    if (site)
        return site;
    g_auto(GStrv) data_dirs = list_data_dirs(directory);

    for (guint i = 0; data_dirs[i] && !site; i++) {
        g_autofree char *last_good = g_build_filename(data_dirs[i], "last-good", NULL);
        g_autoptr(GPtrArray) older = NULL;

        site = config_load(last_good, assets, &older);
    }
    return site;
}

static char *find_run_directory(const Site *site)
{
    const char *given = g_getenv("RUNTIME_DIRECTORY");

    if (given && given[0])
        return g_strdup(given);
    return g_build_filename(site->station.data_dir, "run", NULL);
}

static void note_faults(Station *self, char **faults)
{
    for (guint i = 0; faults[i]; i++)
        g_warning("%s", faults[i]);
    g_autofree char *value = g_strdup_printf("%u faults, first: %s", g_strv_length(faults), faults[0]);

    station_safety_raise(self, "configuration-fault", "station", value);
}

static gboolean beat(gpointer user_data)
{
    Station *self = user_data;
    Moment now = clock_now();

    model_expire(self->model, now);
    station_devices_beat(self, now);
    station_records_beat(self, now);
    station_health_beat(self, now);
    station_journal_tend(self);
    station_stop_beat(self, now);
    if (self->guard_only && now.boot_us >= self->guard_only_until_us) {
        self->guard_only = FALSE;
        station_crash_forget(self);
        station_safety_clear(self, "guard-only", "station");
    }
    station_safety_drain(self);
    if (station_notify_watchdog_us() > 0)
        station_notify("WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

/* What stood before a restart is asked of the books first, but they may be slow, locked or gone: guarding
 * does not wait for them longer than BOOKS_WAIT_US. What comes later is merged. */
static void wait_for_books(Station *self)
{
    gint64 deadline_us = clock_boot_us() + BOOKS_WAIT_US;

    while (!self->restored && clock_boot_us() < deadline_us) {
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
    }
    if (!self->restored)
        station_safety_restore(self, NULL);
}

Station *station_new(const StationOptions *options, GError **error)
{
    g_auto(GStrv) faults = NULL;
    Site *site = load_site(options->config_directory, options->assets, &faults);

    if (!site) {
        g_autofree char *text = g_strjoinv("\n", faults);

        g_set_error_literal(error, STATION_ERROR, STATION_ERROR_CONFIGURATION, text);
        return NULL;
    }
    Station *self = g_new0(Station, 1);

    self->journal_fd = -1;
    self->site = site;
    self->config_directory = g_strdup(options->config_directory);
    self->assets = g_strdup(options->assets);
    self->run_directory = find_run_directory(site);
    if (g_mkdir_with_parents(self->run_directory, 0750) != 0)
        g_warning("%s: %s: open ladders will not survive a crash", self->run_directory, g_strerror(errno));
    g_autofree char *note = g_build_filename(self->run_directory, DATA_DIR_NOTE, NULL);

    station_health_write(note, site->station.data_dir, 0640);
    self->boot_id = clock_boot_id();
    self->started_at = clock_now();
    self->ready = options->ready;
    self->ready_data = options->user_data;
    self->on_last_good = faults[0] != NULL;
    self->guard_only = station_crash_begin(self);
    self->model = model_new(site);
    self->guard = guard_new(self->model, g_random_int(), self->started_at);
    self->pin = pin_new();
    station_records_open(self);
    wait_for_books(self);
    if (self->on_last_good)
        note_faults(self, faults);
    if (self->guard_only) {
        station_safety_raise(self, "guard-only", "station", "three crashes within a minute");
    }
    station_safety_start(self);
    station_devices_open(self);
    station_safety_drain(self);
    self->beat = g_timeout_add(BEAT_MS, beat, self);
    station_notify("READY=1");
    station_records_started(self);
    if (!self->on_last_good)
        station_health_keep(self);
    station_service_open(self, options->bus);
    return self;
}

/* Puts NEXT in place of the present site: a new model and guard take over what stands, then the drivers are
 * opened anew. Nothing is changed where the guard refuses. */
static gboolean take_site(Station *self, Site *next, GError **error)
{
    Moment now = clock_now();
    g_autoptr(Model) model = model_new(next);
    g_autoptr(Guard) guard = NULL;
    g_autoptr(Guard) old = NULL;

    model_adopt(model, self->model);
    guard = guard_new(model, g_random_int(), now);
    if (!guard_adopt(guard, self->guard, now, error))
        return FALSE;
    station_stop_clear(self);
    old = self->guard; /* what stands belongs to the new guard from here on, and so do results */
    self->guard = g_steal_pointer(&guard);
    station_devices_close(self);
    g_clear_pointer(&old, guard_free);
    g_clear_pointer(&self->model, model_free);
    g_clear_pointer(&self->site, site_unref);
    self->site = site_ref(next);
    self->model = g_steal_pointer(&model);
    station_safety_start(self);
    station_devices_open(self);
    station_safety_drain(self);
    station_journal_begin(self);
    return TRUE;
}

/* Where the books are and which station it is cannot change under way. */
static const char *find_fixed_change(const Site *old, const Site *next)
{
    if (!g_str_equal(old->station.id, next->station.id))
        return "station.conf: [station] id: cannot change while running; restart stationd";
    if (!g_str_equal(old->station.data_dir, next->station.data_dir))
        return "station.conf: [station] data-dir: cannot change while running; restart stationd";
    return NULL;
}

gboolean station_reload(Station *self, char ***ret_faults)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) next = config_load(self->config_directory, self->assets, &faults);
    const char *fixed = next ? find_fixed_change(self->site, next) : NULL;

    if (!next) {
        *ret_faults = format_faults(faults);
    } else if (fixed || !take_site(self, next, &error)) {
        const char *const lines[] = { fixed ? fixed : error->message, NULL };

        *ret_faults = g_strdupv((char **)lines);
    } else {
        *ret_faults = g_new0(char *, 1);
    }
    if ((*ret_faults)[0]) {
        note_faults(self, *ret_faults);
        station_safety_drain(self);
        return FALSE;
    }
    self->on_last_good = FALSE;
    station_safety_clear(self, "configuration-fault", "station");
    station_safety_drain(self);
    station_health_keep(self);
    return TRUE;
}

void station_free(Station *self)
{
    station_notify("STOPPING=1");
    g_clear_handle_id(&self->beat, g_source_remove);
    g_clear_pointer(&self->service, service_free);
    station_stop_clear(self);
    station_devices_close(self);
    station_safety_stop(self);
    g_clear_pointer(&self->store, store_free);
    g_clear_pointer(&self->releases, g_ptr_array_unref);
    g_clear_pointer(&self->pin, pin_free);
    station_people_clear(self);
    station_journal_close(self);
    g_clear_pointer(&self->guard, guard_free);
    g_clear_pointer(&self->model, model_free);
    g_clear_pointer(&self->keeper, g_thread_join);
    station_crash_end(self);
    g_clear_pointer(&self->site, site_unref);
    g_free(self->config_directory);
    g_free(self->assets);
    g_free(self->run_directory);
    g_free(self->boot_id);
    g_free(self);
}
