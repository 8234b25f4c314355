-- SPDX-License-Identifier: Apache-2.0
-- The audit, newest first; before: only rows with a smaller id (0: from the newest on).
-- in: before i, limit i
-- out: id at_us who verb object result detail
SELECT id, at_us, who, verb, object, result, detail FROM audit
WHERE id < CASE :before WHEN 0 THEN 9223372036854775807 ELSE :before END
ORDER BY id DESC LIMIT :limit;
