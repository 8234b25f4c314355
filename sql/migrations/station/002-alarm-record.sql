-- SPDX-License-Identifier: Apache-2.0
-- What the program itself needs to take an alarm up again after a restart, apart from the object that is shown
-- and sent. NULL: saved by a program that had no such record.
ALTER TABLE alarm ADD COLUMN record TEXT;
