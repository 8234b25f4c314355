-- SPDX-License-Identifier: Apache-2.0
-- Notes who did what, to what, and how it ended.
-- in: at_us i, who s, verb s, object s, result s, detail s
-- out: nothing
INSERT INTO audit (at_us, who, verb, object, result, detail)
VALUES (:at_us, :who, :verb, :object, :result, :detail);
