-- SPDX-License-Identifier: Apache-2.0
-- Headquarters has disabled a connector; the last reason stands.
-- in: connector s, who s, reason s, at_us i
-- out: nothing
INSERT INTO disabled (connector, who, reason, at_us) VALUES (:connector, :who, :reason, :at_us)
ON CONFLICT (connector) DO UPDATE SET who = excluded.who, reason = excluded.reason, at_us = excluded.at_us;
