-- SPDX-License-Identifier: Apache-2.0
-- How an epoch stands: its last seq (NULL: there is no event of it), what is acknowledged, and which epoch is current.
-- in: epoch i
-- out: current last_seq acked
SELECT (SELECT epoch FROM position) AS current, (SELECT max(seq) FROM event WHERE epoch = :epoch) AS last_seq,
    coalesce((SELECT acked FROM outbox WHERE epoch = :epoch), 0) AS acked;
