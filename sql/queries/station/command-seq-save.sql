-- SPDX-License-Identifier: Apache-2.0
-- A command of an issuer was taken; never goes back.
-- in: issuer s, seq i
-- out: nothing
INSERT INTO command_seq (issuer, seq) VALUES (:issuer, :seq)
ON CONFLICT (issuer) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > command_seq.seq;
