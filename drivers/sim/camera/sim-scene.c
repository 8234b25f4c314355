/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/camera/sim-scene.h"

#include <cairo.h>
#include <math.h>

/* All is drawn on a plane of 16 × 9. */
#define WIDE 16.0
#define HIGH 9.0
#define GROUND 6.2

static void box(cairo_t *cr, double x, double y, double w, double h, guint32 rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
    cairo_rectangle(cr, x, y, w, h);
    cairo_fill(cr);
}

static void disc(cairo_t *cr, double x, double y, double radius, guint32 rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
    cairo_arc(cr, x, y, radius, 0.0, 2.0 * G_PI);
    cairo_fill(cr);
}

static void draw_yard(cairo_t *cr)
{
    box(cr, 0.0, 0.0, WIDE, GROUND, 0x1a2733);
    box(cr, 0.0, 2.2, WIDE, 0.5, 0x31485b); /* the roof's edge */
    box(cr, 0.0, GROUND, WIDE, HIGH - GROUND, 0x3a3f42);
    for (double x = 0.6; x < WIDE; x += 5.0) {
        box(cr, x, 2.7, 0.3, GROUND - 2.7, 0x50687a); /* its pillars */
        box(cr, x - 0.1, GROUND + 0.2, 0.5, 2.0, 0xd8d8c8);
    }
}

/* A charger whose light breathes while it charges. */
static void draw_charger(cairo_t *cr, double x, double turn)
{
    guint32 glow = (guint32)(150.0 + 90.0 * sin(turn * 8.0 * G_PI));
    box(cr, x, 3.5, 1.3, GROUND - 3.5, 0xe6ebef);
    box(cr, x + 0.2, 3.8, 0.9, 0.6, 0x0d1a26);
    box(cr, x, 4.7, 1.3, 0.15, glow << 8 | 0x20);
}

static void draw_car(cairo_t *cr, double x, double y, guint32 rgb)
{
    box(cr, x + 0.8, y - 1.7, 2.3, 0.8, 0x0f1418);
    box(cr, x, y - 1.0, 4.0, 1.0, rgb);
    disc(cr, x + 0.9, y, 0.42, 0x101010);
    disc(cr, x + 3.1, y, 0.42, 0x101010);
    box(cr, x + 3.8, y - 0.8, 0.2, 0.25, 0xfff3c0);
}

static void draw_number(cairo_t *cr, guint number)
{
    const double w = WIDE / SIM_SCENE_BITS, h = HIGH / 24.0;
    for (guint bit = 0; bit < SIM_SCENE_BITS; bit++) {
        gboolean set = number >> (SIM_SCENE_BITS - 1 - bit) & 1;
        box(cr, bit * w, HIGH - h, w, h, set ? 0xffffff : 0x000000);
    }
}

static void draw_clock(cairo_t *cr, guint number, guint fps)
{
    char text[64];
    g_snprintf(text, sizeof text, "%02u:%02u.%02u  #%04u", number / fps / 60, number / fps % 60,
               number % fps * 100 / fps, number);
    box(cr, 0.3, 7.3, 7.2, 1.1, 0x000000); /* below, where no wall's title stands before it */
    cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
    cairo_select_font_face(cr, "monospace", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    cairo_set_font_size(cr, 0.75);
    cairo_move_to(cr, 0.5, 8.15);
    cairo_show_text(cr, text);
}

void sim_scene_draw(guint8 *pixels, guint width, guint height, guint stride, guint number, guint length,
                    guint fps)
{
    cairo_surface_t *surface =
        cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, (int)width, (int)height, (int)stride);
    cairo_t *cr = cairo_create(surface);
    double turn = (double)(number % length) / length;

    cairo_scale(cr, width / WIDE, height / HIGH);
    draw_yard(cr);
    draw_charger(cr, 4.2, turn);
    draw_charger(cr, 12.6, turn + 0.1);
    draw_car(cr, 6.6, 6.3, 0x9fb4c4);
    draw_car(cr, turn * (WIDE + 8.0) - 4.0, 7.9, 0xc2443a); /* one drives past, from edge to edge */
    draw_clock(cr, number, fps);
    draw_number(cr, number);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}
