/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-gate.h"

#define WALL_US (G_GINT64_CONSTANT(1795328504) * G_USEC_PER_SEC)
#define BOOT_US (1000 * G_USEC_PER_SEC)
#define TAKEN (-1)

typedef struct {
    CommandGate *gate;
    CommandGateNow now;
    Command command;
} Case;

static void set_up(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    self->gate = command_gate_new();
    self->now = (CommandGateNow){ .at = { BOOT_US, WALL_US }, .clock_set = TRUE, .books = TRUE };
    self->command = (Command){ .issuer = (char *)(gpointer) "hq",
                               .verb = COMMAND_VERB_ANNOUNCE,
                               .issued_us = WALL_US,
                               .expires_us = WALL_US + 60 * G_USEC_PER_SEC };
}

static void tear_down(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    command_gate_free(self->gate);
}

/* The next one of VERB; the error's code or TAKEN. */
static int take(Case *self, CommandVerb verb)
{
    g_autoptr(GError) error = NULL;

    self->command.verb = verb;
    self->command.seq++;
    return command_gate_take(self->gate, &self->command, &self->now, &error) ? TAKEN : error->code;
}

static void test_seq(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    command_gate_learn(self->gate, "hq", 5);
    self->command.seq = 4;
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, COMMAND_ERROR_SEQ);
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, TAKEN);
    self->command.seq--;
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, COMMAND_ERROR_SEQ);
    g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, TAKEN);
    command_gate_learn(self->gate, "hq", 3); /* never goes back */
    self->command.seq--;
    g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, COMMAND_ERROR_SEQ);
    g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, TAKEN);
    self->command.issuer = (char *)(gpointer) "region"; /* has its own sequence */
    self->command.seq = 0;
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, TAKEN);
}

/* A refused one does not use up its number. */
static void test_time(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        int issued_s, expires_s, code;
    } cases[] = {
        { 0, 300, TAKEN },
        { 0, 301, COMMAND_ERROR_TIME },
        { -100, -29, TAKEN },
        { -100, -31, COMMAND_ERROR_EXPIRED },
        { 29, 60, TAKEN },
        { 31, 60, COMMAND_ERROR_TIME },
        { 0, 0, COMMAND_ERROR_TIME },
        { 10, -10, COMMAND_ERROR_TIME },
        { 0, 300, TAKEN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        self->command.issued_us = WALL_US + cases[i].issued_s * G_USEC_PER_SEC;
        self->command.expires_us = WALL_US + cases[i].expires_s * G_USEC_PER_SEC;
        g_test_message("issued %d, expires %d", cases[i].issued_s, cases[i].expires_s);
        g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, cases[i].code);
        if (cases[i].code != TAKEN)
            self->command.seq--; /* of the next one */
    }
}

/* Every verb, with and without clock and books: only what stops is taken without either. */
static void test_lacks(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    for (guint lack = 0; lack < 4; lack++) {
        for (CommandVerb verb = COMMAND_VERB_CHARGE_STOP; verb < COMMAND_VERB_NOT_SERVED; verb++) {
            gboolean stop = verb == COMMAND_VERB_CHARGE_STOP || verb == COMMAND_VERB_CONNECTOR_DISABLE;

            self->now.clock_set = !(lack & 1);
            self->now.books = !(lack & 2);
            g_assert_cmpint(take(self, verb), ==, stop || lack == 0 ? TAKEN : COMMAND_ERROR_STATE);
        }
    }
    self->now = (CommandGateNow){ .at = { BOOT_US, 0 }, .clock_set = FALSE, .books = TRUE };
    g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, TAKEN);
}

static void test_rate(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < COMMAND_GATE_BURST; i++)
        g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, TAKEN);
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, COMMAND_ERROR_RATE);
    for (guint i = 0; i < COMMAND_GATE_STOP_BURST; i++) /* have their own measure */
        g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, TAKEN);
    g_assert_cmpint(take(self, COMMAND_VERB_CHARGE_STOP), ==, COMMAND_ERROR_RATE);
    self->now.at.boot_us += COMMAND_GATE_PERIOD_US;
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, TAKEN);
    g_assert_cmpint(take(self, COMMAND_VERB_ANNOUNCE), ==, COMMAND_ERROR_RATE);
}

static void test_not_served(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(take(self, COMMAND_VERB_NOT_SERVED), ==, COMMAND_ERROR_NOT_SERVED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/command-gate/seq", Case, NULL, set_up, test_seq, tear_down);
    g_test_add("/command-gate/time", Case, NULL, set_up, test_time, tear_down);
    g_test_add("/command-gate/lacks", Case, NULL, set_up, test_lacks, tear_down);
    g_test_add("/command-gate/rate", Case, NULL, set_up, test_rate, tear_down);
    g_test_add("/command-gate/not-served", Case, NULL, set_up, test_not_served, tear_down);
    return g_test_run();
}
