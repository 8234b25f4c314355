-- SPDX-License-Identifier: Apache-2.0
-- Disables a person; changes nothing where he is unknown or disabled already.
-- in: name s
-- out: nothing
UPDATE staff SET disabled = 1 WHERE name = :name AND disabled = 0;
