-- SPDX-License-Identifier: Apache-2.0
-- Epochs that are further than was told: the line was down, or a collector ended between commit and acknowledgement.
-- in: nothing; out: station, epoch, through + 1, through
SELECT station, epoch, through + 1, through FROM progress WHERE acked <> through ORDER BY station COLLATE "C", epoch LIMIT 1000;
