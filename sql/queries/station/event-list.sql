-- SPDX-License-Identifier: Apache-2.0
-- The events of an epoch (0: the current one) after a seq, in order. data is JSON text.
-- in: epoch i, after i, limit i
-- out: epoch seq id type subject time timequality data
SELECT epoch, seq, id, type, subject, time, timequality, data FROM event
WHERE epoch = CASE :epoch WHEN 0 THEN (SELECT epoch FROM position) ELSE :epoch END AND seq > :after
ORDER BY seq LIMIT :limit;
