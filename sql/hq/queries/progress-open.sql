-- SPDX-License-Identifier: Apache-2.0
-- Makes the rows of epochs that are heard for the first time.
-- in: $1 stations, $2 epochs, in order, each once; out: nothing
INSERT INTO progress (station, epoch)
SELECT u.station, u.epoch
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS u (station, epoch, n)
WHERE NOT EXISTS (SELECT FROM progress p WHERE p.station = u.station AND p.epoch = u.epoch)
ORDER BY u.n
ON CONFLICT DO NOTHING;
