-- SPDX-License-Identifier: Apache-2.0
-- The steps of one alarm's ladder, in order.
-- in: alarm s
-- out: number connector rung result commanded_at_us proven_at_us proof cause
SELECT number, connector, rung, result, commanded_at_us, proven_at_us, proof, cause
FROM action WHERE alarm = :alarm ORDER BY number;
