-- SPDX-License-Identifier: Apache-2.0
-- The last sequence number taken of each issuer of commands: none is carried out twice.
CREATE TABLE command_seq (
    issuer TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL CHECK (seq > 0)
) STRICT, WITHOUT ROWID;
