-- SPDX-License-Identifier: Apache-2.0
-- Connectors that headquarters has disabled: the end of an alarm must not enable them.
CREATE TABLE disabled (
    connector TEXT NOT NULL PRIMARY KEY,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
