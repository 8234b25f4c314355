/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/claim.h"
#include "edge/config/config.h"
#include "edge/station/hq/station-headquarters.h"
#include "edge/station/station-private.h"
#include "edge/station/station-stop.h"

#include <errno.h>

#define BEAT_MS 250
#define CLAIM "stationd.lock"
#define DATA_DIR_NOTE "data-dir" /* in the run directory: where this boot's last run had its data */
#define SLOW_END_US (5 * G_USEC_PER_SEC)
#define BOOKS_WAIT_US (500 * G_TIME_SPAN_MILLISECOND) /* how long guarding may wait for what stood before */

G_DEFINE_QUARK(station - error - quark, station_error)

static void add_faults(GStrvBuilder *lines, const char *prefix, const GPtrArray *faults)
{
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);
        g_autofree char *whole = g_strconcat(prefix, line, NULL);

        g_strv_builder_add(lines, whole);
    }
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

/* The last good configuration in DATA_DIR: where today's rules find faults in it what is whole of it, and
 * they go to LINES. */
static Site *load_last_good(const char *data_dir, const char *assets, GStrvBuilder *lines)
{
    g_autofree char *directory = g_build_filename(data_dir, "last-good", NULL);
    g_autoptr(GPtrArray) faults = NULL;
    Site *site = config_load_rest(directory, assets, &faults);

    if (site)
        add_faults(lines, "last-good/", faults);
    return site;
}

/* The configuration, or the last good one with the faults in RET_FAULTS. */
static Site *load_site(const char *directory, const char *assets, char ***ret_faults)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    g_autoptr(GPtrArray) faults = NULL;
    Site *site = config_load(directory, assets, &faults);

    add_faults(lines, "", faults);
    if (!site) {
        g_auto(GStrv) data_dirs = list_data_dirs(directory);

        for (guint i = 0; data_dirs[i] && !site; i++)
            site = load_last_good(data_dirs[i], assets, lines);
    }
    *ret_faults = g_strv_builder_end(lines);
    return site;
}

static char *find_run_directory(const Site *site)
{
    const char *given = g_getenv("RUNTIME_DIRECTORY");

    if (given && given[0])
        return g_strdup(given);
    return g_build_filename(site->station.data_dir, "run", NULL);
}

void station_tell_configuration(Station *self)
{
    g_auto(GStrv) lost = guard_list_lost(self->guard, self->model);
    g_autofree char *value = NULL;

    if (lost[0])
        value = g_strdup_printf("%s was held; put it back, or reset", lost[0]);
    else if (self->faults[0] && self->faults[1])
        value = g_strdup_printf("%u faults, first: %s", g_strv_length(self->faults), self->faults[0]);
    else
        value = g_strdup(self->faults[0]);
    if (g_strcmp0(value, self->fault_told) == 0)
        return;
    for (guint i = 0; lost[i]; i++)
        g_warning("%s is held by an alarm and not in the configuration: put it back, or reset the alarm",
                  lost[i]);
    station_safety_clear(self, "configuration-fault", "station"); /* one that stands keeps its old value */
    station_safety_drain(self);                                   /* its end is told before it comes back */
    if (value)
        station_safety_raise(self, "configuration-fault", "station", value);
    g_free(self->fault_told);
    self->fault_told = g_steal_pointer(&value);
}

/* FAULTS (consumed; maybe none) are what is wrong with the configuration now. */
static void take_faults(Station *self, char **faults)
{
    g_strfreev(self->faults);
    self->faults = faults;
    for (guint i = 0; faults[i]; i++)
        g_warning("%s", faults[i]);
    station_tell_configuration(self);
}

/* What is running is worth going back to, unless a hold has been lost by it. */
static void keep_configuration(Station *self)
{
    if (!self->on_last_good && !self->fault_told)
        station_health_keep(self);
}

static gboolean beat(gpointer user_data)
{
    Station *self = user_data;
    Moment now = clock_now();

    model_expire(self->model, now);
    station_devices_beat(self, now);
    station_records_beat(self, now);
    station_health_beat(self, now);
    station_hq_beat(self, now);
    station_journal_tend(self);
    station_stop_beat(self, now);
    if (self->fault_told)
        station_tell_configuration(self);
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

static void drop_claims(Station *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->claims); i++)
        claim_drop(self->claims[i]);
}

/* Two that guard one site would undo each other's work. A directory that cannot be claimed for any other
 * reason keeps nobody from guarding. */
static gboolean claim_site(Station *self, GError **error)
{
    const char *const directories[] = { self->run_directory, self->site->station.data_dir };
    int holder = 0;

    self->claims[0] = self->claims[1] = -1;
    for (guint i = 0; i < G_N_ELEMENTS(directories) && holder == 0; i++) {
        g_autofree char *path = g_build_filename(directories[i], CLAIM, NULL);

        if (g_mkdir_with_parents(directories[i], 0750) == 0)
            self->claims[i] = claim_take(path, &holder);
        if (holder != 0)
            g_set_error(error, STATION_ERROR, STATION_ERROR_RUNNING,
                        "%s: stationd is running here already, as process %d", directories[i], holder);
        else if (self->claims[i] < 0)
            g_warning("%s: %s: open ladders may not survive a crash", path, g_strerror(errno));
    }
    return holder == 0;
}

/* What is needed before anything is read or written there. */
static Station *make(const StationOptions *options, Site *site, char **faults)
{
    Station *self = g_new0(Station, 1);

    self->journal_fd = -1;
    self->site = site;
    self->config_directory = g_strdup(options->config_directory);
    self->assets = g_strdup(options->assets);
    self->run_directory = find_run_directory(site);
    self->boot_id = clock_boot_id();
    self->started_at = clock_now();
    self->ready = options->ready;
    self->ready_data = options->user_data;
    self->faults = faults;
    self->on_last_good = faults[0] != NULL;
    return self;
}

static void unmake(Station *self)
{
    drop_claims(self);
    g_clear_pointer(&self->site, site_unref);
    g_strfreev(self->faults);
    g_free(self->fault_told);
    g_free(self->config_directory);
    g_free(self->assets);
    g_free(self->run_directory);
    g_free(self->boot_id);
    g_free(self);
}

Station *station_new(const StationOptions *options, GError **error)
{
    char **faults = NULL;
    Site *site = load_site(options->config_directory, options->assets, &faults);

    if (!site) {
        g_autofree char *text = g_strjoinv("\n", faults);

        g_set_error_literal(error, STATION_ERROR, STATION_ERROR_CONFIGURATION, text);
        g_strfreev(faults);
        return NULL;
    }
    Station *self = make(options, site, faults);

    if (!claim_site(self, error)) {
        unmake(self);
        return NULL;
    }
    g_autofree char *note = g_build_filename(self->run_directory, DATA_DIR_NOTE, NULL);

    station_health_write(note, site->station.data_dir, 0640);
    self->guard_only = station_crash_begin(self);
    self->model = model_new(site);
    self->guard = guard_new(self->model, g_random_int(), self->started_at);
    self->pin = pin_new();
    station_hq_open(self);
    station_records_open(self);
    wait_for_books(self);
    take_faults(self, g_steal_pointer(&self->faults));
    if (self->guard_only) {
        station_safety_raise(self, "guard-only", "station", "three crashes within a minute");
    }
    station_safety_start(self);
    station_devices_open(self);
    station_safety_drain(self);
    self->beat = g_timeout_add(BEAT_MS, beat, self);
    station_notify("READY=1");
    station_records_started(self);
    keep_configuration(self);
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
    station_hq_configured(self);
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

gboolean station_fall_back(Station *self)
{
    g_auto(GStrv) lost = guard_list_lost(self->guard, self->model);
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    g_autoptr(Site) site = NULL;
    g_autoptr(Model) model = NULL;

    if (!lost[0] || self->on_last_good)
        return FALSE;
    site = load_last_good(self->site->station.data_dir, self->assets, lines);
    if (!site || find_fixed_change(self->site, site))
        return FALSE;
    model = model_new(site);
    g_auto(GStrv) still = guard_list_lost(self->guard, model);

    if (g_strv_length(still) >= g_strv_length(lost))
        return FALSE;
    for (guint i = 0; lost[i]; i++) {
        g_autofree char *line = g_strdup_printf("%s is held; release it, or put it back", lost[i]);

        if (model_find_connector(model, lost[i]) != G_MAXUINT)
            g_strv_builder_add(lines, line);
    }
    g_strfreev(self->faults);
    self->faults = g_strv_builder_end(lines);
    self->on_last_good = TRUE;
    model_adopt(model, self->model);
    guard_free(self->guard);
    model_free(self->model);
    site_unref(self->site);
    self->site = g_steal_pointer(&site);
    self->model = g_steal_pointer(&model);
    self->guard = guard_new(self->model, g_random_int(), self->started_at);
    return TRUE;
}

gboolean station_reload(Station *self, char ***ret_faults)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) next = config_load(self->config_directory, self->assets, &faults);
    const char *fixed = next ? find_fixed_change(self->site, next) : NULL;

    add_faults(lines, "", faults);
    if (fixed)
        g_strv_builder_add(lines, fixed);
    else if (next && !take_site(self, next, &error))
        g_strv_builder_add(lines, error->message);
    else if (next)
        self->on_last_good = FALSE;
    *ret_faults = g_strv_builder_end(lines);
    take_faults(self, g_strdupv(*ret_faults));
    station_safety_drain(self);
    if (!(*ret_faults)[0])
        keep_configuration(self);
    return !(*ret_faults)[0];
}

/* The books may take their time, and until they have taken what waits the guard goes on. */
static void end_books(Station *self)
{
    gint64 told_us = clock_boot_us();

    store_stop(self->store);
    while (!store_is_over(self->store)) {
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
    }
    if (clock_boot_us() - told_us > SLOW_END_US)
        g_warning("the books did not end in time; %u facts wait", store_get_waiting(self->store));
}

void station_free(Station *self)
{
    station_notify("STOPPING=1");
    station_hq_flush(self);
    station_stop_clear(self); /* while its end can be told and recorded */
    end_books(self);
    g_clear_handle_id(&self->beat, g_source_remove);
    g_clear_pointer(&self->service, service_free);
    g_clear_pointer(&self->pin, pin_free); /* whose answers need the store */
    station_stop_clear(self);
    station_devices_close(self);
    station_safety_stop(self);
    g_clear_pointer(&self->store, store_free);
    g_clear_pointer(&self->releases, g_ptr_array_unref);
    station_hq_close(self);
    station_people_clear(self);
    station_journal_close(self);
    g_clear_pointer(&self->guard, guard_free);
    g_clear_pointer(&self->model, model_free);
    g_clear_pointer(&self->keeper, g_thread_join);
    station_crash_end(self);
    unmake(self);
}
