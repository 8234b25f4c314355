/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON array of objects as a table. */
#pragma once

#include "edge/ctl/ctl-client.h"
#include "edge/ctl/ctl-table.h"

typedef enum {
    CTL_LIST_TEXT,   /* as it is */
    CTL_LIST_NUMBER, /* at the right edge */
    CTL_LIST_WORD,   /* a word of the contract, in the user's language */
    CTL_LIST_VALUE,  /* of a point: a number or a word, at the right edge */
    CTL_LIST_TIME,
    CTL_LIST_ONLINE, /* true and false: online and offline */
    CTL_LIST_HELD,   /* true: held */
} CtlListKind;

typedef struct {
    const char *header; /* translated */
    const char *member; /* "rtt_ms.p50" */
    CtlListKind kind;
} CtlListColumn;

/* Leaves TEXT in ctl->out: as it came with --json, else as a table of COLUMNS, or EMPTY where there is
 * nothing. */
CtlExit ctl_list_show(Ctl *ctl, const char *text, const CtlListColumn *columns, guint n_columns,
                      const char *empty);

/* The same for an array that stands inside an answer: always a table, of headers alone where it is empty. */
void ctl_list_print(Ctl *ctl, JsonArray *array, const CtlListColumn *columns, guint n_columns);

/* A row of headers. */
void ctl_list_add_headers(CtlTable *table, const CtlListColumn *columns, guint n_columns);

/* The colour of a severity or of an alarm's or connector's state. */
CtlColour ctl_list_colour(const char *word);
