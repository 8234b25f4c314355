/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-config.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder_with(const char *devices)
{
    char *folder = g_dir_make_tmp("sim-config-XXXXXX", NULL);
    g_autofree char *inner = g_build_filename(folder, "devices.d", NULL);
    g_autofree char *file = g_build_filename(inner, "a.conf", NULL);
    g_autofree char *station = g_build_filename(folder, "station.conf", NULL);

    g_assert_cmpint(g_mkdir(inner, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, devices, -1, NULL));
    g_assert_true(g_file_set_contents(station, "[station]\nid=X ; why\ndata-dir=old\n", -1, NULL));
    return folder;
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = { "devices.d/a.conf",
                                         "devices.d/generated.conf",
                                         "devices.d",
                                         "out/devices.d/a.conf",
                                         "out/devices.d",
                                         "out/station.conf",
                                         "out",
                                         "station.conf",
                                         "" };
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_remove(path);
    }
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

static const char good[] = "; a comment\n[bus one] ; another\naddress=tcp://127.0.0.1:1502 ; here\n"
                           "[bus two]\naddress=rtu:///dev/ttyS9?baud=9600&parity=none\n\n"
                           "[device dc-01]\nprofile=generic-dc # the usual\nbus=one\nunit-id=7\nzone=a\n"
                           "[device far]\nlistener=ykc\nnumber=1\n[device odd]\nprofile=keba-p30\nbus=one\n";

static void test_load(void)
{
    g_autofree char *folder = folder_with(good);
    g_autoptr(SimSite) site = sim_site_new(1, NULL, NULL);
    g_autoptr(GPtrArray) buses = NULL, left_out = NULL;
    g_autoptr(GError) error = NULL;
    const SimConfigBus *one, *two;

    g_assert_true(sim_config_load(folder, site, &buses, &left_out, &error));
    g_assert_cmpuint(buses->len, ==, 2);
    one = g_ptr_array_index(buses, 0);
    two = g_ptr_array_index(buses, 1);
    g_assert_cmpuint(one->port, ==, 1502);
    g_assert_true(two->serial);
    g_assert_cmpstr(two->tty, ==, "/dev/ttyS9");
    g_assert_cmpstr(two->query, ==, "?baud=9600&parity=none");
    g_assert_cmpuint(site->devices->len, ==, 1);
    g_assert_cmpuint(sim_site_find(site, "dc-01")->unit, ==, 7);
    g_assert_cmpuint(left_out->len, ==, 2);
    remove_folder(folder);
}

/* The copy has other addresses and another data-dir, and every other line as it was. */
static void test_write(void)
{
    g_autofree char *folder = folder_with(good);
    g_autofree char *out = g_build_filename(folder, "out", NULL);
    g_autofree char *file = g_build_filename(out, "devices.d/a.conf", NULL);
    g_autofree char *station = g_build_filename(out, "station.conf", NULL);
    g_autofree char *text = NULL, *station_text = NULL;
    g_autoptr(SimSite) site = sim_site_new(1, NULL, NULL);
    g_autoptr(GPtrArray) buses = NULL, left_out = NULL;

    g_assert_true(sim_config_load(folder, site, &buses, &left_out, NULL));
    ((SimConfigBus *)g_ptr_array_index(buses, 0))->served = g_strdup("tcp://127.0.0.1:9");
    ((SimConfigBus *)g_ptr_array_index(buses, 1))->served = g_strdup("rtu:///x?baud=9600&parity=none");
    g_assert_true(sim_config_write(folder, out, site, buses, "/new", NULL));
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_true(g_file_get_contents(station, &station_text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text,
                                   "; a comment\n[bus one] ; another\naddress=tcp://127.0.0.1:9\n"
                                   "[bus two]\naddress=rtu:///x?baud=9600&parity=none\n\n[device dc-01]\n"));
    g_assert_cmpstr(strstr(text, "[device dc-01]"), ==, strstr(good, "[device dc-01]"));
    g_assert_cmpstr(station_text, ==, "[station]\nid=X ; why\ndata-dir=/new\n");
    remove_folder(folder);
}

/* Cameras are served at their own port; both streams of the copy point there, and the paths stay. */
static void test_cameras(void)
{
    g_autofree char *folder =
        folder_with("[bus a]\naddress=tcp://h:1\n[camera cam-01]\nrtsp=rtsp://h:8554/main ; big\n"
                    "rtsp-display=rtsp://h/sub?x=1\nzone=a\n[camera cam-02]\nrtsp=nonsense\n");
    g_autofree char *out = g_build_filename(folder, "out", NULL);
    g_autofree char *file = g_build_filename(out, "devices.d/a.conf", NULL);
    g_autofree char *text = NULL;
    g_autoptr(SimSite) site = sim_site_new(1, NULL, NULL);
    g_autoptr(GPtrArray) buses = NULL, left_out = NULL;
    SimCamera *camera;

    g_assert_true(sim_config_load(folder, site, &buses, &left_out, NULL));
    g_assert_cmpuint(site->cameras->len, ==, 2);
    camera = sim_site_find_camera(site, "cam-01");
    g_assert_cmpstr(camera->path, ==, "/main");
    g_assert_cmpstr(camera->display_path, ==, "/sub?x=1");
    g_assert_cmpstr(camera->password, ==, "");
    g_assert_cmpuint(camera->port, ==, 8554);
    camera->port = 9;
    g_assert_cmpstr(sim_site_find_camera(site, "cam-02")->path, ==, "");
    g_assert_true(sim_config_write(folder, out, site, buses, NULL, NULL));
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "[camera cam-01]\nrtsp=rtsp://127.0.0.1:9/main\n"
                                  "rtsp-display=rtsp://127.0.0.1:9/sub\nzone=a\n[camera cam-02]\n"
                                  "rtsp=nonsense\n"));
    remove_folder(folder);
}

static void test_bad(void)
{
    static const char *const texts[] = {
        "",
        "[bus a]\n",
        "[bus a]\naddress=udp://1:2\n",
        "[bus a]\naddress=tcp://host\n",
        "[bus a]\naddress=tcp://h:70000\n",
        "no group\n",
        "[bus a]\naddress=tcp://h:1\n[device d]\nprofile=generic-dc\nbus=a\nunit-id=300\n",
        "[bus a]\naddress=tcp://h:1\n[device d]\nprofile=generic-dc\nbus=a\nfeeder=io/breaker-1\n",
        "[bus a]\naddress=tcp://h:1\n[camera c]\npassword-file=none.secret\n",
        "[bus a]\naddress=tcp://h:1\n[device a/b]\nprofile=generic-dc\nbus=a\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *folder = folder_with(texts[i]);
        g_autoptr(SimSite) site = sim_site_new(1, NULL, NULL);
        g_autoptr(GPtrArray) buses = NULL, left_out = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(sim_config_load(folder, site, &buses, &left_out, &error));
        g_assert_nonnull(error);
        remove_folder(folder);
    }
}

static void test_generate(void)
{
    g_autofree char *folder = folder_with("");
    g_autoptr(SimSite) site = sim_site_new(1, NULL, NULL);
    g_autoptr(GPtrArray) buses = NULL, left_out = NULL;

    g_assert_true(sim_config_generate(folder, 25, 10, 100, NULL));
    g_assert_true(sim_config_load(folder, site, &buses, &left_out, NULL));
    g_assert_cmpuint(site->devices->len, ==, 26); /* and the outputs */
    g_assert_cmpuint(buses->len, ==, 4);
    g_assert_cmpuint(left_out->len, ==, 0);
    remove_folder(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-config/load", test_load);
    g_test_add_func("/sim-config/write", test_write);
    g_test_add_func("/sim-config/cameras", test_cameras);
    g_test_add_func("/sim-config/bad", test_bad);
    g_test_add_func("/sim-config/generate", test_generate);
    return g_test_run();
}
