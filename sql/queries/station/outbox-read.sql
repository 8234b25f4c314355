-- SPDX-License-Identifier: Apache-2.0
-- The events of an epoch after a seq, in order, as CloudEvents 1.0 to be published: the same event is the same text
-- each time. At most about 1 MiB of them, but one in any case where there is one.
-- in: station s, epoch i, after i, limit i
-- out: seq event
WITH some AS (
    SELECT seq, json_object('specversion', '1.0', 'id', id, 'source', '/stations/' || :station, 'type', type,
        'subject', subject, 'time', time, 'datacontenttype', 'application/json', 'epoch', epoch, 'seq', seq,
        'timequality', timequality, 'data', json(data)) AS event
    FROM event WHERE epoch = :epoch AND seq > :after ORDER BY seq LIMIT :limit
)
SELECT seq, event FROM (
    SELECT seq, event, sum(length(event)) OVER (ORDER BY seq) - length(event) AS before FROM some
)
WHERE before < 1048576 ORDER BY seq;
