-- SPDX-License-Identifier: Apache-2.0
-- Adds an event to the stream. For the store alone: it gives epoch and seq.
-- in: epoch i, seq i, type s, subject s, time s, timequality s, data s
-- out: nothing
INSERT INTO event (epoch, seq, type, subject, time, timequality, data)
VALUES (:epoch, :seq, :type, :subject, :time, :timequality, :data);
