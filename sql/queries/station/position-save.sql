-- SPDX-License-Identifier: Apache-2.0
-- Closes a transaction: the newest seq, and the mark of this transaction. For the store alone.
-- in: seq i, batch i
-- out: nothing
UPDATE position SET seq = :seq, batch = :batch;
