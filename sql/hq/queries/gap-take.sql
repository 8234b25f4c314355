-- SPDX-License-Identifier: Apache-2.0
-- Epochs in which something is missing for 30 s: one collector takes each; again after 30 s, 1 min, 2 min … 1 h, and after
-- twelve times no more: what nobody has any longer would be asked for until the end of days.
-- in: nothing; out: station, epoch, first and last missing, how often it was asked for, whether that is all
UPDATE progress p SET asked_at = now(), asked = p.asked + 1
FROM (SELECT o.station, o.epoch FROM progress o
    WHERE o.gap_since < now() - interval '30 s' AND o.asked < 12 AND (o.asked_at IS NULL
        OR o.asked_at < now() - LEAST(interval '30 s' * 2 ^ GREATEST(o.asked - 1, 0), interval '1 h'))
    ORDER BY o.gap_since LIMIT 100 FOR UPDATE SKIP LOCKED) g
WHERE p.station = g.station AND p.epoch = g.epoch
RETURNING p.station, p.epoch, p.through + 1,
    COALESCE((SELECT min(e.seq) FROM event e
        WHERE e.station = p.station AND e.epoch = p.epoch AND e.seq > p.through) - 1, p.top), p.asked, p.asked >= 12;
