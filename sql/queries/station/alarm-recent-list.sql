-- SPDX-License-Identifier: Apache-2.0
-- The newest alarms that are over, newest first.
-- in: limit i
-- out: id rule subject severity state raised_at_us over transitions object
SELECT id, rule, subject, severity, state, raised_at_us, over, transitions, object
FROM alarm WHERE over = 1 ORDER BY raised_at_us DESC, id DESC LIMIT :limit;
