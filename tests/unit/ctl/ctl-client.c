/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-client.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    char *folder, *file;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->folder = g_dir_make_tmp("ctl-client-XXXXXX", NULL);
    fixture->file = g_build_filename(fixture->folder, "pin", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_remove(fixture->file);
    g_rmdir(fixture->folder);
    g_free(fixture->file);
    g_free(fixture->folder);
}

static void assert_pin(Fixture *fixture, const char *text, int mode, const char *expected)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(fixture->file, text, -1, NULL));
    g_assert_cmpint(g_chmod(fixture->file, mode), ==, 0);
    char *pin = ctl_client_read_pin(fixture->file, &error);

    g_assert_cmpstr(pin, ==, expected);
    g_assert_true((error == NULL) == (expected != NULL));
    ctl_client_free_pin(pin);
}

static void test_pin(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *endless = g_strnfill(1000, '1');

    assert_pin(fixture, "2468", 0600, "2468");
    assert_pin(fixture, "2468\n", 0400, "2468");
    assert_pin(fixture, "24 68 \r\n", 0600, "24 68 ");
    assert_pin(fixture, "2468", 0640, NULL);
    assert_pin(fixture, "2468", 0604, NULL);
    assert_pin(fixture, "2468", 0602, NULL);
    assert_pin(fixture, "", 0600, NULL);
    assert_pin(fixture, "\n", 0600, NULL);
    assert_pin(fixture, "\xff\xfe", 0600, NULL);
    assert_pin(fixture, endless, 0600, NULL);
}

static void test_no_file(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ctl_client_read_pin(fixture->file, &error));
    g_assert_nonnull(strstr(error->message, fixture->file));
    g_assert_null(ctl_client_read_pin(fixture->folder, NULL));
    g_assert_cmpint(mkfifo(fixture->file, 0600), ==, 0);
    g_assert_null(ctl_client_read_pin(fixture->file, NULL)); /* and does not wait for a writer */
}

static void test_fail(Fixture *fixture G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *name;
        CtlExit exit;
        const char *word;
    } cases[] = { { "org.stationmaster.Error.Refused", CTL_EXIT_REFUSED, "refused" },
                  { "org.stationmaster.Error.NotFound", CTL_EXIT_REFUSED, "not-found" },
                  { "org.stationmaster.Error.Invalid", CTL_EXIT_REFUSED, "invalid" },
                  { "org.stationmaster.Error.Busy", CTL_EXIT_REFUSED, "busy" },
                  { "org.freedesktop.DBus.Error.ServiceUnknown", CTL_EXIT_UNREACHABLE, "unreachable" },
                  { "org.freedesktop.DBus.Error.NoReply", CTL_EXIT_UNREACHABLE, "unreachable" },
                  { "org.freedesktop.DBus.Error.AccessDenied", CTL_EXIT_REFUSED, "refused" },
                  { "org.example.Other", CTL_EXIT_REFUSED, "failed" } };
    const CtlOptions options = { .json = TRUE };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GError) error = g_dbus_error_new_for_dbus_error(cases[i].name, "say \"why\"");
        Ctl ctl = { .options = &options, .out = out };

        g_assert_cmpint(ctl_client_fail(&ctl, error), ==, cases[i].exit);
        g_autoptr(JsonNode) node = json_from_string(out->str, NULL);

        g_assert_cmpstr(json_object_get_string_member(json_node_get_object(node), "error"), ==,
                        cases[i].word);
        g_assert_true(json_object_has_member(json_node_get_object(node), "reason"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/ctl-client/pin", Fixture, NULL, set_up, test_pin, tear_down);
    g_test_add("/ctl-client/no-file", Fixture, NULL, set_up, test_no_file, tear_down);
    g_test_add("/ctl-client/fail", Fixture, NULL, set_up, test_fail, tear_down);
    return g_test_run();
}
