-- SPDX-License-Identifier: Apache-2.0
-- The transitions of one alarm, in order.
-- in: alarm s
-- out: number kind at_us by
SELECT number, kind, at_us, by FROM alarm_transition WHERE alarm = :alarm ORDER BY number;
