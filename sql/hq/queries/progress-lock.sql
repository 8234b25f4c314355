-- SPDX-License-Identifier: Apache-2.0
-- Locks epochs, in one order for all, and tells how far they are.
-- in: $1 stations, $2 epochs; out: station, epoch, through
SELECT p.station, p.epoch, p.through
FROM progress p
JOIN unnest($1::text[], $2::bigint[]) AS u (station, epoch) ON p.station = u.station AND p.epoch = u.epoch
ORDER BY p.station COLLATE "C", p.epoch
FOR UPDATE OF p;
