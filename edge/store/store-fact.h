/* SPDX-License-Identifier: Apache-2.0 */
/* What a fact is made of, for the store's own use; the functions stand in store.h. A fact goes from thread to
 * thread and is never shared. */
#pragma once

#include "edge/store/store.h"

#define STORE_FACT_EVENT (-1)
#define STORE_FACT_EVENT_VALUES 5 /* type, subject, time, timequality, data */

/* One statement or event. Its values are `values[first …]` of its fact. */
typedef struct {
    int query; /* index into station_sql_queries, or STORE_FACT_EVENT */
    guint first;
    guint n;
    gboolean unless_unchanged;
} StoreStep;

struct StoreFact {
    GArray *steps;       /* StoreStep */
    GArray *values;      /* StoreValue; texts live in `texts` */
    GStringChunk *texts; /* all of them, freed at once */
    gsize bytes;         /* about what it takes of memory */
    gboolean is_broken;  /* something was added wrongly: refuse it whole */
    StoreDone done;
    gpointer user_data;
    GError *fault; /* why the database refused it; set by the writer */
    gint64 last_seq;
};

/* As store_fact_add(), for a query that reads (READS) or one that writes. */
void store_fact_add_list(StoreFact *fact, gboolean reads, const char *query, const char *format,
                         va_list list);
