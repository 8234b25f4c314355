-- SPDX-License-Identifier: Apache-2.0
-- The next number of an issuer: above its last, and above whatever an older copy of this database has given out.
-- in: $1 issuer; out: seq
INSERT INTO issuer (issuer, seq) VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
ON CONFLICT (issuer) DO UPDATE SET seq = GREATEST(issuer.seq + 1, EXCLUDED.seq)
RETURNING seq;
