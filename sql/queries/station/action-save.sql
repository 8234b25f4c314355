-- SPDX-License-Identifier: Apache-2.0
-- Saves one step of an alarm's ladder as it stands now; number counts 1, 2, 3 … within the alarm.
-- The alarm itself must have been saved before, in the same fact or an earlier one.
-- in: alarm s, number i, connector s, rung s, result s, commanded_at_us i, proven_at_us i, proof s, cause s
-- out: nothing
INSERT INTO action (alarm, number, connector, rung, result, commanded_at_us, proven_at_us, proof, cause)
VALUES (:alarm, :number, :connector, :rung, :result, :commanded_at_us, :proven_at_us, :proof, :cause)
ON CONFLICT (alarm, number) DO UPDATE SET
    connector = excluded.connector, rung = excluded.rung, result = excluded.result,
    commanded_at_us = excluded.commanded_at_us, proven_at_us = excluded.proven_at_us,
    proof = excluded.proof, cause = excluded.cause;
