-- SPDX-License-Identifier: Apache-2.0
-- in: $1 issuer; out: nothing
SELECT pg_advisory_unlock(1398030674, hashtext($1));
