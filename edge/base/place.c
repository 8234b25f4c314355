/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/place.h"

#include "build-config.h"

#include <libintl.h>
#include <locale.h>
#include <string.h>

/* The absolute path of IN_TREE, seen from the program's own folder, if it is there. */
static char *find_in_tree(const char *in_tree)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;
    char *path = folder ? g_canonicalize_filename(in_tree, folder) : NULL;

    if (path && !g_file_test(path, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    return path;
}

/* WITNESS, a path within FOLDER, tells that it is the right one. */
static char *find(const char *variable, const char *folder, const char *witness, const char *installed)
{
    const char *said = g_getenv(variable);
    g_autofree char *sought = g_build_filename(folder, witness, NULL);
    g_autofree char *found = said ? NULL : find_in_tree(sought);

    if (said)
        return g_strdup(said);
    if (!found)
        return g_strdup(installed);
    found[strlen(found) - strlen(witness) - 1] = '\0';
    return g_steal_pointer(&found);
}

char *place_find_assets(void)
{
    return find("STATIONMASTER_ASSETS", "../../assets", "profiles", STATIONMASTER_ASSETS);
}

char *place_find_locales(void)
{
    return find("STATIONMASTER_LOCALES", "../assets/po", "zh_CN", STATIONMASTER_LOCALES);
}

/* The language that the environment asks for, where its locale need not be made. */
static const char *find_wanted(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *wanted = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(variables) && (!wanted || !wanted[0]); i++)
        wanted = g_getenv(variables[i]);
    return wanted;
}

void place_set_language(const char *language)
{
    const char *wanted = find_wanted();
    g_autofree char *locales = place_find_locales();

    if (language && language[0])
        g_setenv("LANGUAGE", language, TRUE);
    if (!setlocale(LC_ALL, "") || (language && g_str_equal(setlocale(LC_MESSAGES, NULL), "C"))) {
        /* The translations are had over C.UTF-8, which is always there. */
        setlocale(LC_ALL, "C.UTF-8");
        g_setenv("LC_ALL", "C.UTF-8", TRUE); /* a toolkit sets it from there again */
        if (wanted && wanted[0])
            g_setenv("LANGUAGE", wanted, FALSE);
    }
    setlocale(LC_NUMERIC, "C");
    bindtextdomain("stationmaster", locales);
    bind_textdomain_codeset("stationmaster", "UTF-8");
    textdomain("stationmaster");
}
