-- SPDX-License-Identifier: Apache-2.0
-- Ends the hold of a connector; changes nothing where there is none.
-- in: connector s
-- out: nothing
DELETE FROM hold WHERE connector = :connector;
