-- SPDX-License-Identifier: Apache-2.0
-- All alarms that are not over, oldest first.
-- in: nothing
-- out: id rule subject severity state raised_at_us over transitions object record
SELECT id, rule, subject, severity, state, raised_at_us, over, transitions, object, record
FROM alarm WHERE over = 0 ORDER BY raised_at_us, id;
