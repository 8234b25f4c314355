-- SPDX-License-Identifier: Apache-2.0
-- Headquarters has enabled a connector.
-- in: connector s
-- out: nothing
DELETE FROM disabled WHERE connector = :connector;
