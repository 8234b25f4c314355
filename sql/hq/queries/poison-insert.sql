-- SPDX-License-Identifier: Apache-2.0
-- Sets aside what is no event.
-- in: $1 topic, $2 SHA-256 in hexadecimal, $3 station, $4 epoch, $5 seq (all three may be NULL), $6 reason, $7 size, $8 payload in hexadecimal
-- out: topic, if it was not there yet
INSERT INTO poison (topic, hash, station, epoch, seq, reason, size, payload)
VALUES ($1, decode($2, 'hex'), $3, $4::bigint, $5::bigint, $6, $7::bigint, decode($8, 'hex'))
ON CONFLICT DO NOTHING
RETURNING topic;
