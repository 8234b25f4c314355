-- SPDX-License-Identifier: Apache-2.0
-- What is not acknowledged, the oldest epoch first, and in any case the current epoch, as the last one. oldest: the time
-- of the first event that is not, NULL where all are. Epochs are few and events many: from epoch to epoch by the index.
-- in: nothing
-- out: epoch acked last_seq oldest
WITH RECURSIVE past (epoch) AS (
    SELECT min(epoch) FROM event
    UNION ALL
    SELECT (SELECT min(epoch) FROM event WHERE epoch > past.epoch) FROM past WHERE past.epoch IS NOT NULL
), stand AS (
    SELECT past.epoch, coalesce(outbox.acked, 0) AS acked,
        (SELECT max(seq) FROM event WHERE epoch = past.epoch) AS last_seq
    FROM past LEFT JOIN outbox ON outbox.epoch = past.epoch
    WHERE past.epoch IS NOT NULL AND past.epoch <> (SELECT epoch FROM position)
    UNION ALL
    SELECT position.epoch, coalesce(outbox.acked, 0), position.seq
    FROM position LEFT JOIN outbox ON outbox.epoch = position.epoch
)
SELECT epoch, acked, last_seq,
    (SELECT time FROM event WHERE event.epoch = stand.epoch AND seq > acked ORDER BY seq LIMIT 1) AS oldest
FROM stand
WHERE acked < last_seq OR epoch = (SELECT epoch FROM position)
ORDER BY epoch;
