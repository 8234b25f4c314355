/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-table.h"

#include "edge/base/safe-text.h"

typedef struct {
    char *text;
    CtlColour colour;
} Cell;

struct CtlTable {
    GPtrArray *rows;   /* GArray of Cell */
    GArray *row;       /* the one in the making */
    GHashTable *right; /* columns, as a set */
};

static void clear_cell(gpointer data)
{
    g_free(((Cell *)data)->text);
}

static GArray *new_row(void)
{
    GArray *row = g_array_new(FALSE, FALSE, sizeof(Cell));

    g_array_set_clear_func(row, clear_cell);
    return row;
}

CtlTable *ctl_table_new(void)
{
    CtlTable *table = g_new0(CtlTable, 1);

    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    table->row = new_row();
    table->right = g_hash_table_new(NULL, NULL);
    return table;
}

void ctl_table_free(CtlTable *table)
{
    g_ptr_array_unref(table->rows);
    g_array_unref(table->row);
    g_hash_table_unref(table->right);
    g_free(table);
}

void ctl_table_align_right(CtlTable *table, guint column)
{
    g_hash_table_add(table->right, GUINT_TO_POINTER(column));
}

void ctl_table_add(CtlTable *table, const char *text, CtlColour colour)
{
    Cell cell = { .text = safe_text_dup(text), .colour = colour };

    g_array_append_val(table->row, cell);
}

void ctl_table_add_format(CtlTable *table, CtlColour colour, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    ctl_table_add(table, text, colour);
}

void ctl_table_end_row(CtlTable *table)
{
    g_ptr_array_add(table->rows, table->row);
    table->row = new_row();
}

guint ctl_table_width(const char *text)
{
    guint width = 0;

    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);

        if (!g_unichar_iszerowidth(character))
            width += g_unichar_iswide(character) ? 2 : 1;
    }
    return width;
}

static GArray *measure(const CtlTable *table)
{
    GArray *widths = g_array_new(FALSE, TRUE, sizeof(guint));

    for (guint i = 0; i < table->rows->len; i++) {
        const GArray *row = table->rows->pdata[i];

        if (row->len > widths->len)
            g_array_set_size(widths, row->len);
        for (guint column = 0; column < row->len; column++) {
            guint *widest = &g_array_index(widths, guint, column);

            *widest = MAX(*widest, ctl_table_width(g_array_index(row, Cell, column).text));
        }
    }
    return widths;
}

static void append_blanks(GString *out, guint n)
{
    for (guint i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

static void append_cell(const Cell *cell, gboolean coloured, GString *out)
{
    static const char *const begin[] = { "", "\033[1m", "\033[31m", "\033[33m", "\033[32m" };
    gboolean colour = coloured && cell->colour != CTL_COLOUR_NONE && cell->text[0];

    g_string_append(out, colour ? begin[cell->colour] : "");
    g_string_append(out, cell->text);
    g_string_append(out, colour ? "\033[0m" : "");
}

static void print_row(const CtlTable *table, const GArray *row, const GArray *widths, gboolean coloured,
                      GString *out)
{
    for (guint column = 0; column < row->len; column++) {
        const Cell *cell = &g_array_index(row, Cell, column);
        guint blanks = g_array_index(widths, guint, column) - ctl_table_width(cell->text);
        gboolean right = g_hash_table_contains(table->right, GUINT_TO_POINTER(column));
        gboolean last = column + 1 == row->len;

        append_blanks(out, right ? blanks : 0);
        append_cell(cell, coloured, out);
        append_blanks(out, last ? 0 : 2 + (right ? 0 : blanks));
    }
    g_string_append_c(out, '\n');
}

void ctl_table_print(const CtlTable *table, gboolean coloured, GString *out)
{
    g_autoptr(GArray) widths = measure(table);

    for (guint i = 0; i < table->rows->len; i++)
        print_row(table, table->rows->pdata[i], widths, coloured, out);
}
