/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated site: its devices and buses, which feeder serves what, the traffic of cars, and one step of
 * it all. Pure; main thread; deterministic under a seed. */
#pragma once

#include "drivers/sim/sim-charger.h"
#include "drivers/sim/sim-io.h"

typedef enum {
    SIM_KIND_DC = 1 << 0,
    SIM_KIND_SMOKE = 1 << 1,
    SIM_KIND_HEAT = 1 << 2,
    SIM_KIND_TH = 1 << 3,
    SIM_KIND_WATER = 1 << 4,
    SIM_KIND_DOOR = 1 << 5,
    SIM_KIND_METER = 1 << 6,
    SIM_KIND_IO = 1 << 7,
    SIM_KIND_IO_ZONE = 1 << 8
} SimKind;
#define SIM_KIND_SENSOR (SIM_KIND_SMOKE | SIM_KIND_HEAT | SIM_KIND_TH | SIM_KIND_WATER | SIM_KIND_DOOR)

/* How a line or a device answers. */
typedef enum {
    SIM_LINE_NORMAL,
    SIM_LINE_SILENT,
    SIM_LINE_GARBAGE,    /* bytes that mean nothing */
    SIM_LINE_SLOW,       /* after delay_ms */
    SIM_LINE_EXCEPTIONS, /* exception 4 to everything */
    SIM_LINE_SHORT,      /* the first half of the answer */
    SIM_LINE_WRONG_ID,   /* another's transaction and unit id */
    SIM_LINE_DRIP,       /* byte by byte */
    SIM_LINE_CLOSES,     /* closes the connection instead; a camera takes none */
} SimLineMode;

typedef struct {
    SimLineMode mode;
    gint64 delay_ms; /* wall time */
    gint64 until_ms; /* site's clock; 0: for good */
} SimLine;

typedef struct {
    gboolean alarm, tamper; /* alarm: smoke, heat, water, or the door open */
    gint64 until_ms;        /* site's clock at which it clears by itself; 0: never */
    double temperature, humidity, leak_m;
    double rest_temperature, rest_humidity;
} SimSensor;

typedef struct {
    double kw, current, volt, energy_kwh;
} SimMeter;

typedef struct SimDevice {
    char *name, *bus, *zone;
    char *feeder, *feeder_meter; /* as configured, "" : none */
    SimKind kind;
    guint unit;
    SimCharger *charger; /* SIM_KIND_DC */
    SimIo io;            /* SIM_KIND_IO… */
    SimSensor sensor;
    SimMeter meter;
    struct SimDevice *feeder_io; /* NULL: always fed */
    guint feeder_number;
    gboolean is_feeder_meter; /* measures only what is behind its feeder */
    SimLine line;
    GHashTable *overrides; /* "1/bms_temp_max", "smoke" → double *: what its registers say instead */
    GHashTable *frozen;    /* NULL, or the same of the moment in which its registers froze */
    gint64 *next_car_ms;   /* per connector */
} SimDevice;

typedef struct {
    char *name;
    SimLine line;
    guint n_devices;
    gboolean gateway_silent; /* for a device without power: silence instead of exception 0x0B */
} SimBus;

/* A camera. `silent`: its frames stop and the connection stays; `closes`: it is off. */
typedef struct {
    char *name;
    char *path, *display_path; /* of its two streams, "/Streaming/Channels/101", "/cam/realmonitor?channel=1";
                                  "": none */
    char *username, *password; /* "": it asks for none */
    SimLine line;
    guint16 port; /* as configured, 0: none; then the one at which it is served */
} SimCamera;

typedef struct {
    GPtrArray *devices; /* SimDevice */
    GPtrArray *buses;   /* SimBus */
    GPtrArray *cameras; /* SimCamera */
    GRand *random;
    gint64 now_ms; /* the site's clock: elapsed time in whole steps */
    double speed;
    gboolean cars; /* cars come and go by themselves */
    SimLog log;
    gpointer log_data;
} SimSite;

#define SIM_SPEED_MAX 100.0
#define SIM_DEVICES_MAX 2000
#define SIM_CAMERAS_MAX 64

SimSite *sim_site_new(guint32 seed, SimLog log, gpointer log_data);
void sim_site_free(SimSite *site);

/* What is told of a device in devices.d; strings may be NULL where nothing is said. */
typedef struct {
    const char *name, *profile, *bus, *zone, *feeder, *feeder_meter;
    guint unit;
    double rated_kw; /* 0: 120 */
} SimDeviceSetup;

/* The bus of that name, added where it is new; borrowed. */
SimBus *sim_site_add_bus(SimSite *site, const char *name);

/* Adds a camera of that name; borrowed. Refused: a name that is taken, too many. */
SimCamera *sim_site_add_camera(SimSite *site, const char *name, GError **error);

/* Adds a device (and its bus, where it is new). Refused: a profile that is not simulated, too many. */
gboolean sim_site_add(SimSite *site, const SimDeviceSetup *setup, GError **error);

/* Whether devices of PROFILE can be simulated. */
gboolean sim_site_knows_profile(const char *profile);

/* Finds the feeders after all devices are there. A charger alone on its bus takes the line with it when it is
 * dark; behind a gateway that others share, the gateway says that it cannot be reached. */
gboolean sim_site_link(SimSite *site, GError **error);

/* Borrowed, or NULL. */
SimDevice *sim_site_find(const SimSite *site, const char *name);
SimDevice *sim_site_find_unit(const SimSite *site, const char *bus, guint unit);
SimBus *sim_site_find_bus(const SimSite *site, const char *name);
SimCamera *sim_site_find_camera(const SimSite *site, const char *name);

/* Begins anew with another seed for what is drawn from now on. */
void sim_site_set_seed(SimSite *site, guint32 seed);

/* A car comes. ENERGY_KWH, SOC (0 … 1) and VIN: 0, negative and NULL mean drawn. */
gboolean sim_site_arrive(SimSite *site, SimDevice *device, guint index, double energy_kwh, double soc,
                         const char *vin);

/* Whether DEVICE would answer now. */
gboolean sim_site_is_awake(const SimDevice *device);

/* Moves on by SIM_STEP_MS. */
void sim_site_step(SimSite *site);

#define SIM_ERROR sim_site_error_quark()
GQuark sim_site_error_quark(void);
typedef enum { SIM_ERROR_CONFIG, SIM_ERROR_SCENARIO, SIM_ERROR_REFUSED, SIM_ERROR_SERVER } SimError;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimSite, sim_site_free)
