-- SPDX-License-Identifier: Apache-2.0
-- Adds one transition of an alarm; one that is there already changes nothing (so its event is left out).
-- The alarm itself must have been saved before, in the same fact or an earlier one.
-- in: alarm s, number i, kind s, at_us i, by s
-- out: nothing
INSERT INTO alarm_transition (alarm, number, kind, at_us, by)
VALUES (:alarm, :number, :kind, :at_us, :by)
ON CONFLICT (alarm, number) DO NOTHING;
