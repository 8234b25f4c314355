-- SPDX-License-Identifier: Apache-2.0
-- All people with the hashes of their PINs, for stationd's own copy.
-- in: nothing
-- out: name role disabled pin_hash
SELECT name, role, disabled, pin_hash FROM staff ORDER BY name;
