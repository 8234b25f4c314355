-- SPDX-License-Identifier: Apache-2.0
-- Epochs in which something is missing for 30 s: one collector takes each, and each again after 30 s.
-- in: nothing; out: station, epoch, first and last missing
UPDATE progress p SET asked_at = now()
FROM (SELECT o.station, o.epoch FROM progress o
    WHERE o.gap_since < now() - interval '30 s' AND (o.asked_at IS NULL OR o.asked_at < now() - interval '30 s')
    ORDER BY o.gap_since LIMIT 100 FOR UPDATE SKIP LOCKED) g
WHERE p.station = g.station AND p.epoch = g.epoch
RETURNING p.station, p.epoch, p.through + 1,
    COALESCE((SELECT min(e.seq) FROM event e
        WHERE e.station = p.station AND e.epoch = p.epoch AND e.seq > p.through) - 1, p.top);
