-- SPDX-License-Identifier: Apache-2.0
-- The connectors that headquarters has disabled.
-- in: nothing
-- out: connector
SELECT connector FROM disabled;
