/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-pin-pad.h"

#include "ui/wall-json.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WallPinPad {
    GtkWidget parent_instance;
    GtkLabel *title, *what, *where, *dots, *message;
    GtkBox *subject;
    GtkListBox *people;
    GtkButton *ok, *cancel;
    WallSource *source; /* borrowed while open */
    GCancellable *asked;
    WallAlarmItem *alarm; /* NULL: silence */
    char pin[WALL_PIN_PAD_MOST + 1];
    guint idle;
    gboolean busy;
};

G_DEFINE_FINAL_TYPE(WallPinPad, wall_pin_pad, GTK_TYPE_WIDGET)

static void show_pin(WallPinPad *self)
{
    g_autoptr(GString) dots = g_string_new(NULL);
    gboolean ready = self->pin[0] && !self->busy && gtk_list_box_get_selected_row(self->people);

    for (gsize i = 0; i < strlen(self->pin); i++)
        g_string_append(dots, "●");
    gtk_label_set_text(self->dots, dots->len ? dots->str : _("PIN"));
    gtk_widget_set_sensitive(GTK_WIDGET(self->ok), ready);
}

static void forget_pin(WallPinPad *self)
{
    explicit_bzero(self->pin, sizeof self->pin);
    show_pin(self);
}

static gboolean on_idle_over(gpointer user_data)
{
    WallPinPad *self = user_data;

    self->idle = 0;
    wall_pin_pad_close(self);
    return G_SOURCE_REMOVE;
}

static void touch(WallPinPad *self)
{
    g_clear_handle_id(&self->idle, g_source_remove);
    self->idle = g_timeout_add_seconds(WALL_PIN_PAD_IDLE_S, on_idle_over, self);
}

static void on_digit_clicked(GtkButton *button, WallPinPad *self)
{
    gsize length = strlen(self->pin);

    touch(self);
    gtk_label_set_text(self->message, "");
    if (length < WALL_PIN_PAD_MOST && !self->busy)
        self->pin[length] = gtk_button_get_label(button)[0];
    show_pin(self);
}

static void on_erase_clicked(GtkButton *button G_GNUC_UNUSED, WallPinPad *self)
{
    gsize length = strlen(self->pin);

    touch(self);
    if (length > 0 && !self->busy)
        self->pin[length - 1] = '\0';
    show_pin(self);
}

static void on_done(const char *text G_GNUC_UNUSED, const char *error, gpointer user_data)
{
    WallPinPad *self = user_data;

    self->busy = FALSE;
    forget_pin(self);
    if (error[0])
        gtk_label_set_text(self->message, error);
    else
        wall_pin_pad_close(self);
}

static void on_ok_clicked(GtkButton *button G_GNUC_UNUSED, WallPinPad *self)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(self->people);
    const char *staff = row ? g_object_get_data(G_OBJECT(row), "name") : NULL;

    if (!staff || !self->pin[0] || self->busy)
        return;
    touch(self);
    self->busy = TRUE;
    show_pin(self);
    gtk_label_set_text(self->message, _("Checking …"));
    if (self->alarm)
        wall_source_acknowledge(self->source, wall_alarm_item_id(self->alarm), staff, self->pin, self->asked,
                                on_done, self);
    else
        wall_source_silence(self->source, staff, self->pin, self->asked, on_done, self);
}

static void on_person_selected(WallPinPad *self)
{
    gtk_label_set_text(self->message, "");
    forget_pin(self);
}

static void wall_pin_pad_dispose(GObject *object)
{
    GtkWidget *child;

    wall_pin_pad_close(WALL_PIN_PAD(object));
    if (WALL_PIN_PAD(object)->people)
        g_signal_handlers_disconnect_by_data(WALL_PIN_PAD(object)->people, object);
    WALL_PIN_PAD(object)->people = NULL;
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_pin_pad_parent_class)->dispose(object);
}

static void wall_pin_pad_class_init(WallPinPadClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = wall_pin_pad_dispose;
    gtk_widget_class_set_template_from_resource(widget_class, "/org/stationmaster/wall/wall-pin-pad.ui");
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, title);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, subject);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, what);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, where);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, dots);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, message);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, people);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, ok);
    gtk_widget_class_bind_template_child(widget_class, WallPinPad, cancel);
    gtk_widget_class_bind_template_callback(widget_class, on_digit_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_erase_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_ok_clicked);
    gtk_widget_class_set_css_name(widget_class, "pin-pad");
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void wall_pin_pad_init(WallPinPad *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_swapped(self->cancel, "clicked", G_CALLBACK(wall_pin_pad_close), self);
    g_signal_connect_swapped(self->people, "row-selected", G_CALLBACK(on_person_selected), self);
}

static void add_person(WallPinPad *self, JsonObject *person)
{
    g_autofree char *shown = wall_json_dup_safe(person, "name", 40);
    GtkWidget *label = gtk_label_new(shown), *row = gtk_list_box_row_new();

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
    g_object_set_data_full(G_OBJECT(row), "name", g_strdup(wall_json_text(person, "name")), g_free);
    gtk_list_box_append(self->people, row);
}

void wall_pin_pad_take_staff(WallPinPad *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_ARRAY);
    JsonArray *staff = node ? json_node_get_array(node) : NULL;
    guint n = staff ? MIN(json_array_get_length(staff), WALL_PIN_PAD_STAFF) : 0;
    GtkWidget *row;

    while ((row = gtk_widget_get_first_child(GTK_WIDGET(self->people))))
        gtk_list_box_remove(self->people, row);
    for (guint i = 0; i < n; i++) {
        JsonObject *person = wall_json_element(staff, i);

        if (person && !wall_json_is(person, "disabled") &&
            !g_str_equal(wall_json_text(person, "role"), "viewer"))
            add_person(self, person);
    }
    row = gtk_widget_get_first_child(GTK_WIDGET(self->people));
    gtk_label_set_text(self->message, row ? "" : _("There is nobody yet: stationctl staff add"));
    if (row && !gtk_widget_get_next_sibling(row))
        gtk_list_box_select_row(self->people, GTK_LIST_BOX_ROW(row)); /* only one it can be */
}

static void on_staff_listed(const char *text, const char *error, gpointer user_data)
{
    WallPinPad *self = user_data;

    if (error[0])
        gtk_label_set_text(self->message, error);
    else
        wall_pin_pad_take_staff(self, text);
}

/* What it is for, while it is open. */
static void show_subject(WallPinPad *self)
{
    g_autofree char *title = NULL, *where = NULL;

    gtk_widget_set_visible(GTK_WIDGET(self->subject), self->alarm != NULL);
    if (!self->alarm)
        return;
    g_object_get(self->alarm, "title", &title, "where", &where, NULL);
    gtk_label_set_text(self->what, title);
    gtk_label_set_text(self->where, where);
}

void wall_pin_pad_open(WallPinPad *self, WallSource *source, const char *title, WallAlarmItem *alarm)
{
    wall_pin_pad_close(self);
    self->source = source;
    self->asked = g_cancellable_new();
    self->alarm = alarm ? g_object_ref(alarm) : NULL;
    gtk_label_set_text(self->title, title);
    show_subject(self);
    gtk_label_set_text(self->message, "");
    touch(self);
    show_pin(self);
    gtk_widget_set_visible(GTK_WIDGET(self), TRUE);
    if (source)
        wall_source_list_staff(source, self->asked, on_staff_listed, self);
}

void wall_pin_pad_close(WallPinPad *self)
{
    g_clear_handle_id(&self->idle, g_source_remove);
    if (self->asked)
        g_cancellable_cancel(self->asked);
    g_clear_object(&self->asked);
    g_clear_object(&self->alarm);
    self->busy = FALSE;
    explicit_bzero(self->pin, sizeof self->pin);
    self->source = NULL;
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

char *wall_pin_pad_follow(WallPinPad *self, WallStation *station)
{
    g_autofree char *title = NULL, *where = NULL, *by = NULL, *actor = NULL;

    if (!self->alarm || self->busy || wall_station_is_calling(station, self->alarm))
        return NULL;
    g_object_get(self->alarm, "title", &title, "where", &where, "by", &by, NULL);
    actor = wall_text_actor(by);
    wall_pin_pad_close(self);
    if (!by[0])
        return g_strdup_printf(_("%s · %s: it is over"), title, where);
    return g_strdup_printf(_("%s · %s: acknowledged by %s"), title, where, actor);
}
