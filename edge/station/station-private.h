/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. Main thread. */
#pragma once

#include "drivers/driver.h"
#include "edge/bus/pin.h"
#include "edge/station/station.h"
#include "edge/store/store.h"

/* One opened bus with its driver. */
typedef struct {
    const Driver *driver;
    DriverInstance *instance;
    guint bus_device; /* the model's index of bus/NAME */
    guint *devices;
    guint n_devices;
    gint64 retry_at_us;  /* while there is no instance */
    gint64 opened_at_us; /* of the instance */
    gboolean steady;     /* its thread has lived for longer than it may be silent */
    Station *station;
} StationLine;

typedef struct StationHq StationHq; /* hq/station-hq-private.h */

struct Station {
    char *config_directory;
    char *assets;
    char *run_directory; /* $RUNTIME_DIRECTORY or data-dir/run */
    int claims[2];       /* on the run directory and data-dir; −1: not taken */
    char *boot_id;
    Moment started_at;
    void (*ready)(gpointer user_data);
    gpointer ready_data;

    Site *site;
    Model *model;
    Guard *guard;
    gboolean on_last_good; /* the present configuration is the last good one */
    char **faults;         /* of the configuration, as lines; empty: none */
    char *fault_told;      /* the value of the alarm configuration-fault; NULL: it does not stand */
    gboolean guard_only;
    gint64 guard_only_until_us;

    /* devices */
    GPtrArray *lines;      /* StationLine */
    StationLine **line_of; /* by the model's device index; NULL where none */
    GArray *read_points;   /* points read in the batch at hand */
    guint64 next_own_id;   /* of commands that are not the guard's */
    GHashTable *in_flight; /* guard command id → StationLine */
    GArray *refused;       /* guard command ids that nothing can carry; answered after the turn */
    GArray *needless;      /* those that are left out on purpose, and answered as done */
    guint *urged;          /* of each point: how often it is urged */
    GPtrArray *stops;      /* station-stop.c: what is asked and waits for its proof */

    /* safety */
    GSource *tick;            /* fires at the guard's next deadline */
    guint beat;               /* a few times a second */
    int journal_fd;           /* -1: cannot be written */
    int journal_errno;        /* why the file lacks something; 0: it is whole */
    guint journal_turns;      /* appended since the file was made */
    gboolean journal_has_old; /* the file also holds what a run before this one wrote */

    /* records */
    Store *store;
    gboolean books_open;   /* the store has opened them */
    gboolean books;        /* and all that waited for them is written */
    gboolean restored;     /* what stood is back; facts may be compared with the database */
    gint64 store_moved_us; /* boot time when the writer was last seen to make progress */
    guint64 store_settled;
    gboolean facts_lost; /* the books refused some; what stands must be saved anew */
    gint64 fact_warned_us;
    GPtrArray *releases; /* Release: those that are not recorded yet */
    gint64 release_retry_us;
    gint64 health_due_us;
    GThread *keeper; /* saves the last good configuration */

    /* people */
    Pin *pin;
    GHashTable *staff; /* name → StationPerson */

    StationHq *hq;

    Service *service;
};

#define STATION_OWN_ID (G_GUINT64_CONSTANT(1) << 63) /* marks command ids that are not the guard's */

/* station.c: the site as a whole */
/* Where the present site lacks what is held, and the last good one has more of it, puts that one in its
 * place, with a new guard that knows nothing yet. At the start only, before drivers are open. */
gboolean station_fall_back(Station *self);
/* Makes the alarm configuration-fault say what is so now. */
void station_tell_configuration(Station *self);

/* station-devices.c: drivers, readings, links */
void station_devices_open(Station *self);
void station_devices_close(Station *self);
void station_devices_beat(Station *self, Moment now);
/* Sends a command of our own; its result goes to station_stop_result(). False where nothing can carry it, or
 * where a hold forbids it. */
gboolean station_devices_send(Station *self, const DriverCommand *command);
/* CONNECTOR, which headquarters has disabled, is told so once more. */
void station_devices_disable(Station *self, guint connector);
/* What is held or disabled of DEVICE, which may have forgotten it, once more. */
void station_devices_hold(Station *self, guint device);
/* CONNECTOR's hold is over: its stop is not repeated any more. */
void station_devices_release(Station *self, guint connector);
void station_devices_urge(Station *self, guint point, gboolean on);

/* station-safety.c: the guard's decisions, its clock, built-in alarms */
void station_safety_drain(Station *self);
void station_safety_restore(Station *self, JsonArray *alarms);
void station_safety_merge(Station *self, JsonArray *alarms);
void station_safety_raise(Station *self, const char *builtin, const char *subject, const char *value);
void station_safety_clear(Station *self, const char *builtin, const char *subject);
void station_safety_start(Station *self);
void station_safety_stop(Station *self);

/* station-journal.c: the ladder journal outside the books */
char *station_journal_load(Station *self);
void station_journal_append(Station *self, const char *line);
void station_journal_begin(Station *self);
/* Makes the file whole where an append failed, and anew where it has grown long; on each beat. */
void station_journal_tend(Station *self);
void station_journal_close(Station *self);

/* station-records.c: facts for the books */
void station_records_open(Station *self);
void station_records_alarm(Station *self, const GuardDecision *decision);
void station_records_release(Station *self, const GuardDecision *decision);
void station_records_device(Station *self, guint device, gboolean online, const char *reason, Moment at);
void station_records_started(Station *self);
/* An event of its own, with nothing beside it; DATA is a JSON object. */
void station_records_event(Station *self, const char *type, const char *subject, const char *data);
void station_records_audit(Station *self, const char *who, const char *verb, const char *object,
                           const char *result, const char *detail);
void station_records_beat(Station *self, Moment now);
/* After station.db was replaced: what stands is saved into it, and what it thinks stands and does not is
 * closed. */
void station_records_reconcile(Station *self);

/* station-remember.c: alarms in the books */
/* All that the guard needs of ALARM beside what has columns of its own, as text; the caller owns it. */
char *station_remember_pack(const Alarm *alarm);
/* An alarm from its row (alarm-open-list); NULL where it cannot be read. */
Alarm *station_remember_alarm(const Station *self, JsonObject *row);

/* station-people.c: staff, PINs, roles */
typedef enum { STATION_ROLE_VIEWER, STATION_ROLE_OPERATOR, STATION_ROLE_ENGINEER } StationRole;
typedef void (*StationAllowed)(Station *self, const char *name, ServiceCall *call, gpointer user_data);
void station_people_load(Station *self);
/* The copy outside the books, where those cannot be read and nothing is known yet. */
void station_people_recall(Station *self);
void station_people_clear(Station *self);
/* Runs ALLOWED once WHO is known to be at least ROLE; else refuses CALL and records it. USER_DATA is freed by
 * FREE_DATA in either case. */
void station_people_check(Station *self, const ServiceWho *who, StationRole role, const char *verb,
                          const char *object, ServiceCall *call, StationAllowed allowed, gpointer user_data,
                          GDestroyNotify free_data);
/* The same, but root and stationd's own user need no PIN. */
void station_people_check_owner(Station *self, const ServiceWho *who, const char *verb, const char *object,
                                ServiceCall *call, StationAllowed allowed, gpointer user_data,
                                GDestroyNotify free_data);
/* "staff:li" for people, "uid:0" for owners; the caller owns it. */
char *station_people_actor(const char *name);
void station_people_list(Station *self, ServiceCall *call);
void station_people_add(Station *self, const char *name, const char *role, const char *new_pin,
                        const ServiceWho *who, ServiceCall *call);
void station_people_disable(Station *self, const char *name, const ServiceWho *who, ServiceCall *call);

/* station-service.c: what D-Bus shows and asks */
void station_service_open(Station *self, ServiceBus bus);
/* What stands for `stationctl status` and for one of `stationctl devices`: a JSON object; the caller owns it.
 */
char *station_service_status(gpointer self);
JsonNode *station_service_view_device(Station *self, guint device);

/* station-crash.c: crashes counted, guard only */
/* Notes this start; true where it must guard only, until guard_only_until_us. */
gboolean station_crash_begin(Station *self);
/* The time of guarding only is over. */
void station_crash_forget(Station *self);
void station_crash_end(Station *self);

/* station-health.c: disk, memory, clock as points; small files without a wait for the disk */
void station_health_beat(Station *self, Moment now);
/* Replaces PATH by TEXT by rename, without fsync: it must outlive the process, not the machine. */
gboolean station_health_write(const char *path, const char *text, guint mode);
/* Keeps the configuration as last good, on a thread of its own. */
void station_health_keep(Station *self);

/* station-notify.c: systemd's notification socket */
void station_notify(const char *state);
gint64 station_notify_watchdog_us(void);
