-- SPDX-License-Identifier: Apache-2.0
-- Keeps what came under a place that has another content already. The same content written in another way is none.
-- in: as event-insert; out: station, epoch, seq
INSERT INTO conflict (station, epoch, seq, hash, payload)
SELECT e.station, e.epoch, e.seq, decode(u.hash, 'hex'), u.payload
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS u (station, epoch, seq, payload, hash)
JOIN event e ON e.station = u.station AND e.epoch = u.epoch AND e.seq = u.seq
WHERE e.hash <> decode(u.hash, 'hex')
    AND (e.id, e.type, e.subject, e.time, e.data) IS DISTINCT FROM
        (u.payload::jsonb ->> 'id', u.payload::jsonb ->> 'type', u.payload::jsonb ->> 'subject',
         (u.payload::jsonb ->> 'time')::timestamptz, u.payload::jsonb -> 'data')
ON CONFLICT DO NOTHING
RETURNING station, epoch, seq;
