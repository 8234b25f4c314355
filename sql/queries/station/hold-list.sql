-- SPDX-License-Identifier: Apache-2.0
-- All held connectors.
-- in: nothing
-- out: connector alarm cause since_us
SELECT connector, alarm, cause, since_us FROM hold ORDER BY connector;
