-- SPDX-License-Identifier: Apache-2.0
-- Takes events in, those that are not there yet.
-- in: $1 stations, $2 epochs, $3 seqs, $4 payloads, $5 SHA-256 in hexadecimal; out: nothing
INSERT INTO event (station, epoch, seq, id, type, subject, time, time_quality, data, extra, hash)
SELECT b.station, b.epoch, b.seq, b.doc ->> 'id', b.doc ->> 'type', b.doc ->> 'subject',
    (b.doc ->> 'time')::timestamptz, b.doc ->> 'timequality', b.doc -> 'data',
    NULLIF(b.doc - '{specversion,id,source,type,subject,time,datacontenttype,data,epoch,seq,timequality}'::text[], '{}'),
    decode(b.hash, 'hex')
FROM (SELECT u.station, u.epoch, u.seq, u.payload::jsonb AS doc, u.hash
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) WITH ORDINALITY
        AS u (station, epoch, seq, payload, hash, n)
    ORDER BY u.n) b
ON CONFLICT DO NOTHING;
