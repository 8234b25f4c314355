-- SPDX-License-Identifier: Apache-2.0
-- Notes that locked epochs have been told how far they are.
-- in: $1 stations, $2 epochs; out: nothing
UPDATE progress p SET acked = p.through
FROM unnest($1::text[], $2::bigint[]) AS u (station, epoch)
WHERE p.station = u.station AND p.epoch = u.epoch AND p.acked <> p.through;
