/* SPDX-License-Identifier: Apache-2.0 */
/* What the rest of the room has of headquarters: the line, what waits for it, what it says and asks. Main
 * thread. */
#pragma once

#include "edge/station/station-private.h"

void station_hq_open(Station *self);
/* The books are about to close: what was only counted is written down. */
void station_hq_flush(Station *self);
void station_hq_close(Station *self);
void station_hq_beat(Station *self, Moment now);
/* A fact is durable: events may be new. */
void station_hq_appended(Station *self);
/* There is another configuration: its keys are the ones that count. */
void station_hq_configured(Station *self);
/* The books are open (again). */
void station_hq_books_opened(Station *self);
/* The object "hq" of the status, and the process station-sync. */
void station_hq_add_status(const Station *self, JsonBuilder *builder);
void station_hq_add_process(const Station *self, JsonBuilder *builder);
gint64 station_hq_get_acked(const Station *self);
/* Whether headquarters has disabled CONNECTOR: nobody else enables it then. */
gboolean station_hq_has_disabled(const Station *self, guint connector);
/* By whom ("hq:NAME"), borrowed; NULL: nobody. */
const char *station_hq_get_disabler(const Station *self, guint connector);
/* What station-sync asks. */
ServiceSyncBackend station_hq_get_backend(void);
char *station_hq_list_announcements(gpointer user_data);
