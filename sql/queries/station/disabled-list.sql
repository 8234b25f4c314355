-- SPDX-License-Identifier: Apache-2.0
-- The connectors that headquarters has disabled.
-- in: nothing
-- out: connector who
SELECT connector, who FROM disabled;
