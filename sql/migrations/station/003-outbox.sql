-- SPDX-License-Identifier: Apache-2.0
-- What headquarters has acknowledged, by epoch; no row: nothing yet. The events themselves stay.
CREATE TABLE outbox (
    epoch INTEGER NOT NULL PRIMARY KEY CHECK (epoch > 0),
    acked INTEGER NOT NULL CHECK (acked >= 0)
) STRICT;
