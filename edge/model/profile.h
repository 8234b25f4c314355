/* SPDX-License-Identifier: Apache-2.0 */
/* A device profile: registers as data (CONTRACT section 3, profiles/ *.profile). Immutable once loaded; the
 * site owns it. Connectors are expanded: every point and command stands here with its concrete connector and
 * address. */
#pragma once

#include <glib.h>

typedef enum { PROFILE_KIND_CHARGER, PROFILE_KIND_METER, PROFILE_KIND_SENSOR, PROFILE_KIND_IO } ProfileKind;
typedef enum {
    PROFILE_SPACE_HOLDING,
    PROFILE_SPACE_INPUT,
    PROFILE_SPACE_COIL,
    PROFILE_SPACE_DISCRETE
} ProfileSpace;
typedef enum {
    PROFILE_TYPE_BOOL,
    PROFILE_TYPE_U16,
    PROFILE_TYPE_S16,
    PROFILE_TYPE_U32,
    PROFILE_TYPE_S32,
    PROFILE_TYPE_U64,
    PROFILE_TYPE_S64,
    PROFILE_TYPE_F32,
    PROFILE_TYPE_F64,
    PROFILE_TYPE_ASCII
} ProfileType;

#define PROFILE_DEFAULT G_MAXUINT /* "as the device has it" for unit_id, period_ms, max_age_ms */

typedef struct {
    gboolean is_text; /* the key is text (ASCII points), else a number */
    char *text;
    gint64 number;
    char *word; /* what it means */
} ProfileMapEntry;

typedef struct {
    char *name;      /* "power", "breaker-1" */
    guint connector; /* 1 …, 0: the device's own */
    ProfileSpace space;
    guint16 address; /* zero-based, on the wire */
    int bit;         /* holding:5.3 → 3; -1: whole registers */
    ProfileType type;
    guint count;          /* registers (or bits of coil and discrete) it takes */
    gboolean word_little; /* least significant register first */
    gboolean has_mask;
    guint64 mask;
    guint shift;
    GArray *map;    /* ProfileMapEntry; empty: none */
    GArray *absent; /* gint64 raw values, as read, before mask and shift, that mean "no such value now";
                       64-bit patterns as they are */
    double scale;
    double offset;
    char **scale_by; /* names of points of the same device to multiply by; empty: none */
    char *unit;
    guint unit_id;    /* PROFILE_DEFAULT: the device's */
    guint period_ms;  /* PROFILE_DEFAULT: the device's */
    guint max_age_ms; /* PROFILE_DEFAULT: 3 × period, at least 5000 */
} ProfilePoint;

/* One write of a command: a register or coil, and the constant, or the command's argument. */
typedef struct {
    ProfileSpace space; /* HOLDING or COIL */
    guint16 address;
    gboolean has_constant;
    double constant;
} ProfileWrite;

typedef struct {
    char *name;      /* "stop", "siren/on" */
    guint connector; /* 1 …, 0: the device's own */
    GArray *writes;  /* ProfileWrite, at least one */
    ProfileType type;
    gboolean word_little;
    double scale; /* raw = (value − offset) / scale */
    double offset;
    char *unit;
    guint function;   /* 5, 6, 15, 16; 0: by type and count */
    guint pulse_ms;   /* 0: none; else the coil is written back to the opposite after this time */
    guint refresh_ms; /* 0: none; else written again while it stands */
    guint period_ms;  /* [keepalive] only */
    guint unit_id;    /* PROFILE_DEFAULT: the device's */
} ProfileCommand;

typedef struct {
    char *name; /* file stem */
    ProfileKind kind;
    char *vendor, *model, *source, *status;
    guint connectors;     /* 0 for what is no charger */
    guint max_read;       /* registers in one request; default 100 */
    guint max_gap;        /* holes a merged read may span; default 8 */
    GPtrArray *points;    /* ProfilePoint */
    GPtrArray *commands;  /* ProfileCommand */
    GPtrArray *keepalive; /* ProfileCommand named "keepalive" */
    GPtrArray *setup;     /* ProfileCommand named "setup" */
} Profile;

/* An empty profile of that name with the defaults. */
Profile *profile_new(const char *name);
void profile_free(Profile *profile);
ProfilePoint *profile_point_new(void);
void profile_point_free(ProfilePoint *point);
ProfileCommand *profile_command_new(void);
void profile_command_free(ProfileCommand *command);

/* The point or command of that connector (0: the device's own) and name, borrowed, or NULL. */
const ProfilePoint *profile_find_point(const Profile *profile, guint connector, const char *name);
const ProfileCommand *profile_find_command(const Profile *profile, guint connector, const char *name);

/* The registers that a value of TYPE takes (of a bool: the one that its bits stand in); 0 for text, whose
 * length stands with the point. */
guint profile_type_registers(ProfileType type);

/* The word of CONTRACT for KIND; static. */
const char *profile_kind_name(ProfileKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProfilePoint, profile_point_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProfileCommand, profile_command_free)
