-- SPDX-License-Identifier: Apache-2.0
-- One person with the hash of the PIN; no row where there is none of that name.
-- in: name s
-- out: name role pin_hash disabled created_at_us created_by
SELECT name, role, pin_hash, disabled, created_at_us, created_by FROM staff WHERE name = :name;
