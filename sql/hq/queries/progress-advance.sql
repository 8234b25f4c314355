-- SPDX-License-Identifier: Apache-2.0
-- Moves locked epochs on to the end of what is contiguous.
-- in: $1 stations, $2 epochs, $3 the highest seq that came of each; out: nothing
UPDATE progress p
SET through = n.through, top = n.top,
    gap_since = CASE WHEN n.through >= n.top THEN NULL
        WHEN n.through > p.through THEN now() ELSE COALESCE(p.gap_since, now()) END,
    asked = CASE WHEN n.through > p.through THEN 0 ELSE p.asked END
FROM (SELECT u.station, u.epoch, contiguous(u.station, u.epoch, o.through) AS through, GREATEST(o.top, u.top) AS top
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u (station, epoch, top)
    JOIN progress o ON o.station = u.station AND o.epoch = u.epoch
    OFFSET 0) n
WHERE p.station = n.station AND p.epoch = n.epoch;
