/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-camera.h"

#include <glib/gi18n.h>

struct _WallCamera {
    GtkWidget parent_instance;
    char *name;
    char *uri;
};

G_DEFINE_FINAL_TYPE(WallCamera, wall_camera, GTK_TYPE_WIDGET)

static void wall_camera_dispose(GObject *object)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_camera_parent_class)->dispose(object);
}

static void wall_camera_finalize(GObject *object)
{
    WallCamera *self = WALL_CAMERA(object);

    g_free(self->name);
    g_free(self->uri);
    G_OBJECT_CLASS(wall_camera_parent_class)->finalize(object);
}

static void wall_camera_class_init(WallCameraClass *class)
{
    G_OBJECT_CLASS(class)->dispose = wall_camera_dispose;
    G_OBJECT_CLASS(class)->finalize = wall_camera_finalize;
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "camera");
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void wall_camera_init(WallCamera *self G_GNUC_UNUSED)
{
}

GtkWidget *wall_camera_new(const char *name, const char *title, const char *uri)
{
    WallCamera *self = g_object_new(WALL_TYPE_CAMERA, NULL);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *label = gtk_label_new(title);
    GtkWidget *state = gtk_label_new(_("no picture"));

    self->name = g_strdup(name);
    self->uri = g_strdup(uri);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(state, "quiet");
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), state);
    gtk_widget_set_parent(box, GTK_WIDGET(self));
    return GTK_WIDGET(self);
}
