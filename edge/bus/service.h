/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus service: owns org.stationmaster.Station1, checks arguments, and hands each call to the station.
 * Survives the death of the bus (exit-on-close off; connects and owns the name anew with back-off). Main
 * thread, at G_PRIORITY_DEFAULT_IDLE's side of the ladder: never above it. */
#pragma once

#include "edge/model/model.h"
#include "edge/safety/guard.h"

#include <json-glib/json-glib.h>

typedef enum { SERVICE_BUS_SYSTEM, SERVICE_BUS_SESSION } ServiceBus;

/* Who calls, and as whom he says he acts. */
typedef struct {
    guint uid;         /* of the caller's connection; G_MAXUINT: unknown */
    const char *staff; /* "" : nobody */
    const char *pin;
} ServiceWho;

/* A call that waits for its answer; answered exactly once, from the main thread, at any later time. */
typedef struct ServiceCall ServiceCall;

typedef enum { SERVICE_REFUSED, SERVICE_NOT_FOUND, SERVICE_INVALID, SERVICE_BUSY } ServiceError;
void service_call_done(ServiceCall *call);                   /* no value */
void service_call_text(ServiceCall *call, const char *text); /* one string */
void service_call_count(ServiceCall *call, guint count);     /* one number */
void service_call_texts(ServiceCall *call, const char *const *texts);
void service_call_refuse(ServiceCall *call, ServiceError error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Of one epoch of the outbox: what HQ has acknowledged and what there is. */
typedef struct {
    gint64 epoch, acked, last_seq;
} ServiceEpoch;
void service_call_epochs(ServiceCall *call, const ServiceEpoch *epochs, guint n);
/* Events from ROWS, objects {seq, event}, borrowed. */
void service_call_events(ServiceCall *call, JsonArray *rows);

/* What the station does for station-sync (org.stationmaster.Sync1). */
typedef struct {
    void (*get_outbox)(ServiceCall *call, gpointer user_data);
    void (*read_outbox)(gint64 epoch, gint64 after, guint limit, ServiceCall *call, gpointer user_data);
    void (*take_ack)(gint64 epoch, gint64 through, gint64 sent, ServiceCall *call, gpointer user_data);
    void (*set_line)(gboolean online, const char *reason, gpointer user_data);
    void (*lose_line)(gpointer user_data); /* who called set_line() has left the bus */
    /* PAYLOAD is borrowed, LENGTH bytes of anything. FALSE: not yet, it must be given again. */
    gboolean (*take_command)(const char *topic, const char *payload, gsize length, const char *signature,
                             gboolean retained, gpointer user_data);
} ServiceSyncBackend;

/* What the station does for the bus. Strings that are returned are owned by the caller. */
typedef struct {
    const Model *(*get_model)(gpointer user_data);
    const Guard *(*get_guard)(gpointer user_data);
    /* Who has disabled CONNECTOR ("hq:NAME"), borrowed; NULL: nobody. */
    const char *(*get_disabler)(guint connector, gpointer user_data);
    char *(*get_status)(gpointer user_data);   /* JSON object */
    char *(*list_devices)(gpointer user_data); /* JSON arrays */
    char *(*list_buses)(gpointer user_data);
    char *(*list_cameras)(gpointer user_data);
    char *(*get_tariff)(gpointer user_data);
    char *(*list_announcements)(gpointer user_data);
    void (*list_old_alarms)(ServiceCall *call,
                            gpointer user_data); /* open ones and the last 1,000 that are over */
    void (*list_events)(gint64 epoch, gint64 after, guint limit, ServiceCall *call, gpointer user_data);
    void (*acknowledge)(const char *alarm, const char *note, const ServiceWho *who, ServiceCall *call,
                        gpointer user_data);
    void (*reset)(const char *alarm, const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*silence)(const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*stop_connector)(guint connector, const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*list_staff)(ServiceCall *call, gpointer user_data);
    void (*add_staff)(const char *name, const char *role, const char *new_pin, const ServiceWho *who,
                      ServiceCall *call, gpointer user_data);
    void (*disable_staff)(const char *name, const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*backup)(const char *file, const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*restore)(const char *file, const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*reload)(const ServiceWho *who, ServiceCall *call, gpointer user_data);
    void (*probe)(guint device, ServiceCall *call, gpointer user_data);
    ServiceSyncBackend sync;
    void (*ready)(gpointer user_data); /* the name is owned; again after each death of the bus */
    /* May be NULL. The bus is gone or out of reach, and why; said once until it is back. */
    void (*lost)(const char *why, gpointer user_data);
    gpointer user_data;
} ServiceBackend;

typedef struct Service Service;

/* Connects and owns the name, and goes on trying for ever. BACKEND is copied; get_model() and get_guard()
 * never give NULL. Of the calls in flight (at most 64, 16 of one sender; more hear Error.Busy before they
 * cost the main loop anything) those that act come with the caller's user. */
Service *service_new(ServiceBus bus, const ServiceBackend *backend);
/* Calls that still wait may be answered after it; nobody hears it. */
void service_free(Service *service);

/* Emits AlarmChanged. */
void service_alarm_changed(Service *service, const Alarm *alarm);
/* Notes that CONNECTOR has changed; ConnectorsChanged goes out at most four times a second. */
void service_connector_changed(Service *service, guint connector);
/* Emits AnnouncementsChanged with the JSON array ANNOUNCEMENTS. */
void service_announcements_changed(Service *service, const char *announcements);
/* Emit the signals of Sync1; nobody hears them while there is no bus. */
void service_sync_appended(Service *service, gint64 epoch, gint64 last_seq);
void service_sync_reply(Service *service, const char *reply);
void service_sync_resend(Service *service, gint64 epoch, gint64 from, gint64 to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)
