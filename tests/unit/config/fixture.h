/* SPDX-License-Identifier: Apache-2.0 */
/* A right configuration in a folder of its own, for tests to load and to spoil: the examples of CONTRACT
 * section 3 as they stand there (contract/), with what they refer to added. Main thread. */
#pragma once

#include "edge/config/config.h"

typedef struct {
    char *directory;
    char *assets;
} Fixture;

/* Files by name; NULL-terminated. */
extern const char *const fixture_files[];

/* The right text of FILE; the caller owns it. */
char *fixture_text(const char *file);
/* A folder with all files, and assets with the shipped rules. */
Fixture *fixture_new(void);
void fixture_free(Fixture *fixture);
/* Writes TEXT (SIZE bytes, −1: to its NUL) to FILE below the folder, with MODE. */
void fixture_write(const Fixture *fixture, const char *file, const char *text, gssize size, guint mode);
/* Replaces OLD, which must stand in FILE, once, by NEW. */
void fixture_edit(const Fixture *fixture, const char *file, const char *old, const char *replacement);
/* Loads it; the faults as text in RET_FAULTS where it is not right. */
Site *fixture_load(const Fixture *fixture, GPtrArray **ret_faults);
/* The one that a test expects to load. */
Site *fixture_load_right(const Fixture *fixture);

/* One way to be wrong: OLD in FILE becomes REPLACEMENT, and that gives N faults, among them one in
 * IN (NULL: in FILE) at [GROUP] KEY whose text holds WORD. */
typedef struct {
    const char *file, *old, *replacement;
    const char *in, *group, *key, *word;
    guint n;
} FixtureFault;

/* Adds a test for each of the N cases, below PREFIX ("/config-station/fault"). CASES must stay. */
void fixture_add_faults(const char *prefix, const FixtureFault *cases, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)
