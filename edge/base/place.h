/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program finds what ships with it, in this order: where the environment says, in the tree that it
 * was built in (build/ROOM/program), where it was installed. Main thread, at the start. */
#pragma once

#include <glib.h>

/* The directory of profiles/, rules.d/ and schemas/; $STATIONMASTER_ASSETS. */
char *place_find_assets(void);

/* Where gettext finds the translations; $STATIONMASTER_LOCALES. */
char *place_find_locales(void);

/* Takes the language from LANGUAGE ("zh_CN"; NULL or "": from the environment) and the translations from
 * place_find_locales(). Figures keep their point. */
void place_set_language(const char *language);
