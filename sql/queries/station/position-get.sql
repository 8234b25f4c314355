-- SPDX-License-Identifier: Apache-2.0
-- Where the stream of events stands.
-- in: nothing
-- out: epoch seq batch opened
SELECT epoch, seq, batch, opened FROM position;
