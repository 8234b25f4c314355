/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder journal. A line is tab-separated key=value fields behind its kind, closed by a checksum:
 *
 *     boot    who wrote what follows: the kernel's boot id
 *     alarm   everything of an alarm but its texts and steps, and the transition that the line stands for
 *     text    an alarm's title and advice, so that it outlives its rule
 *     ladder  everything of a connector's ladder but its holders
 *     hold    one holder of the ladder before it
 *     step    one step as an alarm shows it
 *
 * Lines hold whole states, so the last one counts. Those of one turn carry one number (t) and count only
 * together: the last has e=1. A turn that was torn is as if it had not been, and none of its commands has
 * gone out. */
#include "edge/safety/guard-state.h"

#include <string.h>

#define TEXT_MAX_BYTES 880 /* escaped, of each of the four texts of an alarm */

/* ---- Writing ---- */

typedef struct {
    GString *text;
    gsize line; /* where the present line begins */
    guint turn;
} Writer;

guint32 guard_journal_sum(const char *text, gsize n)
{
    guint32 sum = 2166136261u; /* FNV-1a */

    for (gsize i = 0; i < n; i++)
        sum = (sum ^ (guchar)text[i]) * 16777619u;
    return sum;
}

static void begin_line(Writer *writer, const char *kind)
{
    writer->line = writer->text->len;
    g_string_append_printf(writer->text, "%s\tt=%u", kind, writer->turn);
}

static void put_number(Writer *writer, const char *key, gint64 value)
{
    if (value)
        g_string_append_printf(writer->text, "\t%s=%" G_GINT64_FORMAT, key, value);
}

static void put_moment(Writer *writer, const char *key, Moment moment)
{
    if (moment.boot_us)
        g_string_append_printf(writer->text, "\t%s=%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, key,
                               moment.boot_us, moment.wall_us);
}

/* At most LIMIT bytes once escaped, cut between characters. */
static void put_text(Writer *writer, const char *key, const char *value, gsize limit)
{
    gsize used = 0;

    if (!value[0])
        return;
    g_string_append_printf(writer->text, "\t%s=", key);
    for (const char *next; value[0] && used + 6 <= limit; value = next) {
        gunichar letter = g_utf8_get_char_validated(value, -1);

        if (letter == (gunichar)-1 || letter == (gunichar)-2 || letter < 0x20 || letter == '\\' ||
            letter == 0x7f) {
            g_string_append_printf(writer->text, "\\%02x", (guchar)value[0]);
            next = value + 1;
            used += 3;
        } else {
            next = g_utf8_next_char(value);
            g_string_append_len(writer->text, value, next - value);
            used += (gsize)(next - value);
        }
    }
}

static void end_line(Writer *writer)
{
    g_string_append_printf(
        writer->text, "\t#=%08x\n",
        guard_journal_sum(writer->text->str + writer->line, writer->text->len - writer->line));
}

/* Marks the last line as the end of its turn. */
static void end_turn(Writer *writer)
{
    if (!writer->text->len)
        return;
    g_string_truncate(writer->text, writer->text->len - strlen("\t#=01234567\n"));
    g_string_append(writer->text, "\te=1");
    end_line(writer);
}

static void write_alarm(Writer *writer, const Alarm *alarm, const GuardRecord *record)
{
    begin_line(writer, "alarm");
    put_text(writer, "id", alarm->id, 64);
    put_number(writer, "n", record ? record->number : alarm->transitions);
    if (record) {
        put_number(writer, "tr", (gint64)record->transition + 1);
        put_text(writer, "trby", record->by, 192);
        put_moment(writer, "at", record->at);
    }
    put_text(writer, "rule", alarm->rule, 384);
    put_text(writer, "subject", alarm->subject, 384);
    put_text(writer, "zone", alarm->zone, 384);
    put_number(writer, "severity", alarm->severity);
    put_number(writer, "actions", alarm->actions);
    put_number(writer, "latch", alarm->latch);
    put_number(writer, "active", alarm->active);
    put_number(writer, "ack", alarm->acknowledged);
    put_number(writer, "over", alarm->over);
    put_number(writer, "unknown", alarm->by_unknown);
    put_number(writer, "silenced", alarm->silenced_until_us);
    put_number(writer, "count", alarm->occurrence_count);
    put_moment(writer, "raised", alarm->raised_at);
    put_moment(writer, "acked", alarm->acknowledged_at);
    put_moment(writer, "cleared", alarm->cleared_at);
    put_text(writer, "by", alarm->acknowledged_by, 192);
    put_text(writer, "note", alarm->note, 768);
    put_text(writer, "value", alarm->value, 192);
    put_text(writer, "unit", alarm->unit, 60);
    put_text(writer, "cause", alarm->cause, 64);
    put_number(writer, "reading", alarm->reading_at_us);
    put_number(writer, "command", alarm->latency_command_us + 1);
    put_number(writer, "proof", alarm->latency_proof_us + 1);
    end_line(writer);
}

static void write_texts(Writer *writer, const Alarm *alarm)
{
    begin_line(writer, "text");
    put_text(writer, "id", alarm->id, 64);
    put_text(writer, "title", alarm->title, TEXT_MAX_BYTES);
    put_text(writer, "title_zh", alarm->title_zh, TEXT_MAX_BYTES);
    put_text(writer, "advice", alarm->advice, TEXT_MAX_BYTES);
    put_text(writer, "advice_zh", alarm->advice_zh, TEXT_MAX_BYTES);
    end_line(writer);
}

static void write_step(Writer *writer, const Alarm *alarm, const AlarmStep *step)
{
    begin_line(writer, "step");
    put_text(writer, "id", alarm->id, 64);
    put_text(writer, "c", step->connector, 384);
    put_number(writer, "rung", step->rung);
    put_number(writer, "result", step->result);
    put_moment(writer, "commanded", step->commanded_at);
    put_number(writer, "confirmed", step->confirmed_at_us);
    put_moment(writer, "proven", step->proven_at);
    put_text(writer, "proof", step->proof, 480);
    put_text(writer, "cause", step->cause, 72);
    end_line(writer);
}

static void write_ladder(Writer *writer, const Model *model, const InterlockLadder *ladder)
{
    static const char *const proofs[] = { "p0", "p1", "p2", "p3" };
    const char *path = model->connectors[ladder->connector].path;

    begin_line(writer, "ladder");
    put_text(writer, "c", path, 384);
    /* Until its enable is done with it is releasing: whoever restores it releases, and enables, again. */
    put_number(writer, "state",
               interlock_is_enabling(ladder) ? INTERLOCK_STATE_RELEASING : (gint64)ladder->state);
    put_number(writer, "start", ladder->start);
    put_number(writer, "floor", ladder->floor);
    put_number(writer, "rung", ladder->rung);
    put_moment(writer, "proven", ladder->proven_at);
    put_number(writer, "broken", ladder->has_broken);
    put_text(writer, "last", ladder->last_alarm, 64);
    for (guint i = 0; i < SITE_RUNGS; i++) {
        const InterlockRung *rung = &ladder->rungs[i];

        if (!rung->reached)
            continue;
        g_string_append_printf(writer->text, "\tr%u=%u", i, (guint)rung->result);
        for (const gint64 *value =
                 (const gint64[]){ rung->commanded_at.boot_us, rung->commanded_at.wall_us, rung->deadline_us,
                                   rung->valid_from_us, rung->sent_at_us, rung->confirmed_at_us,
                                   rung->open_at_us, rung->proven_at.boot_us, rung->proven_at.wall_us,
                                   rung->breaker, -1 };
             *value >= 0; value++)
            g_string_append_printf(writer->text, ",%" G_GINT64_FORMAT, *value);
        put_text(writer, proofs[i], rung->proof, 480);
    }
    end_line(writer);
    for (guint i = 0; i < ladder->holders->len; i++) {
        const InterlockHolder *holder = &g_array_index(ladder->holders, InterlockHolder, i);

        begin_line(writer, "hold");
        put_text(writer, "c", path, 384);
        put_text(writer, "id", holder->alarm->id, 64);
        put_number(writer, "shared", holder->shared);
        end_line(writer);
    }
}

static void write_dirty_ladders(Guard *self, Writer *writer)
{
    const GArray *active = interlock_get_active(self->interlock);

    for (guint i = 0; i < active->len; i++) {
        InterlockLadder *ladder = interlock_restore(self->interlock, g_array_index(active, guint, i));

        for (guint rung = 0; ladder->dirty_rungs && rung < SITE_RUNGS; rung++) {
            for (guint h = 0; (ladder->dirty_rungs >> rung & 1) && h < ladder->holders->len; h++) {
                const InterlockHolder *holder = &g_array_index(ladder->holders, InterlockHolder, h);

                if (holder->steps[rung] != POINT_NONE)
                    write_step(writer, holder->alarm,
                               &g_array_index(holder->alarm->ladder, AlarmStep, holder->steps[rung]));
            }
        }
        if (ladder->dirty)
            write_ladder(writer, self->model, ladder);
        ladder->dirty = FALSE;
        ladder->dirty_rungs = 0;
    }
}

void guard_journal_write_turn(Guard *self)
{
    Writer writer = { .text = g_string_new(NULL), .turn = self->turn_serial + 1 };
    GuardDecision *decision;
    GHashTableIter iter;
    gpointer alarm;

    for (guint i = self->n_journaled; i < self->records->len; i++) {
        const GuardRecord *record = &g_array_index(self->records, GuardRecord, i);

        write_alarm(&writer, record->alarm, record);
    }
    g_hash_table_iter_init(&iter, self->raised);
    while (g_hash_table_iter_next(&iter, &alarm, NULL))
        write_texts(&writer, alarm);
    g_hash_table_remove_all(self->raised);
    write_dirty_ladders(self, &writer);
    end_turn(&writer);
    if (!writer.text->len) {
        g_string_free(writer.text, TRUE);
        return;
    }
    self->turn_serial++;
    decision = g_new0(GuardDecision, 1);
    decision->kind = GUARD_DECISION_JOURNAL;
    decision->text = g_string_free(writer.text, FALSE);
    guard_push(self, decision);
}

char *guard_dump_journal(const Guard *self, const char *boot_id)
{
    Writer writer = { .text = g_string_new(NULL), .turn = self->turn_serial };
    const GArray *active = interlock_get_active(self->interlock);

    /* So that a line torn before it stays alone with its misfortune. */
    g_string_append_c(writer.text, '\n');
    begin_line(&writer, "boot");
    put_text(&writer, "id", boot_id, 64);
    end_line(&writer);
    for (guint i = 0; i < self->alarms->len; i++) {
        const Alarm *alarm = self->alarms->pdata[i];

        write_alarm(&writer, alarm, NULL);
        write_texts(&writer, alarm);
        for (guint s = 0; s < alarm->ladder->len; s++)
            write_step(&writer, alarm, &g_array_index(alarm->ladder, AlarmStep, s));
    }
    for (guint i = 0; i < active->len; i++) {
        const InterlockLadder *ladder = interlock_restore(self->interlock, g_array_index(active, guint, i));

        if (ladder->state != INTERLOCK_STATE_IDLE || interlock_is_enabling(ladder))
            write_ladder(&writer, self->model, ladder);
    }
    end_turn(&writer);
    return g_string_free(writer.text, FALSE);
}
