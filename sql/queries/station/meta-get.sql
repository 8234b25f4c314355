-- SPDX-License-Identifier: Apache-2.0
-- A small fact about the database; no row where it was never set.
-- in: name s
-- out: name value
SELECT name, value FROM meta WHERE name = :name;
