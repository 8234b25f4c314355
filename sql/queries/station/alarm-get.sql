-- SPDX-License-Identifier: Apache-2.0
-- One alarm; no row where there is none of that id.
-- in: id s
-- out: id rule subject severity state raised_at_us over transitions object
SELECT id, rule, subject, severity, state, raised_at_us, over, transitions, object FROM alarm WHERE id = :id;
