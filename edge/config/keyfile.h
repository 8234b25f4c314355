/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one key file (CONTRACT section 3): groups and keys as GLib reads them, comments behind values,
 * trailing space dropped, nothing given twice. Keeps the line of everything, and collects faults instead of
 * stopping at the first. Main thread; the text comes in as bytes, no I/O. */
#pragma once

#include "edge/config/config.h"

#define KEYFILE_LONGEST_FILE (1024u * 1024u) /* bytes */
#define KEYFILE_LONGEST_LINE 4096u           /* bytes */
#define KEYFILE_MOST_GROUPS 20000u
#define KEYFILE_MOST_FAULTS 1000u /* of a whole configuration; what lies beyond is not collected */

typedef struct {
    char *key;   /* "name[zh_CN]" */
    char *raw;   /* the value without comment, escapes as written */
    char *value; /* escapes resolved */
    guint line;
} KeyfileEntry;

typedef struct Keyfile Keyfile;

/* One group: "[device dc-01]". */
typedef struct {
    Keyfile *file; /* borrowed */
    char *head;    /* "device dc-01" */
    char *kind;    /* "device" */
    char *name;    /* "dc-01", "" where there is none */
    guint line;
    GPtrArray *entries; /* KeyfileEntry */
    GPtrArray *known;   /* keys that somebody has asked for (char *) */
} KeyfileGroup;

struct Keyfile {
    char *path;        /* for messages: relative to the configuration's directory */
    GPtrArray *groups; /* KeyfileGroup, in the order of the file */
    GPtrArray *faults; /* ConfigFault; borrowed */
};

/* Parses SIZE bytes of TEXT that stand in the file PATH. Always gives a Keyfile: of a faulty one what could
 * be understood. Faults go to FAULTS, which must outlive it. */
Keyfile *keyfile_parse(const char *path, const char *text, gsize size, GPtrArray *faults);
void keyfile_free(Keyfile *file);

#define KEYFILE_UNKNOWN "unknown key; " /* so begins the fault at a key that nobody knows */

/* Adds to OMIT (a set of strings) what FAULT is at: its key, so that there is the default; where that is in
 * it already, or a default would be wrong, its group; and then its file. False where all of it is. */
gboolean keyfile_omit_fault(GHashTable *omit, const ConfigFault *fault);
/* Takes out of FILE the groups and keys that are in OMIT, and of its faults, from the one at FIRST on, those
 * at them. A file as a whole is in OMIT by its path. */
void keyfile_omit(Keyfile *file, GHashTable *omit, guint first);

/* The entry of KEY, borrowed, or NULL. */
const KeyfileEntry *keyfile_find(const KeyfileGroup *group, const char *key);

/* TEXT split at each `;` that no backslash escapes, escapes resolved, white space around the parts and empty
 * parts dropped; the caller owns it (g_strfreev). */
char **keyfile_split(const char *raw);

/* The value of KEY in a file that may be damaged anywhere else, whatever its bytes: that of [GROUP], or else
 * of another group, since a group's line may be what is damaged. NULL where there is none; the caller owns
 * it. */
char *keyfile_rescue(const char *text, gsize size, const char *group, const char *key);

/* Adds a fault; GROUP and KEY may be "". Nothing happens beyond KEYFILE_MOST_FAULTS. */
void keyfile_fault(GPtrArray *faults, const char *path, const char *group, const char *key,
                   const char *format, ...) G_GNUC_PRINTF(5, 6);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keyfile, keyfile_free)
