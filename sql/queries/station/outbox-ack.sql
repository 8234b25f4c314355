-- SPDX-License-Identifier: Apache-2.0
-- Headquarters has committed all of an epoch up to a seq; never goes back.
-- in: epoch i, acked i
-- out: nothing
INSERT INTO outbox (epoch, acked) VALUES (:epoch, :acked)
ON CONFLICT (epoch) DO UPDATE SET acked = excluded.acked WHERE excluded.acked > outbox.acked;
