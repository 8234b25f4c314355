/* SPDX-License-Identifier: Apache-2.0 */
/* A table of text for a terminal: columns as wide as their widest cell, where a Chinese character counts two.
 * Control characters never reach the terminal. */
#pragma once

#include <glib.h>

typedef enum {
    CTL_COLOUR_NONE,
    CTL_COLOUR_BOLD,
    CTL_COLOUR_RED,
    CTL_COLOUR_YELLOW,
    CTL_COLOUR_GREEN
} CtlColour;

typedef struct CtlTable CtlTable;

CtlTable *ctl_table_new(void);
void ctl_table_free(CtlTable *table);

/* Cells of column COLUMN stand at its right edge. */
void ctl_table_align_right(CtlTable *table, guint column);

/* The next cell of the row; TEXT is copied. */
void ctl_table_add(CtlTable *table, const char *text, CtlColour colour);
void ctl_table_add_format(CtlTable *table, CtlColour colour, const char *format, ...) G_GNUC_PRINTF(3, 4);
void ctl_table_end_row(CtlTable *table);

/* Appends the table to OUT, with escapes for colours if COLOURED. */
void ctl_table_print(const CtlTable *table, gboolean coloured, GString *out);

/* Columns of a terminal that TEXT (UTF-8) takes. */
guint ctl_table_width(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlTable, ctl_table_free)
