-- SPDX-License-Identifier: Apache-2.0
-- Opens the books: counts the opening and sets where the stream goes on. For the store alone.
-- in: epoch i, seq i
-- out: nothing
UPDATE position SET epoch = :epoch, seq = :seq, opened = opened + 1;
