/* SPDX-License-Identifier: Apache-2.0 */
/* A small simulated station around a real Guard: chargers, breakers, a feeder meter, sirens and a smoke
 * sensor, all of which can lie, under a fake clock. It carries decisions out as edge/station does and keeps a
 * journal and a database, so that the guard can be killed and restored at any decision. Units as in the code:
 * µs. */
#pragma once

#include "edge/safety/guard.h"

#define WORLD_CHARGERS 4
#define WORLD_BREAKERS 3 /* 0, 1: feeders; 2: main */
#define WORLD_MAIN 2
#define WORLD_SIDE_UNIT 200

typedef enum { WORLD_CONFIRMS, WORLD_REFUSES, WORLD_UNANSWERED } WorldReply;

typedef struct {
    const char *status;
    gboolean flowing;                       /* its contactor is closed and a car draws current */
    WorldReply stop, disable, enable;       /* what it answers; it obeys only what it confirms */
    gboolean ignores_stop, ignores_disable; /* confirms and does not obey */
    gboolean frozen;                        /* shows for ever what it showed at first */
    const char *frozen_status;
    double frozen_current;
    const char *claims;      /* NULL, or the status that it shows whatever it does */
    gint64 resumes_after_us; /* 0: never; after a stop it begins again by itself */
    gint64 resume_at_us;
    gboolean silent_on_command, silent;
    gboolean own_supply;     /* its electronics live on when the feeder is open */
    gint64 flickers_us;      /* 0: never; its current comes and goes, so long each */
    gboolean claims_offline; /* its own `online` reads 0, whatever it answers */
    gboolean
        side_silent; /* a second unit of it (WORLD_SIDE_UNIT), where cabinet_temp is read, does not answer */
    gboolean disabled;
    double gun_temp;
    int breaker; /* −1: none */
} WorldCharger;

typedef struct {
    gboolean open;
    WorldReply reply;
    gboolean stuck; /* confirms the trip and stays closed */
    gboolean leaks; /* the contact opens, the power stays */
} WorldBreaker;

/* What the site is like. */
typedef struct {
    guint actions;
    gboolean station_rung; /* highest-rung=station with a main breaker */
    gboolean no_feeder;
    gboolean rewired;    /* charger 0 hangs on breaker 1 */
    gboolean no_contact; /* breakers have no auxiliary contact */
    gboolean meter;      /* a feeder meter behind breaker 0 */
    gboolean shared;     /* chargers 0 and 1 hang on one feeder */
    gboolean latch;
    gboolean acknowledging_button;
} WorldSetup;

typedef struct {
    WorldSetup setup;
    Site *site;
    Model *model;
    Guard *guard;
    Moment now;
    WorldCharger chargers[WORLD_CHARGERS];
    WorldBreaker breakers[WORLD_BREAKERS];
    gboolean meter_silent, smoke, smoke_silent, siren_refuses, siren_stuck, button, siren_on, strobe_on,
        io_deaf;
    GString *journal;
    GHashTable *books;   /* alarm id → Alarm: what the database has */
    GHashTable *records; /* "id number" → transition: what was recorded, each once */
    GString *log;        /* commands, a line each: "12.340 dc-00/1 stop" */
    GArray *pending;     /* commands and releases under way */
    GArray *urged;       /* gint per point */
    gint64 next_poll_us[8];
    guint64 n_decisions, kill_at; /* 0: never */
    gboolean killed;
    char last_release[ALARM_ID_SIZE]; /* the text of the last RELEASE */
    guint n_starts, n_repeats, n_commands, n_released;
} World;

/* The configuration of such a station, one reference. */
Site *world_make_site(const WorldSetup *setup);

World *world_new(const WorldSetup *setup);
/* The same after a second in which all chargers charge. */
World *world_new_charging(const WorldSetup *setup);
void world_free(World *world);

/* Time passes, in steps of 10 ms: devices are read, results come, the guard ticks. */
void world_run(World *world, gint64 us);
/* Stops the guard as a kill does and makes another from journal and database. */
void world_restart(World *world, gboolean other_boot, gboolean with_books, gboolean with_journal);
/* A reload: MODEL and GUARD (consumed) take the place of the old ones. */
void world_replace(World *world, Model *model, Guard *guard);
/* The books come later than the guard could wait. */
void world_merge_books(World *world);
/* Puts ALARM into the books as it stands. */
void world_keep(World *world, const Alarm *alarm);
/* Carries out what the guard has decided. */
void world_drain(World *world);

/* The standing alarm of RULE on SUBJECT, or NULL. */
const Alarm *world_find_alarm(const World *world, const char *rule, const char *subject);
/* What ALARM shows of RUNG of CONNECTOR (path), or NULL. */
const AlarmStep *world_find_step(const Alarm *alarm, const char *connector, SiteRung rung);
/* A person acknowledges what stands. */
void world_acknowledge(World *world, const char *rule, const char *subject);
/* How the ladder of CONNECTOR stands: "proven feeder", "person", "open soft", "idle". */
const char *world_outcome(const World *world, guint connector);
/* All that matters in the end as text, for comparison; the caller owns it. */
char *world_summary(const World *world);
/* Whether a proof of CONNECTOR has ever broken and stands so in the ladder. */
gboolean world_has_resumed(const World *world, guint connector);
/* How often TEXT ("dc-00/1 stop") was commanded, and when last, in ms; −1: never. */
guint world_count_commands(const World *world, const char *text);
gint64 world_find_command_ms(const World *world, const char *text);
/* Points that are urged now. */
guint world_count_urged(const World *world);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)
