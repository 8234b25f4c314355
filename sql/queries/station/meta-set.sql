-- SPDX-License-Identifier: Apache-2.0
-- Sets a small fact about the database.
-- in: name s, value s
-- out: nothing
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
