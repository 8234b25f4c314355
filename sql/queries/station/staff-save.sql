-- SPDX-License-Identifier: Apache-2.0
-- Adds a person, or gives one that exists a new role and PIN and enables him again.
-- in: name s, role s, pin_hash s, created_at_us i, created_by s
-- out: nothing
INSERT INTO staff (name, role, pin_hash, disabled, created_at_us, created_by)
VALUES (:name, :role, :pin_hash, 0, :created_at_us, :created_by)
ON CONFLICT (name) DO UPDATE SET role = excluded.role, pin_hash = excluded.pin_hash, disabled = 0;
