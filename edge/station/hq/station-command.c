/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of headquarters: none is carried out before its signature can be checked. */
#include "edge/station/hq/station-hq-private.h"

void station_command_take(Station *self, const char *topic, const char *payload G_GNUC_UNUSED, gsize length,
                          const char *signature G_GNUC_UNUSED, gboolean retained G_GNUC_UNUSED)
{
    g_autofree char *detail =
        g_strdup_printf("%" G_GSIZE_FORMAT " bytes on %.100s: not served yet", length, topic);

    station_records_audit(self, "hq:?", "command", "station", "refused", detail);
}
