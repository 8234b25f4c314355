-- SPDX-License-Identifier: Apache-2.0
-- Until the session unlocks it, nobody else issues under this name: numbers reach the station in their order.
-- in: $1 issuer; out: nothing
SELECT pg_advisory_lock(1398030674, hashtext($1));
