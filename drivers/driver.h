/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver is. A driver brings the devices of one bus or one listener into the model: it gives readings,
 * session requests, transaction records and link states, and it takes commands with a deadline. It may poll
 * (own thread) or be pushed to (main loop); the station cannot tell which.
 *
 * MUSTs, each tested by tests/unit/modbus and tests/system:
 *  1. Every function here is called from the main thread and returns at once; every sink callback is called
 * in the main thread, never from within a call of the driver's own functions.
 *  2. A reading's `asked_at_us` is the boot time just before its request was sent; `read_at` just after its
 * answer. A pushed value's asked_at_us is the time its frame was received: it cannot prove anything older.
 *  3. A value that was not read is never given. Silence shows as link state and age, never as a value.
 *  4. Every command gets exactly one result. `confirmed_at_us` is the boot time at which the device's answer
 * to the last write came; a command past its deadline is not sent any more and ends EXPIRED.
 *  5. Commands overtake polls. A driver writes nothing that the profile does not list.
 *  6. Every buffer, queue and wait is bounded. A dead device costs its neighbours at most one time-out a
 * cycle.
 *  7. close() returns within 200 ms of stop() (or of its own begin), whatever a device or a line does, and no
 * sink callback comes after it, nor anything to a device. A thread that is still stuck then is left to
 * itself: it holds what it needs, touches its line no more, and frees all when it wakes; a connection is cut
 * from under it, so that what it was about to send goes nowhere. What was switched on for a time (a pulse) is
 * switched off before: when its time is up, at the latest 100 ms after stop(), which cuts a longer one short.
 * The one pulse that stays on is that of a device which does not answer in those 200 ms, or behind a line
 * that is stuck for as long.
 */
#pragma once

#include "edge/base/clock.h"
#include "edge/model/model.h"

#define DRIVER_REASON_SIZE 120
#define DRIVER_VERB_SIZE 40

typedef enum {
    DRIVER_POLLS = 1 << 0,    /* asks its devices by itself */
    DRIVER_PUSHED = 1 << 1,   /* devices send when they like */
    DRIVER_COMMANDS = 1 << 2, /* takes commands */
    DRIVER_SESSIONS = 1 << 3, /* brings card and VIN requests */
    DRIVER_RECORDS = 1 << 4,  /* brings transaction records */
} DriverCapability;

/* One value. `point` is the model's index. */
typedef struct {
    guint point;
    PointQuality quality; /* GOOD, BAD or ABSENT */
    PointValue value;
} DriverReading;

/* What one request brought (one merged read, one frame). */
typedef struct {
    guint device; /* the model's index */
    gint64 asked_at_us;
    Moment read_at;
    const DriverReading *readings; /* borrowed for the call */
    guint n_readings;
} DriverReadings;

typedef enum { DRIVER_LINK_ONLINE, DRIVER_LINK_SUSPECT, DRIVER_LINK_OFFLINE } DriverLinkState;

/* A device is heard again, or a request of it has failed. Sent on each change, and on each failed turn while
 * a device is urged (so that a proof knows of silence newer than its command). A device may be read at more
 * than one unit id: its state is that of its own; a side unit that falls silent is told with `is_silent`. */
typedef struct {
    guint device;
    DriverLinkState state;
    gboolean is_silent; /* the request was one of a unit that is not heard: its points are not to be known */
    guint unit;         /* the unit id that the request went to; MODEL_ANY_UNIT where there are none */
    gint64 asked_at_us; /* when the request that failed or succeeded was sent */
    Moment at;
    char reason[DRIVER_REASON_SIZE]; /* "read holding 40…63: connection timed out" */
} DriverLink;

/* verb: a command of the profile, "stop", "limit", "siren/on". */
typedef struct {
    guint64 id; /* the caller's; comes back in the result */
    guint device;
    guint connector; /* 0: the device's own */
    char verb[DRIVER_VERB_SIZE];
    gboolean has_argument;
    double argument;    /* in the command's unit */
    gint64 deadline_us; /* boot time; CLOCK_NEVER: none */
} DriverCommand;

typedef enum {
    DRIVER_RESULT_CONFIRMED, /* every write was answered as done, or as accepted and in work */
    DRIVER_RESULT_REFUSED,   /* the device will not, or the value is none that it can take */
    DRIVER_RESULT_FAILED,    /* not now: no answer, the link is down, the device is busy. May or may not have
                                been obeyed; worth sending again */
    DRIVER_RESULT_EXPIRED,   /* its deadline passed before it could be sent: not sent */
    DRIVER_RESULT_UNKNOWN,   /* the profile has no such command: not sent */
} DriverResult;

typedef struct {
    guint64 id;
    DriverResult result;
    gint64 sent_at_us;      /* boot time of the first write, 0 if nothing was sent */
    gint64 confirmed_at_us; /* boot time of the last answer, 0 unless CONFIRMED */
    char reason[DRIVER_REASON_SIZE];
} DriverCommandResult;

typedef enum { DRIVER_IDENTITY_CARD, DRIVER_IDENTITY_VIN, DRIVER_IDENTITY_ACCOUNT } DriverIdentity;

/* Somebody at the charger asks to charge. Answered once with answer_session(). */
typedef struct {
    guint64 id;
    guint device, connector;
    DriverIdentity kind;
    char identity[POINT_TEXT_SIZE];
    gint64 asked_at_us;
} DriverSessionRequest;

/* A charger's own record of a finished charge; repeated by the charger until confirm_record(). */
#define DRIVER_RECORD_BANDS 4
typedef struct {
    guint64 id;
    guint device, connector;
    char trade_serial[POINT_TEXT_SIZE];
    char vin[POINT_TEXT_SIZE], card[POINT_TEXT_SIZE];
    gint64 started_wall_us, ended_wall_us;
    gint64 meter_start_dwh, meter_end_dwh;       /* 0.0001 kWh */
    gint64 band_energy_dwh[DRIVER_RECORD_BANDS]; /* sharp, peak, flat, valley; 0.0001 kWh */
    gint64 band_amount_e4[DRIVER_RECORD_BANDS];  /* 0.0001 yuan, as the charger reckons */
    guint stop_code;                             /* the protocol's own */
} DriverRecord;

/* Where a driver brings things; all called in the main thread. Arguments are borrowed for the call. */
typedef struct {
    void (*readings)(const DriverReadings *readings, gpointer user_data);
    void (*link)(const DriverLink *link, gpointer user_data);
    void (*command_done)(const DriverCommandResult *result, gpointer user_data);
    void (*session_request)(const DriverSessionRequest *request, gpointer user_data);
    void (*record)(const DriverRecord *record, gpointer user_data);
    gpointer user_data;
} DriverSink;

/* Figures of one device, since the start unless said. */
typedef struct {
    double rtt_p50_ms, rtt_p95_ms; /* round trips over the last 256 requests; NaN: none yet */
    guint64 requests, errors;
    gint64 last_read_wall_us; /* 0: never */
    gboolean online;
} DriverDeviceStats;

/* Figures of the bus or listener. */
typedef struct {
    double load_percent; /* share of time that the line was busy, over the last 10 s */
    guint64 errors;
    gint64 alive_at_us; /* boot time of the thread's last sign of life */
    gint64 bound_us;    /* the longest it may stay without one */
} DriverBusStats;

typedef struct {
    const Model *model; /* for indices and the site; immutable parts only may be read from a thread */
    const SiteBus *bus; /* or NULL */
    const SiteListener *listener; /* or NULL */
    const guint *devices;         /* the model's indices of the devices it serves */
    guint n_devices;
} DriverSetup;

typedef struct DriverInstance DriverInstance; /* each driver's own */

typedef struct {
    const char *name;   /* "modbus" */
    guint capabilities; /* DriverCapability */
    DriverInstance *(*open)(const DriverSetup *setup, const DriverSink *sink, GError **error);
    void (*start)(DriverInstance *self);
    void (*command)(DriverInstance *self, const DriverCommand *command);
    /* While ON, the requests that hold POINTS are repeated back to back (proof of a stop). Counted per point.
     */
    void (*urge)(DriverInstance *self, guint point, gboolean on);
    /* The hold of a connector is over: what its `stop` and `disable` left to be repeated, those given before
     * this call included, is repeated no more. Sends nothing. Optional (NULL: it repeats nothing). */
    void (*release)(DriverInstance *self, guint device, guint connector);
    void (*answer_session)(DriverInstance *self, guint64 request, gboolean allowed, const char *reason);
    void (*confirm_record)(DriverInstance *self, guint64 record, gboolean stored);
    gboolean (*get_device_stats)(DriverInstance *self, guint device, DriverDeviceStats *ret_stats);
    void (*get_bus_stats)(DriverInstance *self, DriverBusStats *ret_stats);
    /* Optional (NULL: nothing to gain): tells the driver's threads to end and returns at once. Who closes
     * many stops them all first, so that their ends run side by side. Only close() may follow. */
    void (*stop)(DriverInstance *self);
    void (*close)(DriverInstance *self);
} Driver;

/* All drivers, NULL-terminated, in drivers/driver.c: one line each. */
extern const Driver *const driver_registry[];

/* The driver of that name, or NULL. "modbus" serves every [bus]; a [listener] names its own by `protocol`. */
const Driver *driver_find(const char *name);
