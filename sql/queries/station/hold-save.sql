-- SPDX-License-Identifier: Apache-2.0
-- Holds a connector under an alarm, or moves its hold to another alarm.
-- in: connector s, alarm s, cause s, since_us i
-- out: nothing
INSERT INTO hold (connector, alarm, cause, since_us) VALUES (:connector, :alarm, :cause, :since_us)
ON CONFLICT (connector) DO UPDATE SET
    alarm = excluded.alarm, cause = excluded.cause, since_us = excluded.since_us;
