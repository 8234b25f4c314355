-- SPDX-License-Identifier: Apache-2.0
-- All people, without the hashes of their PINs.
-- in: nothing
-- out: name role disabled created_at_us created_by
SELECT name, role, disabled, created_at_us, created_by FROM staff ORDER BY name;
