/* SPDX-License-Identifier: Apache-2.0 */
/* Facts for the books: what the guard did, with its event in the same transaction. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-headquarters.h"
#include "edge/station/station-private.h"

#define WRITER_STALL_US (10 * G_USEC_PER_SEC)
#define WARN_EACH_US (10 * G_USEC_PER_SEC)
#define RELEASE_RETRY_US (5 * G_USEC_PER_SEC)

static const char *const transition_names[] = { "raised",   "acknowledged", "cleared", "reset",
                                                "silenced", "proven",       "failed",  "changed" };
static const char *const transition_events[] = {
    "alarm.raised", "alarm.acknowledged", "alarm.cleared", "alarm.reset",
    NULL,           "action.proven",      "action.failed", NULL
};

/* A fact that the books refuse for good is gone: it is said, and what stands is saved anew when they are
 * well. */
static void on_fact_done(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    Station *self = user_data;
    gint64 now_us = clock_boot_us();

    if (!error) {
        station_hq_appended(self);
        return;
    }
    self->facts_lost = TRUE;
    if (now_us - self->fact_warned_us > WARN_EACH_US)
        g_warning("a fact is not in the books: %s", error->message);
    self->fact_warned_us = now_us;
}

static void put(Station *self, StoreFact *fact)
{
    store_put(self->store, fact, on_fact_done, self);
}

static void add_event(Station *self, StoreFact *fact, const char *type, const char *subject, gint64 wall_us,
                      const char *data, gboolean unless_unchanged)
{
    g_autofree char *time = clock_format(wall_us, self->site->station.timezone);
    StoreEvent event = {
        .type = type, .subject = subject, .time = time, .time_quality = clock_quality_name(), .data = data
    };

    store_fact_add_event(fact, &event, unless_unchanged);
}

static void add_steps(StoreFact *fact, const Alarm *alarm)
{
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);

        store_fact_add(fact, "action-save", "sisssiiss", alarm->id, (gint64)i + 1, step->connector,
                       site_rung_name(step->rung), alarm_step_result_name(step->result),
                       step->commanded_at.wall_us, step->proven_at.wall_us, step->proof, step->cause);
    }
}

static void add_holds(Station *self, StoreFact *fact, const Alarm *alarm)
{
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);
        guint connector = model_find_connector(self->model, step->connector);
        const char *cause = "";

        if (connector != G_MAXUINT && guard_get_hold(self->guard, connector, &cause) == alarm)
            store_fact_add(fact, "hold-save", "sssi", step->connector, alarm->id, cause,
                           alarm->raised_at.wall_us);
    }
}

void station_records_alarm(Station *self, const GuardDecision *decision)
{
    const Alarm *alarm = decision->alarm;
    GuardTransition transition = decision->transition;
    g_autofree char *object = view_take_text(view_alarm(alarm, self->site->station.timezone));
    g_autofree char *record = alarm->over ? NULL : station_remember_pack(alarm);
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "alarm-save", "sssssiiiss", alarm->id, alarm->rule, alarm->subject,
                   site_severity_name(alarm->severity), alarm_state_name(alarm_get_state(alarm)),
                   alarm->raised_at.wall_us, (gint64)alarm->over, (gint64)decision->number, object, record);
    add_steps(fact, alarm);
    add_holds(self, fact, alarm);
    store_fact_add(fact, "alarm-transition-add", "sisis", alarm->id, (gint64)decision->number,
                   transition_names[transition], decision->at.wall_us, decision->by);
    if (transition_events[transition])
        add_event(self, fact, transition_events[transition], alarm->subject, decision->at.wall_us, object,
                  TRUE);
    put(self, fact);
}

typedef struct {
    Station *station;
    char *connector;
    char *alarm;      /* the last one that held it */
    gboolean refused; /* by the books: to be asked again */
} Release;

static void free_release(gpointer data)
{
    Release *release = data;

    g_free(release->connector);
    g_free(release->alarm);
    g_free(release);
}

/* A release acts only after it is recorded; while the books refuse it the hold stays, and it is tried again.
 */
static void on_release_recorded(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    Release *release = user_data;
    Station *self = release->station;
    guint connector = model_find_connector(self->model, release->connector);

    if (error) {
        g_warning("release of %s is not recorded: %s", release->connector, error->message);
        release->refused = TRUE;
        self->release_retry_us = clock_boot_us() + RELEASE_RETRY_US;
        return;
    }
    if (connector != G_MAXUINT) {
        g_message("%s is released", release->connector);
        guard_on_released(self->guard, connector, clock_now());
        if (guard_permits(self->guard, connector, "enable", FALSE, 0, NULL)) /* not condemned anew */
            station_devices_release(self, connector);
    }
    g_ptr_array_remove_fast(self->releases, release);
    station_safety_drain(self);
}

static void put_release(Release *release)
{
    StoreFact *fact = store_fact_new();

    release->refused = FALSE;
    store_fact_add(fact, "hold-delete", "s", release->connector);
    store_fact_add(fact, "audit-add", "isssss", g_get_real_time(), "station", "release", release->connector,
                   "done", release->alarm);
    store_put(release->station->store, fact, on_release_recorded, release);
}

void station_records_release(Station *self, const GuardDecision *decision)
{
    Release *release = g_new0(Release, 1);

    release->station = self;
    release->connector = g_strdup(self->model->connectors[decision->connector].path);
    release->alarm = g_strdup(decision->text ? decision->text : "");
    g_ptr_array_add(self->releases, release);
    put_release(release);
}

static void retry_releases(Station *self, Moment now)
{
    if (now.boot_us < self->release_retry_us)
        return;
    for (guint i = 0; i < self->releases->len; i++) {
        Release *release = self->releases->pdata[i];

        if (release->refused)
            put_release(release);
    }
}

void station_records_event(Station *self, const char *type, const char *subject, const char *data)
{
    StoreFact *fact = store_fact_new();

    add_event(self, fact, type, subject, g_get_real_time(), data, FALSE);
    put(self, fact);
}

/* The driver's own figures may be ahead of the link state that is told. */
void station_records_device(Station *self, guint device, gboolean online, const char *reason, Moment at)
{
    const char *path = self->model->devices[device].path;
    JsonNode *node = station_service_view_device(self, device);
    StoreFact *fact = store_fact_new();

    json_object_set_boolean_member(json_node_get_object(node), "online", online);
    json_object_set_string_member(json_node_get_object(node), "reason", reason);
    g_autofree char *data = view_take_text(node);

    g_message("device %s is %s%s%s", path, online ? "online" : "offline", reason[0] ? ": " : "", reason);
    add_event(self, fact, online ? "device.online" : "device.offline", path, at.wall_us, data, FALSE);
    put(self, fact);
}

void station_records_started(Station *self)
{
    g_autofree char *status = station_service_status(self);
    StoreFact *fact = store_fact_new();

    add_event(self, fact, "station.started", self->site->station.id, self->started_at.wall_us, status, FALSE);
    put(self, fact);
}

void station_records_audit(Station *self, const char *who, const char *verb, const char *object,
                           const char *result, const char *detail)
{
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "audit-add", "isssss", g_get_real_time(), who, verb, object, result, detail);
    put(self, fact);
}

static void set_books(Station *self, gboolean usable)
{
    guint point = model_find_point(self->model, "station/books");

    self->books = usable;
    model_set(self->model, point, usable, NULL, clock_now());
}

/* Books that open may still refuse to be written (a full disk): they are usable once all that waited is in
 * them. */
static void note_books_usable(Station *self)
{
    if (!self->restored) /* before that the guard would believe that nothing stands */
        return;
    set_books(self, TRUE);
    station_safety_clear(self, "books-unavailable", "station");
    if (self->facts_lost)
        station_records_reconcile(self);
    self->facts_lost = FALSE;
}

/* While the books are usable, facts that wait and a writer that settles none are a stall. */
void station_records_beat(Station *self, Moment now)
{
    guint64 settled = store_get_settled(self->store);

    retry_releases(self, now);
    if (self->books_open && !self->books && store_get_waiting(self->store) == 0)
        note_books_usable(self);
    if (settled != self->store_settled || store_get_waiting(self->store) == 0 || !self->books)
        self->store_moved_us = now.boot_us;
    self->store_settled = settled;
    if (now.boot_us - self->store_moved_us > WRITER_STALL_US)
        station_safety_raise(self, "thread-stalled", "station", "the writer of the books");
    else
        station_safety_clear(self, "thread-stalled", "station");
}

static void save_standing(Station *self)
{
    const GPtrArray *alarms = guard_get_alarms(self->guard);

    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];
        GuardDecision decision = { .kind = GUARD_DECISION_ALARM,
                                   .alarm = alarm,
                                   .transition = GUARD_TRANSITION_CHANGED,
                                   .number = alarm->transitions,
                                   .at = clock_now() };

        station_records_alarm(self, &decision);
    }
}

/* An alarm that the replaced database took for standing and that has ended since. */
static void close_unknown(Station *self, Alarm *alarm)
{
    GuardDecision decision = { .kind = GUARD_DECISION_ALARM,
                               .alarm = alarm,
                               .transition = GUARD_TRANSITION_CLEARED,
                               .number = alarm->transitions + 1,
                               .at = clock_now() };

    alarm->active = FALSE;
    alarm->over = TRUE;
    alarm->cleared_at = decision.at;
    station_records_alarm(self, &decision);
}

static void on_replaced(JsonArray *rows, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    if (error) {
        g_warning("open alarms of the restored books: %s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        g_autoptr(Alarm) alarm = station_remember_alarm(self, json_array_get_object_element(rows, i));

        if (alarm && !guard_find_alarm(self->guard, alarm->id))
            close_unknown(self, alarm);
    }
    save_standing(self);
}

void station_records_reconcile(Station *self)
{
    station_people_clear(self);
    station_people_load(self);
    store_query(self->store, on_replaced, self, "alarm-open-list", "");
}

static void on_open_alarms(JsonArray *rows, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    if (error)
        g_warning("open alarms: %s", error->message);
    if (!self->restored)
        station_safety_restore(self, rows);
    else if (rows)
        station_safety_merge(self, rows);
}

/* An alarm's value is short: what is wrong, without the path that everybody knows. */
static const char *say_briefly(const GError *error)
{
    const char *name = g_strrstr(error->message, "station.db: ");

    return name ? name + strlen("station.db: ") : error->message;
}

/* Damage that is found condemns the books by itself (on_state); a check that was cut short says nothing of
 * them. */
static void on_checked(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    if (error)
        g_warning("check of station.db: %s", error->message);
}

static void on_state(gboolean usable, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    self->books_open = usable;
    self->store_moved_us = clock_boot_us();
    if (usable) {
        store_query(self->store, on_open_alarms, self, "alarm-open-list", "");
        station_people_load(self);
        station_hq_books_opened(self);
        if (!self->guard_only)
            store_check(self->store, on_checked, self);
    } else {
        g_warning("station.db: %s; guarding without books", error->message);
        set_books(self, FALSE);
        station_people_recall(self);
        if (!self->restored)
            station_safety_restore(self, NULL);
        station_safety_raise(self, "books-unavailable", "station", say_briefly(error));
    }
    station_safety_drain(self);
}

void station_records_open(Station *self)
{
    StoreSetup setup = { .directory = self->site->station.data_dir,
                         .station = self->site->station.id,
                         .zone = self->site->station.timezone,
                         .state = on_state,
                         .user_data = self };

    self->releases = g_ptr_array_new_with_free_func(free_release);
    self->store_moved_us = clock_boot_us();
    self->store = store_new(&setup);
}
