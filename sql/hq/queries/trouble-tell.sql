-- SPDX-License-Identifier: Apache-2.0
-- Tells those who watch.
-- in: $1 text; out: nothing
SELECT pg_notify('stationmaster_trouble', left($1, 1900));
