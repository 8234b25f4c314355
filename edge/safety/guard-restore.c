/* SPDX-License-Identifier: Apache-2.0 */
/* Reading back what guard-journal.c wrote, and going on from there. */
#include "edge/safety/guard-state.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
#define FIELDS_MAX 64
#define SUM_BYTES 11 /* "\t#=01234567" */

/* A parsed line: pairs of key and still escaped value, inside TEXT. */
typedef struct {
    char *text;
    const char *kind;
    const char *keys[FIELDS_MAX], *values[FIELDS_MAX];
    guint n;
    gboolean same_boot;
} Line;

struct GuardRestore {
    GHashTable *recorded; /* alarm id → how many transitions the database has */
    GArray *marks;        /* GuardRecord that it lacks */
    GArray *ladders;      /* guint: connectors with a ladder */
    GPtrArray *turn;      /* Line: a turn that has not ended */
    gboolean same_boot;
    const char *boot_id; /* for the call of guard_restore_journal() */
    Moment now;
    guint skipped; /* lines that are garbage or of a torn turn */
};

static void free_line(gpointer data)
{
    Line *line = data;

    g_free(line->text);
    g_free(line);
}

void guard_restore_free(GuardRestore *restore)
{
    g_hash_table_unref(restore->recorded);
    g_array_unref(restore->marks);
    g_array_unref(restore->ladders);
    g_ptr_array_unref(restore->turn);
    g_free(restore);
}

static GuardRestore *get_restore(Guard *self)
{
    if (!self->restore) {
        self->restore = g_new0(GuardRestore, 1);
        self->restore->recorded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        self->restore->marks = g_array_new(FALSE, TRUE, sizeof(GuardRecord));
        self->restore->ladders = g_array_new(FALSE, TRUE, sizeof(guint));
        self->restore->turn = g_ptr_array_new_with_free_func(free_line);
    }
    return self->restore;
}

/* ---- Lines ---- */

static gboolean is_intact(const char *text, gsize n)
{
    char sum[SUM_BYTES + 1];

    if (n <= SUM_BYTES || n > LINE_MAX_BYTES || memchr(text, '\0', n) ||
        !g_utf8_validate(text, (gssize)n, NULL))
        return FALSE;
    g_snprintf(sum, sizeof sum, "\t#=%08x", guard_journal_sum(text, n - SUM_BYTES));
    return memcmp(text + n - SUM_BYTES, sum, SUM_BYTES) == 0;
}

/* A line of N bytes, or NULL where it is none of ours. */
static Line *parse_line(const char *text, gsize n)
{
    Line *line;
    char *at;

    if (!is_intact(text, n))
        return NULL;
    line = g_new0(Line, 1);
    line->text = g_strndup(text, n - SUM_BYTES);
    line->kind = line->text;
    for (at = strchr(line->text, '\t'); at && line->n < FIELDS_MAX; at = strchr(at, '\t')) {
        char *equals;

        *at++ = '\0';
        equals = strchr(at, '=');
        if (!equals)
            break;
        *equals = '\0';
        line->keys[line->n] = at;
        line->values[line->n++] = at = equals + 1;
    }
    return line;
}

static const char *find_value(const Line *line, const char *key)
{
    for (guint i = 0; i < line->n; i++) {
        if (g_str_equal(line->keys[i], key))
            return line->values[i];
    }
    return "";
}

static gint64 get_number(const Line *line, const char *key)
{
    return g_ascii_strtoll(find_value(line, key), NULL, 10);
}

/* A number that counts something of an enum of N words. */
static guint get_word(const Line *line, const char *key, guint n)
{
    gint64 value = get_number(line, key);

    return value >= 0 && value < n ? (guint)value : 0;
}

static char *dup_text(const Line *line, const char *key)
{
    const char *from = find_value(line, key);
    g_autoptr(GString) text = g_string_new(NULL);

    for (; *from; from++) {
        if (from[0] == '\\' && g_ascii_isxdigit(from[1]) && g_ascii_isxdigit(from[2])) {
            int letter = g_ascii_xdigit_value(from[1]) * 16 + g_ascii_xdigit_value(from[2]);

            if (letter)
                g_string_append_c(text, (char)letter);
            from += 2;
        } else {
            g_string_append_c(text, *from);
        }
    }
    return g_utf8_make_valid(text->str, (gssize)text->len);
}

static void get_text(const Line *line, const char *key, char *target, gsize size)
{
    g_autofree char *text = dup_text(line, key);

    alarm_copy_text(target, size, text);
}

/* Boot time of another boot means nothing here; that there was one still does: it is long ago. */
static gint64 keep_boot(const Line *line, gint64 boot_us)
{
    return line->same_boot || !boot_us ? boot_us : 1;
}

static Moment get_moment(const Line *line, const char *key)
{
    const char *text = find_value(line, key);
    char *comma = NULL;
    Moment moment = { 0 };

    moment.boot_us = keep_boot(line, g_ascii_strtoll(text, &comma, 10));
    if (comma && *comma == ',')
        moment.wall_us = g_ascii_strtoll(comma + 1, NULL, 10);
    return moment;
}

/* ---- Taking lines in ---- */

static Alarm *find_or_make(Guard *self, const Line *line)
{
    char id[ALARM_ID_SIZE];
    g_autofree char *rule = dup_text(line, "rule");
    g_autofree char *subject = dup_text(line, "subject");
    g_autofree char *zone = dup_text(line, "zone");
    SiteRule site = { .name = rule };
    Alarm *alarm;

    get_text(line, "id", id, sizeof id);
    alarm = g_hash_table_lookup(self->by_id, id);
    if (alarm || !id[0] || !rule[0])
        return alarm;
    alarm = alarm_new(id, &site, subject, zone, (Moment){ 0 });
    guard_alarms_add(self, alarm);
    return alarm;
}

static void note_mark(GuardRestore *restore, const Line *line, Alarm *alarm, guint number)
{
    guint recorded = GPOINTER_TO_UINT(g_hash_table_lookup(restore->recorded, alarm->id));
    GuardRecord record = { .alarm = alarm, .number = number, .at = get_moment(line, "at") };
    gint64 transition = get_number(line, "tr");

    if (transition < 1 || transition > GUARD_TRANSITION_CHANGED + 1 || number <= recorded)
        return;
    for (guint i = 0; i < restore->marks->len; i++) {
        const GuardRecord *known = &g_array_index(restore->marks, GuardRecord, i);

        if (known->alarm == alarm && known->number == number)
            return;
    }
    record.transition = (GuardTransition)(transition - 1);
    get_text(line, "trby", record.by, sizeof record.by);
    g_array_append_val(restore->marks, record);
}

static gint64 longest_silence_us(const Guard *self)
{
    return self->restore->now.boot_us +
           (gint64)self->model->site->policy.silence_minutes * 60 * G_USEC_PER_SEC;
}

static void take_alarm(Guard *self, const Line *line)
{
    Alarm *alarm = find_or_make(self, line);
    guint number = (guint)CLAMP(get_number(line, "n"), 0, G_MAXINT);

    if (!alarm)
        return;
    note_mark(self->restore, line, alarm, number);
    if (number < alarm->transitions)
        return;
    alarm->transitions = number;
    alarm->severity = (SiteSeverity)get_word(line, "severity", SITE_SEVERITY_LOW + 1);
    alarm->actions = (guint)get_number(line, "actions");
    alarm->latch = get_number(line, "latch") != 0;
    alarm->active = get_number(line, "active") != 0;
    alarm->acknowledged = get_number(line, "ack") != 0;
    alarm->over = get_number(line, "over") != 0;
    alarm->by_unknown = get_number(line, "unknown") != 0;
    alarm->silenced_until_us =
        line->same_boot ? MIN(get_number(line, "silenced"), longest_silence_us(self)) : 0;
    alarm->occurrence_count = (guint)get_number(line, "count");
    alarm->raised_at = get_moment(line, "raised");
    alarm->acknowledged_at = get_moment(line, "acked");
    alarm->cleared_at = get_moment(line, "cleared");
    get_text(line, "by", alarm->acknowledged_by, sizeof alarm->acknowledged_by);
    get_text(line, "note", alarm->note, sizeof alarm->note);
    get_text(line, "value", alarm->value, sizeof alarm->value);
    get_text(line, "unit", alarm->unit, sizeof alarm->unit);
    get_text(line, "cause", alarm->cause, sizeof alarm->cause);
    alarm->reading_at_us = line->same_boot ? get_number(line, "reading") : 0;
    alarm->latency_command_us = get_number(line, "command") - 1;
    alarm->latency_proof_us = get_number(line, "proof") - 1;
}

static Alarm *find_alarm(Guard *self, const Line *line)
{
    char id[ALARM_ID_SIZE];

    get_text(line, "id", id, sizeof id);
    return g_hash_table_lookup(self->by_id, id);
}

static void take_texts(Guard *self, const Line *line)
{
    Alarm *alarm = find_alarm(self, line);

    /* The database's texts are whole; these may be cut. */
    if (!alarm || g_hash_table_contains(self->restore->recorded, alarm->id))
        return;
    g_free(alarm->title);
    g_free(alarm->title_zh);
    g_free(alarm->advice);
    g_free(alarm->advice_zh);
    alarm->title = dup_text(line, "title");
    alarm->title_zh = dup_text(line, "title_zh");
    alarm->advice = dup_text(line, "advice");
    alarm->advice_zh = dup_text(line, "advice_zh");
}

static void take_step(Guard *self, const Line *line)
{
    Alarm *alarm = find_alarm(self, line);
    g_autofree char *connector = dup_text(line, "c");
    AlarmStep *step;
    guint place;

    if (!alarm || alarm->ladder->len >= SITE_RUNGS * MAX(1, self->model->n_connectors) * 2)
        return;
    place = alarm_add_step(alarm, connector, (SiteRung)get_word(line, "rung", SITE_RUNGS), "");
    step = &g_array_index(alarm->ladder, AlarmStep, place);
    step->result = (AlarmStepResult)get_word(line, "result", ALARM_STEP_SKIPPED + 1);
    step->commanded_at = get_moment(line, "commanded");
    step->confirmed_at_us = keep_boot(line, get_number(line, "confirmed"));
    step->proven_at = get_moment(line, "proven");
    get_text(line, "proof", step->proof, sizeof step->proof);
    get_text(line, "cause", step->cause, sizeof step->cause);
}

static void take_rung(const Line *line, guint index, InterlockRung *rung)
{
    static const char *const keys[] = { "r0", "r1", "r2", "r3" };
    static const char *const proofs[] = { "p0", "p1", "p2", "p3" };
    const char *text = find_value(line, keys[index]);
    gint64 values[11] = { 0 };
    char *end = NULL;

    memset(rung, 0, sizeof *rung);
    if (!text[0])
        return;
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        values[i] = g_ascii_strtoll(text, &end, 10);
        if (*end != ',')
            break;
        text = end + 1;
    }
    rung->reached = TRUE;
    rung->result =
        values[0] >= 0 && values[0] <= ALARM_STEP_SKIPPED ? (AlarmStepResult)values[0] : ALARM_STEP_PENDING;
    rung->commanded_at = (Moment){ keep_boot(line, values[1]), values[2] };
    rung->deadline_us = keep_boot(line, values[3]);
    rung->valid_from_us = keep_boot(line, values[4]);
    /* What another boot has sent proves nothing in this one. */
    rung->sent_at_us = line->same_boot ? values[5] : 0;
    rung->confirmed_at_us = line->same_boot ? values[6] : 0;
    rung->open_at_us = line->same_boot ? values[7] : 0;
    rung->proven_at = (Moment){ keep_boot(line, values[8]), values[9] };
    rung->breaker = (guint)values[10];
    get_text(line, proofs[index], rung->proof, sizeof rung->proof);
}

static guint find_connector(const Guard *self, const Line *line)
{
    g_autofree char *path = dup_text(line, "c");

    return model_find_connector(self->model, path);
}

/* On another boot the rung begins anew; on this one it has no longer than it was given. */
static void bound_rung(const Guard *self, const Line *line, InterlockLadder *ladder)
{
    InterlockRung *rung = &ladder->rungs[ladder->rung];
    gint64 latest_us =
        self->restore->now.boot_us + (gint64)self->model->site->policy.stop_deadline_ms[ladder->rung] * 1000;

    if (ladder->state != INTERLOCK_STATE_OPEN)
        return;
    if (!line->same_boot)
        rung->commanded_at = self->restore->now;
    rung->deadline_us = line->same_boot ? MIN(rung->deadline_us, latest_us) : latest_us;
}

static void take_ladder(Guard *self, const Line *line)
{
    guint connector = find_connector(self, line);
    InterlockLadder *ladder;
    gboolean known = FALSE;

    if (connector == G_MAXUINT)
        return;
    ladder = interlock_restore(self->interlock, connector);
    ladder->state = (InterlockState)get_word(line, "state", INTERLOCK_STATE_RELEASING + 1);
    ladder->start = (SiteRung)get_word(line, "start", SITE_RUNGS);
    ladder->floor = (SiteRung)get_word(line, "floor", SITE_RUNGS);
    ladder->rung = (SiteRung)get_word(line, "rung", SITE_RUNGS);
    ladder->proven_at = get_moment(line, "proven");
    ladder->has_broken = get_number(line, "broken") != 0;
    ladder->holding_since_us = 0;
    get_text(line, "last", ladder->last_alarm, sizeof ladder->last_alarm);
    for (guint i = 0; i < SITE_RUNGS; i++)
        take_rung(line, i, &ladder->rungs[i]);
    g_array_set_size(ladder->holders, 0);
    bound_rung(self, line, ladder);
    for (guint i = 0; i < self->restore->ladders->len; i++)
        known = known || g_array_index(self->restore->ladders, guint, i) == connector;
    if (!known)
        g_array_append_val(self->restore->ladders, connector);
}

static void take_hold(Guard *self, const Line *line)
{
    guint connector = find_connector(self, line);
    Alarm *alarm = find_alarm(self, line);
    InterlockLadder *ladder;

    if (connector == G_MAXUINT || !alarm)
        return;
    ladder = interlock_restore(self->interlock, connector);
    if (!interlock_is_holder(ladder, alarm))
        interlock_hold(ladder, alarm, get_number(line, "shared") != 0);
}

static void take_line(Guard *self, const Line *line)
{
    static const struct {
        const char *kind;
        void (*take)(Guard *self, const Line *line);
    } kinds[] = {
        { "alarm", take_alarm },   { "text", take_texts }, { "step", take_step },
        { "ladder", take_ladder }, { "hold", take_hold },
    };

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(line->kind, kinds[i].kind))
            kinds[i].take(self, line);
    }
}

/* Lines count when their turn is whole. */
static void collect(Guard *self, Line *line)
{
    GuardRestore *restore = self->restore;
    GPtrArray *turn = restore->turn;
    gboolean boots = g_str_equal(line->kind, "boot");
    gboolean ends = get_number(line, "e") == 1;

    if (turn->len && (boots || get_number(turn->pdata[0], "t") != get_number(line, "t"))) {
        restore->skipped += turn->len;
        g_ptr_array_set_size(turn, 0);
    }
    if (boots) {
        g_autofree char *id = dup_text(line, "id");

        restore->same_boot = g_str_equal(id, restore->boot_id);
    }
    line->same_boot = restore->same_boot;
    self->turn_serial = MAX(self->turn_serial, (guint)CLAMP(get_number(line, "t"), 0, G_MAXINT));
    g_ptr_array_add(turn, line);
    if (!ends)
        return;
    for (guint i = 0; i < turn->len; i++)
        take_line(self, turn->pdata[i]);
    g_ptr_array_set_size(turn, 0);
}

void guard_restore_alarm(Guard *self, Alarm *alarm)
{
    GuardRestore *restore = get_restore(self);

    /* Books that are read late may not know yet that it has ended. */
    if (alarm->over || g_hash_table_contains(self->by_id, alarm->id) ||
        g_hash_table_contains(self->ended, alarm->id)) {
        alarm_free(alarm);
        return;
    }
    /* The database does not know boot time. */
    alarm->reading_at_us = 0;
    alarm->silenced_until_us = 0;
    g_hash_table_insert(restore->recorded, g_strdup(alarm->id), GUINT_TO_POINTER(alarm->transitions));
    guard_alarms_add(self, alarm);
}

gboolean guard_restore_journal(Guard *self, const char *text, const char *boot_id, Moment now, GError **error)
{
    GuardRestore *restore = get_restore(self);
    const char *end;

    restore->boot_id = boot_id;
    restore->same_boot = FALSE;
    restore->now = now;
    restore->skipped = 0;
    for (; (end = strchr(text, '\n')); text = end + 1) {
        Line *line = end == text ? NULL : parse_line(text, (gsize)(end - text));

        if (line)
            collect(self, line);
        else if (end != text)
            restore->skipped++;
    }
    /* What is left of a last turn was torn by the end itself: as it must be, not a fault. */
    g_ptr_array_set_size(restore->turn, 0);
    restore->boot_id = NULL;
    if (!restore->skipped)
        return TRUE;
    g_set_error(error, GUARD_ERROR, GUARD_ERROR_STATE,
                "ladder journal: %u lines are damaged and were left out", restore->skipped);
    return FALSE;
}

/* ---- Going on ---- */

/* Ties alarms to the rules they came from. Gives false where the rule or its subject is no more, or another
 * alarm stands for it. */
static gboolean attach(Guard *self, Alarm *alarm)
{
    if (g_str_equal(alarm->rule, INTERLOCK_CALL) && /* nothing is left that could be proven */
        !interlock_find_ladder(self->interlock, model_find_connector(self->model, alarm->subject)))
        return FALSE;
    guard_alarms_take_refusal(self, alarm);
    if (guard_alarms_is_builtin(alarm->rule))
        return guard_alarms_find(self, alarm->rule, alarm->subject) == alarm;
    for (guint i = 0; i < self->watches->len; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);

        if (!g_str_equal(watch->rule->name, alarm->rule) ||
            !g_str_equal(watch->subject->path, alarm->subject))
            continue;
        if (watch->alarm)
            return watch->alarm == alarm;
        watch->alarm = alarm;
        if (alarm->active)
            rule_instance_set_raised(watch->instance, alarm->by_unknown);
        return TRUE;
    }
    return FALSE;
}

/* Without a journal the alarms say whom they condemn. */
static void condemn_again(Guard *self, Alarm *alarm, Moment now)
{
    RuleSubject subject;

    if (!alarm->by_unknown && guard_alarms_find_subject(self, alarm->subject, alarm->zone, &subject)) {
        guard_alarms_act(self, alarm, &subject, now);
        if (g_str_equal(alarm->rule, INTERLOCK_CALL) && subject.kind == RULE_SUBJECT_CONNECTOR)
            interlock_condemn(self->interlock, subject.index, alarm, SITE_RUNG_SOFT, FALSE, now);
    }
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);
        guint connector = model_find_connector(self->model, step->connector);
        const InterlockLadder *ladder = interlock_find_ladder(self->interlock, connector);

        if (connector != G_MAXUINT && (!ladder || !interlock_is_holder(ladder, alarm)))
            interlock_condemn(self->interlock, connector, alarm,
                              step->cause[0] ? SITE_RUNG_FEEDER : SITE_RUNG_SOFT, step->cause[0] != '\0',
                              now);
    }
}

/* Alarms that ended in the journal's last lines: only their records are still to be made. */
static void bury_ended(Guard *self)
{
    for (guint i = self->alarms->len; i-- > 0;) {
        Alarm *alarm = self->alarms->pdata[i];

        if (!alarm->over)
            continue;
        guard_bury(self, alarm);
    }
}

static void resume_ladders(Guard *self, Moment now)
{
    for (guint i = 0; i < self->restore->ladders->len; i++) {
        InterlockLadder *ladder =
            interlock_restore(self->interlock, g_array_index(self->restore->ladders, guint, i));

        for (guint h = ladder->holders->len; h-- > 0;) {
            if (g_array_index(ladder->holders, InterlockHolder, h).alarm->over)
                g_array_remove_index(ladder->holders, h);
        }
        if (ladder->state == INTERLOCK_STATE_IDLE && !ladder->holders->len)
            continue;
        /* A hold whose alarms are all gone is over. */
        if (!ladder->holders->len)
            ladder->state = INTERLOCK_STATE_RELEASING;
        interlock_resume(self->interlock, ladder, now);
    }
}

static gboolean has_lost(const Guard *self, const Alarm *alarm)
{
    for (guint i = 0; i < alarm->ladder->len; i++) {
        if (model_find_connector(self->model, g_array_index(alarm->ladder, AlarmStep, i).connector) ==
            G_MAXUINT)
            return TRUE;
    }
    return FALSE;
}

/* Finds the rules that the alarms came from; what no rule can end any more ends now. What held a connector
 * that is gone from the site ends by a person only: it holds again when the connector is back. */
static void attach_alarms(Guard *self, Moment now)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    g_ptr_array_extend(all, self->alarms, NULL, NULL);
    for (guint i = 0; i < all->len; i++) {
        Alarm *alarm = all->pdata[i];

        if (!alarm->over && !attach(self, alarm) && alarm->active) {
            alarm->latch = alarm->latch || has_lost(self, alarm);
            alarm_return_normal(alarm, now);
            guard_record(self, alarm, GUARD_TRANSITION_CLEARED, "", now);
        }
    }
}

void guard_finish_restore(Guard *self, Moment now)
{
    g_autoptr(GPtrArray) standing = g_ptr_array_new();

    get_restore(self);
    guard_begin_turn(self);
    g_array_append_vals(self->records, self->restore->marks->data, self->restore->marks->len);
    self->n_journaled = self->records->len;
    guard_set_executors(self, self->executors); /* what is restored is judged by what there is now */
    bury_ended(self);
    resume_ladders(self, now);
    g_ptr_array_extend(standing, self->alarms, NULL, NULL);
    for (guint i = 0; i < standing->len; i++)
        condemn_again(self, standing->pdata[i], now);
    attach_alarms(self, now);
    g_clear_pointer(&self->restore, guard_restore_free);
    self->announce = TRUE;
    guard_end_turn(self, now);
}
