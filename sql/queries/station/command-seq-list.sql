-- SPDX-License-Identifier: Apache-2.0
-- The last sequence number of each issuer.
-- in: nothing
-- out: issuer seq
SELECT issuer, seq FROM command_seq;
