/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is on a bus. Pure; the bus thread owns it. Times are boot time in microseconds.
 *
 * Items (reads and keep-alive writes) come due on a grid of their own, spread over the period by their index;
 * but first all of them within a second, so that a slow point is not unread for its whole period after a
 * start. There is no queue: a missed turn is skipped, so a stall is followed by no burst and nothing drifts.
 * The item due longest goes first, and then stands behind all that were due before it, so nothing starves.
 * Urged items are repeated back to back, in alternation with what is due.
 *
 * Peers (unit ids) are alive or dead. The first failure ends a peer's turn: none of its items is picked until
 * a probe of it, one request, is answered. After its n-th failure in a row a dead peer waits 2 s × n, up to a
 * cap. The cap is what keeps two promises at once: that a dead device which comes back in violation is heard
 * within 2 s, and that the dead cost the living at most one time-out a second in all:
 *  - no living peer on the bus: nobody is hurt by a probe. Cap 1 s, and no further limit: with a time-out of
 *    0.5 s a device that has its bus alone is probed at least every 1.5 s.
 *  - living peers: cap 1 s × the number of dead ones, at most 30 s, and between the beginnings of two probes
 *    at least 1 s and at least two time-outs (the dead never take more than half of the line). One dead
 *    device is probed each 1 to 1.5 s; ten of them share those probes, each every 10 s or so: who wants the
 *    2 s for safety devices gives them a bus of their own.
 *  - a dead peer of which something is urged waits at most 1 s after a failure, within the same limit. */
#pragma once

#include <glib.h>

#define MODBUS_SCHEDULE_NONE G_MAXUINT

typedef struct ModbusSchedule ModbusSchedule;

/* TIMEOUT_US: the longest that an unanswered request takes. */
ModbusSchedule *modbus_schedule_new(gint64 timeout_us);
void modbus_schedule_free(ModbusSchedule *schedule);

/* Another peer, another item of PEER; their indices count from 0. An item added after begin() is due at
 * once. */
guint modbus_schedule_add_peer(ModbusSchedule *schedule);
guint modbus_schedule_add(ModbusSchedule *schedule, guint peer, gint64 period_us);

/* Sets the grids: each item comes due within min(its period, 1 s) of NOW_US, and then on its grid, for the
 * first time at most a period later. */
void modbus_schedule_begin(ModbusSchedule *schedule, gint64 now_us);

/* Changes an item's period from its next turn on. */
void modbus_schedule_set_period(ModbusSchedule *schedule, guint item, gint64 period_us);

/* Counted: as many OFF as ON end the urging. */
void modbus_schedule_urge(ModbusSchedule *schedule, guint item, gboolean on);
gboolean modbus_schedule_is_urged(const ModbusSchedule *schedule, guint peer);

/* The item whose turn it is; or NONE, and in RET_WAKE_US when to ask again (G_MAXINT64: never). Changes
 * nothing: until done() is called the turn stays with the same item, unless one comes that goes before it. */
guint modbus_schedule_pick(ModbusSchedule *schedule, gint64 now_us, gint64 *ret_wake_us);

/* ITEM, begun at STARTED_US, has had its turn: its next one is the first of its grid after that. To be called
 * before heard() or failed() of the same turn. */
void modbus_schedule_done(ModbusSchedule *schedule, guint item, gint64 started_us);

/* PEER has answered; has not answered. */
void modbus_schedule_heard(ModbusSchedule *schedule, guint peer);
void modbus_schedule_failed(ModbusSchedule *schedule, guint peer, gint64 now_us);

/* The line itself is down (no connection): nobody answers, one of them is probed. Up again: those that were
 * dead only by the line are alive. */
void modbus_schedule_line_down(ModbusSchedule *schedule, gint64 now_us);
void modbus_schedule_line_up(ModbusSchedule *schedule);

gboolean modbus_schedule_is_dead(const ModbusSchedule *schedule, guint peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModbusSchedule, modbus_schedule_free)
