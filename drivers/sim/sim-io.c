/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-io.h"

#define TRIP_MS 50   /* shunt trip of a moulded-case breaker */
#define CLOSE_MS 800 /* its motor */

static void say(const SimIo *io, const char *thing, const char *text)
{
    g_autofree char *line = g_strdup_printf("%s %s", thing, text);
    if (io->log)
        io->log(io->now_ms, io->name, line, io->log_data);
}

static void say_breaker(const SimIo *io, guint number, const char *text)
{
    g_autofree char *thing = g_strdup_printf("breaker-%u", number);
    say(io, thing, text);
}

void sim_io_init(SimIo *io, const char *name, gboolean has_breakers, SimLog log, gpointer log_data)
{
    *io = (SimIo){ .name = g_strdup(name), .has_breakers = has_breakers, .log = log, .log_data = log_data };
}

void sim_io_clear(SimIo *io)
{
    g_clear_pointer(&io->name, g_free);
}

void sim_io_set_siren(SimIo *io, gboolean on)
{
    if (io->siren != on)
        say(io, "siren", on ? "on" : "off");
    io->siren = on;
}

void sim_io_set_strobe(SimIo *io, gboolean on)
{
    if (io->strobe != on)
        say(io, "strobe", on ? "on" : "off");
    io->strobe = on;
}

void sim_io_set_trip(SimIo *io, guint number, gboolean on)
{
    SimBreaker *breaker = &io->breakers[number - 1];
    if (on && !breaker->trip_coil) {
        say_breaker(io, number, "trip received");
        breaker->opens_at_ms = io->now_ms + TRIP_MS;
        breaker->closes_at_ms = 0;
    }
    breaker->trip_coil = on;
}

void sim_io_set_close(SimIo *io, guint number, gboolean on)
{
    SimBreaker *breaker = &io->breakers[number - 1];
    if (on && !breaker->close_coil) {
        say_breaker(io, number, "close received");
        breaker->closes_at_ms = io->now_ms + CLOSE_MS;
    }
    breaker->close_coil = on;
}

void sim_io_trip(SimIo *io, guint number)
{
    SimBreaker *breaker = &io->breakers[number - 1];
    breaker->opens_at_ms = breaker->closes_at_ms = 0;
    if (breaker->stuck) {
        say_breaker(io, number, "is stuck");
    } else if (breaker->lies) {
        breaker->claims_open = TRUE;
        say_breaker(io, number, "says open, and conducts");
    } else if (!breaker->open) {
        breaker->open = TRUE;
        say_breaker(io, number, "tripped");
    }
}

void sim_io_press(SimIo *io, guint number, gint64 duration_ms)
{
    io->pressed_until_ms[number - 1] = io->now_ms + duration_ms;
    say(io, number == 1 ? "button-1" : "button-2", "pressed");
}

gboolean sim_io_conducts(const SimIo *io, guint number)
{
    return !io->breakers[number - 1].open;
}

gboolean sim_io_says_closed(const SimIo *io, guint number)
{
    const SimBreaker *breaker = &io->breakers[number - 1];
    if (breaker->contact_stuck)
        return TRUE;
    return !breaker->open && !(breaker->lies && breaker->claims_open);
}

gboolean sim_io_is_pressed(const SimIo *io, guint number)
{
    return io->now_ms < io->pressed_until_ms[number - 1];
}

static void step_breaker(SimIo *io, guint number)
{
    SimBreaker *breaker = &io->breakers[number - 1];
    if (breaker->opens_at_ms && io->now_ms >= breaker->opens_at_ms)
        sim_io_trip(io, number);
    if (!breaker->closes_at_ms || io->now_ms < breaker->closes_at_ms)
        return;
    breaker->closes_at_ms = 0;
    breaker->claims_open = FALSE;
    if (breaker->open)
        say_breaker(io, number, "closed");
    breaker->open = FALSE;
}

void sim_io_step(SimIo *io, gint64 now_ms)
{
    io->now_ms = now_ms;
    if (!io->has_breakers)
        return;
    for (guint number = 1; number <= SIM_BREAKERS; number++)
        step_breaker(io, number);
}
