/* SPDX-License-Identifier: Apache-2.0 */
/* A window with one camera tile; on stdin "picture FILE" draws what it shows into a PNG, "texts" prints its
 * words, "size W H" makes it larger or smaller, "awaited" says whether it waits for a picture. In English or
 * as LANGUAGE says. */
#include "ui/wall-camera.h"
#include "ui/wall-feed.h"

#include <glib-unix.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static GtkWidget *window;

static void save(const char *file)
{
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(window);
    g_autoptr(GtkSnapshot) snapshot = gtk_snapshot_new();
    g_autoptr(GskRenderNode) node = NULL;
    g_autoptr(GdkTexture) texture = NULL;

    gdk_paintable_snapshot(paintable, snapshot, gtk_widget_get_width(window), gtk_widget_get_height(window));
    node = gtk_snapshot_to_node(snapshot);
    if (!node) { /* nothing has been drawn yet */
        printf("saved 0\n");
        return;
    }
    texture = gsk_renderer_render_texture(gtk_native_get_renderer(GTK_NATIVE(window)), node, NULL);
    printf("saved %d\n", gdk_texture_save_to_png(texture, file));
}

/* One line, the words of each label between bars. */
static void tell_texts(void)
{
    GtkWidget *tile = gtk_window_get_child(GTK_WINDOW(window));

    printf("texts");
    for (GtkWidget *child = gtk_widget_get_first_child(tile); child;
         child = gtk_widget_get_next_sibling(child)) {
        g_autofree char *text = g_strdelimit(g_strdup(gtk_label_get_text(GTK_LABEL(child))), "\n", ' ');
        if (gtk_widget_get_visible(child))
            printf("|%s", text);
    }
    printf("|\n");
}

static void resize(const char *size)
{
    int width = 0, height = 0;

    if (sscanf(size, "%d %d", &width, &height) == 2)
        gtk_window_set_default_size(GTK_WINDOW(window), width, height);
    printf("size %d %d\n", width, height);
}

static gboolean on_input(int fd, GIOCondition condition, gpointer loop)
{
    char line[500];
    ssize_t n = read(fd, line, sizeof line - 1);

    (void)condition;
    if (n <= 0) {
        g_main_loop_quit(loop);
        return G_SOURCE_REMOVE;
    }
    line[n] = '\0';
    g_strchomp(line);
    if (g_str_has_prefix(line, "picture "))
        save(line + strlen("picture "));
    else if (g_str_equal(line, "texts"))
        tell_texts();
    else if (g_str_has_prefix(line, "size "))
        resize(line + strlen("size "));
    else if (g_str_equal(line, "awaited"))
        printf("awaited %d\n", wall_camera_is_awaited());
    fflush(stdout);
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    WallSiteCamera camera = { .zone = (char *)"" };
    GtkCssProvider *css;

    setlocale(LC_ALL, "C.UTF-8");
    bindtextdomain("stationmaster", g_getenv("STATIONMASTER_LOCALES"));
    bind_textdomain_codeset("stationmaster", "UTF-8");
    textdomain("stationmaster");
    if (argc != 5 || !gtk_init_check()) {
        g_printerr("usage: tile-probe NAME URI USER PASSWORD\n");
        return 2;
    }
    camera.name = argv[1];
    camera.uri = argv[2];
    camera.user = argv[3];
    camera.password = argv[4];
    css = gtk_css_provider_new();
    gtk_css_provider_load_from_data(
        css, "label { color: white; background: rgba(0,0,0,0.6); font-size: 20px; }", -1);
    gtk_style_context_add_provider_for_display(gdk_display_get_default(), GTK_STYLE_PROVIDER(css), 600);
    window = gtk_window_new();
    gtk_window_set_default_size(GTK_WINDOW(window), 624, 351);
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    gtk_window_set_child(GTK_WINDOW(window), wall_camera_new(&camera));
    gtk_window_present(GTK_WINDOW(window));
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, loop);
    g_main_loop_run(loop);
    gtk_window_destroy(GTK_WINDOW(window));
    wall_feed_finish();
    g_object_unref(css);
    return 0;
}
