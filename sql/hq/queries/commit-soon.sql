-- SPDX-License-Identifier: Apache-2.0
-- This transaction may be lost in a crash of the server; what was committed before it may not.
-- in: nothing; out: nothing
SET LOCAL synchronous_commit = off;
