/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/place.h"

#include <gio/gio.h>
#include <libintl.h>
#include <locale.h>

/* This program stands deeper in the build tree than a shipped one: what it finds there is nothing. */
static void falls_back_to_what_is_installed(void)
{
    g_autofree char *assets = NULL;
    g_autofree char *locales = NULL;

    g_unsetenv("STATIONMASTER_ASSETS");
    g_unsetenv("STATIONMASTER_LOCALES");
    assets = place_find_assets();
    locales = place_find_locales();
    g_assert_true(g_str_has_suffix(assets, "/share/stationmaster"));
    g_assert_true(g_str_has_suffix(locales, "/locale"));
}

static void believes_the_environment(void)
{
    g_autofree char *assets = NULL;
    g_autofree char *locales = NULL;

    g_setenv("STATIONMASTER_ASSETS", "/nowhere/at all", TRUE);
    g_setenv("STATIONMASTER_LOCALES", "", TRUE);
    assets = place_find_assets();
    locales = place_find_locales();
    g_assert_cmpstr(assets, ==, "/nowhere/at all");
    g_assert_cmpstr(locales, ==, "");
}

/* A station may say zh_CN and not have that locale made. */
static void speaks_a_language_without_its_locale(void)
{
    g_setenv("LC_ALL", "tlh_XX.UTF-8", TRUE);
    g_unsetenv("LANGUAGE");
    place_set_language(NULL);
    g_assert_cmpstr(setlocale(LC_MESSAGES, NULL), ==, "C.UTF-8");
    g_assert_cmpstr(g_getenv("LANGUAGE"), ==, "tlh_XX.UTF-8");
    place_set_language("zh_CN");
    g_assert_cmpstr(g_getenv("LANGUAGE"), ==, "zh_CN");
    g_assert_cmpstr(setlocale(LC_NUMERIC, NULL), ==, "C");
    g_assert_cmpstr(textdomain(NULL), ==, "stationmaster");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/place/falls-back", falls_back_to_what_is_installed);
    g_test_add_func("/place/environment", believes_the_environment);
    g_test_add_func("/place/language", speaks_a_language_without_its_locale);
    return g_test_run();
}
